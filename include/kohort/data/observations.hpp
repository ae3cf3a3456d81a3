#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <kohort/data/aggregate_tables.hpp>
#include <kohort/data/findings.hpp>
#include <kohort/model/state_space.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// How the state in a row became known. It speaks of the time since the subject's previous row.
enum class observation_kind : std::uint8_t {
  start,  // conditioned on: a subject's first row, or the first after a gap in the follow-up;
          // the time before it says nothing
  panel,  // seen at a visit; what happened since the previous row is unknown
  exact_transition,  // the state was known all the time since the previous row; entered at this
                     // time, or (same state) still there
  exact_death,   // an absorbing state entered at this very time, the state just before it unseen
  window_death,  // an absorbing state entered between `earliest` and this time, such as a month
  exact_stay     // known to have made no move since the previous row
};

/// What is known of the state in a subject's first row.
enum class first_state : std::uint8_t {
  conditioned,  // it is what it is: the likelihood is conditional on it, and it must be one state
  uniform,      // the same; of a set of states each is as likely as the others
  given         // states have the probabilities given, which are part of the likelihood
};

/// What was seen of whom, and when: columns of equal length, sorted by subject and then by time.
///
/// `validate` makes one. A covariate's value in a row holds from that row until the subject's
/// next; the values in a subject's last row are never used and may be missing (NaN).
struct observations {
  std::vector<std::string> subject_names;  // one per subject, opaque
  std::vector<std::int32_t> subjects;      // per row, an index into the names, non-decreasing
  std::vector<double> times;               // per row; `units_per_year` of them are one year
  double units_per_year = 1;               // days: 365.25; years: 1
  std::vector<state> states;               // per row; n + c: in one of the states of sets[c]
  std::vector<observation_kind> kinds;     // per row
  std::vector<std::vector<state>> sets;    // several states that a row may be in, for n states
  std::vector<double> earliest;  // per row, a time, for window_death; NaN elsewhere; or empty
  first_state start = first_state::conditioned;
  std::vector<double> start_probabilities;  // if given: subjects x states
  std::vector<std::string> covariate_names;
  std::vector<double> covariates;         // row-major, rows x covariates
  std::vector<double> weights;            // one per subject; empty means all 1
  std::vector<std::int64_t> source_rows;  // per row: where it stood in the user's file or table
  std::vector<table_row> tables = {};     // published tables of other people, beside the rows
  std::vector<finding> findings;

  [[nodiscard]] std::size_t rows() const { return times.size(); }
  [[nodiscard]] std::size_t subject_count() const { return subject_names.size(); }

  /// Years between row i and the one before it, formed once so that equal gaps in days are equal
  /// doubles.
  /// @pre  row i is not of the kind `start`
  [[nodiscard]] double elapsed(std::size_t i) const {
    return (times[i] - times[i - 1]) / units_per_year;
  }

  [[nodiscard]] std::span<const double> row_covariates(std::size_t i) const {
    return std::span(covariates).subspan(i * covariate_names.size(), covariate_names.size());
  }

  [[nodiscard]] double weight(std::int32_t subject) const {
    return weights.empty() ? 1.0 : weights[static_cast<std::size_t>(subject)];
  }
};

/// Looks through a table of observations and returns it sorted, with what was found in `findings`.
///
/// Rows may come in any order: they are sorted by subject and time, which changes nothing in what
/// they say (`I-SORTED` counts them). Each subject's first row becomes a `start`. Rows repeating an
/// absorbing state are dropped (`W-AFTER-ABSORB`), and so is a visit that stands twice
/// (`W-DUP-ROW`); the likelihood is that of the table without them. Subjects seen only once stay
/// and are counted (`I-SINGLE`).
///
/// Refused, all rows at once:
///   `E-STATE-UNKNOWN`  a state outside the model
///   `E-TIME`           a time that is no finite number, two states of a subject at one time, or a
///                      window without length
///   `E-IMPOSSIBLE`     a state that the model cannot reach from the one before it, in the way
///                      that its kind says: at all (panel), in one move (exact_transition), by
///                      dying (exact_death, window_death), or without any (exact_stay)
///   `E-KIND`           an exact_transition that may be a stay or a move: the sets of the two rows
///                      share a state; or an earliest time in a row that is no window_death
///   `E-START`          a first row in a set of states whose probabilities are not given
///   `E-COVARIATE`      a missing or infinite covariate in a row that is followed by another
///   `E-WEIGHT`         a weight that is negative or no finite number
///
/// @param structure  the model whose states are meant
/// @param raw        rows in any order; `kinds` empty means all panel; `source_rows` empty means
///                   the rows' own numbers from 0; `start_probabilities` of one row hold for all
///                   subjects; `findings` are kept
/// @param report     asked now and then whether to go on
/// @throws data_refused   carrying all findings, if any of them is an error
/// @throws invalid_input  `E-COLUMNS` if the columns differ in length, `E-START` if probabilities
///                        are none or do not sum to 1, `E-MODEL` if there are more than 64 states
observations validate(const model& structure, observations raw, const progress& report = {});

}  // namespace kohort
