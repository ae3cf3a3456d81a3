#pragma once

#include <span>

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/probability_matrix.hpp>

namespace kohort {

/// Likelihood of a death dated exactly, the state just before it unseen:
///
///     L = sum_j P(t)_{from,j} q_{j,death}
///
/// By time t the subject had moved to some state j, and died from there. The row of an
/// absorbing state is zero, so q_{death,death} = 0 and j may run over every state.
///
/// @param P      n x n, over the time t since the last visit
/// @param Q      n x n, per unit of that same time; where covariates change on the way, the one in
///               force just before the death
/// @param from   state seen at the last visit
/// @param death  absorbing state entered at the dated time
/// @return       a density per unit of time, so it may exceed 1; 0 if death is out of reach
/// @pre          both states lie in [0, n): `observations` has seen to it, nothing throws here
/// @see          Kay (1986), Biometrics 42:855-865
template <int N>
double exact_death_density(const probability_matrix<N>& P, const intensity_matrix<N>& Q, state from,
                           state death) {
  return (P.row(from) * Q.col(death)).value();
}

/// The same where the cause, or which of several absorbing states was entered, is not known: the
/// sum over those that are possible. Never P_{j,death} in place of q_{j,death}.
///
/// @param deaths  absorbing states, each once
template <int N>
double exact_death_density(const probability_matrix<N>& P, const intensity_matrix<N>& Q, state from,
                           std::span<const state> deaths) {
  double sum = 0;
  for (const state death : deaths) sum += exact_death_density(P, Q, from, death);
  return sum;
}

}  // namespace kohort
