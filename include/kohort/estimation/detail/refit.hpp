#pragma once

#include <functional>
#include <optional>

#include <Eigen/Core>

#include <kohort/data/transitions.hpp>
#include <kohort/estimation/detail/within_limits.hpp>
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

/// What the fit maximised, of these tables: the log-likelihood with the fit's priors.
///
/// @pre  fit and tables outlive it
goal wanted_by(const fitted_model& fitted, const transition_tables& tables, int threads,
               const progress& report);

/// The observations as tables, evaluated as the fit evaluated them.
transition_tables tables_for(const fitted_model& fitted, const observations& seen,
                             const progress& report);

/// The directions in which an estimate can move, each as long as its standard error:
///
///     theta = estimate + T u,  T T' = C
///
/// Coefficients without a standard error stay where they are, and so does every constraint that the
/// covariance knows: rates at 0, equal coefficients, fixed values, limits that the estimate lies
/// on.
Eigen::MatrixXd free_directions(const fitted_model& fitted);

/// Where estimates of other data may lie: along these directions, within the fit's inequalities.
struct room {
  Eigen::MatrixXd directions{};  ///< coefficients x directions
  limits_on limits{};            ///< on all coefficients
};

/// As `free_directions`, and besides the directions that lead away from limits which the estimate
/// lies on: in other data these may not be met.
///
/// @param wanted  says how far those directions go: T' I T = 1 at the estimate
room room_of(const fitted_model& fitted, const goal& wanted);

/// What remains when coefficient i stays where it is.
room beside(const room& all, Eigen::Index i);

/// The limits on u for coefficients origin + T u, where T is the room's. Limits that no direction
/// changes are left out; none at all if one of those does not hold.
std::optional<limits_on> limits_along(const room& where, const Eigen::VectorXd& origin);

/// Whether the room's limits hold; a rate of 0 counts as a very small one.
bool within(const room& where, const Eigen::VectorXd& coefficients);

/// Whether an inequality holds with equality at the estimate.
bool on_limit(const fitted_model& fitted, const constraint& one);

/// Maximises from `origin` within this room. If the origin lies outside the limits, from the point
/// nearest to it.
///
/// @param tolerance  on what is left to gain in 2 f
/// @return           `point` is by coefficient, `gradient` by direction; its value is -infinity if
/// no
///                   point of the room lies within the limits
maximum refit(const goal& wanted, const Eigen::VectorXd& origin, const room& where,
              double tolerance = 1e-10, int iterations = 100);

}  // namespace kohort::detail
