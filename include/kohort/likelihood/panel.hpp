#pragma once

#include <kohort/model/probability_matrix.hpp>

namespace kohort {

/// Likelihood of a state seen at a visit, nothing being known of the time since the last one:
///
///     L = P(t)_{from,to}
///
/// Over covariates that change on the way, P is the product of the pieces' matrices in their order.
///
/// @param P     n x n, over the time t since the last visit
/// @param from  state seen at the last visit
/// @param to    state seen now
/// @return      a probability
/// @pre         both states lie in [0, n): `observations` has seen to it, nothing throws here
/// @see         Kalbfleisch & Lawless (1985), J Am Stat Assoc 80:863-871
template <int N>
double panel_probability(const probability_matrix<N>& P, state from, state to) {
  return P(from, to);
}

}  // namespace kohort
