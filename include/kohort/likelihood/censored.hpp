#pragma once

#include <span>

#include <kohort/model/probability_matrix.hpp>

namespace kohort {

/// Likelihood of being in one of several states, which of them being unknown:
///
///     L = sum_{s in S} P(t)_{from,s}
///
/// What follows depends on the state, so the next row does not stand alone: see `runs.hpp`.
///
/// @param P     n x n, over the time t since the state `from` was known
/// @param from  that state
/// @param set   the states that are possible now, each once
/// @return      a probability
/// @pre         all states lie in [0, n)
template <int N>
double censored_probability(const probability_matrix<N>& P, state from,
                            std::span<const state> set) {
  double sum = 0;
  for (const state s : set) sum += P(from, s);
  return sum;
}

}  // namespace kohort
