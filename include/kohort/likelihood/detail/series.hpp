#pragma once

#include <span>
#include <vector>

#include <kohort/model/state_space.hpp>

namespace kohort::detail {

inline constexpr int most_states = 64;        ///< that the vector kernels hold
inline constexpr double largest_theta = 256;  ///< above, a series would take too many terms

/// limits[m]: the largest theta for which the tail of the exponential series after m terms is at
/// most 2^-53; the truncation error of every entry, relative, at degree m + longest path.
const std::vector<double>& degree_limits();

/// The same for a tail of at most 2^-36: enough where seven digits are wanted.
const std::vector<double>& quick_degree_limits();

/// [k] = 1 / k, for every degree that can be asked for.
const std::vector<double>& inverses();

/// The permitted moves as the vector kernels want them.
struct wiring {
  int states;
  std::vector<int> from, to, into_starts, into, out_starts, out;

  wiring(int state_count, std::span<const transition> moves);
  explicit wiring(const model& structure);

  [[nodiscard]] int transitions() const { return static_cast<int>(from.size()); }
};

}  // namespace kohort::detail
