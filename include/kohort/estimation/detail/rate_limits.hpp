#pragma once

#include <vector>

#include <kohort/estimation/detail/scaled_search.hpp>

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
  std::vector<rate_end> ends;  ///< per transition
  free_coefficients free;      ///< what was left to vary
  double value = 0;            ///< of the objective
  search_verdict verdict = search_verdict::iteration_limit;
  int iterations = 0, evaluations = 0;
  double gap = 0;
};

/// Searches from `start`, and decides about each rate that leaves the range in which an estimate
/// makes sense: at 0 if the likelihood does not rise from there (Karush-Kuhn-Tucker), infinite if
/// it never falls.
///
/// @param report  told the steps taken; may stop the search
located locate(const objective& wanted, const risk_rows& rows, const Eigen::MatrixXd& triangle,
               const free_coefficients& free, const Eigen::VectorXd& start, int iterations,
               int* steps);

/// The one-sided 95 % bound of a rate at the end of its range: where the profile log-likelihood has
/// fallen by -log .05, the exact Poisson bound when n = 0. Infinite, or 0 as a lower bound, if it
/// never falls so far.
double one_sided_bound(const objective& wanted, const risk_rows& rows,
                       const Eigen::MatrixXd& triangle, const free_coefficients& free,
                       const located& found, int transition, int iterations);

}  // namespace kohort::detail
