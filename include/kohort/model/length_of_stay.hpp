#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <kohort/model/detail/exponential.hpp>
#include <kohort/model/detail/exponential_moments.hpp>
#include <kohort/model/detail/lifetime.hpp>
#include <kohort/model/intensity_matrix.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

/// Where those end who started in each state, and the time they spend on the way.
template <int N = Eigen::Dynamic>
struct occupancy {
  Eigen::Matrix<double, N, N> P;     ///< at the end, rows sum to 1
  Eigen::Matrix<double, N, N> stay;  ///< discounted years in each state
};

namespace detail {

inline void check_stay(std::string_view where, double t, double force) {
  if (!(t >= 0)) {
    reject("E-TIME", where, "the time is " + shown(t), "it must not be negative",
           "Give the years ahead, or infinity for the whole life");
  }
  if (!(force >= 0) || !std::isfinite(force)) {
    reject("E-DISCOUNT", where, "the force of discount is " + shown(force),
           "it must be finite and not negative", "Give log(1 + r) for a rate r a year");
  }
}

/// The forward pass of `occupy`, kept for the way back.
template <int N>
struct occupancy_pass {
  using square = Eigen::Matrix<double, N, N>;
  using column = Eigen::Matrix<double, N, 1>;
  double step = 0;                           ///< t / 2^doublings
  double lambda = 0;                         ///< largest exit rate
  square A;                                  ///< step (Q + lambda I)
  std::vector<double> weights;               ///< of A^k / k! in the series of the stay
  std::vector<square> terms;                 ///< A^k / k!
  std::vector<square> P, stay;               ///< after the series, and after each doubling
  std::vector<column> P_sums, stay_factors;  ///< what the rows were divided and multiplied by
};

template <int N>
occupancy_pass<N> occupy(const intensity_matrix<N>& Q, double t, double force) {
  using square = Eigen::Matrix<double, N, N>;
  occupancy_pass<N> pass;
  pass.lambda = Q.largest_exit_rate();
  const auto [doublings, step] = scale(pass.lambda + force, t);
  pass.step = step;
  pass.A = shifted(Q, step);
  const int m = degree(Q.size());
  pass.weights = exponential_moments((pass.lambda + force) * step, m);
  for (auto& w : pass.weights) w *= step;
  pass.terms.push_back(square::Identity(Q.size(), Q.size()));
  for (int k = 1; k <= m; ++k) pass.terms.push_back(pass.terms.back() * pass.A / k);
  square P = square::Zero(Q.size(), Q.size()), stay = P;
  for (auto k = static_cast<std::size_t>(m) + 1; k-- > 0;) {
    P += pass.terms[k];
    stay += pass.weights[k] * pass.terms[k];
  }
  double time = step;
  const auto settle = [&] {
    pass.P_sums.push_back(divide_rows(P));
    typename occupancy_pass<N>::column factors = stay.rowwise().sum();
    for (auto& f : factors) f = f > 0 ? discounted_time(time, force) / f : 1.0;
    stay.array().colwise() *= factors.array();
    pass.stay_factors.push_back(factors);
    pass.P.push_back(P);
    pass.stay.push_back(stay);
  };
  settle();
  for (int d = 0; d < doublings; ++d) {
    stay = (stay + std::exp(-force * time) * (P * stay)).eval();
    P = (P * P).eval();
    time *= 2;
    settle();
  }
  return pass;
}

}  // namespace detail

/// P(t) and the expected time in each state until t, in one pass:
///
///     P = exp(tQ),    stay = int_0^t e^(-force w) exp(wQ) dw
///
/// With A = h (Q + lambda I) and (lambda + force) h <= 1 all terms of the two series
///
///     sum_k A^k / k!,    sum_k A^k / k! h int_0^1 e^(-(lambda + force) h x) x^k dx
///
/// are non-negative, and so is everything in the doublings stay(2h) = stay(h) + e^(-force h) P(h)
/// stay(h): nothing cancels, short stays keep their relative accuracy. Rows are scaled to their
/// known sums, 1 and int_0^t e^(-force w) dw, after the series and after each doubling.
///
/// @param Q      n x n, per year
/// @param t      years, finite and >= 0
/// @param force  force of discount log(1 + r) for a rate r a year
/// @throws invalid_input  `E-TIME`, `E-DISCOUNT`
template <int N>
[[nodiscard]] occupancy<N> occupancy_over(const intensity_matrix<N>& Q, double t,
                                          double force = 0) {
  detail::check_time("occupancy_over", t);
  detail::check_stay("occupancy_over", t, force);
  auto pass = detail::occupy(Q, t, force);
  return {std::move(pass.P.back()), std::move(pass.stay.back())};
}

/// The derivative of any function F of `occupancy_over` with respect to every rate:
///
///     G_ab = dF / dq_ab    along "q_ab up, q_aa down"
///
/// given its derivatives with respect to each entry of P and of the stay. The pass retraces the
/// doublings and the series backwards.
///
/// @param bar  dF/dP and dF/dstay, n x n each
/// @return     n x n, zeros on the diagonal
template <int N>
[[nodiscard]] Eigen::Matrix<double, N, N> occupancy_adjoint(const intensity_matrix<N>& Q, double t,
                                                            double force, const occupancy<N>& bar) {
  using square = Eigen::Matrix<double, N, N>;
  using column = Eigen::Matrix<double, N, 1>;
  detail::check_time("occupancy_adjoint", t);
  detail::check_stay("occupancy_adjoint", t, force);
  const auto pass = detail::occupy(Q, t, force);
  square P_bar = bar.P, stay_bar = bar.stay;
  double time = t;
  for (std::size_t k = pass.P.size(); k-- > 0;) {
    // Out of the scaling of rows: what is common to a row has no effect.
    const column of_P = P_bar.cwiseProduct(pass.P[k]).rowwise().sum();
    P_bar = ((P_bar.colwise() - of_P).array().colwise() / pass.P_sums[k].array()).matrix().eval();
    const double total = detail::discounted_time(time, force);
    if (total > 0) {
      const column of_stay = stay_bar.cwiseProduct(pass.stay[k]).rowwise().sum() / total;
      stay_bar = ((stay_bar.colwise() - of_stay).array().colwise() * pass.stay_factors[k].array())
                     .matrix()
                     .eval();
    }
    if (k == 0) break;
    time /= 2;
    const double later = std::exp(-force * time);
    const square& P = pass.P[k - 1];
    const square& stay = pass.stay[k - 1];
    P_bar = (P_bar * P.transpose() + P.transpose() * P_bar + later * stay_bar * stay.transpose())
                .eval();
    stay_bar = (stay_bar + later * P.transpose() * stay_bar).eval();
  }
  square A_bar = square::Zero(Q.size(), Q.size());
  const auto bar_of = [&](std::size_t k) -> square { return P_bar + pass.weights[k] * stay_bar; };
  square W = bar_of(pass.terms.size() - 1);
  for (std::size_t k = pass.terms.size() - 1; k >= 1; --k) {
    A_bar += pass.terms[k - 1].transpose() * W / static_cast<double>(k);
    W = (bar_of(k - 1) + W * pass.A.transpose() / static_cast<double>(k)).eval();
  }
  const column diagonal = A_bar.diagonal();
  return pass.step * (A_bar.colwise() - diagonal);
}

/// Expected (discounted) years in each state until t, by where one starts; t may be infinite:
///
///     L_rj = int_0^t e^(-force w) P_rj(w) dw
///
/// Over the whole life the years in states that are left for good come from an elimination without
/// subtraction; a state that may hold somebody for ever, such as an absorbing one, has infinitely
/// many where it can be reached, unless discounted.
///
/// @param Q      n x n, per year
/// @param t      years, >= 0; infinity for the whole life
/// @param force  force of discount log(1 + r) for a rate r a year
/// @return       n x n: row the state at the start, column the state stayed in
/// @throws invalid_input  `E-TIME`: t negative or not a number; `E-DISCOUNT`
/// @see          Grassmann, Taksar & Heyman (1985), Oper Res 33:1107-1116
template <int N>
[[nodiscard]] Eigen::Matrix<double, N, N> length_of_stay(const intensity_matrix<N>& Q, double t,
                                                         double force = 0) {
  detail::check_stay("length_of_stay", t, force);
  if (std::isfinite(t)) return occupancy_over(Q, t, force).stay;
  return detail::whole_life(Q, force).stay;
}

/// The derivative of any function F of `length_of_stay` with respect to every rate, from its
/// derivative with respect to each entry. Over the whole life, with U the stay,
///
///     dU_rj / dq_ab = U_ra (U_bj - U_aj);
///
/// entries of `stay_bar` where the stay is infinite are not looked at.
///
/// @return  n x n, zeros on the diagonal: along "q_ab up, q_aa down"
template <int N>
[[nodiscard]] Eigen::Matrix<double, N, N> length_of_stay_adjoint(
    const intensity_matrix<N>& Q, double t, double force,
    const Eigen::Matrix<double, N, N>& stay_bar) {
  using square = Eigen::Matrix<double, N, N>;
  detail::check_stay("length_of_stay_adjoint", t, force);
  const int n = Q.size();
  if (std::isfinite(t)) return occupancy_adjoint(Q, t, force, {square::Zero(n, n), stay_bar});
  const auto U = detail::whole_life(Q, force);
  square G = square::Zero(n, n);
  for (int r = 0; r < n; ++r) {
    for (int j = 0; j < n; ++j) {
      if (stay_bar(r, j) == 0 || !std::isfinite(U.stay(r, j))) continue;
      for (int a = 0; a < n; ++a) {
        // Who comes from r to a closed class can't come from there to a j with a finite stay.
        if (U.closed[static_cast<std::size_t>(a)] && force == 0) continue;
        for (int b = 0; b < n; ++b) {
          if (a == b || U.stay(r, a) == 0) continue;
          G(a, b) += stay_bar(r, j) * U.stay(r, a) * (U.stay(b, j) - U.stay(a, j));
        }
      }
    }
  }
  return G;
}

/// Expected number of moves into each state until t, by where one starts; t may be infinite:
///
///     V_rs = sum_(i != s) L_ri q_is
///
/// with L the (discounted) length of stay. Who is in s at the start has not entered it then.
///
/// @return  n x n; infinite where a state is entered again and again for ever
template <int N>
[[nodiscard]] Eigen::Matrix<double, N, N> expected_visits(const intensity_matrix<N>& Q, double t,
                                                          double force = 0) {
  const auto stay = length_of_stay(Q, t, force);
  const int n = Q.size();
  Eigen::Matrix<double, N, N> visits = Eigen::Matrix<double, N, N>::Zero(n, n);
  for (int r = 0; r < n; ++r) {
    for (int s = 0; s < n; ++s) {
      for (int i = 0; i < n; ++i) {
        if (i != s && Q(i, s) > 0) visits(r, s) += stay(r, i) * Q(i, s);
      }
    }
  }
  return visits;
}

}  // namespace kohort
