#include <Eigen/Eigenvalues>

#include <kohort/support/detail/spectrum.hpp>

namespace kohort::detail {

spectrum spectrum_of(const Eigen::MatrixXd& symmetric) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(symmetric);
  return {solver.eigenvalues(), solver.eigenvectors(), solver.info() == Eigen::Success};
}

}  // namespace kohort::detail
