#pragma once

#include <span>
#include <vector>

#include <Eigen/Core>

#include <kohort/projection/accounting.hpp>
#include <kohort/support/instruction_set.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// A closed cohort in many draws of its parameters, under several strategies. Arrays are row-major
/// in the order named.
struct probabilistic_cohort_inputs {
  int draws = 0, strategies = 1, states = 0, cycles = 0;
  std::span<const double> probabilities;  // draws x strategies x states x states, of one cycle
  Eigen::VectorXd start;                  // states: shares that sum to 1
  std::span<const double> costs;          // draws x strategies x states, per year in the state
  std::span<const double> utilities;      // likewise; may be empty: effects are then years lived
  std::vector<char> alive;                // states: whose time counts where utilities are empty
};

/// How it is counted and summarised.
struct probabilistic_cohort_options {
  accounting_settings accounting = {};  // of costs, with their discount rate
  double discount_effects = 0;          // rate a year of effects
  double level = 0.95;                  // of the intervals of occupancy
  int threads = 0;
  instruction_set with = best_instruction_set();
};

/// What comes out: totals by draw, and where the cohort is cycle by cycle.
struct probabilistic_cohort_results {
  int draws = 0, strategies = 0, states = 0, cycles = 0;
  std::vector<double> costs, effects;  // draws x strategies
  // (cycles + 1) x strategies x states: share in each state, mean and limits over the draws, the
  // limits interpolated linearly between order statistics (Hyndman & Fan's type 7)
  std::vector<double> mean, low, high;
};

/// Runs x_(k+1) = x_k P in every draw and strategy and adds up costs and effects under a
/// convention.
///
/// The trace is never stored: some cycles of all draws at a time are summarised while they are in
/// cache. Limits are exact order statistics: a pass keeps the values inside ranges foreseen from
/// the cycle before, and a column whose range missed is sorted out whole. The same bytes
/// come out for any number of threads.
///
/// @throws invalid_input  `E-SHAPE`, `E-INIT-SUM`, `E-PROBABILITY` naming draw, strategy and row;
///                        `E-NUM`; `E-SETTING`: a level outside (0, 1); as `weights_of`
probabilistic_cohort_results probabilistic_cohort(const probabilistic_cohort_inputs& inputs,
                                                  const probabilistic_cohort_options& options = {});

}  // namespace kohort
