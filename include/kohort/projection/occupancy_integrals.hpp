#pragma once

#include <cmath>
#include <vector>

#include <Eigen/Core>

#include <kohort/model/detail/exponential_moments.hpp>
#include <kohort/model/intensity_matrix.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

/// What becomes of a closed cohort, and of a steady inflow, over a time h:
///
///     P(h) = exp(hQ)                            where those present end up
///     J(h) = int_0^h e^(-force s) P(s) ds       the (discounted) time they spend in each state
///     K(h) = int_0^h e^(-force t) int_0^t P(s) ds dt   the same for an inflow of 1 a year
///
/// With occupancy x at the start and a constant inflow b, the occupancy at h is x P + b J0 and the
/// discounted person-years are x J + b K, where J0 is J without discounting.
template <int N = Eigen::Dynamic>
struct occupancy_integrals {
  using matrix_type = Eigen::Matrix<double, N, N>;
  matrix_type P;   // rows sum to 1
  matrix_type J0;  // rows sum to h
  matrix_type J;   // rows sum to int_0^h e^(-force s) ds
  matrix_type K;   // rows sum to int_0^h s e^(-force s) ds
};

namespace detail {

template <typename Matrix>
void scale_rows_to(Matrix& m, double sum) {
  for (Eigen::Index r = 0; r < m.rows(); ++r) m.row(r) *= sum / m.row(r).sum();
}

}  // namespace detail

/// P, J and K over a time h, without an inverse (Q has none) and without a difference.
///
/// With lambda the largest exit rate and A = I + Q/lambda, every term of
///
///     J = sum_j A^j c_j,   K = (1/lambda) sum_k A^k sum_(j>k) c_j,
///     c_j = int_0^h e^(-(lambda + force) s) (lambda s)^j / j! ds
///
/// is non-negative. The series is summed over h / 2^s with (lambda + force) h / 2^s <= 1, then
/// doubled s times: J(2h) = J + e^(-force h) P J, K(2h) = K + e^(-force h) (J0 J + K). The rows are
/// divided by their known sums after the series and after every doubling.
///
/// @param Q      n x n, per year
/// @param h      years, finite and >= 0
/// @param force  force of discount ln(1 + r) a year, finite and >= 0
/// @throws invalid_input  `E-TIME`: h or force negative or not finite
/// @see          Van Loan (1978), IEEE Trans Automat Contr 23:395-404, for the integrals as blocks
template <int N>
[[nodiscard]] occupancy_integrals<N> integrate_occupancy(const intensity_matrix<N>& Q, double h,
                                                         double force = 0) {
  using matrix_type = typename occupancy_integrals<N>::matrix_type;
  if (!(h >= 0) || !std::isfinite(h) || !(force >= 0) || !std::isfinite(force)) {
    reject("E-TIME", "integrate_occupancy",
           "the time is " + shown(h) + " and the force of discount " + shown(force),
           "both must be finite and not negative", "Give the time in years, counted forwards");
  }
  const Eigen::Index n = Q.size();
  const matrix_type identity = matrix_type::Identity(n, n);
  const matrix_type zero = matrix_type::Zero(n, n);
  if (h == 0) return {identity, zero, zero, zero};

  // Any lambda at least the largest exit rate will do; where nobody moves, 1/h is as good as any.
  const double lambda = std::max(Q.largest_exit_rate(), 1e-3 / h);
  int doublings = 0;
  double step = h;
  while ((lambda + force) * step > 1) {
    step = std::ldexp(h, -++doublings);
  }
  constexpr int last = 22;  // 1/22! < 1e-21
  const auto plain = detail::exponential_moments(lambda * step, last);
  const auto discounted = detail::exponential_moments((lambda + force) * step, last);
  const auto weight = [&](int j, const std::vector<double>& moments) {
    return std::pow(lambda * step, j) / std::tgamma(j + 1.0) * step *
           moments[static_cast<std::size_t>(j)];
  };
  std::vector<double> tail(last + 2, 0.0);  // sum over j > k of the discounted c_j
  for (int j = last; j > 0; --j) {
    tail[static_cast<std::size_t>(j) - 1] =
        tail[static_cast<std::size_t>(j)] + weight(j, discounted);
  }

  const matrix_type A = identity + Q.matrix() / lambda;
  occupancy_integrals<N> at{zero, zero, zero, zero};
  matrix_type power = identity;
  double poisson = 1;  // (lambda step)^j / j!; e^(-lambda step) goes with the division of rows
  for (int j = 0; j <= last; ++j) {
    at.P += poisson * power;
    at.J0 += weight(j, plain) * power;
    at.J += weight(j, discounted) * power;
    at.K += tail[static_cast<std::size_t>(j)] / lambda * power;
    power = (power * A).eval();
    poisson *= lambda * step / (j + 1);
  }
  const auto rescale = [&](double time) {
    const double z = force * time;
    const auto moments = detail::exponential_moments(std::min(z, 1.0), 1);
    detail::scale_rows_to(at.P, 1.0);
    detail::scale_rows_to(at.J0, time);
    detail::scale_rows_to(at.J, force == 0 ? time : -std::expm1(-z) / force);
    detail::scale_rows_to(
        at.K, time * time * (z <= 1 ? moments[1] : (1 - std::exp(-z) * (1 + z)) / (z * z)));
  };
  rescale(step);
  for (int d = 0; d < doublings; ++d) {
    const double later = std::exp(-force * step);
    at.K = (at.K + later * (at.J0 * at.J + at.K)).eval();
    at.J = (at.J + later * (at.P * at.J)).eval();
    at.J0 = (at.J0 + at.P * at.J0).eval();
    at.P = (at.P * at.P).eval();
    step *= 2;
    rescale(step);
  }
  return at;
}

}  // namespace kohort
