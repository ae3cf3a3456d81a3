#include <cmath>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include <kohort/estimation/detail/standard_errors.hpp>

namespace kohort::detail {

inverse_information invert(const Eigen::MatrixXd& information) {
  inverse_information result;
  Eigen::VectorXd scale = information.diagonal();
  for (auto& s : scale) {
    if (!(s > 0) || !std::isfinite(s)) return result;
    s = 1 / std::sqrt(s);
  }
  const Eigen::MatrixXd unit = scale.asDiagonal() * information * scale.asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(unit);
  const auto& values = eigen.eigenvalues();
  if (eigen.info() != Eigen::Success || !(values.minCoeff() > 0)) return result;
  result.condition = values.maxCoeff() / values.minCoeff();
  if (result.condition > 1e15) return result;
  const Eigen::MatrixXd inverse =
      Eigen::LLT<Eigen::MatrixXd>(unit).solve(Eigen::MatrixXd::Identity(unit.rows(), unit.cols()));
  result.covariance = scale.asDiagonal() * inverse * scale.asDiagonal();
  result.usable = result.covariance.allFinite() && result.covariance.diagonal().minCoeff() > 0;
  return result;
}

}  // namespace kohort::detail
