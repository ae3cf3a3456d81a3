#pragma once

// Random intensity matrices for the tests of this folder, each a pure function of its seed.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <Eigen/Core>

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/support/random.hpp>

namespace kohort_tests {

/// Uniform numbers, one after another.
class dice {
 public:
  explicit dice(std::uint64_t seed) : stream_(seed, kohort::purpose::starting_values) {}
  double uniform(double low, double high) {
    return low + (high - low) * stream_.uniform(0, 0, index_++);
  }
  double log_uniform(double low, double high) {
    return std::exp(uniform(std::log(low), std::log(high)));
  }
  int integer(int low, int high) {  // both included
    return std::min(high, low + static_cast<int>(uniform(0, high - low + 1)));
  }

 private:
  kohort::random_stream stream_;
  std::uint32_t index_ = 0;
};

/// Rates log-uniform on [least, largest]; a share of them is 0, and the last state may be
/// absorbing.
inline Eigen::MatrixXd random_rates(dice& roll, int n, double least, double largest) {
  const double filled = roll.uniform(0.2, 1.0);
  const bool ends = roll.uniform(0, 1) < 0.7;
  Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(n, n);
  for (int r = 0; r < (ends ? n - 1 : n); ++r) {
    for (int s = 0; s < n; ++s) {
      const double rate = roll.log_uniform(least, largest);
      if (r != s && roll.uniform(0, 1) < filled) rates(r, s) = rate;
    }
  }
  return rates;
}

}  // namespace kohort_tests
