#pragma once

#include <cmath>
#include <string>
#include <utility>

#include <Eigen/Core>

#include <kohort/model/detail/exponential.hpp>
#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/state_space.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

/// Transition probabilities P: p_rs is the probability of being in state s a time t after having
/// been in state r. Every entry lies in [0, 1] and every row sums to 1.
///
/// @tparam N  number of states, where it is known when compiling; `Eigen::Dynamic` otherwise
template <int N = Eigen::Dynamic>
class probability_matrix {
 public:
  using matrix_type = Eigen::Matrix<double, N, N>;

  /// Takes a matrix from elsewhere, a published yearly one for instance.
  ///
  /// @param P  n x n, n >= 1, no entry negative, each row summing to 1 within 1e-12
  /// @throws invalid_input  `E-PROBABILITY`: not square, not finite, a negative entry, or a row
  ///                        whose sum is not 1
  template <typename Derived>
  explicit probability_matrix(const Eigen::MatrixBase<Derived>& P) {
    if (P.rows() != P.cols() || P.rows() < 1 || (N != Eigen::Dynamic && P.rows() != N)) {
      reject("E-PROBABILITY", "probability_matrix",
             "the matrix is " + std::to_string(P.rows()) + " x " + std::to_string(P.cols()),
             "P has one row and one column for each state", "Pass a square matrix");
    }
    matrix_ = P;
    for (Eigen::Index r = 0; r < matrix_.rows(); ++r) {
      for (Eigen::Index s = 0; s < matrix_.cols(); ++s) {
        if (matrix_(r, s) >= 0) continue;
        reject("E-PROBABILITY", "probability_matrix",
               "the entry in row " + std::to_string(r) + ", column " + std::to_string(s) + " is " +
                   shown(matrix_(r, s)),
               "a probability must not be negative", "Mend that entry");
      }
      const double sum = matrix_.row(r).sum();
      if (!(std::abs(sum - 1) <= 1e-12)) {
        reject("E-PROBABILITY", "probability_matrix",
               "row " + std::to_string(r) + " sums to " + shown(sum),
               "every row of P must sum to 1",
               "Divide the row by its sum if that is what is meant");
      }
    }
  }

  /// Nobody has moved yet.
  [[nodiscard]] static probability_matrix identity(int states) {
    return trusted(matrix_type::Identity(states, states));
  }

  /// Takes a matrix that is known to be one of probabilities, without looking at it.
  [[nodiscard]] static probability_matrix trusted(matrix_type P) {
    probability_matrix result;
    result.matrix_ = std::move(P);
    return result;
  }

  /// Number of states.
  [[nodiscard]] int size() const { return static_cast<int>(matrix_.rows()); }

  /// The whole matrix, n x n.
  [[nodiscard]] const matrix_type& matrix() const { return matrix_; }

  /// p_rs: in s at the end, having been in r at the start.
  [[nodiscard]] double operator()(state r, state s) const { return matrix_(r, s); }

  /// Where those end who started in one state: a row of n probabilities.
  [[nodiscard]] auto row(state r) const { return matrix_.row(r); }

  /// The probability of ending in one state, by where one started: a column of n.
  [[nodiscard]] auto col(state s) const { return matrix_.col(s); }

 private:
  probability_matrix() = default;

  matrix_type matrix_;
};

/// Transition probabilities over a time t:
///
///     P(t) = exp(t Q)
///
/// With lambda the largest exit rate, h = t / 2^s and lambda h <= 1, the series of
/// exp(h (Q + lambda I)) has no negative term, so nothing cancels and small probabilities keep
/// their relative accuracy. It is summed, each row is divided by its sum (which removes the factor
/// e^(lambda h)), squared s times, and each row divided by its sum again after every squaring.
///
/// A state that cannot be reached has probability exactly 0, an absorbing state keeps exactly its
/// unit row, and t = 0 gives exactly the identity. No branch looks at whether rates are equal.
///
/// @param Q  n x n, per unit of time
/// @param t  time that passes, in the same unit, finite and >= 0
/// @return   n x n
/// @throws invalid_input  `E-TIME`: t is negative, infinite or not a number
/// @see      Xue & Ye (2013), Numer Math 124:393-428, for the entrywise error
template <int N>
[[nodiscard]] probability_matrix<N> transition_probability(const intensity_matrix<N>& Q, double t) {
  detail::check_time("transition_probability", t);
  const double lambda = Q.largest_exit_rate();
  if (t == 0 || lambda == 0) return probability_matrix<N>::identity(Q.size());

  const auto [squarings, h] = detail::scale(lambda, t);
  auto P = detail::series(detail::shifted(Q, h), detail::degree(Q.size()));
  detail::divide_rows(P);
  auto square = P;
  for (int k = 0; k < squarings; ++k) {
    square.noalias() = P * P;
    P.swap(square);
    detail::divide_rows(P);
  }
  return probability_matrix<N>::trusted(std::move(P));
}

/// Whether fast and slow rates are so far apart, or the time so long, that other programs would
/// lose digits here: lambda t > 1e6, or a largest rate more than 1e10 times the smallest that is
/// not 0. Worth a note to the user (`I-STIFF`); our own results keep their digits.
///
/// @param Q  n x n, per unit of time
/// @param t  time that passes, in the same unit
template <int N>
[[nodiscard]] bool is_stiff(const intensity_matrix<N>& Q, double t) {
  double least = 0, largest = 0;
  for (int r = 0; r < Q.size(); ++r) {
    for (int s = 0; s < Q.size(); ++s) {
      if (r == s || Q(r, s) == 0) continue;
      largest = std::max(largest, Q(r, s));
      least = least == 0 ? Q(r, s) : std::min(least, Q(r, s));
    }
  }
  return Q.largest_exit_rate() * t > 1e6 || largest > 1e10 * least;
}

}  // namespace kohort
