#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <kohort/data/hidden_runs.hpp>
#include <kohort/data/moving_cells.hpp>
#include <kohort/data/observations.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// Intervals whose covariates, length, ends and kind are equal stand in one cell, with their
/// number.
///
/// The covariates within an interval form a path: one or more pieces of constant covariates, each a
/// (pattern, elapsed). All cells of a table have the same kind and the same number of pieces, so
/// that no loop over them asks what it has before it.
struct cell_table {
  observation_kind kind = observation_kind::panel;  ///< panel or exact_death
  int pieces = 1;
  std::vector<std::int32_t> patterns{};  ///< cells x pieces, rows of `transition_tables::patterns`
  std::vector<double> elapsed{};         ///< cells x pieces, years
  std::vector<state> from{}, to{};       ///< per cell
  std::vector<double> weights{};         ///< per cell: sum of the subjects' weights
  std::vector<std::int64_t> counts{};    ///< per cell: intervals
  std::vector<std::int32_t> order{};  ///< cells by length, so that neighbours cost about the same

  [[nodiscard]] std::size_t size() const { return from.size(); }
};

/// Time under observation and moves seen, where the state was known throughout.
struct exact_table {
  std::vector<double> exposure;  ///< patterns x states, weighted person-years
  std::vector<double> events;    ///< patterns x transitions, weighted
  std::int64_t intervals = 0;    ///< 0: both columns are empty
};

/// Runs: consecutive rows of a subject between which the state is not known, so that they do not
/// split into intervals. Runs that are the same throughout stand once, with their number.
///
/// A row ends one or more pieces of constant covariates. It says how these passed and in which set
/// of states they ended:
///
///     panel             anything may have happened
///     exact_stay        no move was made
///     exact_transition  no move was made but one, at the end, into the set
///     exact_death       anything may have happened, and at the end a move into the set
///
/// A death known to a window is two rows: alive when it opens, dead when it closes.
struct run_table {
  std::vector<double> weights{};              ///< per run: sum of the subjects' weights
  std::vector<std::int64_t> counts{};         ///< per run: how often it was seen
  std::vector<std::int32_t> starts{};         ///< per run: a row of `start_weights`
  std::vector<double> start_weights{};        ///< starts x states
  std::vector<std::int64_t> first_rows{0};    ///< per run, one more at the end
  std::vector<observation_kind> kinds{};      ///< per row
  std::vector<std::uint64_t> sets{};          ///< per row: bit s for state s
  std::vector<std::int64_t> first_pieces{0};  ///< per row, one more at the end
  std::vector<std::int32_t> patterns{};       ///< per piece, a row of `transition_tables::patterns`
  std::vector<double> elapsed{};              ///< per piece, years
  int clocks = 0;                             ///< that move on inside the pieces
  std::vector<double> row_clocks{};           ///< rows x clocks: their values as the row begins

  [[nodiscard]] std::size_t size() const { return weights.size(); }  ///< fewest pieces first
};

/// Which part of the tables belongs to which subject.
struct subject_parts {
  struct in_cell {
    std::int32_t subject, table, cell;
  };
  struct in_run {
    std::int32_t subject, run;
  };
  struct in_exact {
    std::int32_t subject, pattern;
    state from;
    std::int32_t transition;  ///< made at the end of this piece; -1: none
    double years;
  };
  std::vector<in_cell> cells;  ///< all in the order of the tables
  std::vector<in_run> runs;
  std::vector<in_exact> exact;
  std::vector<std::int32_t> intervals;      ///< per subject
  std::vector<double> years;                ///< per subject, in these intervals
  std::vector<double> first_probabilities;  ///< per subject, log; 0 if the first state is no part
};

/// A row of a published table (`table_row`), its covariates as a path of constant pieces.
struct aggregate_term {
  std::vector<double> start;  ///< per state: shares
  std::vector<std::vector<state>> ends;
  std::vector<double> counts;  ///< per end
  bool among = false;
  int table = 0;
  std::string name;
  std::vector<std::int32_t> patterns;  ///< per piece, rows of `transition_tables::patterns`
  std::vector<double> elapsed;         ///< per piece, years
};

/// What the likelihood needs of the observations: sums over equal intervals.
struct transition_tables {
  int columns = 0;               ///< design columns
  std::vector<double> patterns;  ///< patterns x columns, distinct design rows in ascending order
  exact_table exact;
  std::vector<cell_table> cells;  ///< panel first, then exact_death; each by number of pieces
  hidden_runs hidden;             ///< where the model's states are not simply what is seen
  run_table runs;
  double constant = 0;  ///< log-probability of the first states, if these were given; weighted

  /// Intervals over which a clock moves on, in place of `exact` and `cells`: all that begin and end
  /// in known states, if the model has such a clock. The others stand in `runs`.
  std::vector<moving_cells> moving;
  double step = 0.125;  ///< longest sub-step over these, in years; see `choose_step`
  /// The same intervals as if the moving columns held, all the time, the value of the middle of
  /// the year of age in which each has its own middle: close enough for exposures, starting values
  /// and directions of the search. With the same patterns; null unless a clock moves on.
  std::shared_ptr<const transition_tables> stand_in;
  std::vector<aggregate_term> aggregates{};  ///< rows of published tables

  std::int64_t subjects = 0, single_subjects = 0;  ///< the latter were seen only once
  std::int64_t intervals = 0;                      ///< between two rows of a subject, weight > 0
  double person_years = 0;                         ///< in those intervals, weighted
  double weight = 0;                               ///< of those intervals, summed

  [[nodiscard]] std::size_t pattern_count() const {
    return columns == 0 ? 1 : patterns.size() / static_cast<std::size_t>(columns);
  }
  [[nodiscard]] std::span<const double> pattern(std::size_t p) const {
    return std::span(patterns).subspan(p * static_cast<std::size_t>(columns),
                                       static_cast<std::size_t>(columns));
  }
  [[nodiscard]] std::size_t cell_count() const;
};

/// Sums the observations into tables. The cells stand in the order of their keys, so the result
/// does not depend on the order of subjects (their weights are added in that order, though).
///
/// Clocks (`bands`, `yearly`) run on from their value in the row that begins the interval; the
/// interval is cut where a band or a whole year begins. A piece between two cuts is rounded to
/// 2^-40 years, so that equal lengths are equal keys. Clocks that move on all the time
/// (`moves_on`) are no part of a piece's design row: their value as the interval begins stands
/// beside it, in `moving`.
///
/// With phases or misreadings (`intensity_model::hidden`) the rows' states are those that are seen;
/// they go to `hidden`, and to `exact` where a move was dated and its state has no phases.
///
/// @param seen  as `validate` returns them, with a column for every term
/// @throws invalid_input  `E-COLUMN` for a covariate that is not there, `E-EMPTY` if no subject has
///                        two rows, `E-IMPOSSIBLE` for a row that this model cannot produce
/// @param report  asked now and then whether to go on
/// @param parts   if not null: set to the parts of each subject with a weight above 0
transition_tables aggregate(const observations& seen, const intensity_model& intensities,
                            const progress& report = {}, subject_parts* parts = nullptr);

/// The same tables with other weights: their rows stay, their sums are formed anew.
///
/// @param parts    of these tables
/// @param weights  one per subject, >= 0, in place of those that the observations had. Subjects of
///                 weight 0 in the observations remain left out
transition_tables reweighted(const transition_tables& tables, const subject_parts& parts,
                             std::span<const double> weights);

}  // namespace kohort
