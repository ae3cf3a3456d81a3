#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <kohort/support/error.hpp>

namespace kohort {

/// Told how far a long computation has come; returns false to stop it, which throws `interrupted`.
///
/// It is only ever called on the thread that started the computation, at least every tenth of a
/// second, so it may poll for Ctrl-C or draw a progress bar.
using progress = std::function<bool(std::size_t done, std::size_t total)>;

/// Number of threads to use: `asked` if positive, otherwise the processors there are.
inline int thread_count(int asked) {
  if (asked > 0) return asked;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// Runs `work(block)` for every block in [0, blocks), on `threads` threads.
///
/// What a block computes must depend on its number alone and go to a place of its own; the caller
/// adds the blocks up in their order afterwards. Then the same bytes come out for any number of
/// threads. The first exception of a block is thrown here, after all threads have ended.
///
/// @param threads  number of threads; 0 means all processors
/// @param report   called on this thread between blocks; returning false stops the rest
/// @throws interrupted if `report` returned false
inline void for_each_block(std::size_t blocks, int threads,
                           const std::function<void(std::size_t)>& work,
                           const progress& report = {}) {
  std::atomic<std::size_t> next{0}, done{0};
  std::atomic<bool> stop{false};
  std::exception_ptr failure;
  std::mutex failure_lock;

  const auto take_blocks = [&] {
    for (;;) {
      if (stop.load(std::memory_order_relaxed)) return;
      const std::size_t block = next.fetch_add(1);
      if (block >= blocks) return;
      try {
        work(block);
      } catch (...) {
        const std::scoped_lock hold(failure_lock);
        if (!failure) failure = std::current_exception();
        stop = true;
        return;
      }
      done.fetch_add(1);
    }
  };

  const auto helpers = std::min<std::size_t>(static_cast<std::size_t>(thread_count(threads)),
                                             std::max<std::size_t>(blocks, 1));
  bool asked_to_stop = false;
  const auto poll = [&] {
    if (report && !report(done.load(), blocks)) asked_to_stop = true;
    if (asked_to_stop) stop = true;
  };

  if (helpers <= 1) {
    for (std::size_t block = 0; block < blocks && !asked_to_stop; ++block) {
      work(block);
      done.fetch_add(1);
      poll();
    }
  } else {
    std::vector<std::thread> pool;
    std::atomic<std::size_t> running{helpers};
    pool.reserve(helpers);
    // This thread only watches: a poll may need the interpreter lock, which a worker must not wait
    // for.
    for (std::size_t i = 0; i < helpers; ++i) {
      pool.emplace_back([&] {
        take_blocks();
        running.fetch_sub(1);
      });
    }
    auto wait = std::chrono::microseconds(20);
    while (running.load() > 0) {
      std::this_thread::sleep_for(wait);
      wait = std::min(wait * 2, std::chrono::microseconds(20000));
      if (report) poll();
    }
    for (auto& thread : pool) thread.join();
  }
  if (failure) std::rethrow_exception(failure);
  if (asked_to_stop) throw interrupted();
}

}  // namespace kohort
