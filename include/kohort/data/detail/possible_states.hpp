#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <kohort/data/observations.hpp>
#include <kohort/model/state_space.hpp>

namespace kohort::detail {

/// States as bits: bit s for state s.
using state_bits = std::uint64_t;

inline constexpr state_bits bit(state s) { return state_bits{1} << s; }
/// The state, if there is only one; otherwise -1.
state single(state_bits states);

/// What the model permits between two rows, for rows that name a state and for those that name
/// several.
class ways {
 public:
  /// @throws invalid_input  `E-MODEL` for more than 64 states
  explicit ways(const model& structure);

  /// The states that a row names; none if it names one that is not there.
  [[nodiscard]] state_bits named(const observations& seen, std::size_t row) const;

  /// The states that may be occupied at the end of a row, given those at its beginning: none if
  /// what it says is impossible.
  [[nodiscard]] state_bits after(state_bits before, observation_kind kind, state_bits named,
                                 double elapsed) const;

  /// Whether an exact_transition may be a stay as well as a move.
  [[nodiscard]] static bool ambiguous(state_bits before, observation_kind kind, state_bits named);

  /// Whether it is a stay, being none of these.
  [[nodiscard]] static bool stays(state_bits before, observation_kind kind, state_bits named) {
    return kind == observation_kind::exact_stay ||
           (kind == observation_kind::exact_transition && before == named);
  }

  /// The states from which what a row says can be reached, of those in `before`.
  [[nodiscard]] state_bits leading(state_bits before, observation_kind kind, state_bits after,
                                   double elapsed) const;

  [[nodiscard]] state_bits absorbing() const { return absorbing_; }
  /// All that can be reached from a state, itself included, and what a single move leads to.
  [[nodiscard]] state_bits reach(state from) const {
    return reach_[static_cast<std::size_t>(from)];
  }
  [[nodiscard]] state_bits direct(state from) const {
    return direct_[static_cast<std::size_t>(from)];
  }

  /// "light", "light or moderate", ...
  [[nodiscard]] std::string names(state_bits states) const;

 private:
  const model& model_;
  std::vector<state_bits> reach_, direct_;
  state_bits absorbing_ = 0;
};

}  // namespace kohort::detail
