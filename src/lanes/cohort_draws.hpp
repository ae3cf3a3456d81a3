#pragma once

#include <kohort/support/instruction_set.hpp>

namespace kohort::detail {

/// Draws in one packed group, for every instruction set.
inline constexpr int draws_in_group = 8;

/// Largest number of states that the kernel takes.
inline constexpr int most_drawn_states = 64;

/// A closed cohort at once in several draws, over some cycles: x <- x P in each draw. A group holds
/// `draws_in_group` draws; entry (i, draw) of an array stands at i * draws_in_group + draw.
struct cohort_group {
  int states;
  int cycles;
  const double* probabilities;  // states x states: P by row
  double* occupancy;            // states: at the start, and after the last cycle
  double* years;                // states: sum of weights x occupancy, added
  const double* weights;        // cycles: of the occupancy after each cycle
  double* trace;                // the group's place in cycle 0, state 0
  long long row;                // from one state of the trace to the next; cycles follow states
};

/// What lies about two order statistics of a column, and its sum, in one pass.
struct column_tails {
  const double* values;
  long long count;
  double low_from, low_to;    // values in [from, to] are kept; those below `low_from` are counted
  double high_from, high_to;  // likewise; those above `high_to` are counted
  double* low;                // count + draws_in_group places; out
  double* high;               // likewise
  long long low_count, high_count;  // out: how many are kept
  long long below, above;           // out
  double sum;                       // out
};

#define KOHORT_DECLARE(isa)                \
  namespace isa {                          \
  void advance_group(const cohort_group&); \
  void keep_tails(column_tails&);          \
  }
KOHORT_DECLARE(baseline)
#if defined(KOHORT_HAS_X86_KERNELS)
KOHORT_DECLARE(avx2)
KOHORT_DECLARE(avx512)
#endif
#undef KOHORT_DECLARE

struct cohort_draw_kernels {
  void (*advance)(const cohort_group&);
  void (*tails)(column_tails&);
};

inline cohort_draw_kernels cohort_draw_kernels_for([[maybe_unused]] instruction_set with) {
#if defined(KOHORT_HAS_X86_KERNELS)
  if (with == instruction_set::avx512) return {&avx512::advance_group, &avx512::keep_tails};
  if (with == instruction_set::avx2) return {&avx2::advance_group, &avx2::keep_tails};
#endif
  return {&baseline::advance_group, &baseline::keep_tails};
}

}  // namespace kohort::detail
