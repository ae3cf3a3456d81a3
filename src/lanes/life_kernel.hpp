#pragma once

#include <cstdint>

#include <kohort/support/instruction_set.hpp>

namespace kohort::detail {

/// Persons of one call; the kernel's scratch holds as many.
inline constexpr int life_chunk = 512;

/// Where a way leads and what is counted for it.
struct life_move {
  std::int32_t next_row;  // -1 - where it begins for one that is never left
  std::int32_t cell;      // in [0, cell_count)
};

/// Lives under rates that never change, several persons side by side. A row is a pattern and state.
///
/// In pass e of a call, everybody still alive makes the move of number e or reaches the horizon:
/// the number of the move is one for all, and those who are left close ranks after every pass.
/// Every person's arithmetic is his own. Plain pointers only: see lanes.hpp.
struct life_batch {
  std::uint32_t key[2];
  std::uint32_t replicate, first_person;
  int count;                 // persons, at most life_chunk, numbered from first_person
  const double* times;       // when each comes in; null: 0
  const std::int32_t* rows;  // where each one's row then begins, in choices and in moves; -1: none
  int ways;                  // most ways out of a row
  // A row has a multiple of 4 places, at least `ways`: the mean stay (infinity: never left), then
  // the share of the ways up to the first, the second, ...; 2 from the last one on.
  const double* choices;
  const life_move* moves;  // as many places a row
  int cell_count;
  double horizon, a_year, force;  // a_year: periods in one; force of discount
  int last_period;
  double*
      sums;  // (last_period + 2) x cell_count x 4: count, times, worths, 0; the last a spare one
};

#define KOHORT_DECLARE(isa)             \
  namespace isa {                       \
  void live_batch(const life_batch& b); \
  }
KOHORT_DECLARE(baseline)
#if defined(KOHORT_HAS_X86_KERNELS)
KOHORT_DECLARE(avx2)
KOHORT_DECLARE(avx512)
#endif
#undef KOHORT_DECLARE

using live_batch_function = void (*)(const life_batch&);

inline live_batch_function live_batch_with([[maybe_unused]] instruction_set with) {
#if defined(KOHORT_HAS_X86_KERNELS)
  if (with == instruction_set::avx512) return &avx512::live_batch;
  if (with == instruction_set::avx2) return &avx2::live_batch;
#endif
  return &baseline::live_batch;
}

}  // namespace kohort::detail
