#pragma once

#include <cmath>
#include <string>
#include <utility>

#include <Eigen/Core>

#include <kohort/support/error.hpp>

namespace kohort {

/// Shares that sum to 1, and what they were divided by to get there.
struct shares {
  Eigen::VectorXd values;  // one for each state or level
  double factor = 1;       // their sum as given; 1 unless normalising was asked for
};

/// Takes shares at the door. Published shares are rounded and need not sum to 1 (53, 17, 24 and 7 %
/// make 101 %): then whoever uses them has to say that they are to be divided by their sum.
///
/// @param given      one share for each state, finite and not negative
/// @param where      who asks, for the message
/// @param normalise  divide by the sum; the sum is kept as `factor`
/// @throws invalid_input  `E-NUM`: negative or not finite; `E-INIT-SUM`: the sum is not 1 within
///                        1e-9, and `normalise` was not asked for
inline shares checked_shares(Eigen::VectorXd given, const std::string& where,
                             bool normalise = false) {
  for (Eigen::Index i = 0; i < given.size(); ++i) {
    if (std::isfinite(given[i]) && given[i] >= 0) continue;
    reject("E-NUM", where, "share " + std::to_string(i) + " is " + shown(given[i]),
           "a share must be finite and not negative", "Mend that share");
  }
  const double sum = given.sum();
  if (normalise && sum > 0) return {given / sum, sum};
  if (!(std::abs(sum - 1) <= 1e-9)) {
    reject("E-INIT-SUM", where, "the shares sum to " + shown(sum), "they must sum to 1",
           "Mend them, or divide them by their sum");
  }
  return {std::move(given), 1};
}

}  // namespace kohort
