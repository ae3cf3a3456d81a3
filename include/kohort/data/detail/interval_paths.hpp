#pragma once

#include <cstdint>
#include <vector>

#include <kohort/data/detail/distinct_rows.hpp>
#include <kohort/data/detail/path_list.hpp>
#include <kohort/data/observations.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/patience.hpp>

namespace kohort::detail {

/// How covariates go through intervals: paths of pieces (pattern, elapsed), each distinct path
/// once.
class interval_paths {
 public:
  /// @throws invalid_input  `E-COLUMN` for a term whose covariate is not there
  interval_paths(const observations& seen, const intensity_model& intensities);

  /// The path from `begin` to `end` years after a row; `length` is end - begin, formed once.
  std::int32_t add(std::size_t row, double begin, double end, double length);

  /// Puts patterns in ascending order, and paths by their number of pieces and their keys. From
  /// here on a path's number gives its place, and its place the path.
  void sort(patience& go_on);

  [[nodiscard]] std::int32_t place(std::int32_t number) const {
    return path_places_[static_cast<std::size_t>(number)];
  }
  [[nodiscard]] std::size_t pattern_count() const { return patterns_.size(); }
  /// Rows in ascending order.
  [[nodiscard]] const std::vector<double>& patterns() const { return pattern_rows_; }
  /// pattern, elapsed, pattern, elapsed, ...; patterns are numbers for `pattern_at`.
  [[nodiscard]] const std::vector<double>& path(std::int32_t place) const {
    return paths_.row(path_order_[static_cast<std::size_t>(place)]);
  }
  /// All paths.
  [[nodiscard]] path_list list() const;
  [[nodiscard]] std::int32_t pattern_at(double number) const {
    return pattern_places_[static_cast<std::size_t>(number)];
  }

 private:
  const observations& seen_;
  const intensity_model& intensities_;
  std::vector<std::size_t> columns_;  // per term: its column among the covariates
  distinct_rows patterns_, paths_;
  std::vector<double> x_, path_, pattern_rows_;
  std::vector<std::int32_t> pattern_places_, path_order_, path_places_;
};

}  // namespace kohort::detail
