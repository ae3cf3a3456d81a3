#pragma once

#include <kohort/support/instruction_set.hpp>

namespace kohort::detail {

/// An intensity that is changed for a group: that of a move, or of dying in a state.
struct changed_intensity {
  int move;             // >= 0: that move; -1 - s: death in state s
  const double* extra;  // lanes: R - 1
};

/// People who are enrolled together.
struct carried_group {
  double* people;  // living, from the start to the end of the piece
  int changes;
  const changed_intensity* change;
};

/// One birth node of one cohort over one piece of time with every intensity given, the mortality of
/// those without support (as usual care solved it) and net migration included. Arrays are lanes
/// apart, as in `cohort_piece`. With x for any group:
///
///     x' = x (Q_group + g I) + newcomers,     D' = D (Q + g I) + sum over groups x (Q_group - Q)
///
/// D is what the groups' changed intensities make of everyone, against usual care: 0 until one of
/// them acts.
struct carried_piece {
  int living, moves;
  int first;        // first state that any group or D is ever in: 0, or 1 if nobody in `none` is
  const int* from;  // moves
  const int* to;    // moves
  const double* const* rates;   // moves: each points at `lanes` rates per year
  const double* const* ratios;  // living: each points at `lanes` mortality ratios rho
  const double* force;          // mu_none, per year
  const double* migration;      // g, per person and year
  int lanes;
  double length;  // h, years
  int groups;
  const carried_group* group;
  // Newcomers to the first group: those of `pool` (in `none`, not enrolled) who make a move, times
  // the share that is enrolled; none of them if `pool` is null.
  double* pool;          // 1: carried to the end of the piece
  const double* share;   // moves
  const double* uptake;  // 1: of that share; looked at if there is a pool
  // Points of time inside the piece at which anything is asked for, as shares of its length.
  int points = 0;
  const double* point = nullptr;
};

/// Sums over a time, added to what is there.
struct carried_flows {
  double* person_years;  // living: of D
  double* moved;         // moves: what D and the changed intensities make of them
  double* died;          // living
  double* migrated;      // living
  double* enrolled;      // living: newcomers enrolled, by the state they came to
};

struct carried_tally {
  double* difference;          // living: D, carried
  const carried_flows* flows;  // points + 1: from one point to the next, the ends included
  double* found = nullptr;     // points x living: D at each
};

/// Those without support, as they leave: `pool` to the end of a time h, and how many made each move
/// out of `none` meanwhile.
struct draining_pool {
  int moves;                   // all; those with from[k] == 0 count
  const int* from;             // moves
  const double* const* rates;  // moves
  const double* force;
  const double* migration;
  int lanes;
  double length;
  double* pool;          // 1: carried
  const int* to;         // moves
  const double* share;   // moves
  const double* uptake;  // 1: of that share
  double* enrolled;      // living, added: those enrolled who made the move, by where it leads
};

#define KOHORT_DECLARE(isa)                                      \
  namespace isa {                                                \
  void carry_groups(const carried_piece&, const carried_tally&); \
  void drain_pool(const draining_pool&);                         \
  }
KOHORT_DECLARE(baseline)
#if defined(KOHORT_HAS_X86_KERNELS)
KOHORT_DECLARE(avx2)
KOHORT_DECLARE(avx512)
#endif
#undef KOHORT_DECLARE

struct carrying_functions {
  void (*carry)(const carried_piece&, const carried_tally&);
  void (*drain)(const draining_pool&);
};

inline carrying_functions carrying_with([[maybe_unused]] instruction_set with) {
#if defined(KOHORT_HAS_X86_KERNELS)
  if (with == instruction_set::avx512) return {&avx512::carry_groups, &avx512::drain_pool};
  if (with == instruction_set::avx2) return {&avx2::carry_groups, &avx2::drain_pool};
#endif
  return {&baseline::carry_groups, &baseline::drain_pool};
}

}  // namespace kohort::detail
