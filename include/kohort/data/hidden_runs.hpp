#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <kohort/model/state_space.hpp>

namespace kohort {

/// What one row says of the state, where the state is not simply what is seen.
struct sighting {
  enum class kind : std::uint8_t {
    nothing,      ///< a cut within an interval: covariates change, nobody is seen
    reading,      ///< one of `states` was read, perhaps with error
    known,        ///< the state is one of `states`, without error
    death,        ///< the state `states` was entered at this very time, from wherever
    move,         ///< the same, from the state known to have been held since the row before
    stay,         ///< the state held since the row before is held on
    move_or_stay  ///< a reading of the state held since the row before, or of the one that a move
                  ///< at this very time led to: see `known_throughout`
  };
  kind what = kind::nothing;
  std::uint64_t states = 0;  ///< seen states, bit s for state s
  std::int32_t pattern = 0;  ///< for a reading: row of `reading_patterns`; -1: free of error
  /// Whether it may err.
  [[nodiscard]] bool is_reading() const {
    return what == kind::reading || (what == kind::move_or_stay && pattern >= 0);
  }
  /// Whether a move is dated at its time, or may be.
  [[nodiscard]] bool is_dated() const {
    return what == kind::death || what == kind::move || what == kind::move_or_stay;
  }
  friend auto operator<=>(const sighting&, const sighting&) = default;
};

/// Where a run begins.
struct run_start {
  sighting seen;              ///< reading or known
  bool drawn = false;         ///< from the probabilities of a first state; otherwise it is known
  bool entering = false;      ///< the state is just being entered: its first phase
  std::int32_t pattern = -1;  ///< rates that the phases' shares follow; -1: those of no time
  friend auto operator<=>(const run_start&, const run_start&) = default;
};

/// Runs of rows in which the state is hidden, by phases or misreadings: each goes from a row where
/// it is known, or has given or estimated probabilities, to the next such row or the subject's
/// last. Runs that are the same throughout stand once, with their number.
struct hidden_runs {
  // Per step: a piece of time with constant covariates, and what is seen at its end.
  std::vector<std::int32_t> patterns;   ///< rows of `transition_tables::patterns`
  std::vector<double> elapsed;          ///< years
  std::vector<std::int32_t> sightings;  ///< rows of `seen`
  std::vector<std::int8_t> held;  ///< the seen state known to be held throughout; -1: none is;
                                  ///< `whichever`: one is, whichever it was at the beginning
  static constexpr std::int8_t whichever = -2;

  int clocks = 0;                   ///< that move on inside the steps
  std::vector<double> step_clocks;  ///< steps x clocks: their values as the step begins

  // Per run.
  std::vector<std::int64_t> first_steps;  ///< one more at the end
  std::vector<std::int32_t> starts;       ///< rows of `start`
  std::vector<double> weights;            ///< sum of the subjects' weights
  std::vector<std::int64_t> counts;

  std::vector<sighting> seen;  ///< all there are
  std::vector<run_start> start;
  std::vector<std::uint64_t> seen_from;   ///< per sighting: states of the model that it may be of
  std::vector<std::uint64_t> start_from;  ///< per start: the same
  std::vector<std::uint64_t> phases;      ///< per seen state: the states of the model seen so
  int reading_columns = 0;
  std::vector<double> reading_patterns;  ///< rows x columns: values of the misreadings' terms
  std::int64_t left_out =
      0;  ///< intervals of stays whose beginning nobody saw, if these are left out
  std::int64_t assumed = 0;  ///< runs that begin in a state with phases and unknown phase

  /// Where a row of the observations stands.
  struct place {
    std::int64_t run = -1;   ///< -1: in none
    std::int64_t step = -1;  ///< at whose end; -1: at the run's start
    state known = -1;        ///< the model's state, where a row in no run says it without doubt
  };
  std::vector<place> places;  ///< per row, if asked for: then no two runs are merged

  [[nodiscard]] std::size_t size() const { return starts.size(); }
  [[nodiscard]] std::size_t reading_pattern_count() const {
    return reading_columns == 0
               ? 1
               : reading_patterns.size() / static_cast<std::size_t>(reading_columns);
  }
  [[nodiscard]] std::span<const double> reading_pattern(std::size_t p) const {
    return std::span(reading_patterns)
        .subspan(p * static_cast<std::size_t>(reading_columns),
                 static_cast<std::size_t>(reading_columns));
  }
};

}  // namespace kohort
