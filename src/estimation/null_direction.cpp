#include <cmath>

#include <Eigen/Eigenvalues>

#include <kohort/estimation/detail/null_direction.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

void check_null_direction(const objective& wanted, const risk_rows& rows,
                          const scaled_search& search, const Eigen::VectorXd& start) {
  if (search.size() < 2) return;
  Eigen::VectorXd direction;
  for (int attempt = 0; attempt < 3; ++attempt) {
    Eigen::VectorXd beta = search.free().beta(start);
    for (int k = 0; k < rows.transitions(); ++k) {
      for (Eigen::Index j = 0; j < beta.size(); ++j) {
        if (search.free().free[static_cast<std::size_t>(j)] ==
            rows.where().starts[static_cast<std::size_t>(k)])
          beta[j] += attempt * 0.3 * std::sin(1.0 + 2.0 * (k + attempt));
      }
    }
    const Eigen::MatrixXd B = search.information(wanted.information(search.free().theta(beta)));
    Eigen::VectorXd unit = B.diagonal().cwiseSqrt();
    if (!(unit.minCoeff() > 0)) return;
    unit = unit.cwiseInverse();
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(unit.asDiagonal() * B *
                                                               unit.asDiagonal());
    if (eigen.info() != Eigen::Success || eigen.eigenvalues()[0] > 1e-10) return;
    if (attempt == 0)
      direction = search.to_theta() * (unit.asDiagonal() * eigen.eigenvectors().col(0));
  }
  const auto names = coefficient_names(wanted.intensities());
  const double largest = direction.cwiseAbs().maxCoeff();
  std::string listed;
  for (Eigen::Index i = 0; i < direction.size(); ++i) {
    if (std::abs(direction[i]) < 0.02 * largest) continue;
    listed += (listed.empty() ? "'" : ", '") + names[static_cast<std::size_t>(i)] + "'";
  }
  reject("D-NONIDENT", "fit", "only a combination of " + listed + " is visible in these data",
         "each must be told apart from the others",
         "Leave one of them out of the model, or observe more often");
}

}  // namespace kohort::detail
