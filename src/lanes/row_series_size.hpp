#pragma once

#include <cstddef>

namespace kohort::detail {

/// Lanes that the matrix of one piece of time needs at most, and so do the slopes in it; see
/// row_series.hpp.
constexpr std::ptrdiff_t series_size(std::ptrdiff_t states, std::ptrdiff_t moves) {
  const std::ptrdiff_t dense = (states + 1) * states, sparse = 2 * moves + states;
  return dense > sparse ? dense : sparse;
}

}  // namespace kohort::detail
