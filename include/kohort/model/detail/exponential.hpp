#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string_view>

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

/// t = 2^squarings h with lambda h <= 1.
struct scaling {
  int squarings;
  double step;
};

inline scaling scale(double lambda, double t) {
  const double theta = lambda * t;
  if (theta < 0x1p1000) {  // below 2^(exponent + 1), read off without a branch on its size
    const auto exponent = static_cast<int>(std::bit_cast<std::uint64_t>(theta) >> 52) - 1023;
    const int squarings = std::max(exponent + 1, 0);
    const auto factor = static_cast<std::uint64_t>(1023 - squarings) << 52;  // 2^-squarings
    return {squarings, t * std::bit_cast<double>(factor)};
  }
  int rate_exponent = 0, time_exponent = 0;  // the product may overflow: add the exponents
  std::frexp(lambda, &rate_exponent);
  std::frexp(t, &time_exponent);
  return {rate_exponent + time_exponent, std::ldexp(t, -rate_exponent - time_exponent)};
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

inline constexpr auto inverse_factorials = [] {
  std::array<double, 171> values{1.0};
  double factorial = 1;
  for (std::size_t k = 1; k < values.size(); ++k) {
    factorial *= static_cast<double>(k);
    values[k] = 1 / factorial;
  }
  return values;
}();

/// 1 / k!, and 0 where a double holds it no more.
inline double inverse_factorial(int k) {
  return k <= 170 ? inverse_factorials[static_cast<std::size_t>(k)] : 0.0;
}

/// sum_{k <= m} A^k / k! for A >= 0, smallest terms first: the sum is cut into blocks of
/// q ~ sqrt(m) powers, and the blocks are joined by Horner's rule in A^q.
///
/// @see Paterson & Stockmeyer (1973), SIAM J Comput 2:60-66
template <typename Square>
Square series(const Square& A, int m) {
  constexpr int most = 8;
  const int q = std::min(static_cast<int>(std::ceil(std::sqrt(m))), most);
  std::array<Square, most> powers;  // powers[i] = A^(i + 1)
  powers[0] = A;
  const auto power = [&](int k) -> Square& { return powers[static_cast<std::size_t>(k - 1)]; };
  for (int k = 2; k <= q; ++k) power(k).noalias() = power(k - 1) * A;

  const int top = (m - 1) / q * q;  // the last block runs from here to m
  Square sum = inverse_factorial(m) * power(m - top), product = sum;
  const auto add_block = [&](int first, int last) {
    for (int k = last; k > first; --k) sum += inverse_factorial(k) * power(k - first);
    sum.diagonal().array() += inverse_factorial(first);
  };
  add_block(top, m - 1);
  for (int first = top - q; first >= 0; first -= q) {
    product.noalias() = sum * power(q);
    sum.swap(product);
    add_block(first, first + q - 1);
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
