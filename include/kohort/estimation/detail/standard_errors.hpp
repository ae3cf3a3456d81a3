#pragma once

#include <Eigen/Core>

namespace kohort::detail {

/// The inverse of an information, and what it says about it.
struct inverse_information {
  Eigen::MatrixXd covariance{};
  double condition = 0;  ///< of the information scaled to a unit diagonal; 0: not positive definite
  bool usable = false;
};

inverse_information invert(const Eigen::MatrixXd& information);

}  // namespace kohort::detail
