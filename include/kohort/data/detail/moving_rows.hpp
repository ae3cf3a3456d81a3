#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <kohort/data/transitions.hpp>
#include <kohort/model/clock_columns.hpp>
#include <kohort/support/patience.hpp>

namespace kohort::detail {

/// Intervals over which a clock moves on, as they are gathered row by row.
class moving_rows {
 public:
  moving_rows(const observations& seen, const intensity_model& intensities);

  [[nodiscard]] bool none() const { return moving_.none(); }

  /// Takes the interval that ends in row i, of positive weight.
  void add(const observations& seen, std::size_t i, double elapsed, double weight);

  /// Adds equal intervals up, in the order of their keys, and writes all that is to be known of
  /// them into the tables.
  void finish(transition_tables& tables, patience& go_on);

 private:
  struct row {
    std::int32_t first_piece, pieces;
    std::int64_t first_clock;
    double weight;
    state from, to;
    observation_kind kind;
  };
  struct piece {
    std::int32_t held, middle;  // design rows, numbered as they come
    double elapsed;
  };
  std::int32_t number(const std::vector<double>& design);
  /// < 0: a comes first. By kind, pieces, so many of the clocks, and ends.
  [[nodiscard]] int compare(const row& a, const row& b, std::size_t clocks) const;
  void write_stand_in(transition_tables& tables, patience& go_on);

  const intensity_model& intensities_;
  clock_columns moving_;
  std::vector<std::size_t> columns_;  // per term: its column among the covariates
  std::vector<std::size_t> clock_columns_;
  std::vector<row> rows_;
  std::vector<piece> pieces_;
  std::vector<double> clocks_;
  std::vector<std::vector<double>> designs_;
  struct slot {
    std::uint64_t hash;
    std::int32_t number;
  };
  std::vector<slot> slots_;
};

}  // namespace kohort::detail
