#pragma once

#include <vector>

#include <Eigen/Core>

#include <kohort/data/transitions.hpp>

namespace kohort::detail {

/// Adds the person-years of hidden runs, those of a piece in equal parts to the states that are
/// possible in it. patterns x states.
void add_hidden_exposure(const model& structure, const hidden_runs& runs,
                         std::vector<double>& years);

/// Where the search starts if states are hidden: what was read is taken for the truth, an error has
/// the probability .05, and of `phase_starts` the likeliest kind is taken.
Eigen::VectorXd hidden_initial_values(const intensity_model& intensities,
                                      const transition_tables& tables);

}  // namespace kohort::detail
