#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include <kohort/likelihood/detail/series.hpp>
#include <kohort/support/instruction_set.hpp>

namespace kohort::detail {

/// One run: consecutive rows of a subject that do not split, since the state between them is not
/// known. A row of weights over the states starts as `start` and goes through the steps: with a the
/// row divided by its sum, each step does
///
///     p   = a exp(t Q)                  the moves that are not `kept` end the run
///     p_j = sum_k p_from(k) q_k         if the step jumps: k over the marked moves into j
///         + p_j                         if the marks are `move_or_stay`
///     b   = p o seen                    what was seen at its end
///
/// and L = sum start * product (sum b). States and moves are those of the `wiring` that it is
/// evaluated with, which need not be those of the user's model (phases of a state, for one).
///
/// What is seen at the end: 1 for nothing, 0 and 1 for a set of states, a column of probabilities
/// for an imperfect observation. A death dated exactly jumps by all moves into death. "Known to be
/// in the set throughout" keeps the moves within the set.
class run_steps {
 public:
  void clear(int states, int transitions);

  /// Adds a step of this length (>= 0, years) at these rates (per year, one for each transition)
  /// that ends with nothing seen.
  void add(double elapsed, std::span<const double> rates);

  [[nodiscard]] int size() const { return static_cast<int>(elapsed.size()); }
  /// Of the step last added; to be written to.
  [[nodiscard]] std::span<double> seen();    ///< states, 1 as it comes
  [[nodiscard]] std::span<double> kept();    ///< transitions, 1 as it comes
  [[nodiscard]] std::span<double> jumps();   ///< transitions, 0 as it comes; 1: a move
  static constexpr double move_or_stay = 2;  ///< mark of a jump that may as well not have been

  int states = 0, transitions = 0;
  std::vector<double> start{};                  ///< states, 0 as it comes
  std::vector<double> elapsed{};                ///< per step
  std::vector<double> rates{}, all_seen{};      ///< steps x transitions, steps x states
  std::vector<double> all_kept{}, all_jumps{};  ///< steps x transitions, or empty
};

/// What a run contributes. Slopes are empty if none were asked for, and 0 where log L is -infinity.
struct run_outcome {
  double log_value = 0;                    ///< log L
  std::span<const double> rate_slopes{};   ///< steps x transitions, dlog L/dq
  std::span<const double> seen_slopes{};   ///< steps x states, dlog L/dseen
  std::span<const double> start_slopes{};  ///< states, dlog L/dstart
};

/// Writes run number `run` into steps that were cleared.
using describe_run = std::function<void(std::size_t run, run_steps& steps)>;
/// Takes what came out of it.
using take_run = std::function<void(std::size_t run, const run_outcome& outcome)>;

/// Evaluates runs `first` .. `last` - 1, several side by side, on this thread; neighbours should
/// have about the same number of steps. Each is described once and taken once, in order. What comes
/// out of a run does not depend on the others.
///
/// Runs whose numbers leave the range of a double are computed on logarithms, slowly.
///
/// @param slopes  whether they are wanted; the value alone takes less than half the time
void evaluate_runs(const wiring& moves, std::size_t first, std::size_t last,
                   const describe_run& describe, bool slopes, const take_run& take,
                   instruction_set with = best_instruction_set());

}  // namespace kohort::detail
