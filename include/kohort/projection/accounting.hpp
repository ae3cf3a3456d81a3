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
///     trapezoid   their mean, which the peers call the half-cycle correction
///     continuous  int_0^T (1 + r)^(-t) c.x(t) dt, exact through Q
///
/// and, to compare with what others publish,
///
///     life_table  h sum_k v^(k+e) c.(x_k + x_(k+1))/2, e = 0, 1/2 or 1 (packages differ)
///     simpson     h/3 [f_0 + 4 f_1 + 2 f_2 + ... + 4 f_(K-1) + f_K], f_k = v^k c.x(kh); where K is
///                 odd, the 3/8 rule 3h/8 [f + 3f + 3f + f] on the last three cycles
///     simpson_published  weights 1/3, 2/3, 4/3, 2/3, ..., 1/3 in which the two inner ones are
///                 exchanged by mistake, as a published tutorial has them: for replication only
enum class accounting { start, end, trapezoid, continuous, life_table, simpson, simpson_published };

/// The convention of this name.
/// @throws invalid_input  `E-ACCOUNTING`, listing the names there are
accounting accounting_named(std::string_view name);

/// The name of a convention.
std::string_view name_of(accounting convention);

/// How costs of a chain of cycles are dated and added up.
struct accounting_settings {
  accounting convention = accounting::trapezoid;
  double discount = 0;      // rate a year, 0.03 for 3 %
  double cycle_length = 1;  // years
  double counted_at = 0;    // e of `life_table`: 0, 1/2 or 1
  bool strict = false;      // refuse `simpson` over an odd number of cycles
};

/// A convention as weights. With cost c_k per state-year in cycle k and n_k events of cost g in it,
///
///     total = sum_k c_k.(first_k x_k + last_k x_(k+1)) + sum_k g event_k n_k
///
/// The inner points of Simpson's rule belong to two cycles, half each. An event is dated at the
/// beginning of its cycle (start), its end (end), both by half (trapezoid and Simpson), or e into
/// it (life_table).
struct accounting_weights {
  Eigen::VectorXd first, last;  // K, years: weight of the occupancy at either end of a cycle
  Eigen::VectorXd event;        // K: worth of 1 paid for an event in that cycle
  std::string rule;             // in words, with the rule taken where K is odd
};

/// The weights of a convention over a number of cycles.
///
/// @throws invalid_input  `E-ACCOUNTING`: `continuous`, which is no sum over cycles, or an e that
/// is
///                        not 0, 1/2 or 1; `E-DISCOUNT`; `E-GRID`: a cycle without length;
///                        `E-SIMPSON-ODD`: an odd number of cycles under `strict`, or a single one
/// @see    Elbasha & Chhatwal (2016), Pharmacoeconomics 34:115-134, on within-cycle corrections
accounting_weights weights_of(const accounting_settings& settings, int cycles);

/// Present worth of 1 paid at the beginning of each cycle and at the end of the last:
///
///     v_k = (1 + r)^(-k h),    k = 0 .. cycles
///
/// @param discount      rate a year, not negative
/// @param cycle_length  years
/// @throws invalid_input  `E-DISCOUNT`, `E-GRID`
Eigen::VectorXd discount_factors(double discount, int cycles, double cycle_length = 1);

/// Refuses a rate that is negative or not finite: `E-DISCOUNT`.
void check_discount(double discount, std::string_view where);

/// How the cost of a cohort is added up.
struct cost_options {
  double years = 1;                                // horizon
  double discount = 0;                             // rate a year, 0.03 for 3 %
  accounting convention = accounting::continuous;  // named beside every total
  double cycle_length = 1;                         // years
  double persons = 1;                              // size of the cohort
  double counted_at = 0;                           // e of `life_table`: 0, 1/2 or 1
  bool strict = false;                             // refuse `simpson` over an odd number of cycles
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
/// @throws invalid_input  `E-GRID`, `E-INIT-SUM`, `E-SHAPE`, `E-ACCOUNTING`, `E-SIMPSON-ODD`;
///                        `E-DISCOUNT`: a rate that is negative or not finite; `E-NUM`: a cost that
///                        is not finite
template <int N>
[[nodiscard]] double cohort_cost(const intensity_matrix<N>& Q, const Eigen::VectorXd& start,
                                 const Eigen::VectorXd& cost, const cost_options& options) {
  check_discount(options.discount, "cohort_cost");
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
  const auto weights = weights_of({.convention = options.convention,
                                   .discount = options.discount,
                                   .cycle_length = options.cycle_length,
                                   .counted_at = options.counted_at,
                                   .strict = options.strict},
                                  cycles);
  double total = 0;
  for (int k = 0; k < cycles; ++k) {
    total += weights.first[k] * x.dot(cost);
    x = (x * P).eval();
    total += weights.last[k] * x.dot(cost);
  }
  return total;
}

}  // namespace kohort
