#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include <kohort/data/observations.hpp>
#include <kohort/model/detail/pieces.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

/// The observations' columns of these terms.
/// @throws invalid_input  `E-COLUMN`, naming those there are
std::vector<std::size_t> columns_of(const observations& seen, const std::vector<term>& terms);

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

/// A piece of an interval in which all covariates are constant.
struct interval_piece {
  std::int32_t pattern;  ///< number of its design row
  double elapsed;        ///< years
};

/// Cuts intervals where a clock begins a new band or year.
class interval_cutter {
 public:
  interval_cutter(const observations& seen, const intensity_model& intensities)
      : seen_(seen), model_(intensities), columns_(columns_of(seen, intensities.terms)) {}

  /// The pieces of the interval that ends in a row.
  void cut(std::size_t row, std::vector<interval_piece>& pieces) {
    const double elapsed = seen_.elapsed(row);
    const auto values = seen_.row_covariates(row - 1);
    x_.clear();
    for (const auto column : columns_) x_.push_back(values[column]);
    pieces.clear();
    for_each_piece(model_, x_, elapsed, [&](double begin, double end, std::span<const double> now) {
      const double length = piece_length(begin, end, elapsed);
      if (length > 0 || end - begin == elapsed)
        pieces.push_back({patterns_.find(design_row(model_, now)), length});
    });
  }

  [[nodiscard]] const numbered_rows& patterns() const { return patterns_; }

 private:
  const observations& seen_;
  const intensity_model& model_;
  std::vector<std::size_t> columns_;
  std::vector<double> x_;
  numbered_rows patterns_;
};

}  // namespace kohort::detail
