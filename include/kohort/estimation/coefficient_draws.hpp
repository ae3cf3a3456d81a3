#pragma once

#include <cstdint>

#include <Eigen/Core>

#include <kohort/estimation/fitted_model.hpp>

namespace kohort {

/// The random numbers that draws of a fit's coefficients are made of, one row a draw.
struct coefficient_numbers {
  Eigen::MatrixXd normals;   // n x coefficients with a standard error: standard normal
  Eigen::MatrixXd uniforms;  // n x rates estimated as 0 (in the order of `bounds`): in (0, 1)
};

/// Those of `draws` with this seed: rows first, ..., first + n - 1, row k depending on (seed, k)
/// alone.
coefficient_numbers coefficient_numbers_of(const fitted_model& fitted, int first, int n,
                                           std::uint64_t seed);

/// Coefficients from given random numbers: the estimate plus L z, with L L' the covariance (which
/// may be singular), and log(rate ln u / ln 0.05) where a rate was estimated as 0.
///
/// `draws` gives it the numbers of a seed; Sobol points or a Latin hypercube do as well.
///
/// @return  n x coefficients
/// @throws invalid_input  `D-DIVERGING`, `D-BOUNDARY-ZERO` as `draws`; `E-SHAPE`; `E-CONSTRAINT`: a
/// draw
///                        that an inequality of the fit forbids
Eigen::MatrixXd draws_from(const fitted_model& fitted, const coefficient_numbers& numbers);

}  // namespace kohort
