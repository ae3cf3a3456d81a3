#pragma once

#include <vector>

#include <Eigen/Core>

namespace kohort {

/// What became of an option in an incremental analysis.
enum class option_status {
  reference,             // the cheapest that is not dominated: what the first ratio starts from
  efficient,             // on the frontier
  extendedly_dominated,  // a mixture of two others gives as much for less
  dominated              // another one costs no more and gives no less
};

/// Where an increment lies in the plane of effect (east) and cost (north).
enum class quadrant { none, north_east, south_east, south_west, north_west };

/// One option of an incremental analysis.
struct incremental_row {
  int option = 0;  // position among those given
  double cost = 0, effect = 0;
  option_status status = option_status::efficient;
  int compared_with = -1;  // the option before it on the frontier, or the one that dominates it;
                           // for extended dominance the neighbour below; -1: none
  int and_with = -1;       // for extended dominance: the neighbour above on the frontier
  double added_cost = 0, added_effect = 0;  // over `compared_with`
  double icer = 0;                          // of efficient options; not a number elsewhere
};

/// Incremental cost-effectiveness of any number of options.
///
/// Sorted by cost; an option that gives no more than a cheaper one is dominated; of the others the
/// lower convex hull is kept, and what lies above it is extendedly dominated. Along the frontier
/// the ratios rise. Options with the same cost and effect are one entry: the first has the ratio,
/// the others its status and a ratio of their own that is not a number.
///
/// @param costs, effects  one of each for every option, finite
/// @return  by rising cost, then by falling effect, then by position
/// @throws invalid_input  `E-SHAPE`, `E-NUM`
std::vector<incremental_row> incremental_analysis(const Eigen::VectorXd& costs,
                                                  const Eigen::VectorXd& effects);

/// The quadrant of an increment; `none` if both are 0 or it lies on an axis' origin.
///
/// A ratio means nothing without it: in the north-east more is got for more, in the south-west
/// less for less, and in the other two one option is better on both counts.
quadrant quadrant_of(double added_cost, double added_effect);

/// Net monetary benefit, willingness_to_pay effect - cost.
inline double net_monetary_benefit(double cost, double effect, double willingness_to_pay) {
  return willingness_to_pay * effect - cost;
}

}  // namespace kohort
