#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <kohort/model/state_space.hpp>

namespace kohort {

/// How the value of a covariate goes on from the row where it is given.
enum class covariate_path {
  held,   ///< it holds until the next row (as in msm)
  bands,  ///< a clock in years, such as age: one indicator for each band [cut_i, cut_i+1); the band
          ///< below the first cut is the reference. Intervals are cut where a band begins
  yearly,    ///< a clock in years: enters linearly as completed years + 1/2 - origin. Intervals are
             ///< cut at whole years
  gompertz,  ///< a clock in years that moves inside the intervals: enters as z - origin
  weibull,   ///< the same, entering as log z: the rate goes with z^b
  spline     ///< the same, entering as a penalised cubic spline: see `clock_spline`
};

/// Whether the rates change all the time between two rows, not in steps.
inline bool moves_on(covariate_path path) {
  return path == covariate_path::gompertz || path == covariate_path::weibull ||
         path == covariate_path::spline;
}

/// One covariate and how it enters the log intensities.
struct term {
  std::string column;
  covariate_path path = covariate_path::held;
  std::vector<double> cuts = {};  ///< for bands: increasing, in years; for spline: its two ends
  double origin = 0;      ///< for yearly, gompertz, spline: where the term is zero, in years
  int segments = 0;       ///< for spline: equal stretches between its ends
  double smoothing = -1;  ///< for spline: kappa of the penalty; negative: found by the fit

  [[nodiscard]] int columns() const {
    if (path == covariate_path::spline) return segments + 2;
    return path == covariate_path::bands ? static_cast<int>(cuts.size()) : 1;
  }
};

/// A level that may be taken for another at a visit. Numbers of states as they are seen.
struct misreading {
  state truth;
  state seen;
};

/// Where a subject is at the first row when levels may be misread.
enum class hidden_start {
  seen,      ///< the first row is free of error: it is conditioned on
  given,     ///< true with given probabilities, whoever it is; the first row is one more reading
  estimated  ///< the same, the probabilities being coefficients
};

/// What a row means that says the state was known since the row before (`exact_transition`) where
/// levels may be misread.
enum class known_throughout {
  refused,      ///< nothing: nobody knows a level all the time that may be misread
  move_or_stay  ///< the convention of R's msm, for replication alone: the level at the row before
                ///< was held since, or left by one move at this very time. A density is added to a
                ///< probability, so -2 log L depends on the unit of time beyond a constant.
};

/// Levels are read with error (`misclassification.hpp` has the formula). What is not listed is
/// never misread.
struct misclassification {
  std::vector<misreading> errors;
  std::vector<term> terms = {};  ///< act on the log odds of an error; values of the row itself
  std::vector<std::vector<bool>> uses = {};  ///< error x term; empty: every error uses all
  hidden_start start = hidden_start::estimated;
  std::vector<double> probabilities = {};  ///< per seen state, if given; they sum to 1
  known_throughout throughout = known_throughout::refused;
};

/// What is assumed of the phase in which somebody stands who is first seen in a state with phases.
enum class first_phase {
  entry,       ///< the first: they have just come
  stationary,  ///< in proportion to the time that a stay spends in each: they come at a steady pace
  unknown      ///< no assumption: their first stay is left out, and counted
};

/// Which states are phases of one that is seen as a whole (`phases.hpp`). Empty: none.
struct phase_map {
  std::vector<std::string> seen = {};  ///< names of the states as they are seen
  std::vector<state> seen_of = {};     ///< per state of the model, the one it is seen as
  first_phase first = first_phase::stationary;
  std::string clock = {};  ///< a column that is 0 in a row where the state is just being entered
  [[nodiscard]] bool empty() const { return seen_of.empty(); }
};

/// Log-linear intensities on the structure of a model:
///
///     log q_k(x) = b_k0 + sum_c b_kc x_c,   k a permitted transition, c its columns
///
/// The coefficients stand transition by transition: the intercept (log rate per year where every
/// column is 0), then the columns of the terms that the transition uses, in the order of `terms`.
struct intensity_model {
  model structure;
  std::vector<term> terms = {};
  std::vector<std::vector<bool>> uses =
      {};  ///< transition x term; empty: every transition uses all
  phase_map phases = {};
  std::optional<misclassification> misread = {};

  /// Whether the state is not simply what is seen.
  [[nodiscard]] bool hidden() const { return misread.has_value() || !phases.empty(); }
};

/// Where the coefficients of an `intensity_model` stand.
struct coefficient_layout {
  std::vector<int> starts;                ///< per transition, of its intercept; one more at the end
  std::vector<std::vector<int>> columns;  ///< per transition: design columns after the intercept
  int design_columns = 0;                 ///< columns of all terms together, without the intercept

  int further = 0;  ///< coefficients after the rates': of misreadings, then of the first state

  [[nodiscard]] int size() const { return starts.back() + further; }
};

/// @throws invalid_input  `E-MODEL`: cuts not increasing or not finite, a table of uses of the
/// wrong
///                        shape, a column used twice in the same way
coefficient_layout layout(const intensity_model& intensities);

/// "light -> dead", "light -> dead: male", "light -> dead: age 75-85", ... one per coefficient.
std::vector<std::string> coefficient_names(const intensity_model& intensities);

/// The design columns where the terms' own columns have these values.
///
/// @param x  one value per term, in the order of `terms`; clocks in years
std::vector<double> design_row(const intensity_model& intensities, std::span<const double> x);

/// The columns of one term where its own column has this value; clocks in years.
///
/// @param out  `columns()` values; -infinity for a Weibull clock at 0
void term_columns(const term& covariate, double value, double* out);

/// Rates per year, one for each transition, in one design row.
///
/// @param coefficients  as `coefficient_layout` says; an intercept of -infinity gives a rate of 0
/// @param columns       as `design_row` gives them
/// @param rates         out, one per transition
void rates_at(const coefficient_layout& where, std::span<const double> coefficients,
              std::span<const double> columns, std::span<double> rates);

}  // namespace kohort
