#include <algorithm>
#include <cmath>

#include <Eigen/QR>

#include <kohort/estimation/detail/scaled_search.hpp>
#include <kohort/likelihood/detail/moving.hpp>
#include <kohort/support/detail/spectrum.hpp>

namespace kohort::detail {

namespace {

Eigen::MatrixXd triangle_of(const Eigen::MatrixXd& design) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(design);
  return qr.matrixQR().topRows(design.cols()).triangularView<Eigen::Upper>();
}

}  // namespace

Eigen::MatrixXd scaling_rows(const risk_rows& rows, const log_prior& prior, double unit,
                             const Eigen::VectorXd& start) {
  const auto triangle = rows.triangle();
  if (prior.empty()) return triangle;
  const auto eigen = spectrum_of(unit * prior.information(start));
  Eigen::MatrixXd both(2 * triangle.rows(), triangle.cols());
  both << triangle, eigen.values.cwiseMax(0).cwiseSqrt().asDiagonal() * eigen.vectors.transpose();
  return both;
}

scaled_search::scaled_search(const search_problem& problem, free_coefficients free)
    : wanted_(problem.wanted), rows_(problem.rows), free_(std::move(free)) {
  const auto m = free_.A.cols();
  to_z_ = triangle_of(problem.triangle * free_.A);
  to_theta_ = free_.A * to_z_.triangularView<Eigen::Upper>().solve(Eigen::MatrixXd::Identity(m, m));
}

Eigen::VectorXd scaled_search::gradient(const Eigen::VectorXd& by_theta) const {
  return to_theta_.transpose() * by_theta;
}

Eigen::MatrixXd scaled_search::information(const Eigen::MatrixXd& by_theta) const {
  return to_theta_.transpose() * by_theta * to_theta_;
}

maximum scaled_search::run(
    Eigen::VectorXd& theta, int iterations,
    const std::function<bool(const Eigen::VectorXd&, int)>& keep_going,
    const std::function<double(const Eigen::VectorXd&, const Eigen::VectorXd&)>& inside,
    bool confirm) const {
  const auto at = [&](const Eigen::VectorXd& z) {
    return free_.theta(to_z_.triangularView<Eigen::Upper>().solve(z));
  };
  maximise_problem problem;
  problem.gradient = [&](const Eigen::VectorXd& z) {
    const auto found = wanted_.slope(at(z));
    return maximise_problem::slope{found.value, gradient(found.gradient)};
  };
  problem.information = [&](const Eigen::VectorXd& z) {
    return information(wanted_.rough_information(at(z)));
  };
  if (confirm) {
    problem.curvature = [&](const Eigen::VectorXd& z) {
      return information(wanted_.curvature(at(z)));
    };
  }
  problem.length = [&](const Eigen::VectorXd& step) {
    const Eigen::VectorXd change = to_theta_ * step;
    return rows_.largest_change(change);
  };
  if (keep_going) {
    problem.keep_going = [&](const Eigen::VectorXd& z, int iteration) {
      return keep_going(at(z), iteration);
    };
  }
  if (inside) {
    problem.inside = [&](const Eigen::VectorXd& z, const Eigen::VectorXd& step) {
      return inside(at(z), to_theta_ * step);
    };
  }
  // Of very many intervals over moving clocks the last digits are rounding's, and take long.
  const auto& tables = wanted_.tables();
  const bool long_sums = tables.stand_in && tables.cell_count() >= many_moving_cells;
  auto found =
      maximise(problem, to_z_ * free_.beta(theta),
               {.iterations = std::max(iterations, 1), .polish = long_sums ? 1e-4 : 1e-10});
  theta = at(found.point);
  return found;
}

}  // namespace kohort::detail
