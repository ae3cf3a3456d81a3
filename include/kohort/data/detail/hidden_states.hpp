#pragma once

#include <bit>
#include <cstddef>
#include <vector>

#include <kohort/data/detail/possible_states.hpp>
#include <kohort/data/transitions.hpp>
#include <kohort/model/intensity_model.hpp>

namespace kohort::detail {

/// The state, or the first of them.
inline state first_of(state_bits states) { return static_cast<state>(std::countr_zero(states)); }

/// Which of a model's own states (phases counted) can be where something is seen.
class hidden_states {
 public:
  /// @throws invalid_input  E-MODEL: more than 64 states
  explicit hidden_states(const intensity_model& intensities);

  /// States of the model, and as they are seen.
  [[nodiscard]] int size() const { return n_; }
  [[nodiscard]] int seen_size() const { return seen_n_; }
  [[nodiscard]] state shown(state f) const { return shown_[at(f)]; }
  /// Whether it is the first phase of what it is seen as.
  [[nodiscard]] bool first(state f) const { return first_of_[at(f)] != 0; }
  [[nodiscard]] state_bits first_phases() const { return first_; }
  /// Seen states that have phases, and those that are left.
  [[nodiscard]] state_bits phased() const { return phased_; }
  [[nodiscard]] state_bits living() const { return living_; }

  /// What one move leads to.
  [[nodiscard]] state_bits onward(state_bits from) const;
  /// Everything that can be reached from these states through these states.
  [[nodiscard]] state_bits closure(state_bits from, state_bits through) const;
  /// The states seen as one of these, whoever reads rightly.
  [[nodiscard]] state_bits shown_as(state_bits seen) const;
  /// The states that may be read as one of these.
  [[nodiscard]] state_bits readable_as(state_bits seen) const;
  /// The states that are possible where this is seen, whatever came before.
  [[nodiscard]] state_bits possible_under(const sighting& what) const;

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }

  int n_, seen_n_;
  std::vector<state> shown_;
  std::vector<char> first_of_;
  state_bits first_ = 0, phased_ = 0, living_ = 0;
  std::vector<state_bits> onward_, read_as_;
};

}  // namespace kohort::detail
