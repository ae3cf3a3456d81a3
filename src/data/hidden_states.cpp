#include <string>

#include <kohort/data/detail/hidden_states.hpp>
#include <kohort/model/misclassification.hpp>
#include <kohort/model/phases.hpp>

namespace kohort::detail {

hidden_states::hidden_states(const intensity_model& intensities)
    : n_(intensities.structure.size()), seen_n_(seen_count(intensities)) {
  if (n_ > 64) {
    reject("E-MODEL", "aggregate",
           "the model has " + std::to_string(n_) + " states, phases counted",
           "at most 64 can be fitted", "Use fewer phases");
  }
  for (state f = 0; f < n_; ++f) {
    shown_.push_back(seen_as(intensities, f));
    first_of_.push_back(f == 0 || shown_[at(f) - 1] != shown_.back());
    if (first_of_.back()) first_ |= bit(f);
  }
  for (state f = 0; f < n_; ++f) {
    if (!first_of_[at(f)]) phased_ |= bit(shown_[at(f)]);
    if (!intensities.structure.absorbing(f)) living_ |= bit(shown_[at(f)]);
  }
  onward_.assign(at(n_), 0);
  for (const auto& [from, to] : intensities.structure.transitions()) onward_[at(from)] |= bit(to);
  read_as_.assign(at(seen_n_), 0);
  for (state s = 0; s < seen_n_; ++s) read_as_[at(s)] = bit(s);
  if (intensities.misread) {
    for (const auto& [truth, seen_state] : intensities.misread->errors)
      read_as_[at(truth)] |= bit(seen_state);
  }
}

state_bits hidden_states::onward(state_bits from) const {
  state_bits all = 0;
  for (state f = 0; f < n_; ++f) {
    if (from & bit(f)) all |= onward_[at(f)];
  }
  return all;
}

state_bits hidden_states::closure(state_bits from, state_bits through) const {
  state_bits all = from & through;
  for (state_bits last = 0; last != all;) {
    last = all;
    all |= onward(all) & through;
  }
  return all;
}

state_bits hidden_states::shown_as(state_bits seen) const {
  state_bits all = 0;
  for (state f = 0; f < n_; ++f) {
    if (seen & bit(shown_[at(f)])) all |= bit(f);
  }
  return all;
}

state_bits hidden_states::readable_as(state_bits seen) const {
  state_bits all = 0;
  for (state f = 0; f < n_; ++f) {
    if (read_as_[at(shown_[at(f)])] & seen) all |= bit(f);
  }
  return all;
}

state_bits hidden_states::possible_under(const sighting& what) const {
  if (what.what == sighting::kind::nothing) return ~state_bits{0};
  if (what.is_reading()) return readable_as(what.states);
  return shown_as(what.states);
}

}  // namespace kohort::detail
