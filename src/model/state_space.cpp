#include <algorithm>

#include <kohort/model/state_space.hpp>
#include <kohort/support/detail/listed.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

model::model(std::vector<std::string> states,
             const std::vector<std::pair<std::string, std::string>>& transitions,
             std::string_view death)
    : names_(std::move(states)) {
  const auto refuse = [](const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
    reject("E-MODEL", "model", seen, needed, remedy);
  };
  if (names_.size() < 2) {
    refuse("it has " + std::to_string(names_.size()) + " states", "a model needs at least two",
           "Name every state, the absorbing ones too");
  }
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i].empty()) {
      refuse("state " + std::to_string(i) + " has no name", "every state needs one",
             "Give it a name");
    }
    if (std::find(names_.begin(), names_.begin() + static_cast<std::ptrdiff_t>(i), names_[i]) !=
        names_.begin() + static_cast<std::ptrdiff_t>(i)) {
      refuse("the state '" + names_[i] + "' stands twice", "names must differ",
             "Rename one of them");
    }
  }
  if (transitions.empty()) {
    refuse("it permits no transition", "at least one is needed", "List the permitted moves");
  }
  for (const auto& [from, to] : transitions) {
    const transition move{find(from), find(to)};
    if (move.from == move.to) {
      refuse("it lists '" + from + "' -> '" + to + "'", "a transition leads to another state",
             "Leave it out: staying needs no transition");
    }
    if (index(move.from, move.to) >= 0) {
      refuse("the transition '" + from + "' -> '" + to + "' stands twice", "each may stand once",
             "Remove one of them");
    }
    transitions_.push_back(move);
  }
  if (!death.empty()) {
    death_ = find(death);
    if (!absorbing(*death_)) {
      refuse("the death state '" + std::string(death) + "' has a way out",
             "death must be absorbing",
             "Remove the transitions from it, or name another state as death");
    }
  }
}

bool model::absorbing(state s) const {
  return std::none_of(transitions_.begin(), transitions_.end(),
                      [s](const transition& move) { return move.from == s; });
}

state model::find(std::string_view name) const {
  const auto at = std::find(names_.begin(), names_.end(), name);
  if (at == names_.end()) {
    reject("E-STATE-UNKNOWN", "model", "there is no state '" + std::string(name) + "'",
           "the states are " + detail::listed(names_),
           "Use one of these names, or add the state to the model");
  }
  return static_cast<state>(at - names_.begin());
}

std::string model::label(int k) const {
  const auto& move = transitions_[static_cast<std::size_t>(k)];
  return name(move.from) + " -> " + name(move.to);
}

int model::index(state from, state to) const {
  const auto at = std::find(transitions_.begin(), transitions_.end(), transition{from, to});
  return at == transitions_.end() ? -1 : static_cast<int>(at - transitions_.begin());
}

model dependency_model(bool with_ended) {
  std::vector<std::string> levels{"light", "moderate", "high", "total"};
  std::vector<std::pair<std::string, std::string>> moves;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    for (std::size_t j = 0; j < levels.size(); ++j) {
      if (j > i || j + 1 == i) moves.emplace_back(levels[i], levels[j]);
    }
    if (with_ended) moves.emplace_back(levels[i], "ended");
    moves.emplace_back(levels[i], "dead");
  }
  auto states = levels;
  if (with_ended) {
    states.emplace_back("ended");
    for (const auto& level : levels) moves.emplace_back("ended", level);
    moves.emplace_back("ended", "dead");
  }
  states.emplace_back("dead");
  return {states, moves, "dead"};
}

}  // namespace kohort
