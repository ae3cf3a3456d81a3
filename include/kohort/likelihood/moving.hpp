#pragma once

#include <Eigen/Core>

#include <kohort/data/transitions.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// How far the log-likelihood may be from its value with infinitely many sub-steps.
///
/// Over clocks that move, an interval is cut into sub-steps no longer than `tables.step`, each two
/// exponentials of mixed rates (error of the order of the fourth power). Where a rate changes so
/// much within a sub-step that the mixture would be negative, the rates at its middle are taken.
///
///     e_i = |l_i(h) - l_i(h / 2)| 16 / 15,   the result is sum w_i e_i
///
/// Intervals known throughout have no error where a hazard is Gompertz or Weibull alone: the
/// integral is closed. Otherwise it is Gauss's rule with four nodes a sub-step, its error counted.
///
/// @param every  look only at one in so many intervals, by length, and multiply
/// @see  Blanes & Moan (2006), Appl Numer Math 56:1519-1537
double substep_error(const intensity_model& intensities, const transition_tables& tables,
                     const Eigen::VectorXd& coefficients, int every = 1, int threads = 0,
                     const progress& report = {});

/// The longest sub-step for which `substep_error`, judged by one interval in a hundred (by all if
/// there are few), is at most `error`.
///
/// @return  years, at most 1; 1 if no clock moves
double choose_step(const intensity_model& intensities, const transition_tables& tables,
                   const Eigen::VectorXd& coefficients, double error = 2e-5, int threads = 0,
                   const progress& report = {});

}  // namespace kohort
