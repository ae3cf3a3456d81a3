#pragma once

#include <Eigen/Core>

#include <kohort/data/transitions.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// Log-likelihood of the observations, conditional on each subject's first state:
///
///     l = sum_panel w log P(t)_rs + sum_deaths w log sum_j P(t)_rj q_jD
///       + sum_exact (n_rs log q_rs - q_rs T_r)
///
/// over the tables of `transition_tables` (`panel.hpp`, `exact_death.hpp`, `exact_transition.hpp`
/// have the formulas). Exact moves and deaths are densities per year. A probability too small for a
/// double is computed on logarithms, so the result is finite wherever what was seen is possible.
///
/// @param coefficients  as `coefficient_layout` says
/// @param threads       0: all processors. The result is the same bytes for any number
/// @return              -infinity if something that was seen has probability 0
/// @throws interrupted  if `report` returned false
double log_likelihood(const intensity_model& intensities, const transition_tables& tables,
                      const Eigen::VectorXd& coefficients, int threads = 0,
                      const progress& report = {});

struct log_likelihood_slope {
  double value = 0;
  Eigen::VectorXd gradient;  ///< by coefficient
};

/// The same with its gradient, by one pass backwards through each interval's series: the cost does
/// not grow with the number of covariates.
log_likelihood_slope log_likelihood_gradient(const intensity_model& intensities,
                                             const transition_tables& tables,
                                             const Eigen::VectorXd& coefficients, int threads = 0,
                                             const progress& report = {});

/// A matrix in place of minus the second derivative that never has a negative eigenvalue:
///
///     exact moves   sum q_k T x x'                        (expected and observed given the
///     exposure) panel         sum_r n_r sum_s dp_s dp_s' / p_s      (expected; over all s in
///     reach) exact death   sum u u', u = dlog L                  (outer products of the scores)
///
/// @see Kalbfleisch & Lawless (1985); Berndt, Hall, Hall & Hausman (1974), Ann Econ Soc Meas
/// 3:653-665
Eigen::MatrixXd expected_information(const intensity_model& intensities,
                                     const transition_tables& tables,
                                     const Eigen::VectorXd& coefficients, int threads = 0,
                                     const progress& report = {});

/// Minus the second derivative of the log-likelihood, by central differences (step 1e-5 of a log
/// rate) of the analytic gradient; made symmetric.
Eigen::MatrixXd observed_information(const intensity_model& intensities,
                                     const transition_tables& tables,
                                     const Eigen::VectorXd& coefficients, int threads = 0,
                                     const progress& report = {});

}  // namespace kohort
