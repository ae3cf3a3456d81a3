#include <cmath>

#include <boost/math/special_functions/erf.hpp>

#include <kohort/estimation/fitted_model.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

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

}  // namespace kohort
