#pragma once

#include <cstdint>
#include <vector>

#include <Eigen/Core>

namespace kohort {

/// How the value of knowing some parameters is estimated.
struct partial_information_options {
  int intervals = 8;  // of each spline, of equal width over the draws' range
  int folds = 10;     // of the cross-fit: draw i belongs to fold i mod folds
  int repeats = 200;  // draws of the coefficients, for the standard error
  std::uint64_t seed = 1;
};

/// Expected value of perfect information about some parameters, by regression.
struct partial_information {
  double in_sample = 0;  // mean max g - max mean g: biased upwards
  double cross_fit = 0;  // value of the fitted rule in draws it was not fitted to: downwards
  double se = 0;         // of the in-sample value: of the coefficients and of the sample
  double evpi = 0;       // of all parameters, from the same draws: an upper limit
  std::vector<double> degrees_of_freedom;  // of the regression of each increment
  std::vector<double> pattern;  // of each increment: probability of residual means by tenth of the
                                // fitted values as uneven as these if the regression is right
};

/// Expected value of partial perfect information from draws of net benefit and parameters:
///
///     EVPPI = E max_d E[benefit_d | theta] - max_d E benefit_d
///
/// Each option's benefit over a fixed reference is regressed on the parameters. One to three of
/// them: an additive model of penalised cubic splines with pairwise products, its penalties chosen
/// by generalised cross-validation; four and more: a linear model and a spline of its linear index.
/// The true value lies between the two estimates but for chance, so both are given. A `pattern`
/// below 0.001 says that the regression misses part of the relation.
///
/// @param benefit     draws x options, net monetary benefit
/// @param parameters  draws x parameters whose value is asked for
/// @throws invalid_input  `E-SHAPE`; `E-NUM`; `E-DRAWS`: too few draws for the regression
/// @see    Strong, Oakley & Brennan (2014), Med Decis Making 34:311-326
partial_information value_of_knowing(const Eigen::MatrixXd& benefit,
                                     const Eigen::MatrixXd& parameters,
                                     const partial_information_options& options = {});

}  // namespace kohort
