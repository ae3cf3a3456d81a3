#pragma once

#include <Eigen/Core>

namespace kohort::detail {

/// Values, one for each start and column, and their slopes along the coefficients.
struct value_sums {
  Eigen::VectorXd values;
  Eigen::MatrixXd slopes;  ///< values x coefficients; empty where they are not wanted
};

/// Column m of the values, weighed. A weight of 0 on an infinite value counts as nothing.
inline double weighed(const Eigen::RowVectorXd& weights, const Eigen::MatrixXd& values,
                      Eigen::Index m) {
  double sum = 0;
  for (Eigen::Index r = 0; r < values.rows(); ++r) {
    if (weights[r] != 0) sum += weights[r] * values(r, m);
  }
  return sum;
}

}  // namespace kohort::detail
