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
  std::vector<double> pattern;  // of each increment: probability, if the regression is right, of
                                // residuals as uneven along the fit, or as alike in draws of
                                // neighbouring parameters, as these
};

/// Expected value of partial perfect information from draws of net benefit and parameters:
///
///     EVPPI = E max_d E[benefit_d | theta] - max_d E benefit_d
///
/// Each option's benefit over a fixed reference is regressed on the parameters: a straight line and
/// the bends of a cubic spline for each, products of every pair, and up to five parameters products
/// of one's line with another's bends. All but the lines is penalised, with weights chosen by
/// generalised cross-validation (of bends one for each parameter, beyond five one for all). What
/// takes three parameters together is missed: a `pattern` below 0.001 says so. The true value lies
/// between the two estimates but for chance, so both are given.
///
/// @param benefit     draws x options, net monetary benefit
/// @param parameters  draws x parameters whose value is asked for
/// @throws invalid_input  `E-SHAPE`; `E-NUM`; `E-DRAWS`: fewer than 100 draws, or than ten a
///                        parameter
/// @see    Strong, Oakley & Brennan (2014), Med Decis Making 34:311-326
partial_information value_of_knowing(const Eigen::MatrixXd& benefit,
                                     const Eigen::MatrixXd& parameters,
                                     const partial_information_options& options = {});

}  // namespace kohort
