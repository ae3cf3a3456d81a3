#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include <Eigen/Core>

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

inline void check_time(std::string_view where, double t) {
  if (!(t >= 0) || !std::isfinite(t)) {
    reject("E-TIME", where, "the time is " + shown(t), "it must be finite and not negative",
           "Give the time that passes between the two moments, in the unit of the rates");
  }
}

/// t = 2^squarings h with lambda h <= 1. Exponents are added, so nothing overflows.
struct scaling {
  int squarings;
  double step;
};

inline scaling scale(double lambda, double t) {
  int rate_exponent = 0, time_exponent = 0;
  const double rate = std::frexp(lambda, &rate_exponent);
  const double time = std::frexp(t, &time_exponent);
  int squarings = rate_exponent + time_exponent;  // lambda t = rate time 2^squarings
  if (rate * time <= 0.5) --squarings;
  squarings = std::max(squarings, 0);
  return {squarings, std::ldexp(t, -squarings)};
}

/// h (Q + lambda I): no entry is negative, so the series cancels nowhere.
template <int N>
auto shifted(const intensity_matrix<N>& Q, double step) {
  typename intensity_matrix<N>::matrix_type A = Q.matrix();
  A.diagonal().array() += Q.largest_exit_rate();
  A *= step;
  return A;
}

/// The degree that leaves every entry of exp(A) a relative truncation error below 2^-53 when
/// lambda h <= 1: tau(1, 18) <= 2^-53, and d = n - 1 more for the longest way without a loop.
inline int degree(Eigen::Index n) { return 18 + static_cast<int>(n) - 1; }

/// sum_{k <= m} A^k / k! for A >= 0, smallest terms first: the sum is cut into blocks of
/// q ~ sqrt(m) powers, and the blocks are joined by Horner's rule in A^q.
///
/// @see Paterson & Stockmeyer (1973), SIAM J Comput 2:60-66
template <typename Square>
Square series(const Square& A, int m) {
  const Eigen::Index n = A.rows();
  const int q = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(m))));
  std::vector<Square> powers{A};  // powers[i] = A^(i + 1)
  for (int i = 1; i < q; ++i) powers.push_back(powers.back() * A);
  std::vector<double> inverse_factorial{1.0};
  for (int k = 1; k <= m; ++k) inverse_factorial.push_back(inverse_factorial.back() / k);

  Square sum = Square::Zero(n, n);
  for (int first = m / q * q; first >= 0; first -= q) {
    if (first != m / q * q) sum = (sum * powers.back()).eval();
    for (int k = std::min(first + q - 1, m); k > first; --k) {
      sum += inverse_factorial[static_cast<std::size_t>(k)] *
             powers[static_cast<std::size_t>(k - first - 1)];
    }
    sum.diagonal().array() += inverse_factorial[static_cast<std::size_t>(first)];
  }
  return sum;
}

/// Divides each row by its sum. Without this the error of a row's sum doubles at each squaring. A
/// row (0, .., x, .., 0) becomes exactly (0, .., 1, .., 0).
template <typename Square>
Eigen::Matrix<double, Square::RowsAtCompileTime, 1> divide_rows(Square& P) {
  const Eigen::Matrix<double, Square::RowsAtCompileTime, 1> sums = P.rowwise().sum();
  P.array().colwise() /= sums.array();
  return sums;
}

}  // namespace kohort::detail
