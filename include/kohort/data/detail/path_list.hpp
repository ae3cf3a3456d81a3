#pragma once

#include <cstdint>
#include <vector>

namespace kohort::detail {

/// How covariates go through stretches of time, in the order of their keys: what `run_rows` writes
/// down of them.
struct path_list {
  std::vector<std::int32_t> places{};         ///< of each path, numbered as they came
  std::vector<std::int64_t> first_pieces{0};  ///< per place, one more at the end
  std::vector<std::int32_t> patterns{};       ///< per piece, rows of `transition_tables::patterns`
  std::vector<double> elapsed{};              ///< per piece, years
  int clocks = 0;                             ///< that move on inside the pieces
  std::vector<double> starts{};               ///< per place: their values as it begins

  [[nodiscard]] std::int32_t place(std::int32_t number) const {
    return places[static_cast<std::size_t>(number)];
  }
  [[nodiscard]] std::int64_t pieces(std::int32_t place) const {
    const auto at = static_cast<std::size_t>(place);
    return first_pieces[at + 1] - first_pieces[at];
  }
};

}  // namespace kohort::detail
