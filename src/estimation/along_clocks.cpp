#include <algorithm>
#include <cmath>

#include <kohort/estimation/detail/along_clocks.hpp>
#include <kohort/estimation/detail/linear_system.hpp>
#include <kohort/estimation/detail/scaled_search.hpp>
#include <kohort/estimation/detail/smooth_curves.hpp>
#include <kohort/estimation/initial_values.hpp>
#include <kohort/likelihood/detail/moving.hpp>
#include <kohort/likelihood/moving.hpp>

namespace kohort::detail {

namespace {

constexpr double promised = 1e-4;  // of log L, by sub-steps
constexpr double aimed_at = 2e-5;
constexpr int most_halvings = 6;
constexpr int rough_rounds = 40, true_rounds = 3;          // of the search for penalties
constexpr double rough_change = 0.01, true_change = 0.05;  // of the logarithm of a penalty's weight

/// Where a search over simpler tables ends, with finite numbers throughout. The weights of
/// penalties that are to be found are found there.
Eigen::VectorXd rough_estimate(const transition_tables& tables, const intensity_model& intensities,
                               const fit_settings& settings, smooth_curves& curves) {
  auto rough = settings;
  rough.errors = curves.any_chosen();
  auto start = initial_values(intensities, *tables.stand_in);
  for (int round = 0; round < rough_rounds; ++round) {
    rough.penalties = curves.penalties(settings.penalties);
    const auto found = fit(*tables.stand_in, intensities, rough);
    for (Eigen::Index i = 0; i < start.size(); ++i) {
      if (std::isfinite(found.coefficients[i])) start[i] = found.coefficients[i];
    }
    if (!(curves.choose(found) > rough_change)) break;
    rough.start = start;
  }
  return start;
}

/// A few steps towards the maximum, for tables in which each one takes long.
void approach(const transition_tables& tables, const intensity_model& intensities,
              fit_settings& settings, const progress& poll) {
  const auto names = coefficient_names(intensities);
  const auto limits = resolve(settings.constraints, names);
  if (limits.at_least.rows.rows() > 0) return;
  const double unit =
      std::exp2(-std::round(std::log2(tables.weight / static_cast<double>(tables.intervals))));
  const risk_rows rows(intensities, tables, unit);
  const auto& starts = rows.where().starts;
  const log_prior prior(settings.priors, settings.penalties, names,
                        {starts.begin(), starts.end() - 1});
  const objective wanted(intensities, tables, settings.threads, poll, unit, prior);
  const search_problem problem{wanted, rows, scaling_rows(rows, prior, unit, settings.start),
                               eliminate(limits.equal, static_cast<Eigen::Index>(names.size())),
                               limits.at_least};
  auto theta = settings.start;
  scaled_search(problem, problem.free).run(theta, 8, {}, {}, false);
  if (theta.allFinite()) settings.start = theta;
}

}  // namespace

fitted_model fit_along_clocks(transition_tables& tables, const intensity_model& intensities,
                              const fit_settings& settings) {
  const auto poll = [&](std::size_t, std::size_t) {  // no step of the search is taken here
    return !settings.report || settings.report(0, static_cast<std::size_t>(settings.iterations));
  };
  smooth_curves curves(intensities, settings.penalties);
  auto from = settings;
  from.start = rough_estimate(tables, intensities, settings, curves);
  tables.step = choose_step(intensities, tables, from.start, aimed_at, settings.threads, poll);
  from.penalties = curves.penalties(settings.penalties);
  if (tables.cell_count() >= many_moving_cells) {  // longer sub-steps show the way as well
    const double step = tables.step;
    tables.step = std::min(1.0, 6 * step);
    approach(tables, intensities, from, poll);
    tables.step = step;
  }
  for (int halvings = 0, rounds = 0;;) {
    from.penalties = curves.penalties(settings.penalties);
    auto fitted = fit(tables, intensities, from);
    if (fitted.coefficients.allFinite()) from.start = fitted.coefficients;
    fitted.curves = curves.of(fitted);
    if (settings.errors && curves.any_chosen() && rounds++ < true_rounds &&
        curves.choose(fitted) > true_change)
      continue;
    fitted.substep = tables.step;
    fitted.substep_error =
        substep_error(intensities, tables, fitted.coefficients, 1, settings.threads, poll);
    if (!(fitted.substep_error > promised) || ++halvings > most_halvings) return fitted;
    tables.step /= 2;
  }
}

}  // namespace kohort::detail
