#pragma once

#include <Eigen/Core>

namespace kohort {

/// What to do where people with support already account for more deaths than the life table has.
enum class closure_policy {
  strict,  // nothing: the ratios are marked as not usable, and whoever asked refuses
  scale    // scale the mortality of all levels down until those without support die at f m
};

/// Mortality by level relative to that of people without support.
struct mortality_ratios {
  double without_support;  // mu_none, per year; not positive if the closure failed
  Eigen::VectorXd ratios;  // rho_r = mu_r / mu_none, one for each level
  double scale = 1;        // kappa: 1 unless the levels' mortality was scaled
};

/// Derives the ratios rho_r in the base year, so that everyone together dies at m:
///
///     mu_none = (m - sum_r pi_r mu_r) / pi_none,   rho_r = mu_r / mu_none
///
/// If mu_none < f m, the policy `scale` multiplies every mu_r by
/// kappa = m (1 - f pi_none) / sum_r pi_r mu_r, and then mu_none = f m. (At mu_none = f m nothing
/// jumps.) With `strict`, the ratios are returned only if mu_none > 0.
///
/// @param m           force of mortality of the whole population, per year
/// @param prevalence  pi_r, share of the population at each level; what is left is without support
/// @param mortality   mu_r, force of mortality at each level, per year
/// @param policy      see above
/// @param floor       f in (0, 1], used by `scale`
mortality_ratios ratios_to_unsupported(double m, const Eigen::VectorXd& prevalence,
                                       const Eigen::VectorXd& mortality, closure_policy policy,
                                       double floor = 0.2);

/// What a closed piece of time made of a group of people.
struct closed_piece {
  Eigen::VectorXd occupancy;     // at the end, persons by living state
  Eigen::VectorXd person_years;  // by living state
  double without_support;        // mu_none, per year
};

/// Moves a group over a time h so that exactly the share e^(-m h) of it survives: the force mu_none
/// of those without support is solved by Newton's method from
///
///     alive(h; mu_none) = alive(0) e^(-m h),   mu_r = rho_r mu_none.
///
/// alive falls strictly in mu_none, so the root is unique and never negative. Matching the deaths
/// m x person-years instead differs at third order in h. With net migration at a rate g, everybody
/// is multiplied by e^(g t).
///
/// @param moves      n x n, intensities between the living states; the diagonal is not looked at
/// @param ratios     n, rho_r > 0 (1 for those without support)
/// @param occupancy  n, persons at the start
/// @param m          force of mortality of the whole group, per year
/// @param h          years
/// @param g          net migration, per person and year
/// @throws invalid_input  `E-MORTALITY`: shapes that do not fit or a ratio that is not positive
closed_piece close_mortality(const Eigen::MatrixXd& moves, const Eigen::VectorXd& ratios,
                             const Eigen::VectorXd& occupancy, double m, double h, double g = 0);

}  // namespace kohort
