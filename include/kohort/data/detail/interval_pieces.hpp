#pragma once

#include <cstdint>
#include <vector>

#include <kohort/data/detail/covariate_columns.hpp>
#include <kohort/data/detail/distinct_rows.hpp>
#include <kohort/data/detail/moving_design.hpp>
#include <kohort/data/observations.hpp>
#include <kohort/model/detail/pieces.hpp>
#include <kohort/model/intensity_model.hpp>

namespace kohort::detail {

/// A piece of an interval in which all covariates are constant but for clocks that move on.
struct interval_piece {
  std::int32_t pattern;  ///< number of its design row, what moves at 0
  double elapsed;        ///< years
  /// Number of the design row in the middle of the year in which the piece has its own; the same as
  /// `pattern` where no clock moves on.
  std::int32_t middle = 0;
  std::int32_t clocks = 0;  ///< number of the clocks' values as the piece begins
};

/// Cuts intervals where a clock begins a new band or year, or at a moment.
class interval_cutter {
 public:
  interval_cutter(const observations& seen, const intensity_model& intensities)
      : seen_(seen),
        model_(intensities),
        columns_(columns_of(seen, intensities.terms)),
        design_(seen, intensities) {}

  [[nodiscard]] bool moving() const { return !design_.none(); }

  /// The pieces of the interval that ends in a row, and from `begin` to `end` years after the row
  /// before.
  ///
  /// @param length  end - begin, formed once
  void cut(std::size_t row, double begin, double end, double length,
           std::vector<interval_piece>& pieces) {
    const auto values = seen_.row_covariates(row - 1);
    x_.clear();
    for (const auto column : columns_) x_.push_back(values[column]);
    const auto& clocks = design_.begin(row - 1);
    for_each_piece(model_, x_, begin, end,
                   [&](double from, double to, std::span<const double> now) {
                     const bool only = from == begin && to == end;
                     const double years = only ? length : piece_length(from, to, length);
                     if (years > 0 || only) pieces.push_back(piece(clocks, from, to, years, now));
                   });
  }

  [[nodiscard]] const distinct_rows& patterns() const { return patterns_; }
  [[nodiscard]] const distinct_rows& clocks() const { return clocks_; }
  [[nodiscard]] int clock_count() const { return design_.clocks(); }

 private:
  interval_piece piece(const std::vector<double>& clocks, double from, double to, double years,
                       std::span<const double> now) {
    if (design_.none()) {
      const auto pattern = patterns_.find(design_row(model_, now));
      return {pattern, years, pattern, 0};
    }
    clocks_here_.clear();
    for (const double clock : clocks) clocks_here_.push_back(clock + from);
    const auto held = patterns_.find(design_.held(now));
    const auto middle = patterns_.find(design_.middle((from + to) / 2));
    return {held, years, middle, clocks_.find(clocks_here_)};
  }

  const observations& seen_;
  const intensity_model& model_;
  std::vector<std::size_t> columns_;  // per term: its place among the covariates
  moving_design design_;
  std::vector<double> x_, clocks_here_;
  distinct_rows patterns_, clocks_;
};

}  // namespace kohort::detail
