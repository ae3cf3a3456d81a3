#include <algorithm>
#include <cmath>
#include <limits>

#include <kohort/estimation/detail/separation.hpp>

namespace kohort::detail {

bool separates(const objective& wanted, const risk_rows& rows, const Eigen::VectorXd& theta,
               double at_maximum, int transition, Eigen::Index coefficient) {
  const Eigen::Index intercept = rows.where().starts[static_cast<std::size_t>(transition)];
  const auto column = static_cast<std::size_t>(coefficient - intercept);
  double low = std::numeric_limits<double>::infinity(), high = -low;
  rows.for_each(transition, [&](const risk_row& row) {
    low = std::min(low, row.x[column]);
    high = std::max(high, row.x[column]);
  });
  if (std::abs(theta[coefficient]) * (high - low) < 6) return false;
  const double sign = theta[coefficient] > 0 ? 1 : -1;
  for (const double anchor : {0.0, low, high}) {
    bool rises = true;
    double before = at_maximum;
    for (const double s : {1.0, 2.0, 4.0, 8.0}) {
      auto further = theta;
      further[coefficient] += sign * s / (high - low);
      further[intercept] -= sign * s * anchor / (high - low);
      const double there = wanted.value(further);
      if (!(there >= before - 1e-11 * (1 + std::abs(before)))) {
        rises = false;
        break;
      }
      before = there;
    }
    if (rises) return true;
  }
  return false;
}

}  // namespace kohort::detail
