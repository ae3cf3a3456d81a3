#pragma once

#include <limits>

#include <Eigen/Core>

#include <kohort/model/intensity_matrix.hpp>

namespace kohort {

/// Mean years of one stay in each state, 1 / |q_rr|; infinite where nobody leaves.
///
/// d log sojourn_r / d log q_rs = -q_rs / |q_rr|.
template <int N>
[[nodiscard]] Eigen::Matrix<double, N, 1> sojourn_time(const intensity_matrix<N>& Q) {
  Eigen::Matrix<double, N, 1> years(Q.size());
  for (int r = 0; r < Q.size(); ++r)
    years[r] = Q(r, r) < 0 ? -1 / Q(r, r) : std::numeric_limits<double>::infinity();
  return years;
}

/// Where the next move leads, q_rs / |q_rr|; an absorbing state is followed by itself.
///
/// @return  n x n, rows sum to 1
template <int N>
[[nodiscard]] Eigen::Matrix<double, N, N> next_state(const intensity_matrix<N>& Q) {
  Eigen::Matrix<double, N, N> next = Eigen::Matrix<double, N, N>::Zero(Q.size(), Q.size());
  for (int r = 0; r < Q.size(); ++r) {
    if (Q(r, r) == 0) next(r, r) = 1;
    for (int s = 0; s < Q.size(); ++s) {
      if (s != r && Q(r, s) > 0) next(r, s) = Q(r, s) / -Q(r, r);
    }
  }
  return next;
}

}  // namespace kohort
