#pragma once

#include <string>
#include <vector>

#include <Eigen/Core>

namespace kohort {

enum class prior_kind { normal, gamma };

/// What is believed of one coefficient before the data.
///
///     normal  theta ~ N(first, second^2)
///     gamma   exp(theta) ~ Gamma(shape first, rate second), for the rate of a transition where its
///             covariates are 0; in years: `second` is a time under observation, `first` events in
///             it
///
/// Densities are those of theta, a logarithm, so the Jacobian of a gamma prior is in it: with n
/// events in T years its mode is (first + n) / (second + T).
struct prior {
  std::string coefficient;
  prior_kind kind = prior_kind::normal;
  double first = 0, second = 1;
};

/// theta ~ N(mean, sd^2).
prior normal_prior(std::string coefficient, double mean, double sd);

/// rate ~ Gamma(shape, rate), per year.
prior gamma_prior(std::string transition, double shape, double rate);

/// A smoothness prior, up to a constant: -(theta - centre)' precision (theta - centre) / 2 over
/// some coefficients. Its rank may be less than its size.
struct quadratic_penalty {
  std::vector<std::string> coefficients;
  Eigen::MatrixXd precision;
  Eigen::VectorXd centre = {};  ///< empty: zeros
};

/// "'light -> dead': gamma with shape 2 and rate 8".
std::string words(const prior& one);

}  // namespace kohort
