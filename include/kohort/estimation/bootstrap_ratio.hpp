#pragma once

#include <span>
#include <vector>

#include <kohort/data/observations.hpp>
#include <kohort/estimation/bootstrap.hpp>
#include <kohort/estimation/fitted_model.hpp>

namespace kohort {

/// A likelihood ratio, judged by what it would be if the smaller model were true.
struct bootstrap_ratio {
  double statistic = 0;              ///< 2 (l_larger - l_smaller)
  std::vector<double> replicated{};  ///< the same of data made by the smaller model
  double p_value = 1;                ///< (1 + how many are as large) / (1 + how many)
  int failures = 0;                  ///< replicates in which a search did not converge
};

/// Tests a model within a larger one where the chi-square distribution does not hold: one against
/// two phases, a rate against 0, coefficients with inequalities. Data are made by the smaller model
/// under the visits of these subjects (`observed_plan`), and both models are fitted to each.
///
/// The smaller model need not be called by the same names: with one phase the second phase's
/// coefficients mean nothing, and the larger model knows it by a likelihood that is never smaller.
///
/// @param seen          what both were fitted to
/// @param planned_ends  as in `observed_plan`
/// @throws invalid_input  `E-NESTED` if they were not fitted to the same intervals, or the larger
///                        one fits worse; `E-PRIOR` if there are priors; `E-DRAWS` if no replicate
///                        is asked for; `E-PLAN` and `E-MODEL` for what cannot be simulated
/// @throws interrupted    if `settings.report` returned false
/// @see McLachlan (1987), Applied Statistics 36:318-324
bootstrap_ratio bootstrap_likelihood_ratio(const fitted_model& smaller, const fitted_model& larger,
                                           const observations& seen,
                                           std::span<const double> planned_ends = {},
                                           const bootstrap_settings& settings = {});

}  // namespace kohort
