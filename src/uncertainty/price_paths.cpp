#include <cmath>

#include <kohort/support/detail/spectrum.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>
#include <kohort/uncertainty/price_paths.hpp>

namespace kohort {

namespace {

/// L with L L' = C; C may be singular.
Eigen::MatrixXd root_of(const Eigen::MatrixXd& C, int size) {
  if (C.size() == 0) return Eigen::MatrixXd::Identity(size, size);
  const auto refuse = [](const std::string& seen) {
    reject("E-PRICE", "price_paths", seen,
           "a correlation matrix is symmetric, has 1 on its diagonal and no negative eigenvalue",
           "Give one row and column for each component, in their order");
  };
  if (C.rows() != size || C.cols() != size) {
    refuse("the correlation is " + std::to_string(C.rows()) + " x " + std::to_string(C.cols()) +
           " for " + std::to_string(size) + " components");
  }
  if (!C.allFinite() || !C.isApprox(C.transpose(), 1e-12) ||
      (C.diagonal().array() - 1).abs().maxCoeff() > 1e-12) {
    refuse("the correlation is not symmetric with 1 on its diagonal");
  }
  const auto eigen = detail::spectrum_of(C);
  const double least = eigen.values.minCoeff();
  if (least < -1e-10 * eigen.values.maxCoeff()) {
    refuse("the correlation has the eigenvalue " + shown(least));
  }
  return eigen.vectors * eigen.values.cwiseMax(0).cwiseSqrt().asDiagonal() *
         eigen.vectors.transpose();
}

}  // namespace

std::vector<double> price_paths(const price_model& prices, int years, int first, int n,
                                std::uint64_t seed) {
  const int C = static_cast<int>(prices.components.size());
  for (const auto& c : prices.components) {
    if (c.growth > -1 && std::isfinite(c.growth) && c.sd >= 0 && std::isfinite(c.sd)) continue;
    reject("E-PRICE", "price_paths",
           c.name + " grows by " + shown(c.growth) + " a year with the standard deviation " +
               shown(c.sd),
           "growth is above -1 and the deviation is not negative",
           "Give 0.02 for 2 % a year, and 0 where nothing is uncertain");
  }
  if (years < 0 || first < 0 || n < 0) {
    reject("E-SHAPE", "price_paths",
           std::to_string(n) + " draws of " + std::to_string(years) + " years",
           "neither is negative", "Mend the numbers");
  }
  const Eigen::MatrixXd root = root_of(prices.correlation, C);
  const random_stream random(seed, purpose::price_paths);
  std::vector<double> paths;
  paths.reserve(static_cast<std::size_t>(n) * static_cast<std::size_t>((years + 1) * C));
  Eigen::VectorXd z(C), level(C);
  for (int k = 0; k < n; ++k) {
    level.setZero();
    for (int h = 0; h <= years; ++h) {
      if (h > 0) {
        for (int c = 0; c < C; ++c) {
          z[c] = random.normal(static_cast<std::uint32_t>(first + k), static_cast<std::uint32_t>(h),
                               static_cast<std::uint32_t>(c));
        }
        const Eigen::VectorXd step = root * z;
        for (int c = 0; c < C; ++c) {
          const auto& one = prices.components[static_cast<std::size_t>(c)];
          level[c] += std::log1p(one.growth) - one.sd * one.sd / 2 + one.sd * step[c];
        }
      }
      for (int c = 0; c < C; ++c) paths.push_back(std::exp(level[c]));
    }
  }
  return paths;
}

}  // namespace kohort
