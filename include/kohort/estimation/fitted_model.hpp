#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/findings.hpp>
#include <kohort/estimation/constraints.hpp>
#include <kohort/estimation/prior.hpp>
#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/maximise.hpp>

namespace kohort {

/// Why the search ended, and what it took.
struct convergence {
  search_verdict verdict = search_verdict::iteration_limit;
  int iterations = 0;      ///< steps
  int evaluations = 0;     ///< of the log-likelihood with its gradient
  double gap = 0;          ///< what was left to gain in 2 log L before the last step
  bool diverging = false;  ///< a rate or an effect has no finite estimate; `diagnostics` names it
};

/// A one-sided 95 % bound for a rate whose estimate lies at the end of its range.
struct rate_bound {
  int transition = 0;
  bool upper = true;  ///< the estimate is 0 and this its upper bound; otherwise infinite, and lower
  double rate = 0;    ///< per year, its effects being 0; infinite, or 0 as a lower one: no bound
};

/// Where one of several searches ended.
struct start_outcome {
  double log_likelihood = 0;  ///< with priors: of the posterior
  Eigen::VectorXd coefficients{};
  search_verdict verdict = search_verdict::iteration_limit;
};

/// A penalised spline on one transition, and how far its penalty let it bend.
struct smooth_curve {
  int transition = 0, term = 0;
  double smoothing = 0;  ///< kappa of the penalty kappa |D b|^2 / 2
  bool chosen = false;   ///< found from the data, not given
  /// Effective number of effects, the straight line's counted: from 1 to `term::columns()`.
  double effective = 0;
};

/// What `fit` learned. It never changes: to vary an assumption, fit again.
struct fitted_model {
  intensity_model intensities;
  std::vector<std::string> names{};  ///< one per coefficient
  Eigen::VectorXd coefficients{};    ///< as `coefficient_layout` says; -infinity: a rate of 0
  Eigen::MatrixXd covariance{};      ///< rows of zeros where there is no standard error
  std::vector<bool> has_error{};     ///< per coefficient: whether there is a standard error
  double log_likelihood = 0;
  double log_prior = 0;  ///< log density of the coefficients under the priors; 0 without any
  kohort::convergence convergence{};
  std::vector<constraint> constraints{};
  std::vector<bool> active{};  ///< per constraint: holds with equality
  std::vector<prior> priors{};
  std::vector<quadratic_penalty> penalties{};  ///< those of the curves among them
  std::vector<smooth_curve> curves{};          ///< transition by transition
  std::vector<start_outcome> starts{};         ///< one per search; the first is the usual one
  std::vector<rate_bound> bounds{};
  std::vector<finding> diagnostics{};
  std::int64_t subjects = 0, single_subjects = 0, intervals = 0;
  std::int64_t cells = 0;  ///< distinct intervals; intervals / cells is the compression ratio
  double person_years = 0;
  double substep = 0;        ///< longest sub-step over clocks that move, in years; 0: none moves
  double substep_error = 0;  ///< what they may change in the log-likelihood; see `moving.hpp`
};

/// Rates per year, one for each transition.
///
/// @param coefficients  a model's own, or one row of `draws`
/// @param x             one value per term; clocks in years. See `design_row`
std::vector<double> intensities(const intensity_model& model, std::span<const double> coefficients,
                                std::span<const double> x);

/// Q at the estimate.
intensity_matrix<> intensities(const fitted_model& fitted, std::span<const double> x);

/// A coefficient with its standard error and Wald interval.
struct wald_interval {
  double estimate = 0, error = 0, lower = 0, upper = 0;
  bool known = true;  ///< false: no standard error; the limits say nothing
};

/// theta -+ z SE for every coefficient, on its own (logarithmic) scale.
///
/// @param level  between 0 and 1
std::vector<wald_interval> wald_intervals(const fitted_model& fitted, double level = 0.95);

/// Coefficients drawn from the normal approximation at the maximum: theta + chol(C) z.
///
/// Row k depends on (seed, k) alone. A rate estimated as 0 is drawn from the exponential
/// distribution whose 95 % quantile is its upper bound: with exactly dated moves the posterior
/// under a flat prior. Effects without a standard error stay at their estimate.
///
/// @return  n x coefficients
/// @throws invalid_input  `D-DIVERGING` if a rate has no finite estimate, `D-BOUNDARY-ZERO` if one
///                        estimated as 0 has no upper bound
Eigen::MatrixXd draws(const fitted_model& fitted, int n, std::uint64_t seed);

}  // namespace kohort
