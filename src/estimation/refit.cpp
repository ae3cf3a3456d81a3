#include <cmath>

#include <Eigen/Eigenvalues>
#include <Eigen/QR>

#include <kohort/estimation/detail/refit.hpp>
#include <kohort/likelihood/log_likelihood.hpp>

namespace kohort::detail {

goal log_likelihood_of(const transition_tables& tables, const intensity_model& intensities,
                       int threads, const progress& report) {
  return {[&tables, &intensities, threads, report](const Eigen::VectorXd& at) {
            return log_likelihood(intensities, tables, at, threads, report);
          },
          [&tables, &intensities, threads, report](const Eigen::VectorXd& at) {
            const auto l = log_likelihood_gradient(intensities, tables, at, threads, report);
            return maximise_problem::slope{l.value, l.gradient};
          },
          [&tables, &intensities, threads, report](const Eigen::VectorXd& at) {
            return expected_information(intensities, tables, at, threads, report);
          }};
}

transition_tables tables_for(const fitted_model& fitted, const observations& seen,
                             const progress& report) {
  auto tables = aggregate(seen, fitted.intensities, report);
  if (fitted.substep > 0) tables.step = fitted.substep;
  return tables;
}

Eigen::MatrixXd free_directions(const fitted_model& fitted) {
  const auto p = fitted.coefficients.size();
  Eigen::VectorXd error = Eigen::VectorXd::Zero(p), inverse = error;
  for (Eigen::Index i = 0; i < p; ++i) {
    if (!fitted.has_error[static_cast<std::size_t>(i)] || !(fitted.covariance(i, i) > 0)) continue;
    error[i] = std::sqrt(fitted.covariance(i, i));
    inverse[i] = 1 / error[i];
  }
  const Eigen::MatrixXd correlation =
      inverse.asDiagonal() * fitted.covariance * inverse.asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(correlation);
  const double least = 1e-12 * static_cast<double>(p);  // below, it is rounding: a constraint
  Eigen::MatrixXd directions(p, p);
  Eigen::Index kept = 0;
  for (Eigen::Index i = p; i-- > 0;) {
    if (!(eigen.eigenvalues()[i] > least)) continue;
    directions.col(kept++) =
        error.asDiagonal() * eigen.eigenvectors().col(i) * std::sqrt(eigen.eigenvalues()[i]);
  }
  return directions.leftCols(kept);
}

Eigen::MatrixXd directions_beside(const Eigen::MatrixXd& directions, Eigen::Index i) {
  const Eigen::VectorXd row = directions.row(i).transpose();
  if (row.size() == 0 || row.norm() == 0) return directions;
  // The first column of the reflection is parallel to the row; all others are orthogonal to it.
  const Eigen::HouseholderQR<Eigen::MatrixXd> reflection{Eigen::MatrixXd(row)};
  const Eigen::MatrixXd turned = directions * Eigen::MatrixXd(reflection.householderQ());
  Eigen::MatrixXd beside = turned.rightCols(row.size() - 1);
  beside.row(i).setZero();
  return beside;
}

maximum refit(const goal& wanted, const Eigen::VectorXd& origin, const Eigen::MatrixXd& directions,
              double tolerance, int iterations) {
  const auto at = [&](const Eigen::VectorXd& u) -> Eigen::VectorXd {
    if (u.size() == 0) return origin;
    return origin + directions * u;  // -infinity stays, its row of directions being zero
  };
  maximise_problem problem;
  problem.gradient = [&](const Eigen::VectorXd& u) {
    const auto here = wanted.gradient(at(u));
    return maximise_problem::slope{here.value, directions.transpose() * here.gradient};
  };
  problem.information = [&](const Eigen::VectorXd& u) {
    return Eigen::MatrixXd(directions.transpose() * wanted.information(at(u)) * directions);
  };
  const double root = std::sqrt(static_cast<double>(std::max<Eigen::Index>(directions.cols(), 1)));
  problem.length = [root](const Eigen::VectorXd& step) { return step.norm() / root; };
  auto found = maximise(problem, Eigen::VectorXd::Zero(directions.cols()),
                        {.iterations = iterations, .tolerance = tolerance});
  found.point = at(found.point);
  return found;
}

}  // namespace kohort::detail
