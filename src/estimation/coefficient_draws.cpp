#include <cmath>
#include <string>

#include <Eigen/Cholesky>

#include <kohort/estimation/coefficient_draws.hpp>
#include <kohort/estimation/detail/linear_system.hpp>
#include <kohort/estimation/detail/refit.hpp>
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

void check_finite(const fitted_model& fitted) {
  for (const auto& bound : fitted.bounds) {
    if (bound.upper) continue;
    reject("D-DIVERGING", "draws",
           "the rate of " + fitted.intensities.structure.label(bound.transition) +
               " has no finite estimate",
           "uncertainty needs one", "Give it a prior, fix it, or observe more often");
  }
}

/// From standard normals to coefficients, which inequalities of the fit may forbid.
class normal_rows {
 public:
  explicit normal_rows(const fitted_model& fitted)
      : estimate_(fitted.coefficients), free_(with_error(fitted)) {
    const auto m = static_cast<Eigen::Index>(free_.size());
    factor_.resize(m, m);
    for (Eigen::Index i = 0; i < m; ++i) {
      for (Eigen::Index j = 0; j < m; ++j) {
        factor_(i, j) = fitted.covariance(free_[static_cast<std::size_t>(i)],
                                          free_[static_cast<std::size_t>(j)]);
      }
    }
    if (m > 0) factor_ = root(factor_);
    if (fitted.constraints.empty()) return;
    const auto block = detail::resolve(fitted.constraints, fitted.names).at_least;
    limited_.limits = {block.rows, block.values};
  }

  [[nodiscard]] Eigen::Index normals() const { return factor_.cols(); }

  [[nodiscard]] Eigen::VectorXd row(const Eigen::VectorXd& z) const {
    Eigen::VectorXd found = estimate_;
    const Eigen::VectorXd shift = factor_ * z;
    for (Eigen::Index i = 0; i < shift.size(); ++i)
      found[free_[static_cast<std::size_t>(i)]] += shift[i];
    return found;
  }

  [[nodiscard]] bool allowed(const Eigen::VectorXd& row) const {
    return detail::within(limited_, row);
  }

 private:
  Eigen::VectorXd estimate_;
  std::vector<Eigen::Index> free_;
  Eigen::MatrixXd factor_;
  detail::room limited_;
};

}  // namespace

coefficient_numbers coefficient_numbers_of(const fitted_model& fitted, int first, int n,
                                           std::uint64_t seed) {
  check_number(first);
  check_number(n);
  check_finite(fitted);
  const normal_rows rows(fitted);
  const auto m = rows.normals();
  const auto bounds = static_cast<Eigen::Index>(fitted.bounds.size());
  coefficient_numbers numbers{Eigen::MatrixXd(n, m), Eigen::MatrixXd(n, bounds)};
  const random_stream random(seed, purpose::parameters);
  for (int k = 0; k < n; ++k) {
    const auto draw = static_cast<std::uint32_t>(first + k);
    Eigen::VectorXd z(m);
    for (std::uint32_t attempt = 0; attempt < 1000; ++attempt) {  // until it is within the limits
      for (Eigen::Index i = 0; i < m; ++i)
        z[i] = random.normal(draw, attempt == 0 ? 0 : 100 + attempt, static_cast<std::uint32_t>(i));
      if (rows.allowed(rows.row(z))) break;
      if (attempt + 1 == 1000) z.setZero();
    }
    numbers.normals.row(k) = z;
    for (Eigen::Index b = 0; b < bounds; ++b) {
      const int transition = fitted.bounds[static_cast<std::size_t>(b)].transition;
      numbers.uniforms(k, b) = random.uniform(draw, 1, static_cast<std::uint32_t>(transition));
    }
  }
  return numbers;
}

Eigen::MatrixXd draws_from(const fitted_model& fitted, const coefficient_numbers& numbers) {
  check_finite(fitted);
  const normal_rows normal(fitted);
  const auto m = normal.normals();
  const Eigen::Index n = numbers.normals.rows();
  if (numbers.normals.cols() != m || numbers.uniforms.rows() != n ||
      numbers.uniforms.cols() != static_cast<Eigen::Index>(fitted.bounds.size())) {
    reject("E-SHAPE", "draws_from",
           std::to_string(numbers.normals.cols()) + " normals and " +
               std::to_string(numbers.uniforms.cols()) + " uniforms a draw",
           std::to_string(m) + " and " + std::to_string(fitted.bounds.size()) + " are needed",
           "Give one for each coefficient with an error, and one for each rate estimated as 0");
  }
  for (const auto& bound : fitted.bounds) {
    if (bound.upper && std::isfinite(bound.rate)) continue;
    reject("D-BOUNDARY-ZERO", "draws",
           "these data set no upper bound on the rate of " +
               fitted.intensities.structure.label(bound.transition),
           "uncertainty needs one", "Leave the transition out of the model");
  }
  const auto where = layout(fitted.intensities);
  Eigen::MatrixXd rows(n, fitted.coefficients.size());
  for (Eigen::Index k = 0; k < n; ++k) {
    Eigen::VectorXd row = normal.row(numbers.normals.row(k));
    if (!normal.allowed(row)) {
      reject("E-CONSTRAINT", "draws_from",
             "draw " + std::to_string(k + 1) + " breaks an inequality of the fit",
             "numbers that were laid out in advance cannot be drawn again",
             "Use random draws beside inequalities");
    }
    for (std::size_t b = 0; b < fitted.bounds.size(); ++b) {
      const auto& bound = fitted.bounds[b];
      double& rate = row[where.starts[static_cast<std::size_t>(bound.transition)]];
      const double u = numbers.uniforms(k, static_cast<Eigen::Index>(b));
      rate = std::log(bound.rate * std::log(u) / std::log(0.05));
      if (!normal.allowed(row)) rate = std::log(bound.rate);  // an upper limit cut its bound
    }
    rows.row(k) = row;
  }
  return rows;
}

Eigen::MatrixXd draws(const fitted_model& fitted, int n, std::uint64_t seed) {
  check_number(n);
  return draws_from(fitted, coefficient_numbers_of(fitted, 0, n, seed));
}

}  // namespace kohort
