#pragma once

#include <span>
#include <vector>

#include <Eigen/Core>

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/probability_matrix.hpp>
#include <kohort/model/state_space.hpp>
#include <kohort/projection/accounting.hpp>
#include <kohort/projection/cohort_trace.hpp>

namespace kohort {

/// A closed cohort followed over cycles, each of which may have rates or probabilities of its own.
struct closed_cohort {
  double cycle_length = 1;        // years
  double persons = 1;             // size of the cohort
  Eigen::MatrixXd occupancy;      // (cycles + 1) x n, persons at the ends of cycles
  std::vector<transition> moves;  // from one state to another, that anybody could make
  Eigen::MatrixXd moved;          // cycles x moves: expected number in each cycle
  Eigen::MatrixXd movers;         // cycles x moves: in the other state at the end of the cycle
  std::vector<intensity_matrix<>> intensities;  // one a cycle; empty for a chain in discrete time
};

/// Follows a cohort that moves at most once a cycle, at given probabilities:
///
///     x_(k+1) = x_k P_k,    moved in cycle k: x_r P_rs
///
/// This is how most published decision models are written.
///
/// @param probabilities  one matrix for all cycles, or one for each
/// @param start          n shares that sum to 1
/// @throws invalid_input  `E-SHAPE`: matrices of different sizes or another number of them than
///                        cycles; `E-INIT-SUM`; `E-GRID`
closed_cohort follow(std::span<const probability_matrix<>> probabilities,
                     const Eigen::VectorXd& start, const trace_options& options);

/// Follows a cohort in continuous time, at intensities constant within each cycle:
///
///     x_(k+1) = x_k exp(h Q_k),    moved in cycle k: q_rs int x_r(t) dt, exactly
///
/// @param intensities  one matrix for all cycles, or one for each, per year
closed_cohort follow(std::span<const intensity_matrix<>> intensities, const Eigen::VectorXd& start,
                     const trace_options& options);

/// An amount for each move from one state to another.
struct move_amount {
  transition move;
  double amount;
};

/// An amount that falls once, at a time.
struct dated_amount {
  double years;  // after the start
  double amount;
};

/// What a cohort costs, or is worth: any of the parts may be left empty.
struct amounts {
  Eigen::MatrixXd state;           // 1 x n or cycles x n: per person and year in each state
  std::vector<move_amount> move;   // per move
  std::vector<dated_amount> once;  // in all, not per person: start-up, a purchase
  double entry = 0;                // per person who is new at the start
  double newcomers = -1;           // how many are new; negative: the whole cohort
  bool count_movers = false;       // moves as in published models: one a cycle, found at its end
};

/// A total and what it consists of.
struct accrued {
  double states = 0, moves = 0, once = 0, entry = 0;
  [[nodiscard]] double total() const { return states + moves + once + entry; }
};

/// Adds up the amounts of a cohort under a convention.
///
/// How many moves there are is the same under every convention, only their date differs; what falls
/// once is counted in full, at its own date, under all of them. An entry cost falls on newcomers
/// alone, at the start.
///
/// @throws invalid_input  `E-SHAPE`, `E-NUM`; `E-STATE-UNKNOWN`: an amount for a move nobody makes;
///                        `E-ACCOUNTING`: `continuous` for a chain in discrete time; `E-GRID`:
///                        cycles of another length than the cohort's; as `weights_of`
accrued accrue(const closed_cohort& cohort, const amounts& per,
               const accounting_settings& settings);

}  // namespace kohort
