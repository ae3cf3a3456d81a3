#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/observations.hpp>
#include <kohort/estimation/fitted_model.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

struct bootstrap_settings {
  int replicates = 1000;
  std::uint64_t seed = 1;
  std::vector<std::int32_t> clusters = {};  ///< per subject, from 0; empty: each subject is one
  int threads = 0;                          ///< 0: all processors; the result does not depend on it
  progress report = {};
};

/// Estimates from data that might as well have been seen.
struct bootstrap_estimates {
  Eigen::MatrixXd coefficients{};  ///< replicates x coefficients; NaN where the search failed
  int failures = 0;                ///< replicates whose search did not converge
};

/// Nonparametric bootstrap: subjects (or clusters) drawn with replacement, as many as there are,
/// each time fitted anew from the estimate, with the priors of the fit and within its inequalities.
///
/// Replicate r depends on (seed, r) alone. Coefficients without a standard error stay at their
/// estimate. A rate whose moves a replicate has lost goes to 0: its logarithm is then very small.
///
/// @throws invalid_input  `E-DRAWS` if no replicate is asked for, `E-CLUSTER` if there are not two
///                        clusters, or not one number per subject
/// @see Efron & Tibshirani (1993), An Introduction to the Bootstrap
bootstrap_estimates bootstrap(const fitted_model& fitted, const observations& seen,
                              const bootstrap_settings& settings = {});

/// The same from data made by the model itself: histories simulated at the estimate, under the
/// visits of these subjects (`observed_plan`) and with their weights.
///
/// @param planned_ends  as in `observed_plan`
/// @throws invalid_input  `E-DRAWS`; `E-PLAN` and `E-MODEL` for what cannot be simulated
bootstrap_estimates parametric_bootstrap(const fitted_model& fitted, const observations& seen,
                                         std::span<const double> planned_ends,
                                         const bootstrap_settings& settings = {});

/// The same from data made in any other way: `simulate(replicate)` returns what would have been
/// seen, under the same visits. It is called from several threads at once.
bootstrap_estimates parametric_bootstrap(const fitted_model& fitted,
                                         const std::function<observations(std::uint32_t)>& simulate,
                                         const bootstrap_settings& settings = {});

/// Limits from bootstrap replicates.
struct bootstrap_interval {
  double percentile_lower = 0, percentile_upper = 0;
  double basic_lower = 0, basic_upper = 0;  ///< 2 estimate - the other percentile
  double error = 0;                         ///< standard deviation of the replicates
  double lower_error = 0;  ///< Monte Carlo error of the percentiles: what another seed would change
  double upper_error = 0;
};

/// @param replicates  of one quantity; NaN (failures) are left out
/// @param level       between 0 and 1
/// @throws invalid_input  `E-LEVEL` for another level, `E-DRAWS` for fewer than two replicates
bootstrap_interval interval_of(const std::vector<double>& replicates, double estimate,
                               double level = 0.95);

/// n rows out of `count`, with replacement; the k-th depends on (seed, k) alone.
///
/// @throws invalid_input  `E-DRAWS` if n is negative, or there is none to pick from
std::vector<std::int64_t> pick_rows(std::int64_t n, std::int64_t count, std::uint64_t seed);

/// Covariance of the replicates that did not fail.
Eigen::MatrixXd covariance_of(const Eigen::MatrixXd& replicates);

}  // namespace kohort
