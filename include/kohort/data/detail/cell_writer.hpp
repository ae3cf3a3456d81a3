#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include <kohort/data/observations.hpp>
#include <kohort/support/patience.hpp>

namespace kohort::detail {

/// Writes intervals, which come in the order of their kind, their number of pieces and then their
/// keys, into tables of cells (`cell_table`, `moving_cells`), one for each kind and number.
template <class Table>
class cell_writer {
 public:
  explicit cell_writer(std::vector<Table>& tables) : tables_(tables) {}

  /// Counts an interval.
  ///
  /// @param again  whether its key is that of the interval before
  /// @return       whether it begins a cell, whose pieces are then to be appended to `table()`
  bool add(observation_kind kind, int pieces, state from, state to, double weight, bool again) {
    const bool same = !tables_.empty() && table().kind == kind && table().pieces == pieces;
    if (same && again) {
      table().weights.back() += weight;
      ++table().counts.back();
      return false;
    }
    if (!same) tables_.push_back({.kind = kind, .pieces = pieces});
    table().from.push_back(from);
    table().to.push_back(to);
    table().weights.push_back(weight);
    table().counts.push_back(1);
    return true;
  }

  void add_piece(std::int32_t pattern, double elapsed) {
    table().patterns.push_back(pattern);
    table().elapsed.push_back(elapsed);
  }

  /// The table of the interval added last.
  [[nodiscard]] Table& table() { return tables_.back(); }

  /// Finds the order of each table's cells by their length, after the last interval.
  void finish(patience& go_on) {
    for (auto& cells : tables_) {
      std::vector<double> lengths(cells.size(), 0.0);
      for (std::size_t i = 0; i < cells.elapsed.size(); ++i)
        lengths[i / static_cast<std::size_t>(cells.pieces)] += cells.elapsed[i];
      cells.order.resize(cells.size());
      std::iota(cells.order.begin(), cells.order.end(), 0);
      std::stable_sort(cells.order.begin(), cells.order.end(), [&](std::int32_t a, std::int32_t b) {
        go_on();
        return lengths[static_cast<std::size_t>(a)] < lengths[static_cast<std::size_t>(b)];
      });
    }
  }

 private:
  std::vector<Table>& tables_;
};

}  // namespace kohort::detail
