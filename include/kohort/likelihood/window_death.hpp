#pragma once

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/probability_matrix.hpp>

namespace kohort {

/// Likelihood of a death known to lie in a window of time (a, b], such as a month:
///
///     L = sum_{j not absorbing} P(a)_{from,j} P(b - a)_{j,death}
///
/// Alive when the window opens, dead when it closes. This equals P(b)_{from,death} -
/// P(a)_{from,death}, but loses no digits where the two are nearly the same; divided by b - a it
/// tends to `exact_death_density`. A window that opened before the last visit opens at it.
///
/// @param opens   P over the time from the last visit to the opening of the window
/// @param within  P over the length of the window
/// @param Q       any intensities of the model; tells which states are absorbing
/// @param from    state seen at the last visit
/// @param death   absorbing state
/// @return        a probability
/// @pre           both states lie in [0, n)
template <int N>
double window_death_probability(const probability_matrix<N>& opens,
                                const probability_matrix<N>& within, const intensity_matrix<N>& Q,
                                state from, state death) {
  double sum = 0;
  for (state j = 0; j < Q.size(); ++j) {
    if (Q(j, j) != 0) sum += opens(from, j) * within(j, death);
  }
  return sum;
}

}  // namespace kohort
