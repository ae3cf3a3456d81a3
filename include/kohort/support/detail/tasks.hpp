#pragma once

#include <atomic>
#include <functional>

#include <kohort/support/parallel.hpp>

namespace kohort::detail {

/// `for_each_block` for tasks that may each take long, such as a whole fit: every task is handed a
/// `progress` of its own to pass on, through which it ends soon after the caller asked to stop.
///
/// @param work    (task, go_on); what it computes must depend on the task's number alone
/// @param report  told the tasks done; may return false or throw, which ends everything
inline void for_each_task(std::size_t tasks, int threads,
                          const std::function<void(std::size_t, const progress&)>& work,
                          const progress& report) {
  std::atomic<bool> stop = false;
  std::atomic<std::size_t> done = 0;
  std::exception_ptr thrown;  // what the caller's `report` threw
  const progress ask = [&](std::size_t, std::size_t) {
    if (!report) return true;
    try {
      if (!report(done, tasks)) stop = true;
    } catch (...) {
      stop = true;
      thrown = std::current_exception();
    }
    return !stop.load();
  };
  // One worker runs on the caller's own thread and may ask; several must leave that to the caller.
  const bool alone = tasks <= 1 || thread_count(threads) == 1;
  const progress flag = [&](std::size_t, std::size_t) { return !stop.load(); };
  try {
    for_each_block(
        tasks, threads,
        [&](std::size_t task) {
          work(task, alone ? ask : flag);
          ++done;
        },
        ask);
  } catch (const interrupted&) {
    if (thrown) std::rethrow_exception(thrown);
    throw;
  }
}

}  // namespace kohort::detail
