#pragma once

#include <Eigen/Core>

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/probability_matrix.hpp>

namespace kohort {

namespace detail {

/// Which states can be reached from which, in any number of moves; each from itself in none.
Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic> reachable(const Eigen::MatrixXd& Q);

/// log P(t) with every sum and product taken on logarithms: nothing under- or overflows.
Eigen::MatrixXd log_exponential(const Eigen::MatrixXd& Q, double t);

/// Below this an entry of P may have lost digits to underflow on its way.
inline constexpr double least_trusted_probability = 1e-290;

}  // namespace detail

/// Logarithms of the transition probabilities,
///
///     log P(t) = log exp(t Q),
///
/// finite for every state that can be reached, however small its probability; -infinity for the
/// others. Where P(t) holds the entry safely (above 1e-290) this is its logarithm; the rest comes
/// from the same series and squarings done on logarithms, with each row's log-sum subtracted. No
/// like terms are ever subtracted, so the absolute error is a few units of 2^-53 |log P|.
///
/// @param Q  n x n, per unit of time
/// @param t  time that passes, in the same unit, finite and >= 0
/// @return   n x n, entries <= 0
/// @throws invalid_input  `E-TIME`: t is negative, infinite or not a number
template <int N>
[[nodiscard]] Eigen::Matrix<double, N, N> log_transition_probability(const intensity_matrix<N>& Q,
                                                                     double t) {
  const auto P = transition_probability(Q, t);
  Eigen::Matrix<double, N, N> logs = P.matrix().array().log().matrix();
  const auto too_small = P.matrix().array() < detail::least_trusted_probability;
  if (t == 0 || !too_small.any()) return logs;
  if (!(too_small && detail::reachable(Q.matrix())).any()) return logs;
  const Eigen::MatrixXd small = detail::log_exponential(Q.matrix(), t);
  for (int r = 0; r < Q.size(); ++r) {
    for (int s = 0; s < Q.size(); ++s) {
      if (too_small(r, s)) logs(r, s) = small(r, s);
    }
  }
  return logs;
}

}  // namespace kohort
