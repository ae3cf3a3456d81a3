#pragma once

#include <cstddef>

#include "lanes/row_series_size.hpp"

namespace kohort::detail {

/// One run a lane: a row of weights over the states that is carried through several pieces of time,
/// after each of which something was seen, and by one pass backwards the slope of its likelihood in
/// every rate, in what was seen and in the start.
///
/// All arrays are lanes apart: entry (i, lane) of an array stands at i * width + lane. With a the
/// row divided by its sum, every step does
///
///     p   = a exp(t Q)                  moves not `kept` end the run: what they carry is lost
///     p_j = sum_k p_from(k) q_k         only in lanes that jump: k over the marked moves into j
///         + p_j                         only where a mark is 2
///     b   = p o seen,   c = sum b,   a = b / c
///
/// and the likelihood is sum start * product c. Each lane's result depends on that lane alone. A
/// lane with fewer steps is padded with t = 0, all seen as 1, all moves kept and no jumps, and what
/// comes out of these steps is to be left aside. Plain pointers only: see lanes.hpp.
struct run_batch {
  int states, transitions;
  const int *from, *to;           // per transition
  const int *into_starts, *into;  // transitions by the state that they lead to
  const int *out_starts, *out;    // transitions by the state that they leave
  int longest_path;               // moves in the longest path without a loop
  const double* degree_limits;    // [m]: largest theta that m terms serve, ascending
  const double* inverses;         // [k] = 1 / k
  int steps;                      // of the longest run here
  const double* lengths;          // 1: steps of each lane's run
  const double* start;            // states, >= 0, any sum
  const double* rates;            // steps x transitions
  const double* elapsed;          // steps
  const double* seen;             // steps x states, >= 0; 1 says nothing
  const double* kept;             // steps x transitions, 0 or 1; null: all are
  const double* jumps;            // steps x transitions, 0, 1 or 2; null: none
  double* scales;                 // steps + 1, out: sum of the start, then every c
  double* rate_slopes;            // steps x transitions, out: dlog L/dq; null: no slopes wanted
  double* seen_slopes;            // steps x states, out: dlog L/dseen
  double* start_slopes;           // states, out: dlog L/dstart
};

/// A scale below this has lost digits; whoever called computes the run on logarithms instead.
inline constexpr double smallest_safe_scale = 1e-290;

/// Doubles of scratch for one call, where no step needs more than `terms` terms.
inline std::size_t run_scratch(const run_batch& batch, std::size_t terms, int lane_width) {
  const std::ptrdiff_t n = batch.states + 1, K = batch.transitions, matrix = series_size(n, K);
  const std::ptrdiff_t row_and_terms = (static_cast<std::ptrdiff_t>(terms) + 2) * n;
  return static_cast<std::size_t>((batch.steps + 1) * (matrix + row_and_terms + 5) + 2 * K) *
         static_cast<std::size_t>(lane_width);
}

using run_kernel = void (*)(const run_batch&, double* scratch);

namespace baseline {
void run(const run_batch&, double* scratch);
}
namespace avx2 {
void run(const run_batch&, double* scratch);
}
namespace avx512 {
void run(const run_batch&, double* scratch);
}

}  // namespace kohort::detail
