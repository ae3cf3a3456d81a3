#pragma once

#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/observations.hpp>
#include <kohort/estimation/fitted_model.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// How many parameters were estimated: those that a standard error speaks of, constraints taken
/// off, and those whose estimate lies at the end of its range.
int estimated_parameters(const fitted_model& fitted);

/// Akaike's criterion, -2 log L + 2 k. Smaller is better.
///
/// @throws invalid_input  `E-PRIOR` if there are priors: the estimate is then no maximum of L
double aic(const fitted_model& fitted);

/// The Bayesian criterion, -2 log L + k log n.
///
/// @param n  what is counted as one observation: subjects that were seen twice, or intervals
/// @throws invalid_input  `E-PRIOR`, as `aic`
double bic(const fitted_model& fitted, double n);

/// Upper tail of the chi-square distribution.
double chi_square_tail(double statistic, int degrees);

/// A likelihood-ratio test of a model within a larger one.
struct likelihood_ratio_test {
  double statistic = 0;  ///< 2 (l_larger - l_smaller)
  int degrees = 0;
  double p_value = 1;
  /// The smaller model puts a rate at 0, the end of its range, or inequalities hold: the statistic
  /// is then no larger than its chi-square, so that the p-value is too large, by a factor of 2 for
  /// one rate or one limit.
  bool boundary = false;
};

/// @throws invalid_input  `E-NESTED` if a coefficient of the smaller is none of the larger, if they
///                        were not fitted to the same numbers of subjects, intervals and
///                        person-years, or if the larger is no larger; `E-PRIOR`, as `aic`
likelihood_ratio_test likelihood_ratio(const fitted_model& smaller, const fitted_model& larger);

/// The log-likelihood of subjects that the coefficients were not fitted to.
struct held_out {
  Eigen::VectorXd log_likelihoods{};  ///< per subject; -infinity: what was seen is impossible
  std::vector<int> folds{};           ///< per subject, from 0
  double total = 0;
  double error = 0;             ///< of the total, from the spread between subjects
  std::int64_t impossible = 0;  ///< subjects with -infinity
  int failures = 0;             ///< folds whose search did not converge
};

struct cross_validation_settings {
  int folds = 10;
  std::uint64_t seed = 1;
  std::vector<std::int32_t> clusters =
      {};           ///< per subject; all of one cluster are held out together
  int threads = 0;  ///< 0: all processors; the result does not depend on it
  progress report = {};
};

/// Leaves out one fold of the subjects (or clusters) after another, fits the rest from the estimate
/// of all (with its priors and within its inequalities), and asks for the log-likelihood of those
/// left out.
///
/// The folds are of equal size within one; which fold a subject falls into depends on the seed and
/// its place alone.
///
/// @throws invalid_input  `E-FOLDS` if there are fewer than 2 folds or more than clusters
held_out cross_validate(const fitted_model& fitted, const observations& seen,
                        const cross_validation_settings& settings = {});

}  // namespace kohort
