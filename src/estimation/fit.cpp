#include <algorithm>
#include <cmath>

#include <kohort/estimation/detail/along_clocks.hpp>
#include <kohort/estimation/detail/null_direction.hpp>
#include <kohort/estimation/detail/rate_limits.hpp>
#include <kohort/estimation/detail/separation.hpp>
#include <kohort/estimation/detail/standard_errors.hpp>
#include <kohort/estimation/diagnostics.hpp>
#include <kohort/estimation/fit.hpp>
#include <kohort/estimation/initial_values.hpp>

namespace kohort {

namespace {

using detail::located;
using detail::objective;
using detail::rate_end;
using detail::risk_rows;

/// What everything after the search needs.
struct setting {
  const objective& wanted;
  const risk_rows& rows;
  const Eigen::MatrixXd& triangle;
  const detail::free_coefficients& free;
  int iterations;
};

void report_rates_at_an_end(const setting& at, const located& found, fitted_model& fitted) {
  const auto& structure = fitted.intensities.structure;
  for (const auto end : {rate_end::zero, rate_end::infinite}) {
    for (int k = 0; k < at.rows.transitions(); ++k) {
      if (found.ends[static_cast<std::size_t>(k)] != end) continue;
      const bool upper = end == rate_end::zero;
      const double bound = detail::one_sided_bound(at.wanted, at.rows, at.triangle, at.free, found,
                                                   k, at.iterations);
      fitted.bounds.push_back({k, upper, bound});
      fitted.diagnostics.push_back(upper ? boundary_zero(structure, k, bound)
                                         : diverging(structure, k, bound));
      fitted.convergence.diverging |= !upper;
    }
  }
}

/// Effects without a finite estimate are named and held where the search left them.
detail::free_coefficients report_separation(const setting& at, const located& found,
                                            fitted_model& fitted) {
  std::vector<char> held(found.free.free.size(), 0);
  for (int k = 0; k < at.rows.transitions(); ++k) {
    const auto& starts = at.rows.where().starts;
    const auto place = static_cast<std::size_t>(k);
    for (Eigen::Index i = starts[place] + 1; i < starts[place + 1]; ++i) {
      const auto& free = found.free.free;
      const auto column = std::find(free.begin(), free.end(), i) - free.begin();
      if (column == static_cast<std::ptrdiff_t>(free.size()) ||
          !detail::separates(at.wanted, at.rows, found.theta, found.value, k, i))
        continue;
      held[static_cast<std::size_t>(column)] = 1;
      fitted.diagnostics.push_back(
          separation(fitted.intensities, k, fitted.names[static_cast<std::size_t>(i)]));
    }
  }
  return hold(found.free, held, found.theta);
}

void add_errors(const setting& at, const located& found, const detail::free_coefficients& free,
                fitted_model& fitted) {
  const auto size = found.theta.size();
  fitted.covariance = Eigen::MatrixXd::Zero(size, size);
  fitted.has_error.assign(static_cast<std::size_t>(size), false);
  if (free.free.empty()) return;
  const detail::scaled_search search(at.wanted, at.rows, at.triangle, free);
  auto inverse = detail::invert(search.information(at.wanted.curvature(found.theta)));
  const bool replaced = !inverse.usable;
  const double condition = inverse.condition;
  if (replaced) inverse = detail::invert(search.information(at.wanted.information(found.theta)));
  if (replaced || condition > 1e10) {
    fitted.diagnostics.push_back(
        ill_conditioned(condition > 0 ? condition : inverse.condition, replaced && inverse.usable));
  }
  if (!inverse.usable) return;
  const Eigen::MatrixXd C =
      search.to_theta() * inverse.covariance * search.to_theta().transpose() * at.wanted.unit();
  fitted.covariance = (C + C.transpose()) / 2;
  for (Eigen::Index i = 0; i < size; ++i)
    fitted.has_error[static_cast<std::size_t>(i)] = free.varies(i);
}

}  // namespace

fitted_model fit(const transition_tables& tables, const intensity_model& intensities,
                 const fit_settings& settings) {
  if (tables.stand_in && settings.start.size() == 0) {
    auto mine = tables;  // the length of its sub-steps is still to be found
    return detail::fit_along_clocks(mine, intensities, settings);
  }
  // The search works with weights of about 1, so that thresholds in events mean what they say. The
  // unit is a power of two: nothing is rounded.
  const double unit =
      std::exp2(-std::round(std::log2(tables.weight / static_cast<double>(tables.intervals))));
  const risk_rows rows(intensities, tables, unit);
  check_design(intensities, tables, exposure_at_risk(intensities.structure, tables));
  int steps = 0;
  const auto poll = [&](std::size_t, std::size_t) {
    return !settings.report || settings.report(static_cast<std::size_t>(steps),
                                               static_cast<std::size_t>(settings.iterations));
  };
  const objective wanted(intensities, tables, settings.threads, poll, unit);
  const auto triangle = rows.triangle();
  const auto free = detail::all_free(rows.where().size());
  const setting at{wanted, rows, triangle, free, settings.iterations};

  const Eigen::VectorXd start =
      settings.start.size() > 0 ? settings.start : initial_values(intensities, tables);
  if (settings.start.size() == 0)
    detail::check_null_direction(wanted, rows, {wanted, rows, triangle, free}, start);
  const auto found =
      detail::locate(wanted, rows, triangle, free, start, settings.iterations, &steps);

  fitted_model fitted{.intensities = intensities};
  fitted.names = coefficient_names(intensities);
  fitted.coefficients = found.theta;
  fitted.log_likelihood = found.value / unit;
  fitted.convergence = {found.verdict, found.iterations, found.evaluations, found.gap / unit,
                        false};
  if (settings.errors) {
    report_rates_at_an_end(at, found, fitted);
    add_errors(at, found, report_separation(at, found, fitted), fitted);
  }
  if (found.verdict != search_verdict::converged)
    fitted.diagnostics.push_back(not_converged(found.verdict, found.iterations));
  fitted.subjects = tables.subjects;
  fitted.single_subjects = tables.single_subjects;
  fitted.intervals = tables.intervals;
  fitted.cells = static_cast<std::int64_t>(tables.cell_count());
  fitted.person_years = tables.person_years;
  return fitted;
}

fitted_model fit(const observations& seen, const intensity_model& intensities,
                 const fit_settings& settings) {
  auto tables = aggregate(seen, intensities, settings.report);
  auto fitted = tables.stand_in ? detail::fit_along_clocks(tables, intensities, settings)
                                : fit(tables, intensities, settings);
  fitted.diagnostics.insert(fitted.diagnostics.begin(), seen.findings.begin(), seen.findings.end());
  return fitted;
}

}  // namespace kohort
