#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <kohort/data/detail/run_rows.hpp>
#include <kohort/data/transitions.hpp>
#include <kohort/model/clock_columns.hpp>
#include <kohort/support/patience.hpp>

namespace kohort::detail {

/// The middle of the year in which a clock stands; of its eighth where it is young.
double middle_of_year(double clock);

/// Lengths in a stand-in are rounded to 1/32 years; of some time something remains.
double coarse_length(double years);

/// @throws invalid_input  `E-COVARIATE`
[[noreturn]] void refuse_young(const std::string& clock, std::int64_t row);

/// Stretches of time over which a clock moves on, as they are gathered row by row.
class moving_rows {
 public:
  moving_rows(const observations& seen, const intensity_model& intensities);

  [[nodiscard]] bool none() const { return moving_.none(); }

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
    std::int32_t held, middle;  // design rows, numbered as they come
    double elapsed;
  };
  std::int32_t number(const std::vector<double>& design);
  stretch cut(std::size_t row, double begin, double end, double length);
  /// < 0: a comes first. By pieces and so many of the clocks.
  [[nodiscard]] int compare(const stretch& a, const stretch& b, std::size_t clocks) const;
  /// By kind, number of pieces, these, the clocks, and the ends.
  [[nodiscard]] int compare(const interval& a, const interval& b, std::size_t clocks) const;
  [[nodiscard]] path_list list(std::size_t clocks, patience& go_on) const;
  void write_stand_in(transition_tables& tables, const run_rows& runs, patience& go_on);

  const observations& seen_;
  const intensity_model& intensities_;
  clock_columns moving_;
  std::vector<std::size_t> columns_;  // per term: its column among the covariates
  std::vector<std::size_t> clock_columns_;
  std::vector<interval> intervals_;
  std::vector<stretch> paths_;  // of runs
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
