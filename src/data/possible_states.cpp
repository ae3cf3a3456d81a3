#include <bit>

#include <kohort/data/detail/possible_states.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

namespace {

/// The union of a row of bits over the states in a set.
state_bits gathered(const std::vector<state_bits>& rows, state_bits over) {
  state_bits all = 0;
  for (; over; over &= over - 1) all |= rows[static_cast<std::size_t>(std::countr_zero(over))];
  return all;
}

}  // namespace

state single(state_bits states) {
  return std::has_single_bit(states) ? std::countr_zero(states) : -1;
}

ways::ways(const model& structure) : model_(structure) {
  const auto n = static_cast<std::size_t>(structure.size());
  if (n > 64) {
    reject("E-MODEL", "observations", "the model has " + std::to_string(n) + " states",
           "at most 64 can be followed", "Merge some of them");
  }
  direct_.assign(n, 0);
  for (const auto& [from, to] : structure.transitions())
    direct_[static_cast<std::size_t>(from)] |= bit(to);
  reach_ = direct_;
  for (std::size_t r = 0; r < n; ++r) {
    reach_[r] |= bit(static_cast<state>(r));
    if (direct_[r] == 0) absorbing_ |= bit(static_cast<state>(r));
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t r = 0; r < n; ++r) {
      if (reach_[r] & bit(static_cast<state>(k))) reach_[r] |= reach_[k];
    }
  }
}

state_bits ways::named(const observations& seen, std::size_t row) const {
  const auto code = seen.states[row];
  if (code < 0) return 0;
  if (code < model_.size()) return bit(code);
  const auto set = static_cast<std::size_t>(code - model_.size());
  if (set >= seen.sets.size()) return 0;
  state_bits states = 0;
  for (const state s : seen.sets[set]) {
    if (s < 0 || s >= model_.size()) return 0;
    states |= bit(s);
  }
  return states;
}

state_bits ways::after(state_bits before, observation_kind kind, state_bits named,
                       double elapsed) const {
  switch (kind) {
    case observation_kind::start:
      return named;
    case observation_kind::panel:
      return (elapsed > 0 ? gathered(reach_, before) : before) & named;
    case observation_kind::exact_stay:
      return before & named;
    case observation_kind::exact_transition:
      return (stays(before, kind, named) ? before : gathered(direct_, before)) & named;
    case observation_kind::exact_death:
      if (named & ~absorbing_) return 0;
      return gathered(direct_, elapsed > 0 ? gathered(reach_, before) : before) & named;
    case observation_kind::window_death:
      if ((named & ~absorbing_) || !(elapsed > 0)) return 0;
      return gathered(reach_, before & ~absorbing_) & named;
  }
  return 0;
}

state_bits ways::leading(state_bits before, observation_kind kind, state_bits named,
                         double elapsed) const {
  state_bits all = 0;
  for (auto rest = before; rest; rest &= rest - 1) {
    const auto one = rest & (~rest + 1);
    if (after(one, kind, named, elapsed)) all |= one;
  }
  return all;
}

bool ways::ambiguous(state_bits before, observation_kind kind, state_bits named) {
  if (kind != observation_kind::exact_transition || (before & named) == 0) return false;
  return before != named || single(named) < 0;
}

std::string ways::names(state_bits states) const {
  std::string text;
  for (; states; states &= states - 1) {
    const auto& name = model_.name(std::countr_zero(states));
    text += (text.empty() ? "" : (states & (states - 1)) ? ", " : " or ") + name;
  }
  return text;
}

}  // namespace kohort::detail
