#pragma once

#include <Eigen/Core>

#include <kohort/model/detail/exponential.hpp>
#include <kohort/model/detail/retraced_exponential.hpp>
#include <kohort/model/intensity_matrix.hpp>

namespace kohort {

/// What happened between two sightings, as expected by the model.
struct expected_path {
  Eigen::VectorXd times;  // per state: expected time in it; their sum is the persons' time
  Eigen::MatrixXd moves;  // n x n: expected number of moves; zeros on the diagonal
};

/// Expected times and moves of persons seen at both ends,
///
///     E T_i  = sum_rs W_rs int_0^t P(w)_ri P(t - w)_is dw / P(t)_rs,
///     E N_ij = q_ij sum_rs W_rs int_0^t P(w)_ri P(t - w)_js dw / P(t)_rs,
///
/// by one backward pass through P(t) that is not centred: without the derivative of the division of
/// rows, the adjoint of Q has these integrals as its entries.
///
/// @param Q        n x n, per unit of time
/// @param t        time between the sightings, in the same unit
/// @param ratios   n x n: W_rs / P(t)_rs, W_rs persons being seen in r and then in s; 0 where there
///                 are none
/// @see            Bladt & Sorensen (2005), JRSS B 67:395-410
inline expected_path expect_path(const intensity_matrix<>& Q, double t,
                                 const Eigen::MatrixXd& ratios) {
  detail::check_time("expect_path", t);
  const int n = Q.size();
  expected_path found{Eigen::VectorXd::Zero(n), Eigen::MatrixXd::Zero(n, n)};
  if (t == 0) return found;
  const detail::retraced_exponential P(Q, t);
  const Eigen::MatrixXd A_bar =
      P.back(ratios, [](Eigen::MatrixXd& bar, const Eigen::MatrixXd&, const Eigen::VectorXd& sums) {
        bar.array().colwise() /= sums.array();
      });
  found.times = P.step() * A_bar.diagonal();
  found.moves = P.step() * A_bar.cwiseProduct(Q.matrix());
  found.moves.diagonal().setZero();
  return found;
}

}  // namespace kohort
