#pragma once

#include <kohort/support/instruction_set.hpp>

namespace kohort::detail {

/// Limits of the kernel's scratch space.
inline constexpr int most_living_states = 24;
inline constexpr int most_moves = 256;

/// One birth node of one cohort over one piece of time, for `lanes` draws side by side.
///
/// All arrays are lanes apart: entry (i, lane) of an array stands at i * lanes + lane. `lanes` is a
/// multiple of 8.
struct cohort_piece {
  int living;                   // living states
  int moves;                    // permitted moves between them, sorted by the state they lead to
  const int* into;              // living + 1: the moves into s are into[s] .. into[s + 1]
  const int* from;              // moves: the state they come from
  const double* const* rates;   // moves: each points at `lanes` rates per year
  const double* const* ratios;  // living: each points at `lanes` mortality ratios rho
  int lanes;
  double length;            // h, years
  double mortality;         // m, per year
  const double* migration;  // 1: g, per person and year
  const double* survivors;  // 1: e^((g - m) h)
};

/// What the piece changes; sums are added to what is there.
struct cohort_tally {
  double* occupancy;     // living: persons, from the start to the end of the piece
  double* drift;         // 2: by how much the first guess of mu_none was off last time, and of the
                         // slope; kept from one year to the next
  double* person_years;  // living, added
  double* moved;         // moves, added
  double* died;          // living, added
  double* migrated;      // living, added
  double* force;         // 1: mu_none of this piece, per year
};

#define KOHORT_DECLARE(isa)                                      \
  namespace isa {                                                \
  void advance_cohort(const cohort_piece&, const cohort_tally&); \
  }
KOHORT_DECLARE(baseline)
#if defined(KOHORT_HAS_X86_KERNELS)
KOHORT_DECLARE(avx2)
KOHORT_DECLARE(avx512)
#endif
#undef KOHORT_DECLARE

using advance_cohort_function = void (*)(const cohort_piece&, const cohort_tally&);

inline advance_cohort_function advance_cohort_with([[maybe_unused]] instruction_set with) {
#if defined(KOHORT_HAS_X86_KERNELS)
  if (with == instruction_set::avx512) return &avx512::advance_cohort;
  if (with == instruction_set::avx2) return &avx2::advance_cohort;
#endif
  return &baseline::advance_cohort;
}

}  // namespace kohort::detail
