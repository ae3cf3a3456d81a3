#pragma once

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
  yearly  ///< a clock in years: enters linearly as completed years + 1/2 - origin. Intervals are
          ///< cut at whole years
};

/// One covariate and how it enters the log intensities.
struct term {
  std::string column;
  covariate_path path = covariate_path::held;
  std::vector<double> cuts = {};  ///< for bands: increasing, in years
  double origin = 0;              ///< for yearly: where the term is zero, in years

  [[nodiscard]] int columns() const {
    return path == covariate_path::bands ? static_cast<int>(cuts.size()) : 1;
  }
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
};

/// Where the coefficients of an `intensity_model` stand.
struct coefficient_layout {
  std::vector<int> starts;                ///< per transition, of its intercept; one more at the end
  std::vector<std::vector<int>> columns;  ///< per transition: design columns after the intercept
  int design_columns = 0;                 ///< columns of all terms together, without the intercept

  [[nodiscard]] int size() const { return starts.back(); }
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

/// Rates per year, one for each transition, in one design row.
///
/// @param coefficients  as `coefficient_layout` says; an intercept of -infinity gives a rate of 0
/// @param columns       as `design_row` gives them
/// @param rates         out, one per transition
void rates_at(const coefficient_layout& where, std::span<const double> coefficients,
              std::span<const double> columns, std::span<double> rates);

}  // namespace kohort
