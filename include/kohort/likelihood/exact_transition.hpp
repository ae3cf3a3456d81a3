#pragma once

#include <cmath>

#include <kohort/model/intensity_matrix.hpp>

namespace kohort {

/// Likelihood of a time in one state, known throughout, and of the move that ended it, if any:
///
///     L = exp(q_rr t) q_rs    moved from r to s at t
///     L = exp(q_rr t)         still in r at t
///
/// Its logarithm needs the number of moves and the time in each state alone,
/// sum_s n_rs log q_rs - T_r sum_s q_rs, so equal covariates share one row of a table.
///
/// @param Q     n x n, per unit of the time
/// @param t     time in `from`
/// @param from  state r
/// @param to    state s entered at t, or `from` again: still there
/// @return      a density per unit of time if the subject moved, a probability if not
/// @pre         both states lie in [0, n)
template <int N>
double exact_transition_density(const intensity_matrix<N>& Q, double t, state from, state to) {
  const double stayed = std::exp(Q(from, from) * t);
  return to == from ? stayed : stayed * Q(from, to);
}

}  // namespace kohort
