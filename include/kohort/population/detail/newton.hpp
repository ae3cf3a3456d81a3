#pragma once

#include <cmath>
#include <functional>

#include <Eigen/Cholesky>
#include <Eigen/Core>

namespace kohort::detail {

/// A concave function's value and its first two derivatives, the second with its sign changed.
struct slopes {
  double value;
  Eigen::VectorXd gradient;
  Eigen::MatrixXd information;
};

/// Newton's method with halving.
///
/// @param[out] end  the function at the maximum
inline Eigen::VectorXd newton_maximum(
    Eigen::VectorXd theta, const std::function<slopes(const Eigen::VectorXd&)>& likelihood,
    slopes& end) {
  end = likelihood(theta);
  for (int step = 0; step < 100; ++step) {
    const Eigen::VectorXd move = end.information.ldlt().solve(end.gradient);
    const double gain = end.gradient.dot(move);  // twice what the step promises
    if (!std::isfinite(gain)) break;
    const bool last = gain < 1e-14 * (1 + std::abs(end.value));  // one more step squares the error
    double length = 1;
    slopes next;
    for (;; length /= 2) {
      next = likelihood(theta + length * move);
      if (next.value >= end.value - 1e-12 * std::abs(end.value) || length < 1e-8) break;
    }
    theta += length * move;
    end = next;
    if (last) break;
  }
  return theta;
}

}  // namespace kohort::detail
