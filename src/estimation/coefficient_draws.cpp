#include <cmath>
#include <string>

#include <Eigen/Cholesky>

#include <kohort/estimation/coefficient_draws.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

namespace kohort {

namespace {

/// A lower triangle L, up to the order of its rows, with C = L L'. Constraints make C singular:
/// what varies with something else has no random number of its own.
Eigen::MatrixXd root(const Eigen::MatrixXd& C) {
  const Eigen::VectorXd error = C.diagonal().cwiseMax(0).cwiseSqrt();
  const Eigen::VectorXd scale =
      error.unaryExpr([](double e) { return e > 0 && std::isfinite(e) ? 1 / e : 0.0; });
  const Eigen::MatrixXd correlation = scale.asDiagonal() * C * scale.asDiagonal();
  const Eigen::LDLT<Eigen::MatrixXd> factor(correlation);
  const Eigen::VectorXd pivots = factor.vectorD();
  if (pivots.minCoeff() > 1e-13) return Eigen::LLT<Eigen::MatrixXd>(C).matrixL();
  const Eigen::VectorXd lengths =
      pivots.unaryExpr([](double d) { return d > 1e-13 ? std::sqrt(d) : 0.0; });
  const Eigen::MatrixXd lower = factor.matrixL();
  return error.asDiagonal() *
         (factor.transpositionsP().transpose() * (lower * lengths.asDiagonal()));
}

std::vector<Eigen::Index> with_error(const fitted_model& fitted) {
  std::vector<Eigen::Index> free;
  for (std::size_t i = 0; i < fitted.has_error.size(); ++i) {
    if (fitted.has_error[i]) free.push_back(static_cast<Eigen::Index>(i));
  }
  return free;
}

void check_number(int n) {
  if (n >= 0) return;
  reject("E-DRAWS", "draws", std::to_string(n) + " draws were asked for",
         "the number must not be negative", "Ask for 1000, for instance");
}

}  // namespace

coefficient_numbers coefficient_numbers_of(const fitted_model& fitted, int first, int n,
                                           std::uint64_t seed) {
  check_number(first);
  check_number(n);
  const auto m = static_cast<Eigen::Index>(with_error(fitted).size());
  const auto bounds = static_cast<Eigen::Index>(fitted.bounds.size());
  coefficient_numbers numbers{Eigen::MatrixXd(n, m), Eigen::MatrixXd(n, bounds)};
  const random_stream random(seed, purpose::parameters);
  for (int k = 0; k < n; ++k) {
    const auto draw = static_cast<std::uint32_t>(first + k);
    for (Eigen::Index i = 0; i < m; ++i) {
      numbers.normals(k, i) = random.normal(draw, 0, static_cast<std::uint32_t>(i));
    }
    for (Eigen::Index b = 0; b < bounds; ++b) {
      const int transition = fitted.bounds[static_cast<std::size_t>(b)].transition;
      numbers.uniforms(k, b) = random.uniform(draw, 1, static_cast<std::uint32_t>(transition));
    }
  }
  return numbers;
}

Eigen::MatrixXd draws_from(const fitted_model& fitted, const coefficient_numbers& numbers) {
  for (const auto& bound : fitted.bounds) {
    if (bound.upper) continue;
    reject("D-DIVERGING", "draws",
           "the rate of " + fitted.intensities.structure.label(bound.transition) +
               " has no finite estimate",
           "uncertainty needs one", "Give it a prior, fix it, or observe more often");
  }
  const auto free = with_error(fitted);
  const auto m = static_cast<Eigen::Index>(free.size());
  const Eigen::Index n = numbers.normals.rows();
  if (numbers.normals.cols() != m || numbers.uniforms.rows() != n ||
      numbers.uniforms.cols() != static_cast<Eigen::Index>(fitted.bounds.size())) {
    reject("E-SHAPE", "draws_from",
           std::to_string(numbers.normals.cols()) + " normals and " +
               std::to_string(numbers.uniforms.cols()) + " uniforms a draw",
           std::to_string(m) + " and " + std::to_string(fitted.bounds.size()) + " are needed",
           "Give one for each coefficient with an error, and one for each rate estimated as 0");
  }
  Eigen::MatrixXd factor(m, m);
  for (Eigen::Index i = 0; i < m; ++i) {
    for (Eigen::Index j = 0; j < m; ++j) {
      factor(i, j) =
          fitted.covariance(free[static_cast<std::size_t>(i)], free[static_cast<std::size_t>(j)]);
    }
  }
  if (m > 0) factor = root(factor);
  for (const auto& bound : fitted.bounds) {
    if (bound.upper && std::isfinite(bound.rate)) continue;
    reject("D-BOUNDARY-ZERO", "draws",
           "these data set no upper bound on the rate of " +
               fitted.intensities.structure.label(bound.transition),
           "uncertainty needs one", "Leave the transition out of the model");
  }
  const auto where = layout(fitted.intensities);
  Eigen::MatrixXd rows = fitted.coefficients.transpose().replicate(n, 1);
  for (Eigen::Index k = 0; k < n; ++k) {
    const Eigen::VectorXd z = numbers.normals.row(k);
    const Eigen::VectorXd shift = factor * z;
    for (Eigen::Index i = 0; i < m; ++i) rows(k, free[static_cast<std::size_t>(i)]) += shift[i];
    for (std::size_t b = 0; b < fitted.bounds.size(); ++b) {
      const auto& bound = fitted.bounds[b];
      const double u = numbers.uniforms(k, static_cast<Eigen::Index>(b));
      rows(k, where.starts[static_cast<std::size_t>(bound.transition)]) =
          std::log(bound.rate * std::log(u) / std::log(0.05));
    }
  }
  return rows;
}

Eigen::MatrixXd draws(const fitted_model& fitted, int n, std::uint64_t seed) {
  check_number(n);
  return draws_from(fitted, coefficient_numbers_of(fitted, 0, n, seed));
}

}  // namespace kohort
