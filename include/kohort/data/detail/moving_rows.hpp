#pragma once

#include <cstdint>
#include <vector>

#include <kohort/data/detail/distinct_rows.hpp>
#include <kohort/data/detail/moving_design.hpp>
#include <kohort/data/detail/run_rows.hpp>
#include <kohort/data/transitions.hpp>
#include <kohort/support/patience.hpp>

namespace kohort::detail {

/// Stretches of time over which a clock moves on, as they are gathered row by row.
class moving_rows {
 public:
  moving_rows(const observations& seen, const intensity_model& intensities);

  [[nodiscard]] bool none() const { return design_.none(); }

  /// Takes an interval between two known states that begins in a row.
  ///
  /// @param kind    panel, exact_transition or exact_death
  /// @param weight  > 0
  void add(std::size_t row, double elapsed, observation_kind kind, state from, state to,
           double weight);

  /// The path from `begin` to `end` years after a row, for `run_rows`; `length` is end - begin,
  /// formed once.
  std::int32_t path(std::size_t row, double begin, double end, double length);

  /// Adds equal intervals up, in the order of their keys, and writes all that is to be known of
  /// them and of the runs into the tables.
  void finish(transition_tables& tables, const run_rows& runs, patience& go_on);

 private:
  struct stretch {
    std::int64_t first_piece, first_clock;
    std::int32_t pieces;
  };
  struct interval {
    stretch over;
    double weight;
    state from, to;
    observation_kind kind;
  };
  struct piece {
    std::int32_t held, middle;  // numbers of design rows; once these are written, their places
    double elapsed;
  };
  stretch cut(std::size_t row, double begin, double end, double length);
  /// < 0: a comes first. By pieces and so many of the clocks.
  [[nodiscard]] int compare(const stretch& a, const stretch& b, std::size_t clocks) const;
  /// By kind, number of pieces, these, the clocks, and the ends.
  [[nodiscard]] int compare(const interval& a, const interval& b, std::size_t clocks) const;
  [[nodiscard]] path_list list(std::size_t clocks, patience& go_on) const;
  /// Adds up intervals that are equal in so many of the clocks.
  template <class Table>
  void write_cells(std::vector<Table>& tables, std::size_t clocks, patience& go_on);
  void write_stand_in(transition_tables& tables, const run_rows& runs, patience& go_on);

  const observations& seen_;
  const intensity_model& intensities_;
  std::vector<std::size_t> columns_;  // per term: its column among the covariates
  moving_design design_;
  std::vector<double> x_;
  std::vector<interval> intervals_;
  std::vector<stretch> paths_;  // of runs
  std::vector<piece> pieces_;
  std::vector<double> clocks_;
  distinct_rows designs_;
};

}  // namespace kohort::detail
