#pragma once

#include <functional>
#include <string>

#include <kohort/support/error.hpp>

namespace kohort_tests {

/// The code with which a call is refused, or "accepted".
inline std::string refusal(const std::function<void()>& call) {
  try {
    call();
    return "accepted";
  } catch (const kohort::invalid_input& error) {
    return error.code();
  }
}

}  // namespace kohort_tests
