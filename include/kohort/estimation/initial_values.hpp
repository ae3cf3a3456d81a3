#pragma once

#include <Eigen/Core>

#include <kohort/data/transitions.hpp>

namespace kohort {

/// Where the search starts: rates as if every visit had been reached by the shortest way.
///
/// A panel row r -> s takes the shortest permitted path of h states, both ends counted (r = s: h =
/// 1): each state on it gets elapsed / h years of exposure, each hop one event. Exact rows count as
/// they are; an exact death counts the shortest path to death, a row in one of several states that
/// to the nearest. Then q = max(events, 1/2) /
/// exposure, half an event having the mean weight; where there is no exposure, the overall rate.
///
/// @return  one rate per year for each transition
Eigen::VectorXd crude_rates(const model& structure, const transition_tables& tables);

/// The same with its covariates: intercepts log(crude rate), all effects 0.
Eigen::VectorXd initial_values(const intensity_model& intensities, const transition_tables& tables);

}  // namespace kohort
