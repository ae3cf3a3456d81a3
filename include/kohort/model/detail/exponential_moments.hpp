#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace kohort::detail {

/// w_k = int_0^1 e^(-z s) s^k ds for k = 0 .. last and z >= 0, by the recurrence that adds positive
/// numbers only: k w_(k-1) = z w_k + e^(-z), downwards. What is wrong at its start is multiplied by
/// z / k at every step.
inline std::vector<double> exponential_moments(double z, int last) {
  const int first = last + 25 + (z > 1 ? static_cast<int>(3 * z) : 0);
  double w = std::exp(-z) / (first + 1);
  std::vector<double> moments(static_cast<std::size_t>(last) + 1);
  for (int k = first; k >= 0; --k) {
    if (k <= last) moments[static_cast<std::size_t>(k)] = w;
    if (k > 0) w = (z * w + std::exp(-z)) / k;
  }
  return moments;
}

/// int_0^t e^(-force s) ds.
inline double discounted_time(double t, double force) {
  const double z = force * t;
  if (z == 0) return t;
  return std::isfinite(t) ? t * (-std::expm1(-z) / z) : 1 / force;
}

}  // namespace kohort::detail
