#pragma once

#include <span>

#include <kohort/model/intensity_model.hpp>
#include <kohort/model/probability_matrix.hpp>

namespace kohort {

/// P over t years while the clocks run on: age grows, bands and whole years are passed.
///
/// Rates that change in steps give a product of exponentials, which is exact. Rates that move all
/// the time are integrated by sub-steps of order 4, halved until the probabilities hold.
///
/// @param coefficients  as `coefficient_layout` says
/// @param x             one value per term as the time begins; clocks in years
/// @param t             years
/// @param accuracy      relative change of any probability above 1e-12 that a halving may still
/// make
/// @throws invalid_input  `E-TIME`, `E-MODEL`
/// @see  Blanes & Moan (2006), Appl Numer Math 56:1519-1537
probability_matrix<> transition_probability(const intensity_model& intensities,
                                            std::span<const double> coefficients,
                                            std::span<const double> x, double t,
                                            double accuracy = 1e-10);

namespace detail {
/// The same with sub-steps of at most h years.
Eigen::MatrixXd moving_probability(const intensity_model& intensities,
                                   std::span<const double> coefficients, std::span<const double> x,
                                   double t, double h);
}  // namespace detail

}  // namespace kohort
