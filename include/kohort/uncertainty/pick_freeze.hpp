#pragma once

#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

namespace kohort {

/// What one source of uncertainty contributes to the variance of a result. Each number has its
/// Monte Carlo standard error; 0 where it is exact.
struct variance_part {
  std::string name;
  double alone = 0, alone_error = 0;  // sd that its own variation explains: sqrt(v({i}))
  double first_order = 0, first_order_error = 0;  // v({i}) / V
  double shapley = 0, shapley_error = 0;          // share of V; the parts add up to 1
};

/// The whole variance, and its parts.
struct variance_table {
  double variance = 0, variance_error = 0;
  double mean = 0;
  int draws = 0;
  std::vector<variance_part> parts;  // the groups in their order, then chance if there is any
};

/// Parts of the variance of Y by group of inputs, with groups independent of each other.
///
/// With M(X) = E[Y | X], V = E[Var(Y | X)] + Var(M). The closed variances
///
///     v(S) = Var(E[M | X_S]) = Cov(M(X), M(X_S, X'_rest)),   v(nobody) = 0,   v(all) = Var(M),
///
/// are estimated by pick-freeze from common draws: X and X' are two independent sets of n draws.
/// Two estimates are there for each S; the one whose share of Var(M) varies less is taken:
///
///     mean (M(X) - mean) (M(X_S, X'_rest) - M(X')),   exactly 0 if S does nothing,
///     Var(M) - 1/2 mean (M(X) - M(X_S, X'_rest))^2,   exactly Var(M) if the rest does nothing.
///
/// Shapley's value of v divides what groups do only together equally among them, and chance, which
/// comes on top, has E[Var(Y | X)] / V.
///
/// @param groups  names of the k groups
/// @param y       M(X), n draws
/// @param frozen  n x (2^k - 1): column S is M(X_S, X'_rest), where bit i of S says that group i is
///                that of y; column 0 is M(X')
/// @param chance  E[Var(Y | X)] and its standard error; 0 if the result is an expectation
/// @throws invalid_input  `E-SHAPE`, `E-NUM`
/// @see    Owen (2014), SIAM/ASA J Uncertainty Quantification 2:245-251; Song, Nelson & Staum
///         (2016), 4:1060-1083; Saltelli et al. (2010), Comput Phys Commun 181:259-270
variance_table variance_by_group(const std::vector<std::string>& groups, std::span<const double> y,
                                 const Eigen::MatrixXd& frozen, double chance = 0,
                                 double chance_error = 0);

/// The same from closed variances that are known: 2^k numbers, row S being v(S).
variance_table variance_by_group(const std::vector<std::string>& groups,
                                 const Eigen::VectorXd& closed_variances, double chance = 0);

}  // namespace kohort
