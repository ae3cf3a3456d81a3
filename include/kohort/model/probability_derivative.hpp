#pragma once

#include <Eigen/Core>

#include <kohort/model/detail/exponential.hpp>
#include <kohort/model/detail/retraced_exponential.hpp>
#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/probability_matrix.hpp>
#include <kohort/model/state_space.hpp>

namespace kohort {

/// The derivative of any function F of P(t) with respect to every rate, in one backward pass:
///
///     G_rs = dF / dq_rs    along "q_rs up, q_rr down", r != s
///
/// given `P_bar`, the derivative of F with respect to each entry of P. The cost is that of a few
/// exponentials, however many rates there are. Multiply by q_rs for the derivative with respect to
/// log q_rs.
///
/// The pass retraces `transition_probability` backwards: through each row division and squaring,
/// then through the terms A^k / k! of the series.
///
/// @param Q      n x n, per unit of time
/// @param t      time that passes, in the same unit, finite and >= 0
/// @param P_bar  n x n
/// @return       n x n, zeros on the diagonal; rates that are 0 have a derivative too
/// @throws invalid_input  `E-TIME`: t is negative, infinite or not a number
template <int N>
[[nodiscard]] Eigen::Matrix<double, N, N> transition_probability_adjoint(
    const intensity_matrix<N>& Q, double t, const Eigen::Matrix<double, N, N>& P_bar) {
  using square = Eigen::Matrix<double, N, N>;
  using column = Eigen::Matrix<double, N, 1>;
  detail::check_time("transition_probability_adjoint", t);
  const detail::retraced_exponential<N> P(Q, t);
  const square A_bar = P.back(P_bar, [](square& bar, const square& divided, const column& sums) {
    const column shared = bar.cwiseProduct(divided).rowwise().sum();
    bar = ((bar.colwise() - shared).array().colwise() / sums.array()).matrix().eval();
  });
  const column diagonal = A_bar.diagonal();
  return P.step() * (A_bar.colwise() - diagonal);
}

/// The derivative of every transition probability with respect to one rate,
///
///     dP(t) / dq_{from,to}    along "q_{from,to} up, q_{from,from} down",
///
/// carried forward beside P(t). For the gradient of a single function of P use
/// `transition_probability_adjoint`, which gives all rates at once.
///
/// @param Q         n x n, per unit of time
/// @param t         time that passes, in the same unit, finite and >= 0
/// @param from, to  two different states
/// @return          n x n; every row sums to 0 but for rounding
/// @throws invalid_input  `E-TIME`: t is negative, infinite or not a number
/// @pre             both states lie in [0, n)
/// @see             Van Loan (1978), IEEE Trans Autom Control 23:395-404, for the same as a block
///                  of a larger exponential
template <int N>
[[nodiscard]] Eigen::Matrix<double, N, N> transition_probability_derivative(
    const intensity_matrix<N>& Q, double t, state from, state to) {
  using square = Eigen::Matrix<double, N, N>;
  using column = Eigen::Matrix<double, N, 1>;
  detail::check_time("transition_probability_derivative", t);
  const int n = Q.size();
  const auto [squarings, h] = detail::scale(Q.largest_exit_rate(), t);
  const square A = detail::shifted(Q, h);

  square term = square::Identity(n, n), P = term;                    // A^k / k!, their sum
  square term_dot = square::Zero(n, n), P_dot = square::Zero(n, n);  // their derivatives
  for (int k = 1; k <= detail::degree(n); ++k) {
    term_dot = (term_dot * A / k).eval();
    term_dot.col(to) += term.col(from) * (h / k);  // term dA, dA = h e_from (e_to - e_from)'
    term_dot.col(from) -= term.col(from) * (h / k);
    term = (term * A / k).eval();
    P += term;
    P_dot += term_dot;
  }
  const auto divide = [&] {
    const column sums = detail::divide_rows(P);
    const column drift = P_dot.rowwise().sum();
    P_dot -= (P.array().colwise() * drift.array()).matrix();
    P_dot.array().colwise() /= sums.array();
  };
  divide();
  for (int k = 0; k < squarings; ++k) {
    P_dot = (P_dot * P + P * P_dot).eval();
    P = (P * P).eval();
    divide();
  }
  return P_dot;
}

}  // namespace kohort
