#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/model/detail/exponential.hpp>
#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/probability_matrix.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/instruction_set.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

namespace detail {

/// Where the entries of `count` square matrices lie: entry (r, s) of matrix k stands at
/// k n n + r row_stride + s column_stride.
struct stacked_layout {
  int states;
  std::size_t count;
  std::ptrdiff_t row_stride;
  std::ptrdiff_t column_stride;
};

/// exp(t_k Q_k) for rates and times that have been checked. Diagonals of Q are not looked at.
void exponentials(const stacked_layout& layout, const double* Q, const double* t, double* P,
                  int threads, const progress& report,
                  instruction_set with = best_instruction_set());

}  // namespace detail

/// Transition probabilities for many pairs of intensities and time at once, P_k = exp(t_k Q_k), as
/// `transition_probability` gives them one by one (the last digit may differ).
///
/// Matrices of 2 to 8 states go through vector registers, a matrix in each lane. What comes out for
/// one pair never depends on the others, nor on the number of threads.
///
/// @param Q        intensities per unit of time, all of the same size
/// @param t        as many times, in the same unit, finite and >= 0
/// @param P        as many matrices, to be overwritten
/// @param threads  number of threads; 0 means all processors
/// @param report   told how far the computation has come; returns false to stop it
/// @throws invalid_input  `E-TIME`: a time that is negative, infinite or not a number;
///                        `E-SHAPE`: not as many times as matrices, or matrices of several sizes
/// @throws interrupted    if `report` returned false
template <int N>
void transition_probabilities(std::span<const intensity_matrix<N>> Q, std::span<const double> t,
                              std::span<probability_matrix<N>> P, int threads = 0,
                              const progress& report = {}) {
  if (Q.size() != t.size() || P.size() != Q.size()) {
    reject("E-SHAPE", "transition_probabilities",
           std::to_string(Q.size()) + " matrices, " + std::to_string(t.size()) +
               " times and room for " + std::to_string(P.size()) + " results were given",
           "each matrix needs its time and its place", "Give as many of each");
  }
  for (const double time : t) detail::check_time("transition_probabilities", time);
  if constexpr (N == Eigen::Dynamic) {
    if (Q.empty()) return;
    const int n = Q.front().size();
    const auto entries = static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
    std::vector<double> from(Q.size() * entries), to(Q.size() * entries);
    for (std::size_t k = 0; k < Q.size(); ++k) {
      if (Q[k].size() != n) {
        reject("E-SHAPE", "transition_probabilities",
               "matrix 0 has " + std::to_string(n) + " states and matrix " + std::to_string(k) +
                   " has " + std::to_string(Q[k].size()),
               "all must have the same number", "Compute each size by itself");
      }
      Eigen::Map<Eigen::MatrixXd>(&from[k * entries], n, n) = Q[k].matrix();
    }
    detail::exponentials({n, Q.size(), 1, n}, from.data(), t.data(), to.data(), threads, report);
    for (std::size_t k = 0; k < Q.size(); ++k) {
      P[k] = probability_matrix<N>::trusted(Eigen::Map<Eigen::MatrixXd>(&to[k * entries], n, n));
    }
  } else {
    static_assert(sizeof(intensity_matrix<N>) == sizeof(double) * N * N);
    static_assert(sizeof(probability_matrix<N>) == sizeof(double) * N * N);
    detail::exponentials({N, Q.size(), 1, N}, reinterpret_cast<const double*>(Q.data()), t.data(),
                         reinterpret_cast<double*>(P.data()), threads, report);
  }
}

/// The same, returned.
template <int N>
[[nodiscard]] std::vector<probability_matrix<N>> transition_probabilities(
    std::span<const intensity_matrix<N>> Q, std::span<const double> t, int threads = 0,
    const progress& report = {}) {
  const int n = Q.empty() ? 1 : Q.front().size();
  std::vector<probability_matrix<N>> P(
      Q.size(), probability_matrix<N>::identity(N == Eigen::Dynamic ? n : N));
  transition_probabilities<N>(Q, t, std::span(P), threads, report);
  return P;
}

/// The same from and to plain arrays, for programs that keep their matrices stacked.
///
/// @param states  number of states n of every matrix
/// @param Q       m x n x n, row by row, per unit of time; each must be an `intensity_matrix`
/// @param t       m times, in the same unit, finite and >= 0
/// @param P       m x n x n, row by row: the result
/// @throws invalid_input  `E-SHAPE`, `E-TIME`, `E-INTENSITY`, before anything is written
void transition_probabilities(int states, std::span<const double> Q, std::span<const double> t,
                              std::span<double> P, int threads = 0, const progress& report = {});

}  // namespace kohort
