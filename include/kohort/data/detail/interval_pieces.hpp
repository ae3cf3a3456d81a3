#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include <kohort/data/detail/covariate_columns.hpp>
#include <kohort/data/detail/moving_rows.hpp>
#include <kohort/data/observations.hpp>
#include <kohort/model/clock_columns.hpp>
#include <kohort/model/detail/pieces.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

/// Distinct rows of doubles, numbered as they come.
class numbered_rows {
 public:
  std::int32_t find(const std::vector<double>& row) {
    return numbers_.try_emplace(row, static_cast<std::int32_t>(numbers_.size())).first->second;
  }
  [[nodiscard]] std::size_t size() const { return numbers_.size(); }
  /// Appends the rows in ascending order, and tells where each number has its place there.
  std::vector<std::int32_t> write(std::vector<double>& to) const {
    std::vector<std::int32_t> places(numbers_.size());
    std::int32_t next = 0;
    for (const auto& [row, number] : numbers_) {
      places[static_cast<std::size_t>(number)] = next++;
      to.insert(to.end(), row.begin(), row.end());
    }
    return places;
  }

 private:
  std::map<std::vector<double>, std::int32_t> numbers_;
};

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
        moving_(intensities),
        columns_(columns_of(seen, intensities.terms)) {
    for (const auto& name : moving_.clock_names()) {
      const auto& names = seen.covariate_names;
      clock_columns_.push_back(
          static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin()));
    }
  }

  [[nodiscard]] bool moving() const { return !moving_.none(); }

  /// The pieces of the interval that ends in a row, and from `begin` to `end` years after the row
  /// before.
  ///
  /// @param length  end - begin, formed once
  void cut(std::size_t row, double begin, double end, double length,
           std::vector<interval_piece>& pieces) {
    const auto values = seen_.row_covariates(row - 1);
    x_.clear();
    for (const auto column : columns_) x_.push_back(values[column]);
    check_clocks(row - 1, values);
    for_each_piece(model_, x_, begin, end,
                   [&](double from, double to, std::span<const double> now) {
                     const bool only = from == begin && to == end;
                     const double years = only ? length : piece_length(from, to, length);
                     if (years > 0 || only) pieces.push_back(piece(values, from, to, years, now));
                   });
  }

  [[nodiscard]] const numbered_rows& patterns() const { return patterns_; }
  [[nodiscard]] const numbered_rows& clocks() const { return clocks_; }
  [[nodiscard]] int clock_count() const { return moving_.clocks(); }

 private:
  void check_clocks(std::size_t row, std::span<const double> values) const {
    for (const int clock : moving_.from_zero()) {
      if (values[clock_columns_[static_cast<std::size_t>(clock)]] >= 0) continue;
      refuse_young(
          moving_.clock_names()[static_cast<std::size_t>(clock)],
          seen_.source_rows.empty() ? static_cast<std::int64_t>(row) : seen_.source_rows[row]);
    }
  }

  interval_piece piece(std::span<const double> values, double from, double to, double years,
                       std::span<const double> now) {
    if (moving_.none()) {
      const auto pattern = patterns_.find(design_row(model_, now));
      return {pattern, years, pattern, 0};
    }
    std::vector<double> clocks, middles, design, moved(static_cast<std::size_t>(moving_.columns()));
    for (const auto column : clock_columns_) {
      clocks.push_back(values[column] + from);
      middles.push_back(middle_of_year(values[column] + (from + to) / 2));
    }
    for (std::size_t t = 0; t < model_.terms.size(); ++t) {
      const auto& covariate = model_.terms[t];
      design.resize(design.size() + static_cast<std::size_t>(covariate.columns()), 0.0);
      if (!moves_on(covariate.path))
        term_columns(covariate, now[t], design.data() + design.size() - covariate.columns());
    }
    for (auto& value : design) value += 0.0;  // -0 and 0 are one pattern
    const auto held = patterns_.find(design);
    moving_.at(middles.data(), 0, moved.data());
    for (std::size_t c = 0; c < moved.size(); ++c)
      design[static_cast<std::size_t>(moving_.design()[c])] = moved[c] + 0.0;
    return {held, years, patterns_.find(design), clocks_.find(clocks)};
  }

  const observations& seen_;
  const intensity_model& model_;
  clock_columns moving_;
  std::vector<std::size_t> columns_, clock_columns_;
  std::vector<double> x_;
  numbered_rows patterns_, clocks_;
};

}  // namespace kohort::detail
