#pragma once

#include <string>

#include <kohort/data/observations.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

/// Refuses rows that name several states, and deaths known to a window: for what compares one
/// state at one time.
///
/// @throws invalid_input  `E-KIND`
inline void refuse_several_states(const observations& seen, int states, const char* where) {
  for (std::size_t i = 0; i < seen.rows(); ++i) {
    const bool several = seen.states[i] >= states;
    if (!several && seen.kinds[i] != observation_kind::window_death &&
        seen.kinds[i] != observation_kind::exact_stay)
      continue;
    reject("E-KIND", where,
           several ? "a row may be in several states"
                   : "a row is a death known to a window, or a stay without any move",
           "this compares one state at one time, seen at a visit or dated",
           "Leave such rows out of the data that are checked");
  }
}

}  // namespace kohort::detail
