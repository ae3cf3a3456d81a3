#include <algorithm>
#include <cmath>

#include <kohort/estimation/detail/along_clocks.hpp>
#include <kohort/estimation/detail/design_rank.hpp>
#include <kohort/estimation/detail/null_direction.hpp>
#include <kohort/estimation/detail/rate_limits.hpp>
#include <kohort/estimation/detail/reading_limits.hpp>
#include <kohort/estimation/detail/standard_errors.hpp>
#include <kohort/estimation/diagnostics.hpp>
#include <kohort/estimation/fit.hpp>
#include <kohort/estimation/from_tables.hpp>
#include <kohort/estimation/initial_values.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

namespace kohort {

namespace {

using detail::located;
using detail::rate_end;
using detail::search_problem;

void report_rates_at_an_end(const search_problem& problem, const located& found, int iterations,
                            fitted_model& fitted) {
  const auto& structure = fitted.intensities.structure;
  for (const auto end : {rate_end::zero, rate_end::infinite}) {
    for (int k = 0; k < problem.rows.transitions(); ++k) {
      if (found.ends[static_cast<std::size_t>(k)] != end) continue;
      const bool upper = end == rate_end::zero;
      const double bound = detail::one_sided_bound(problem, found, k, iterations);
      fitted.bounds.push_back({k, upper, bound});
      fitted.diagnostics.push_back(upper ? boundary_zero(structure, k, bound)
                                         : diverging(structure, k, bound));
      fitted.convergence.diverging |= !upper;
    }
  }
}

/// Effects without a finite estimate, and what only shows in combination.
void report_directions(const search_problem& problem, const located& found, fitted_model& fitted) {
  const auto& starts = problem.rows.where().starts;
  for (const auto i : found.separated) {
    const auto k =
        std::upper_bound(starts.begin(), starts.end(), static_cast<int>(i)) - starts.begin() - 1;
    const auto& name = fitted.names[static_cast<std::size_t>(i)];
    if (i >= starts.back()) {
      fitted.diagnostics.push_back(detail::without_estimate(fitted.intensities, i, found.theta[i]));
      fitted.convergence.diverging |= fitted.diagnostics.back().code != "D-BOUNDARY-ZERO";
      continue;
    }
    fitted.convergence.diverging = true;
    fitted.diagnostics.push_back(separation(fitted.intensities, static_cast<int>(k), name));
  }
  if (found.invisible.empty()) return;
  std::vector<std::string> names;
  for (const auto i : found.invisible) names.push_back(fitted.names[static_cast<std::size_t>(i)]);
  fitted.convergence.diverging = true;
  fitted.diagnostics.push_back(not_identifiable(names));
}

/// The covariance of the coefficients, and those that can hardly be told apart.
void add_errors(const search_problem& problem, const located& found, fitted_model& fitted) {
  const auto& wanted = problem.wanted;
  const auto size = found.theta.size();
  const auto& free = found.free;
  fitted.covariance = Eigen::MatrixXd::Zero(size, size);
  fitted.has_error.assign(static_cast<std::size_t>(size), false);
  if (free.free.empty()) return;
  const detail::scaled_search search(problem, free);
  auto inverse = detail::invert(search.information(found.curvature));
  const bool replaced = !inverse.usable;
  const double condition = inverse.condition;
  if (replaced) inverse = detail::invert(search.information(wanted.information(found.theta)));
  if (!inverse.usable) {
    fitted.diagnostics.push_back(ill_conditioned(condition > 0 ? condition : 1e16, false, {}));
    return;
  }
  const Eigen::MatrixXd C =
      search.to_theta() * inverse.covariance * search.to_theta().transpose() * wanted.unit();
  fitted.covariance = (C + C.transpose()) / 2;
  for (Eigen::Index i = 0; i < size; ++i)
    fitted.has_error[static_cast<std::size_t>(i)] = free.varies(i);
  const auto close = detail::hardly_told_apart(problem.rows, free, fitted.covariance);
  if (!close.coefficients.empty() || replaced || condition > 1e10) {
    std::vector<std::string> names;
    for (const auto i : close.coefficients)
      names.push_back(fitted.names[static_cast<std::size_t>(i)]);
    fitted.diagnostics.push_back(
        ill_conditioned(std::max(close.condition, condition), replaced, names));
  }
}

/// Searches from the usual start and, if asked, from rates times exp(N(0, 1)); the highest counts.
located search_all(const search_problem& problem, const Eigen::VectorXd& start,
                   const fit_settings& settings, int* steps, fitted_model& fitted) {
  if (settings.starts < 1) {
    reject("E-SETTING", "fit", "starts is " + std::to_string(settings.starts),
           "it must be 1 or more", "Try 5");
  }
  const random_stream random(settings.seed, purpose::starting_values);
  located best;
  for (int run = 0; run < settings.starts; ++run) {
    auto from = start;
    for (int k = 0; run > 0 && k < problem.rows.transitions(); ++k) {
      from[problem.rows.where().starts[static_cast<std::size_t>(k)]] +=
          random.normal(static_cast<std::uint32_t>(run), 0, static_cast<std::uint32_t>(k));
    }
    auto found = detail::locate(problem, from, settings.iterations, steps);
    fitted.starts.push_back({found.value / problem.wanted.unit(), found.theta, found.verdict});
    const bool ended = found.verdict == search_verdict::converged;
    const bool best_ended = best.verdict == search_verdict::converged;
    if (run == 0 || (ended && !best_ended) || (ended == best_ended && found.value > best.value))
      best = std::move(found);
  }
  return best;
}

/// What was assumed of people whose entry to a state with phases nobody saw.
void report_hidden(const hidden_runs& runs, fitted_model& fitted) {
  const bool stationary = fitted.intensities.phases.first == first_phase::stationary;
  if (runs.left_out > 0) {
    fitted.diagnostics.push_back(
        {.code = "I-FIRST-STAY",
         .severity = 'I',
         .message = "intervals of stays whose beginning nobody saw were left out.",
         .message_sv = "intervall i vistelser vars början ingen såg har utelämnats.",
         .count = runs.left_out});
  }
  if (runs.assumed > 0) {
    fitted.diagnostics.push_back(
        {.code = "I-FIRST-STAY",
         .severity = 'I',
         .message = std::string("subjects were first seen in a state with phases; they were taken "
                                "to stand in ") +
                    (stationary ? "each phase in proportion to the time that stays spend there."
                                : "its first phase."),
         .message_sv = std::string("personer var redan i ett tillstånd med faser när de först "
                                   "sågs; de antas stå i ") +
                       (stationary ? "varje fas i proportion till tiden som vistelser tillbringar "
                                     "där."
                                   : "dess första fas."),
         .count = runs.assumed});
  }
}

}  // namespace

fitted_model fit(const transition_tables& tables, const intensity_model& intensities,
                 const fit_settings& settings) {
  if (tables.stand_in && settings.start.size() == 0) {
    auto mine = tables;  // the length of its sub-steps is still to be found
    return detail::fit_along_clocks(mine, intensities, settings);
  }
  if (tables.intervals == 0) {
    reject("E-EMPTY", "fit", "every interval belongs to a stay whose beginning nobody saw",
           "moves are learnt from stays that may be used",
           "Let first phases be stationary in place of leaving those stays out");
  }
  fitted_model fitted{.intensities = intensities};
  fitted.names = coefficient_names(intensities);
  const auto limits = detail::resolve(settings.constraints, fitted.names);
  const auto size = static_cast<Eigen::Index>(fitted.names.size());
  const auto free = detail::eliminate(limits.equal, size);

  // The search works with weights of about 1, so that thresholds in events mean what they say. The
  // unit is a power of two: nothing is rounded.
  const double unit =
      std::exp2(-std::round(std::log2(tables.weight / static_cast<double>(tables.intervals))));
  const detail::risk_rows rows(intensities, tables, unit);
  const auto& starts = rows.where().starts;
  const detail::log_prior prior(settings.priors, settings.penalties, fitted.names,
                                {starts.begin(), starts.end() - 1});
  int steps = 0;
  const auto poll = [&](std::size_t, std::size_t) {
    return !settings.report || settings.report(static_cast<std::size_t>(steps),
                                               static_cast<std::size_t>(settings.iterations));
  };
  const detail::objective wanted(intensities, tables, settings.threads, poll, unit, prior);
  const Eigen::VectorXd start =
      settings.start.size() > 0 ? settings.start : initial_values(intensities, tables);
  const search_problem problem{wanted, rows, detail::scaling_rows(rows, prior, unit, start), free,
                               limits.at_least};
  detail::check_design(problem);
  if (settings.start.size() == 0) detail::check_null_direction(problem, start);
  auto found = search_all(problem, start, settings, &steps, fitted);
  if (settings.constraints.empty() && prior.empty() &&
      detail::order_phases(intensities, found.theta))
    found = detail::locate(problem, found.theta, settings.iterations, &steps);

  fitted.coefficients = found.theta;
  fitted.log_prior = prior.empty() ? 0 : prior.value(found.theta);
  fitted.log_likelihood = found.value / unit - fitted.log_prior;
  fitted.convergence = {found.verdict, found.iterations, found.evaluations, found.gap / unit,
                        false};
  fitted.constraints = settings.constraints;
  fitted.priors = settings.priors;
  fitted.penalties = settings.penalties;
  if (settings.errors) report_rates_at_an_end(problem, found, settings.iterations, fitted);
  report_directions(problem, found, fitted);
  if (settings.errors) add_errors(problem, found, fitted);
  if (found.verdict != search_verdict::converged)
    fitted.diagnostics.push_back(not_converged(found.verdict, found.iterations));
  std::size_t inequality = 0;
  for (const auto& one : settings.constraints) {
    const bool active =
        one.is == relation::equal ||
        std::find(found.active.begin(), found.active.end(), inequality) != found.active.end();
    fitted.active.push_back(active);
    if (one.is == relation::equal) continue;
    ++inequality;
    if (active) fitted.diagnostics.push_back(limit_met(words(one)));
  }
  if (settings.starts > 1) report_starts(fitted);
  fitted.subjects = tables.subjects;
  fitted.single_subjects = tables.single_subjects;
  fitted.intervals = tables.intervals;
  fitted.cells = static_cast<std::int64_t>(tables.cell_count());
  fitted.person_years = tables.person_years;
  report_hidden(tables.hidden, fitted);
  return fitted;
}

fitted_model fit(const observations& seen, const intensity_model& intensities,
                 const fit_settings& settings) {
  auto tables = aggregate(seen, intensities, settings.report);
  auto fitted = tables.stand_in ? detail::fit_along_clocks(tables, intensities, settings)
                                : fit(tables, intensities, settings);
  fitted.diagnostics.insert(fitted.diagnostics.begin(), seen.findings.begin(), seen.findings.end());
  if (!seen.tables.empty()) {
    const auto& structure = intensities.structure;
    const auto compared = compare_with_tables(seen, intensities, fitted.coefficients);
    for (auto& told : table_findings(structure, compared)) fitted.diagnostics.push_back(told);
  }
  return fitted;
}

}  // namespace kohort
