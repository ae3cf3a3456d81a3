#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <boost/math/special_functions/erf.hpp>

#include <kohort/estimation/answers.hpp>
#include <kohort/estimation/detail/asker.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

double normal_quantile(double level) { return std::sqrt(2.0) * boost::math::erf_inv(level); }

void check_level(double level) {
  if (level > 0 && level < 1) return;
  reject("E-LEVEL", "interval", "the level is " + shown(level), "it must lie between 0 and 1",
         "Give 0.95 for 95 %");
}

Eigen::MatrixXd shaped(const Eigen::VectorXd& values, Eigen::Index rows) {
  const Eigen::Index columns = values.size() / rows;
  Eigen::MatrixXd table(rows, columns);
  for (Eigen::Index i = 0; i < values.size(); ++i) table(i / columns, i % columns) = values[i];
  return table;
}

/// Quantile of sorted values, by linear interpolation between them.
double quantile(const std::vector<double>& sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const double share = at - static_cast<double>(below);
  if (share == 0 || sorted[below] == sorted[below + 1]) return sorted[below];
  return sorted[below] + share * (sorted[below + 1] - sorted[below]);
}

void by_draws(const detail::asker& one, const interval_options& options, Eigen::Index rows,
              answer& found) {
  const Eigen::Index D = options.draws.rows(), R = found.estimate.size();
  Eigen::MatrixXd values(D, R);
  constexpr Eigen::Index block = 4;
  for_each_block(
      static_cast<std::size_t>((D + block - 1) / block), options.threads,
      [&](std::size_t b) {
        const auto first = static_cast<Eigen::Index>(b) * block;
        for (Eigen::Index d = first; d < std::min(D, first + block); ++d) {
          const Eigen::VectorXd coefficients = options.draws.row(d);
          values.row(d) =
              one.values({coefficients.data(), static_cast<std::size_t>(coefficients.size())},
                         false)
                  .values.transpose();
        }
      },
      options.report);
  Eigen::VectorXd lower(R), upper(R), error(R);
  std::vector<double> sorted(static_cast<std::size_t>(D));
  for (Eigen::Index r = 0; r < R; ++r) {
    std::copy(values.col(r).begin(), values.col(r).end(), sorted.begin());
    std::sort(sorted.begin(), sorted.end());
    lower[r] = quantile(sorted, (1 - options.level) / 2);
    upper[r] = quantile(sorted, (1 + options.level) / 2);
    const double mean = values.col(r).mean();
    error[r] =
        std::isfinite(mean) && D > 1
            ? std::sqrt((values.col(r).array() - mean).square().sum() / static_cast<double>(D - 1))
            : infinite;
  }
  found.lower = shaped(lower, rows);
  found.upper = shaped(upper, rows);
  found.error = shaped(error, rows);
}

}  // namespace

wald_interval delta_interval(double estimate, double error, kohort::scale on, double level) {
  check_level(level);
  wald_interval found{estimate, error, estimate, estimate};
  const bool ended = estimate == 0 || (on == scale::logit && estimate >= 1);
  if (!std::isfinite(estimate) || !std::isfinite(error) || error == 0 ||
      (on != scale::plain && ended))
    return found;
  const double z = normal_quantile(level);
  if (on == scale::plain) {
    found.lower = estimate - z * error;
    found.upper = estimate + z * error;
  } else if (on == scale::logarithm) {
    found.lower = estimate * std::exp(-z * error / estimate);
    found.upper = estimate * std::exp(z * error / estimate);
  } else {
    const double odds = (1 - estimate) / estimate, half = z * error / (estimate * (1 - estimate));
    found.lower = 1 / (1 + odds * std::exp(half));
    found.upper = 1 / (1 + odds * std::exp(-half));
  }
  return found;
}

Eigen::MatrixXd evaluate(const intensity_model& intensities, const question& asked,
                         std::span<const course> persons, std::span<const double> weights,
                         std::span<const double> coefficients) {
  const detail::asker one(intensities, asked, persons, weights);
  return shaped(one.values(coefficients, false).values, one.rows());
}

answer ask(const fitted_model& fitted, const question& asked, std::span<const course> persons,
           std::span<const double> weights, const interval_options& options) {
  check_level(options.level);
  const detail::asker one(fitted.intensities, asked, persons, weights);
  const std::span<const double> b(fitted.coefficients.data(),
                                  static_cast<std::size_t>(fitted.coefficients.size()));
  answer found;
  found.scale = one.on();
  const bool draws = options.draws.rows() > 0;
  auto at = one.values(b, !draws);
  found.estimate = shaped(at.values, one.rows());
  if (draws) {
    if (options.draws.cols() != fitted.coefficients.size()) {
      reject("E-SHAPE", "ask",
             "the draws have " + std::to_string(options.draws.cols()) + " columns",
             "the model has " + std::to_string(fitted.coefficients.size()) + " coefficients",
             "Take them from draws()");
    }
    by_draws(one, options, one.rows(), found);
    return found;
  }
  found.gradient = std::move(at.slopes);
  Eigen::VectorXd error(at.values.size()), lower = error, upper = error;
  for (Eigen::Index r = 0; r < at.values.size(); ++r) {
    const Eigen::RowVectorXd g = found.gradient.row(r);
    error[r] = std::sqrt(std::max(0.0, (g * fitted.covariance * g.transpose()).value()));
    const auto limits = delta_interval(at.values[r], error[r], found.scale, options.level);
    lower[r] = limits.lower;
    upper[r] = limits.upper;
  }
  found.error = shaped(error, one.rows());
  found.lower = shaped(lower, one.rows());
  found.upper = shaped(upper, one.rows());
  return found;
}

}  // namespace kohort
