#pragma once

#include <vector>

#include <Eigen/Core>

#include <kohort/estimation/detail/free_coefficients.hpp>
#include <kohort/estimation/detail/risk_rows.hpp>

namespace kohort::detail {

/// The inverse of an information, and what it says about it.
struct inverse_information {
  Eigen::MatrixXd covariance{};
  double condition = 0;  ///< of the information scaled to a unit diagonal; 0: not positive definite
  bool usable = false;
};

inverse_information invert(const Eigen::MatrixXd& information);

/// Coefficients whose estimates hang together so closely that their errors mean little: those in
/// the direction of the smallest eigenvalue of the correlation matrix, if its condition number is
/// above 1e10. Intercepts count where the covariates have their mean, so that their zero does not
/// matter.
struct close_coefficients {
  std::vector<Eigen::Index> coefficients{};
  double condition = 0;
};
close_coefficients hardly_told_apart(const risk_rows& rows, const free_coefficients& free,
                                     const Eigen::MatrixXd& covariance);

}  // namespace kohort::detail
