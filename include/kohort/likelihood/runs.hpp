#pragma once

#include <cstdint>

#include <Eigen/Core>

#include <kohort/data/observations.hpp>
#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/probability_matrix.hpp>

namespace kohort {

/// One row of a run: carries the weights of the states over the time to the row, and through what
/// it says. With a the weights before and S the states that the row names,
///
///     panel             (a P)_s                      s in S
///     exact_stay        a_s exp(q_ss t)              s in S
///     exact_transition  sum_i a_i exp(q_ii t) q_is   s in S, s != i
///     exact_death       sum_j (a P)_j q_js           s in S, s != j
///
/// The likelihood of a run is the sum of the weights after its last row, if those before its first
/// are the probabilities of the states there. Rows do not split into factors unless the state
/// between them is known. A stay is a probability and a move a density: no row may mean either.
///
/// @param before  n, weights of the states at the row before
/// @param kind    one of the four; a window is two rows of the kind panel, see `window_death.hpp`
/// @param named   the states of the row: bit s for state s
/// @param t       time since the row before, in the unit of Q
/// @return        n
template <int N>
Eigen::Matrix<double, 1, N> run_row(const Eigen::Matrix<double, 1, N>& before,
                                    observation_kind kind, std::uint64_t named,
                                    const intensity_matrix<N>& Q, double t) {
  const bool still =
      kind == observation_kind::exact_stay || kind == observation_kind::exact_transition;
  Eigen::Matrix<double, 1, N> row;
  if (still) {
    row = before.array() * (Q.matrix().diagonal().transpose().array() * t).exp();
  } else {
    row = before * transition_probability(Q, t).matrix();
  }
  if (kind == observation_kind::exact_transition || kind == observation_kind::exact_death) {
    auto moves = Q.matrix();
    moves.diagonal().setZero();
    row = (row * moves).eval();
  }
  for (state s = 0; s < Q.size(); ++s) {
    if (!((named >> s) & 1)) row[s] = 0;
  }
  return row;
}

}  // namespace kohort
