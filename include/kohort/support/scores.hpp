#pragma once

#include <span>
#include <vector>

namespace kohort {

/// How a predictive distribution is turned into a score from a sample of it.
enum class crps_form : unsigned char {
  plain,  // the score of the sample taken as the distribution: its ties with itself count
  fair    // unbiased for the distribution that the sample was drawn from
};

/// Continuous ranked probability score of a forecast given as draws, in the unit of what is
/// forecast; less is better, and the score of a point forecast is its absolute error:
///
///     CRPS = E|X - y| - E|X - X'| / 2,    X, X' independent with the predictive distribution.
///
/// The mean of |X_i - X_j| is over all m^2 pairs in the plain form, and over the m (m - 1) pairs of
/// different draws in the fair one. A single draw is a point forecast in either.
///
/// @param draws  at least one, finite
/// @param seen   what came
/// @throws invalid_input  `E-SHAPE`: no draws
/// @see          Gneiting & Raftery (2007), JASA 102:359-378; Ferro (2014), Q J R Meteorol Soc
///               140:1917-1923, for the fair form
double crps(std::span<const double> draws, double seen, crps_form form = crps_form::fair);

/// The same for a distribution on whole numbers: sum over k of (F(k) - 1[seen <= k])^2.
///
/// @param values         whole numbers, increasing
/// @param probabilities  of each; their sum is 1
/// @throws invalid_input  `E-SHAPE`
double crps(std::span<const long long> values, std::span<const double> probabilities,
            long long seen);

/// The same for the Poisson distribution with this mean (>= 0).
double poisson_crps(double mean, long long seen);

/// The least k with a probability of at least `probability` that a Poisson number is k or less.
long long poisson_quantile(double mean, double probability);

/// Randomised probability integral transform of a count:
///
///     v = F(seen - 1) + u (F(seen) - F(seen - 1)),
///
/// uniform on (0, 1) if the draws' distribution is right and u is.
///
/// @param draws  at least one
/// @param u      from a uniform distribution on (0, 1)
/// @throws invalid_input  `E-SHAPE`
/// @see    Czado, Gneiting & Held (2009), Biometrics 65:1254-1261
double randomised_pit(std::span<const double> draws, double seen, double u);

}  // namespace kohort
