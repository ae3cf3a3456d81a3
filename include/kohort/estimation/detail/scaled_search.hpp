#pragma once

#include <functional>

#include <kohort/estimation/detail/free_coefficients.hpp>
#include <kohort/estimation/detail/linear_system.hpp>
#include <kohort/estimation/detail/objective.hpp>
#include <kohort/estimation/detail/risk_rows.hpp>
#include <kohort/support/maximise.hpp>

namespace kohort::detail {

/// The triangle of the design, and below it a root of the prior's information: what can be told of
/// the coefficients, and in which unit.
Eigen::MatrixXd scaling_rows(const risk_rows& rows, const log_prior& prior, double unit,
                             const Eigen::VectorXd& start);

/// A problem for the searches of this folder: what is maximised, over which coefficients.
struct search_problem {
  const objective& wanted;
  const risk_rows& rows;
  Eigen::MatrixXd triangle;  ///< `risk_rows::triangle`, below it a root of the prior's information
  free_coefficients free;    ///< after elimination of equalities
  linear_block limits;       ///< rows theta >= values
};

/// Maximises over the free coefficients, in coordinates in which the units of covariates and the
/// choice of their zero do not matter:
///
///     theta = A beta + b,   z = R beta,   W^{1/2} X A = O R  (Q R decomposition)
///
/// with X the design rows and W their person-years. Scaling comes after elimination, so that it
/// commutes with constraints.
class scaled_search {
 public:
  /// @param free  some or all of the problem's free coefficients
  scaled_search(const search_problem& problem, free_coefficients free);

  [[nodiscard]] Eigen::Index size() const { return to_theta_.cols(); }
  [[nodiscard]] const free_coefficients& free() const { return free_; }
  /// dtheta/dz = A R^-1.
  [[nodiscard]] const Eigen::MatrixXd& to_theta() const { return to_theta_; }

  /// A gradient or an information by theta, in z.
  [[nodiscard]] Eigen::VectorXd gradient(const Eigen::VectorXd& by_theta) const;
  [[nodiscard]] Eigen::MatrixXd information(const Eigen::MatrixXd& by_theta) const;

  /// @param theta       start and result; what is not free stays as `free` says
  /// @param iterations  steps at most
  /// @param keep_going  asked with (theta, steps taken) after each step; false ends the search
  /// @param inside      asked with (theta, its change) for the share of a step to be taken
  /// @param confirm     whether the curvature has the last word about the end of the search
  /// @return            its point is z
  maximum run(
      Eigen::VectorXd& theta, int iterations,
      const std::function<bool(const Eigen::VectorXd&, int)>& keep_going = {},
      const std::function<double(const Eigen::VectorXd&, const Eigen::VectorXd&)>& inside = {},
      bool confirm = true) const;

 private:
  const objective& wanted_;
  const risk_rows& rows_;
  free_coefficients free_;
  Eigen::MatrixXd to_z_, to_theta_;
};

}  // namespace kohort::detail
