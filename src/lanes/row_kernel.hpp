#pragma once

#include <cstddef>
#include <cstdint>

#include "lanes/row_series_size.hpp"

namespace kohort::detail {

/// One interval a lane: the row of P(t) that starts in `from`, the probability (or density) of what
/// was seen, and its slope in every rate by one pass backwards.
///
/// The row follows the shifted series v_k = v_{k-1} (Q + lambda I) t / k, whose terms are all
/// non-negative, divided by its sum; several pieces follow one another. Plain pointers only: see
/// lanes.hpp.
struct row_batch {
  int states, transitions;
  const int *from, *to;           // per transition
  const int *into_starts, *into;  // transitions by the state that they lead to
  const int *out_starts, *out;    // transitions by the state that they leave
  int longest_path;               // moves in the longest path without a loop
  const double* degree_limits;    // [m]: largest theta that m terms serve, ascending
  const double* inverses;         // [k] = 1 / k
  const double* rates;            // patterns x transitions
  int pieces;                     // of every interval
  bool death;                     // exact deaths; otherwise states seen at a visit
  const std::int32_t* order;      // lane -> interval
  const std::int32_t* patterns;   // intervals x pieces
  const double* elapsed;          // intervals x pieces
  const int *starts, *targets;    // per interval
  double* values;                 // per interval, out: probability or density
  double* slopes;                 // intervals x pieces x transitions, out: dlog L/dq;
                                  // null if not wanted
};

/// Doubles of scratch for one call, where no interval needs more than `terms` terms.
inline std::size_t row_scratch(const row_batch& batch, std::size_t terms, int lane_width) {
  const std::ptrdiff_t n = batch.states, K = batch.transitions, matrix = series_size(n, K);
  const std::ptrdiff_t row_and_terms = (static_cast<std::ptrdiff_t>(terms) + 2) * n;
  return static_cast<std::size_t>((batch.pieces + 1) * (matrix + row_and_terms + 4) + 2 * K) *
         static_cast<std::size_t>(lane_width);
}

/// Lanes [begin, end) of the batch, `begin` a multiple of the vector's width.
using row_kernel = void (*)(const row_batch&, std::size_t begin, std::size_t end, double* scratch);

namespace baseline {
void rows(const row_batch&, std::size_t begin, std::size_t end, double* scratch);
}
namespace avx2 {
void rows(const row_batch&, std::size_t begin, std::size_t end, double* scratch);
}
namespace avx512 {
void rows(const row_batch&, std::size_t begin, std::size_t end, double* scratch);
}

}  // namespace kohort::detail
