#include <algorithm>
#include <cmath>

#include <Eigen/Cholesky>

#include <kohort/estimation/detail/standard_errors.hpp>
#include <kohort/support/detail/spectrum.hpp>

namespace kohort::detail {

inverse_information invert(const Eigen::MatrixXd& information) {
  inverse_information result;
  Eigen::VectorXd scale = information.diagonal();
  for (auto& s : scale) {
    if (!(s > 0) || !std::isfinite(s)) return result;
    s = 1 / std::sqrt(s);
  }
  const Eigen::MatrixXd unit = scale.asDiagonal() * information * scale.asDiagonal();
  const auto eigen = spectrum_of(unit);
  const auto& values = eigen.values;
  if (!eigen.found || !(values.minCoeff() > 0)) return result;
  result.condition = values.maxCoeff() / values.minCoeff();
  if (result.condition > 1e15) return result;
  const Eigen::MatrixXd inverse =
      Eigen::LLT<Eigen::MatrixXd>(unit).solve(Eigen::MatrixXd::Identity(unit.rows(), unit.cols()));
  result.covariance = scale.asDiagonal() * inverse * scale.asDiagonal();
  result.usable = result.covariance.allFinite() && result.covariance.diagonal().minCoeff() > 0;
  return result;
}

close_coefficients hardly_told_apart(const risk_rows& rows, const free_coefficients& free,
                                     const Eigen::MatrixXd& covariance) {
  const auto& starts = rows.where().starts;
  const auto p = covariance.rows();
  Eigen::MatrixXd centred = Eigen::MatrixXd::Identity(p, p);
  for (int k = 0; k < rows.transitions(); ++k) {
    const Eigen::Index at = starts[static_cast<std::size_t>(k)];
    if (!(rows.years(k) > 0)) continue;
    rows.for_each(k, [&](const risk_row& row) {
      for (std::size_t c = 1; c < row.x.size(); ++c)
        centred(at, at + static_cast<Eigen::Index>(c)) += row.x[c] * row.years / rows.years(k);
    });
  }
  Eigen::MatrixXd chosen(static_cast<Eigen::Index>(free.free.size()), p);
  for (std::size_t j = 0; j < free.free.size(); ++j)
    chosen.row(static_cast<Eigen::Index>(j)) = centred.row(free.free[j]);
  const Eigen::MatrixXd C = chosen * covariance * chosen.transpose();
  close_coefficients close;
  if (!(C.diagonal().minCoeff() > 0)) return close;
  const Eigen::VectorXd scale = C.diagonal().cwiseSqrt().cwiseInverse();
  const auto eigen = spectrum_of(scale.asDiagonal() * C * scale.asDiagonal());
  const double largest = eigen.values.maxCoeff();
  const double least = std::max(eigen.values[0], 1e-17 * largest);
  if (!eigen.found || least > 1e-10 * largest) return close;
  close.condition = largest / least;
  const Eigen::VectorXd direction = eigen.vectors.col(0).cwiseAbs();
  for (Eigen::Index j = 0; j < direction.size(); ++j) {
    if (direction[j] > 0.1 * direction.maxCoeff())
      close.coefficients.push_back(free.free[static_cast<std::size_t>(j)]);
  }
  return close;
}

}  // namespace kohort::detail
