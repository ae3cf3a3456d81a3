#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/observations.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// How intervals are grouped: by quantiles of each of these, as many groups as there are values.
struct pearson_settings {
  int time_groups = 4;    ///< of the time since the first row at which the interval begins
  int length_groups = 3;  ///< of its planned length
  int rate_groups = 3;    ///< of the sum of all rates where it begins
  double smallest = 5;    ///< cells with fewer expected are pooled
  int replicates = 199;   ///< of the parametric bootstrap; 0: no p-value
  bool refit =
      true;  ///< fit each replicate anew; else one Newton step with the information of the data
  std::uint64_t seed = 1;
  int threads = 0;
  progress report = {};
};

/// Intervals of one group that began in one state and ended in one of several.
struct pearson_cell {
  int time_group, length_group, rate_group;  ///< from 0; -1: several, pooled
  state from;
  std::vector<state> to;
  double observed = 0, expected = 0;
};

struct pearson_test {
  double statistic = 0;
  double p_value = std::numeric_limits<double>::quiet_NaN();  ///< NaN without replicates
  std::vector<double> replicated;  ///< the statistic of each replicate that could be fitted
  int failures = 0;                ///< replicates that could not
  std::vector<double> time_cuts, length_cuts, rate_cuts;  ///< where a further group begins
  std::vector<pearson_cell> cells;
  std::int64_t intervals = 0, imputed = 0;  ///< imputed: dated deaths, whose next visit is unknown
};

/// Pearson-type test of fit for panel data:
///
///     T = sum over cells (O - E)^2 / E,    E = sum over the cell's intervals of P(planned length)
///
/// The cells are time group x length group x rate group x from x to. Within a group and `from`,
/// cells with E below `smallest` are pooled, with each other or with the smallest that is not; rows
/// too small for that are added up over the groups of their `from`.
///
/// A dated death takes the place of a visit, so its interval ends at the visit that was planned:
/// expected are the probabilities over the planned length, death among them. That visit is drawn
/// from the gaps between the visits of all, given that the gap is longer than the time survived.
///
/// States are those that are seen. Where they have phases or may be misread, what is expected at
/// the end of an interval is the probability of seeing each state given all that was seen of the
/// person until then (the forward recursion of `misclassified.hpp`). A row that names several
/// states counts in each of them by the model's probabilities given that it is one of them.
///
/// T has no chi-square distribution, so its p-value comes from histories simulated at the fit under
/// the visits of these subjects (`observed_plan`), each fitted anew and grouped by the same cuts:
/// (1 + number of T* >= T) / (replicates + 1).
///
/// @param coefficients  the maximum-likelihood estimate from these observations
/// @param planned_ends  as in `observed_plan`; empty: one further visit after each death
/// @throws invalid_input  `E-KIND`: intervals within which the state is known throughout (use
///                        Aalen-Johansen), or an end that is one of several in data that are to be
///                        replicated; `E-SETTING`; `E-COLUMN`; `E-PLAN`
/// @see Aguirre-Hernandez & Farewell (2002), Stat Med 21:1899-1911; Titman & Sharples (2008), Stat
///      Med 27:2177-2195
pearson_test test_pearson(const intensity_model& intensities, const Eigen::VectorXd& coefficients,
                          const observations& seen, std::span<const double> planned_ends = {},
                          const pearson_settings& settings = {});

}  // namespace kohort
