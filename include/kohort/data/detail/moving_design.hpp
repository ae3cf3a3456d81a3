#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <kohort/data/observations.hpp>
#include <kohort/model/clock_columns.hpp>
#include <kohort/model/intensity_model.hpp>

namespace kohort::detail {

/// The design rows of pieces of time over which clocks move on, row by row of the observations.
class moving_design {
 public:
  /// @throws invalid_input  `E-COLUMN` for a clock that is not among the covariates
  moving_design(const observations& seen, const intensity_model& intensities);

  [[nodiscard]] bool none() const { return moving_.none(); }
  [[nodiscard]] int clocks() const { return moving_.clocks(); }

  /// Goes to a row.
  ///
  /// @return  the clocks' values as it begins
  /// @throws invalid_input  `E-COVARIATE` for a value below 0 whose logarithm is needed
  const std::vector<double>& begin(std::size_t row);

  /// The design row of a piece with what moves at 0.
  ///
  /// @param now  the terms' values in it
  const std::vector<double>& held(std::span<const double> now);

  /// The same with what moves as in the middle of the year in which the piece has its own middle,
  /// `after` years after the row.
  const std::vector<double>& middle(double after);

 private:
  const observations& seen_;
  const intensity_model& intensities_;
  clock_columns moving_;
  std::vector<std::size_t> columns_;  // per clock: its place among the covariates
  std::vector<double> clocks_, middles_, moved_, design_;
};

}  // namespace kohort::detail
