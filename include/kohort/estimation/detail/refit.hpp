#pragma once

#include <functional>

#include <Eigen/Core>

#include <kohort/data/transitions.hpp>
#include <kohort/estimation/fitted_model.hpp>
#include <kohort/support/maximise.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort::detail {

/// A function of all coefficients that is to be maximised: a log-likelihood, or one with a prior.
struct goal {
  std::function<double(const Eigen::VectorXd&)> value;
  std::function<maximise_problem::slope(const Eigen::VectorXd&)> gradient;
  std::function<Eigen::MatrixXd(const Eigen::VectorXd&)> information;
};

/// The log-likelihood of these tables.
goal log_likelihood_of(const transition_tables& tables, const intensity_model& intensities,
                       int threads, const progress& report);

/// The observations as tables, evaluated as the fit evaluated them.
transition_tables tables_for(const fitted_model& fitted, const observations& seen,
                             const progress& report);

/// The directions in which an estimate can move, each as long as its standard error:
///
///     theta = estimate + T u,  T T' = C
///
/// Coefficients without a standard error stay where they are, and so does every constraint that the
/// covariance knows: rates at 0, equal coefficients, fixed values.
Eigen::MatrixXd free_directions(const fitted_model& fitted);

/// Those combinations of the directions that leave coefficient i where it is.
Eigen::MatrixXd directions_beside(const Eigen::MatrixXd& directions, Eigen::Index i);

/// Maximises from `origin` along these directions.
///
/// @param tolerance  on what is left to gain in 2 f
/// @return           `point` and `gradient` are by coefficient
maximum refit(const goal& wanted, const Eigen::VectorXd& origin, const Eigen::MatrixXd& directions,
              double tolerance = 1e-10, int iterations = 100);

}  // namespace kohort::detail
