#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kohort {

/// Where a person can be, as a number in [0, states). Names are for people; see `model`.
using state = int;

/// A move that the model permits.
struct transition {
  state from;
  state to;
  friend bool operator==(const transition&, const transition&) = default;
};

/// The structure of a multi-state model: named states and the moves permitted between them.
///
/// A state without a way out is absorbing. `death`, where there is one, is the absorbing state
/// whose entry may be dated exactly while the state just before it is unseen.
class model {
 public:
  /// @param states       names, at least two, no two alike
  /// @param transitions  permitted moves, each once, by name; their order is the order of
  /// coefficients
  /// @param death        name of the state entered by dying, or "" if the model has none
  /// @throws invalid_input  `E-MODEL`: an unknown name, a move from a state to itself, a repeated
  /// move,
  ///                        or a death that has a way out
  model(std::vector<std::string> states,
        const std::vector<std::pair<std::string, std::string>>& transitions,
        std::string_view death = "");

  [[nodiscard]] int size() const { return static_cast<int>(names_.size()); }
  [[nodiscard]] const std::vector<std::string>& states() const { return names_; }
  [[nodiscard]] const std::string& name(state s) const {
    return names_[static_cast<std::size_t>(s)];
  }
  [[nodiscard]] const std::vector<transition>& transitions() const { return transitions_; }
  [[nodiscard]] std::optional<state> death() const { return death_; }
  [[nodiscard]] bool absorbing(state s) const;

  /// The number of the state with this name.
  /// @throws invalid_input  `E-STATE-UNKNOWN`, listing the names there are
  [[nodiscard]] state find(std::string_view name) const;

  /// "light -> moderate", for the k-th transition.
  [[nodiscard]] std::string label(int k) const;

  /// Position of a move in `transitions()`, or -1 if it is not permitted.
  [[nodiscard]] int index(state from, state to) const;

 private:
  std::vector<std::string> names_;
  std::vector<transition> transitions_;
  std::optional<state> death_;
};

/// The preset: light, moderate, high, total, dead. One step up or down between neighbouring levels,
/// and from every level to the higher ones, since decisions may skip a level; death from
/// everywhere.
///
/// @param with_ended  adds the living state `ended` (support ended), reached from every level and
/// left
///                    to every level
model dependency_model(bool with_ended = false);

}  // namespace kohort
