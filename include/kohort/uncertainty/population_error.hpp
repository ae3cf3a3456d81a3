#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kohort {

/// How wrong a population forecast may be: a stated assumption, whose size the reader must see.
///
///     ln N(h, a) = ln N_forecast(h, a) - s(h)^2 / 2 + s(h) e(h, a),    s(h) = sigma h^power
///     corr(e(h, a), e(h, a')) = exp(-|a - a'| / age_scale)
///
/// h years ahead at age a, e standard normal, so that the mean is the forecast. With power 1/2 the
/// error is a random walk of independent yearly steps; with power 1 it is one error of the growth
/// rate, the same in every year.
///
/// @see  Keilman (1990), Uncertainty in National Population Forecasting
struct population_error {
  double sigma = 0;          // standard error of ln N one year ahead; 0: the forecast is right
  double power = 0.5;        // 1/2 or 1
  double age_scale = 10;     // l, years of age over which errors resemble each other
  double between_sexes = 1;  // correlation of the errors of men and women of one age
};

/// Checks the numbers of an error model.
/// @throws invalid_input  `E-POP-ERROR`
void check(const population_error& error);

/// One path of the error for each draw, in natural logarithms of the factor on the forecast.
///
/// @param years, ages  forecast years, and single ages of each sex
/// @param first, n     draws first, ..., first + n - 1; draw k depends on (seed, k) alone
/// @return             n x (years + 1) x 2 (men, women) x ages; 0 in the base year
/// @throws invalid_input  `E-POP-ERROR`; `E-SHAPE`
std::vector<double> population_paths(const population_error& error, int years, int ages, int first,
                                     int n, std::uint64_t seed);

/// Exact variance of a weighted number of persons h years ahead,
///
///     sum_ij w_i w_j (exp(s(h)^2 corr_ij) - 1),
///
/// over sexes and ages.
///
/// @param expected  2 x ages: forecast persons times what each counts for
double population_error_variance(const population_error& error, std::span<const double> expected,
                                 double h);

}  // namespace kohort
