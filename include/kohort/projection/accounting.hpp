#pragma once

#include <cmath>
#include <string>
#include <string_view>

#include <Eigen/Core>

#include <kohort/projection/cohort_trace.hpp>

namespace kohort {

/// When the cost of a cycle falls, of occupancy x and cost c per state-year; h is the length of a
/// cycle, v = (1 + r)^(-h), and K cycles make up the horizon T:
///
///     start       h sum_(k=0)^(K-1) v^k c.x(kh)
///     end         h sum_(k=1)^K     v^k c.x(kh)
///     trapezoid   their mean
///     continuous  int_0^T (1 + r)^(-t) c.x(t) dt, exact through Q
enum class accounting { start, end, trapezoid, continuous };

/// The convention of this name.
/// @throws invalid_input  `E-ACCOUNTING`, listing the names there are
inline accounting accounting_named(std::string_view name) {
  if (name == "start") return accounting::start;
  if (name == "end") return accounting::end;
  if (name == "trapezoid") return accounting::trapezoid;
  if (name == "continuous") return accounting::continuous;
  reject("E-ACCOUNTING", "accounting", "there is no convention '" + std::string(name) + "'",
         "the conventions are start, end, trapezoid and continuous", "Use one of these names");
}

/// How the cost of a cohort is added up.
struct cost_options {
  double years = 1;                                // horizon
  double discount = 0;                             // rate a year, 0.03 for 3 %
  accounting convention = accounting::continuous;  // named beside every total
  double cycle_length = 1;                         // years
  double persons = 1;                              // size of the cohort
};

/// Number of cycles in a horizon.
/// @throws invalid_input  `E-GRID`: the horizon is no whole number of cycles (within 1e-9)
inline int cycles_in(double years, double cycle_length) {
  const double cycles = years / cycle_length;
  const double whole = std::round(cycles);
  if (!(cycle_length > 0) || !(years >= 0) || !(std::abs(cycles - whole) <= 1e-9) || whole > 1e8) {
    reject("E-GRID", "cohort_cost",
           shown(years) + " years are cut into cycles of " + shown(cycle_length),
           "the horizon must be a whole number of cycles",
           "Choose a cycle length that divides the horizon");
  }
  return static_cast<int>(whole);
}

/// Expected cost of a closed cohort over a horizon.
///
/// @param Q        n x n, per year
/// @param start    n shares that sum to 1
/// @param cost     n, per year spent in each state, of one price year
/// @param options  horizon, discount rate a year, not negative, convention, cycle length
/// @return         money of the price year of `cost`
/// @throws invalid_input  `E-GRID`, `E-INIT-SUM`, `E-SHAPE`; `E-DISCOUNT`: a rate that is negative
///                        or not finite; `E-NUM`: a cost that is not finite
template <int N>
[[nodiscard]] double cohort_cost(const intensity_matrix<N>& Q, const Eigen::VectorXd& start,
                                 const Eigen::VectorXd& cost, const cost_options& options) {
  if (!(options.discount >= 0) || !std::isfinite(options.discount)) {
    reject("E-DISCOUNT", "cohort_cost", "the discount rate is " + shown(options.discount),
           "it must be finite and not negative", "Write 0.03 for 3 % a year");
  }
  if (cost.size() != Q.size()) {
    reject("E-SHAPE", "cohort_cost", "cost has " + std::to_string(cost.size()) + " entries",
           "the matrix has " + std::to_string(Q.size()) + " states",
           "Give one cost for each state, 0 for the dead");
  }
  if (!cost.allFinite()) {
    reject("E-NUM", "cohort_cost", "a cost is not finite", "every state needs a cost",
           "Give one cost for each state, 0 for the dead");
  }
  const int cycles = cycles_in(options.years, options.cycle_length);
  Eigen::RowVectorXd x = detail::cohort_start(start, Q.size(), options.persons, "cohort_cost");

  if (options.convention == accounting::continuous) {
    const auto over = integrate_occupancy(Q, options.years, std::log1p(options.discount));
    return (x * over.J).dot(cost);
  }
  const auto P = integrate_occupancy(Q, options.cycle_length).P;
  const double v = std::pow(1 + options.discount, -options.cycle_length);
  double at_start = 0, at_end = 0, worth = 1;
  for (int k = 0; k < cycles; ++k) {
    at_start += worth * x.dot(cost);
    x = (x * P).eval();
    worth *= v;
    at_end += worth * x.dot(cost);
  }
  switch (options.convention) {
    case accounting::start:
      return options.cycle_length * at_start;
    case accounting::end:
      return options.cycle_length * at_end;
    default:
      return options.cycle_length * (at_start + at_end) / 2;
  }
}

}  // namespace kohort
