#pragma once

#include <Eigen/Core>

namespace kohort::detail {

/// Eigenvalues in ascending order, and the eigenvectors in the columns.
struct spectrum {
  Eigen::VectorXd values;
  Eigen::MatrixXd vectors;
  bool found = false;  // not where a value is not finite
};

/// Of a symmetric matrix; its lower triangle is read. Compiled once, for it is long.
spectrum spectrum_of(const Eigen::MatrixXd& symmetric);

}  // namespace kohort::detail
