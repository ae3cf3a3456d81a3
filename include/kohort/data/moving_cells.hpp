#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kohort/data/observations.hpp>

namespace kohort {

/// Intervals in which a clock moves on all the time, so that no two pieces of time have the same
/// rates. Intervals are added up only where the clocks stand at the same value when they begin.
///
/// As in `cell_table`, what changes in steps cuts an interval into pieces.
struct moving_cells {
  observation_kind kind = observation_kind::panel;  ///< panel, exact_transition or exact_death
  int pieces = 1, clocks = 1;
  std::vector<std::int32_t> patterns{};  ///< cells x pieces: design rows, the moving columns at 0
  std::vector<double> elapsed{};         ///< cells x pieces, years
  std::vector<double> starts{};          ///< cells x clocks: their values as the interval begins
  std::vector<state> from{}, to{};       ///< per cell
  std::vector<double> weights{};         ///< per cell: sum of the subjects' weights
  std::vector<std::int64_t> counts{};    ///< per cell: intervals
  std::vector<std::int32_t> order{};     ///< cells by length

  [[nodiscard]] std::size_t size() const { return from.size(); }
};

}  // namespace kohort
