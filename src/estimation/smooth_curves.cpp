#include <algorithm>
#include <cmath>

#include <kohort/estimation/detail/smooth_curves.hpp>

namespace kohort::detail {

namespace {

constexpr double least = 1e-6, most = 1e8, first_guess = 10;

}  // namespace

smooth_curves::smooth_curves(const intensity_model& intensities,
                             const std::vector<quadratic_penalty>& given) {
  const auto where = layout(intensities);
  const auto names = coefficient_names(intensities);
  const auto penalised = [&](const std::string& name) {
    return std::any_of(given.begin(), given.end(), [&](const quadratic_penalty& one) {
      return std::find(one.coefficients.begin(), one.coefficients.end(), name) !=
             one.coefficients.end();
    });
  };
  for (std::size_t k = 0; k < where.columns.size(); ++k) {
    Eigen::Index place = where.starts[k] + 1;
    for (std::size_t t = 0; t < intensities.terms.size(); ++t) {
      if (!intensities.uses.empty() && !intensities.uses[k][t]) continue;
      const auto& covariate = intensities.terms[t];
      const Eigen::Index bends = covariate.columns() - 1;  // the first column is the straight line
      if (covariate.path == covariate_path::spline &&
          !penalised(names[static_cast<std::size_t>(place + 1)])) {
        const bool chosen = covariate.smoothing < 0;
        const auto first = names.begin() + place + 1;
        curves_.push_back({static_cast<int>(k),
                           static_cast<int>(t),
                           place + 1,
                           bends,
                           chosen ? first_guess : covariate.smoothing,
                           chosen,
                           {first, first + bends}});
      }
      place += covariate.columns();
    }
  }
}

bool smooth_curves::any_chosen() const {
  return std::any_of(curves_.begin(), curves_.end(), [](const curve& one) { return one.chosen; });
}

std::vector<quadratic_penalty> smooth_curves::penalties(
    std::vector<quadratic_penalty> given) const {
  for (const auto& one : curves_) {
    if (!(one.smoothing > 0)) continue;
    given.push_back({one.names, one.smoothing * Eigen::MatrixXd::Identity(one.bends, one.bends)});
  }
  return given;
}

bool smooth_curves::known(const curve& one, const fitted_model& fitted) {
  const auto first = fitted.has_error.begin() + one.first;
  return std::all_of(first, first + one.bends, [](bool has) { return has; });
}

double smooth_curves::choose(const fitted_model& fitted) {
  double change = 0;
  for (auto& one : curves_) {
    if (!one.chosen || !known(one, fitted)) continue;
    const double spread = fitted.covariance.diagonal().segment(one.first, one.bends).sum();
    const double squares = fitted.coefficients.segment(one.first, one.bends).squaredNorm();
    const double number = static_cast<double>(one.bends) - one.smoothing * spread;
    const double next = number > 0 ? std::clamp(number / squares, least, most) : most;
    change = std::max(change, std::abs(std::log(next / one.smoothing)));
    one.smoothing = next;
  }
  return change;
}

std::vector<smooth_curve> smooth_curves::of(const fitted_model& fitted) const {
  std::vector<smooth_curve> found;
  for (const auto& one : curves_) {
    const double spread =
        known(one, fitted) ? fitted.covariance.diagonal().segment(one.first, one.bends).sum() : NAN;
    found.push_back({one.transition, one.term, one.smoothing, one.chosen,
                     1 + static_cast<double>(one.bends) - one.smoothing * spread});
  }
  return found;
}

}  // namespace kohort::detail
