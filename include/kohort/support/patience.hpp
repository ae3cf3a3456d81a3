#pragma once

#include <chrono>
#include <cstddef>

#include <kohort/support/error.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// Lets a long loop or sort be stopped: called at every step, it asks `report` about twenty times a
/// second whether to go on. The clock decides only when to ask, never what comes out.
class patience {
 public:
  explicit patience(const progress& report) : report_(report) {}

  /// @throws interrupted  if `report` returned false
  void operator()() {
    if (++steps_ % 4096 != 0 || !report_) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - asked_ < std::chrono::milliseconds(50)) return;
    asked_ = now;
    if (!report_(0, 1)) throw interrupted();
  }

 private:
  const progress& report_;
  std::size_t steps_ = 0;
  std::chrono::steady_clock::time_point asked_{};
};

}  // namespace kohort
