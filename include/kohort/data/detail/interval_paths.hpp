#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include <kohort/data/detail/path_list.hpp>
#include <kohort/data/observations.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/patience.hpp>

namespace kohort::detail {

/// Distinct rows of doubles, numbered as they come.
class distinct_rows {
 public:
  std::int32_t find(const std::vector<double>& row);
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] const std::vector<double>& row(std::size_t number) const { return *rows_[number]; }

 private:
  struct hash {
    std::size_t operator()(const std::vector<double>& row) const;
  };
  std::unordered_map<std::vector<double>, std::int32_t, hash> numbers_;
  std::vector<const std::vector<double>*> rows_;
};

/// A place for each number, in the ascending order of what they stand for.
std::vector<std::int32_t> places(const std::vector<std::int32_t>& order);

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
  [[nodiscard]] std::vector<double> patterns() const;  ///< rows in ascending order
  /// pattern, elapsed, pattern, elapsed, ...; patterns are numbers for `pattern_at`.
  [[nodiscard]] const std::vector<double>& path(std::int32_t place) const {
    return paths_.row(static_cast<std::size_t>(path_order_[static_cast<std::size_t>(place)]));
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
  std::vector<double> x_, path_;
  std::vector<std::int32_t> pattern_order_, pattern_places_, path_order_, path_places_;
};

}  // namespace kohort::detail
