#pragma once

#include <vector>

#include <Eigen/Core>

#include <kohort/model/detail/exponential.hpp>
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
  using square = Eigen::MatrixXd;
  const int n = Q.size();
  expected_path found{Eigen::VectorXd::Zero(n), square::Zero(n, n)};
  const double lambda = Q.largest_exit_rate();
  if (t == 0) return found;
  const auto [squarings, h] = detail::scale(lambda, t);
  const square A = detail::shifted(Q, h);
  const int m = detail::degree(n);
  std::vector<square> terms{square::Identity(n, n)};
  for (int k = 1; k <= m; ++k) terms.push_back(terms.back() * A / k);
  square P = square::Zero(n, n);
  for (int k = m; k >= 0; --k) P += terms[static_cast<std::size_t>(k)];
  std::vector<Eigen::VectorXd> sums{detail::divide_rows(P)};
  std::vector<square> powers{P};
  for (int k = 0; k < squarings; ++k) {
    P = (powers.back() * powers.back()).eval();
    sums.push_back(detail::divide_rows(P));
    powers.push_back(P);
  }
  square bar = ratios;
  for (auto k = static_cast<std::size_t>(squarings) + 1; k-- > 0;) {
    bar.array().colwise() /= sums[k].array();
    if (k > 0) {
      const square& root = powers[k - 1];
      bar = (bar * root.transpose() + root.transpose() * bar).eval();
    }
  }
  square A_bar = square::Zero(n, n), W = bar;
  for (int k = m; k >= 1; --k) {
    A_bar += terms[static_cast<std::size_t>(k - 1)].transpose() * W / k;
    W = (bar + W * A.transpose() / k).eval();
  }
  found.times = h * A_bar.diagonal();
  found.moves = h * A_bar.cwiseProduct(Q.matrix());
  found.moves.diagonal().setZero();
  return found;
}

}  // namespace kohort
