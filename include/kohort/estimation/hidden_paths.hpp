#pragma once

#include <vector>

#include <Eigen/Core>

#include <kohort/data/observations.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// What a subject's whole history says of the true state at each of its rows, with the forward row
/// a_k of `misclassified.hpp` and what is still to come, b_k:
///
///     P(true at k is j | all rows) = a_kj b_kj / sum a_k o b_k
///
/// They are personal data: for computing with, in memory.
///
/// @param seen          as they were fitted
/// @param coefficients  as `coefficient_layout` says
/// @return              rows x states of the model; not a number in rows that nothing was learnt
///                      from (weight 0, or stays whose beginning nobody saw, if left out)
/// @see                 Baum, Petrie, Soules & Weiss (1970), Ann Math Stat 41:164-171
Eigen::MatrixXd smoothed_states(const observations& seen, const intensity_model& intensities,
                                const Eigen::VectorXd& coefficients, int threads = 0,
                                const progress& report = {});

/// The likeliest path of true states through all rows of each subject (which need not be the
/// likeliest state at each row).
///
/// @return  per row, a state of the model; -1 as above
/// @see     Viterbi (1967), IEEE Trans Inf Theory 13:260-269
std::vector<state> likeliest_states(const observations& seen, const intensity_model& intensities,
                                    const Eigen::VectorXd& coefficients, int threads = 0,
                                    const progress& report = {});

}  // namespace kohort
