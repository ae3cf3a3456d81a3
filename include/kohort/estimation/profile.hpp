#pragma once

#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/transitions.hpp>
#include <kohort/estimation/fitted_model.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// One end of a profile interval.
struct profile_end {
  /// Why there is a limit, or none.
  enum class kind {
    found,    ///< the profile log-likelihood has fallen by as much as the level says
    none,     ///< it never falls so far: the data set no limit on this side
    bound,    ///< the rate's estimate lies at the end of its range: the fit's one-sided 95 % bound
    limit,    ///< here an inequality of the fit ends it, before it has fallen so far
    not_free  ///< the coefficient was not estimated, or the search did not get there
  };
  kind what = kind::none;
  double value = 0;  ///< of the coefficient; where there is none, infinite on that side
};

/// A point at which the profile was computed.
struct profile_point {
  double value = 0;  ///< of the coefficient
  double drop = 0;   ///< 2 (l(estimate) - l_profile(value))
};

struct profile_interval {
  Eigen::Index coefficient = 0;
  double estimate = 0;
  profile_end lower{}, upper{};
  std::vector<profile_point> points{};  ///< by value, the estimate among them
  double higher = 0;  ///< by how much 2 log L was seen above that of the estimate; rounding: 0
};

struct profile_settings {
  double level = 0.95;
  int threads = 0;  ///< 0: all processors; the intervals do not depend on it
  progress report = {};
};

/// Intervals by profile likelihood: the values c of a coefficient for which
///
///     2 (l(estimate) - max_{theta: theta_i = c} l(theta)) <= the chi-square quantile, 1 d.f.
///
/// With priors l is the log posterior density, and the profile that of a credible region's outline;
/// inequalities of the fit hold throughout, met or not met at the estimate.
///
/// Each end is found by the secant on the signed root of the left side, which is nearly a straight
/// line, within a bracket. It need not be symmetric, is the same on any scale of the coefficient,
/// and says `none` where the likelihood does not fall: an effect that grows without limit has one
/// end.
///
/// @param tables        what was fitted; with clocks that move, `step` as in `fitted.substep`
/// @param coefficients  which of them; empty: all
/// @throws invalid_input  `E-LEVEL` if the level is not between 0 and 1
/// @throws interrupted    if `report` returned false
/// @see Venzon & Moolgavkar (1988), Applied Statistics 37:87-94
std::vector<profile_interval> profile(const fitted_model& fitted, const transition_tables& tables,
                                      std::vector<Eigen::Index> coefficients = {},
                                      const profile_settings& settings = {});
std::vector<profile_interval> profile(const fitted_model& fitted, const observations& seen,
                                      const std::vector<Eigen::Index>& coefficients = {},
                                      const profile_settings& settings = {});

}  // namespace kohort
