#include <cmath>

#include <kohort/estimation/detail/along_clocks.hpp>
#include <kohort/estimation/initial_values.hpp>
#include <kohort/likelihood/moving.hpp>

namespace kohort::detail {

namespace {

constexpr double promised = 1e-4;  // of log L, by sub-steps
constexpr double aimed_at = 2e-5;

/// Where a search over simpler tables ends, with finite numbers throughout.
Eigen::VectorXd rough_estimate(const transition_tables& tables, const intensity_model& intensities,
                               const fit_settings& settings) {
  auto start = initial_values(intensities, tables);
  auto rough = settings;
  rough.errors = false;
  const auto found = fit(*tables.stand_in, intensities, rough);
  for (Eigen::Index i = 0; i < start.size(); ++i) {
    if (std::isfinite(found.coefficients[i])) start[i] = found.coefficients[i];
  }
  return start;
}

}  // namespace

fitted_model fit_along_clocks(transition_tables& tables, const intensity_model& intensities,
                              const fit_settings& settings) {
  auto from = settings;
  from.start = rough_estimate(tables, intensities, settings);
  tables.step = choose_step(intensities, tables, from.start, aimed_at, settings.threads);
  for (int attempt = 0;; ++attempt) {
    auto fitted = fit(tables, intensities, from);
    fitted.substep = tables.step;
    fitted.substep_error =
        substep_error(intensities, tables, fitted.coefficients, 1, settings.threads);
    if (!(fitted.substep_error > promised) || attempt == 6) return fitted;
    tables.step /= 2;
    if (fitted.coefficients.allFinite()) from.start = fitted.coefficients;
  }
}

}  // namespace kohort::detail
