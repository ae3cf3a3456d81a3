#include <cmath>

#include <boost/math/special_functions/erf.hpp>

#include <Eigen/Cholesky>

#include <kohort/estimation/detail/linear_system.hpp>
#include <kohort/estimation/detail/refit.hpp>
#include <kohort/estimation/fitted_model.hpp>
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

}  // namespace

std::vector<double> intensities(const intensity_model& model, std::span<const double> coefficients,
                                std::span<const double> x) {
  const auto where = layout(model);
  if (coefficients.size() != static_cast<std::size_t>(where.size()) ||
      x.size() != model.terms.size()) {
    reject("E-MODEL", "intensities",
           std::to_string(coefficients.size()) + " coefficients and " + std::to_string(x.size()) +
               " covariate values were given",
           "the model has " + std::to_string(where.size()) + " and " +
               std::to_string(model.terms.size()),
           "Give one value for each");
  }
  std::vector<double> rates(where.columns.size());
  rates_at(where, coefficients, design_row(model, x), rates);
  return rates;
}

intensity_matrix<> intensities(const fitted_model& fitted, std::span<const double> x) {
  const std::span coefficients(fitted.coefficients.data(),
                               static_cast<std::size_t>(fitted.coefficients.size()));
  return intensity_matrix<>::from_rates(fitted.intensities.structure,
                                        intensities(fitted.intensities, coefficients, x));
}

std::vector<wald_interval> wald_intervals(const fitted_model& fitted, double level) {
  if (!(level > 0 && level < 1)) {
    reject("E-LEVEL", "wald_intervals", "the level is " + std::to_string(level),
           "it must lie between 0 and 1", "Give 0.95 for 95 %");
  }
  const double z = std::sqrt(2.0) * boost::math::erf_inv(level);
  std::vector<wald_interval> intervals;
  for (Eigen::Index i = 0; i < fitted.coefficients.size(); ++i) {
    const double estimate = fitted.coefficients[i];
    if (!fitted.has_error[static_cast<std::size_t>(i)]) {
      intervals.push_back({estimate, 0, estimate, estimate, false});
      continue;
    }
    const double error = std::sqrt(fitted.covariance(i, i));
    intervals.push_back({estimate, error, estimate - z * error, estimate + z * error, true});
  }
  return intervals;
}

namespace {

detail::limits_on limits_of(const fitted_model& fitted) {
  if (fitted.constraints.empty()) return {};
  const auto block = detail::resolve(fitted.constraints, fitted.names).at_least;
  return {block.rows, block.values};
}

}  // namespace

Eigen::MatrixXd draws(const fitted_model& fitted, int n, std::uint64_t seed) {
  if (n < 0) {
    reject("E-DRAWS", "draws", std::to_string(n) + " draws were asked for",
           "the number must not be negative", "Ask for 1000, for instance");
  }
  for (const auto& bound : fitted.bounds) {
    if (bound.upper) continue;
    reject("D-DIVERGING", "draws",
           "the rate of " + fitted.intensities.structure.label(bound.transition) +
               " has no finite estimate",
           "uncertainty needs one", "Give it a prior, fix it, or observe more often");
  }
  std::vector<Eigen::Index> free;
  for (std::size_t i = 0; i < fitted.has_error.size(); ++i) {
    if (fitted.has_error[i]) free.push_back(static_cast<Eigen::Index>(i));
  }
  const auto m = static_cast<Eigen::Index>(free.size());
  Eigen::MatrixXd factor(m, m);
  for (Eigen::Index i = 0; i < m; ++i) {
    for (Eigen::Index j = 0; j < m; ++j) {
      factor(i, j) =
          fitted.covariance(free[static_cast<std::size_t>(i)], free[static_cast<std::size_t>(j)]);
    }
  }
  if (m > 0) factor = root(factor);
  const auto where = layout(fitted.intensities);
  for (const auto& bound : fitted.bounds) {
    if (bound.upper && std::isfinite(bound.rate)) continue;
    reject("D-BOUNDARY-ZERO", "draws",
           "these data set no upper bound on the rate of " +
               fitted.intensities.structure.label(bound.transition),
           "uncertainty needs one", "Leave the transition out of the model");
  }
  const detail::room limited{{}, limits_of(fitted)};
  const random_stream random(seed, purpose::parameters);
  Eigen::MatrixXd rows = fitted.coefficients.transpose().replicate(n, 1);
  Eigen::VectorXd z(m);
  for (int k = 0; k < n; ++k) {
    for (std::uint32_t attempt = 0; attempt < 1000; ++attempt) {  // until it is within the limits
      for (Eigen::Index i = 0; i < m; ++i) {
        z[i] = random.normal(static_cast<std::uint32_t>(k), attempt == 0 ? 0 : 100 + attempt,
                             static_cast<std::uint32_t>(i));
      }
      const Eigen::VectorXd shift = factor * z;
      rows.row(k) = fitted.coefficients.transpose();
      for (Eigen::Index i = 0; i < m; ++i) rows(k, free[static_cast<std::size_t>(i)]) += shift[i];
      if (detail::within(limited, rows.row(k).transpose())) break;
      rows.row(k) = fitted.coefficients.transpose();
    }
    for (const auto& bound : fitted.bounds) {
      const double u = random.uniform(static_cast<std::uint32_t>(k), 1,
                                      static_cast<std::uint32_t>(bound.transition));
      rows(k, where.starts[static_cast<std::size_t>(bound.transition)]) =
          std::log(bound.rate * std::log(u) / std::log(0.05));
      if (!detail::within(limited, rows.row(k).transpose()))  // an upper limit cut its bound
        rows(k, where.starts[static_cast<std::size_t>(bound.transition)]) = std::log(bound.rate);
    }
  }
  return rows;
}

}  // namespace kohort
