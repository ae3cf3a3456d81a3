#pragma once

#include <vector>

#include <kohort/estimation/detail/active_set.hpp>

namespace kohort::detail {

/// Where a rate has its estimate.
enum class rate_end {
  inside,   ///< at a number
  zero,     ///< the likelihood is highest where the rate is 0
  infinite  ///< it rises as long as the rate does
};

/// A maximum, of which some rates may lie at the end of their range.
struct located {
  Eigen::VectorXd theta;
  std::vector<rate_end> ends;           ///< per transition
  std::vector<Eigen::Index> separated;  ///< effects without a finite estimate
  std::vector<Eigen::Index> invisible;  ///< coefficients of which only combinations show
  free_coefficients free;               ///< what was left to vary
  Eigen::MatrixXd curvature;            ///< of the objective, by coefficient
  std::vector<std::size_t> active;      ///< limits that hold with equality
  double value = 0;                     ///< of the objective
  search_verdict verdict = search_verdict::iteration_limit;
  int iterations = 0, evaluations = 0;
  double gap = 0;
};

/// Searches from `start`, and decides about each rate that leaves the range in which an estimate
/// makes sense: at 0 if the likelihood does not rise from there (Karush-Kuhn-Tucker), infinite if
/// it never falls.
///
/// @param steps  is told the steps taken so far
located locate(const search_problem& problem, const Eigen::VectorXd& start, int iterations,
               int* steps = nullptr);

/// The one-sided 95 % bound of a rate at the end of its range: where the profile log-likelihood has
/// fallen by -log .05, the exact Poisson bound when n = 0. Infinite, or 0 as a lower bound, if it
/// never falls so far.
double one_sided_bound(const search_problem& problem, const located& found, int transition,
                       int iterations);

}  // namespace kohort::detail
