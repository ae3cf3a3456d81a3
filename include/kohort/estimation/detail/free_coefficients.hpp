#pragma once

#include <vector>

#include <Eigen/Core>

namespace kohort::detail {

/// The coefficients that may vary: theta = A beta + b, where beta are some of the coefficients
/// themselves, beta_j = theta[free[j]].
struct free_coefficients {
  std::vector<Eigen::Index> free{};
  Eigen::MatrixXd A{};  ///< coefficients x free
  Eigen::VectorXd b{};

  [[nodiscard]] Eigen::VectorXd beta(const Eigen::VectorXd& theta) const {
    Eigen::VectorXd values(A.cols());
    for (Eigen::Index j = 0; j < A.cols(); ++j)
      values[j] = theta[free[static_cast<std::size_t>(j)]];
    return values;
  }
  [[nodiscard]] Eigen::VectorXd theta(const Eigen::VectorXd& beta) const {
    return A.cols() == 0 ? b : Eigen::VectorXd(A * beta + b);
  }
  /// Whether a coefficient can vary at all.
  [[nodiscard]] bool varies(Eigen::Index i) const {
    return A.cols() > 0 && A.row(i).cwiseAbs().maxCoeff() > 0;
  }
};

/// Every coefficient for itself.
free_coefficients all_free(Eigen::Index size);

/// The same with some of beta held where theta has them.
///
/// @param held  per column of A
free_coefficients hold(const free_coefficients& all, const std::vector<char>& held,
                       const Eigen::VectorXd& theta);

}  // namespace kohort::detail
