#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <kohort/support/error.hpp>

namespace kohort {

/// Told how far a long computation has come; returns false to stop it, which throws `interrupted`.
/// It may also throw, which ends the computation with that exception.
///
/// It is only ever called on the thread that started the computation, so it may poll for Ctrl-C or
/// draw a progress bar: every 20 milliseconds while threads work, after every block where there is
/// only one thread, and once when all is done.
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
/// threads. If blocks throw, the exception of the first of them (by number) is thrown here, after
/// all threads have ended; which one that is does not depend on the threads either.
///
/// @param threads  number of threads; 0 means all processors
/// @param report   called on this thread; returning false, or throwing, stops the rest. A block
///                 that has begun is finished first, so blocks should take well below a second.
/// @throws interrupted if `report` returned false
inline void for_each_block(std::size_t blocks, int threads,
                           const std::function<void(std::size_t)>& work,
                           const progress& report = {}) {
  const auto tell = [&](std::size_t done) {
    if (report && !report(done, blocks)) throw interrupted();
  };
  const auto helpers = std::min(static_cast<std::size_t>(thread_count(threads)), blocks);
  if (helpers <= 1) {
    for (std::size_t block = 0; block < blocks; ++block) {
      work(block);
      tell(block + 1);
    }
    return;
  }

  std::mutex lock;  // guards what follows
  std::condition_variable ended;
  std::size_t next = 0, done = 0, running = 0, failed = blocks;
  bool stop = false;
  std::exception_ptr failure;

  const auto take_blocks = [&] {
    std::unique_lock hold(lock);
    while (!stop && next < blocks) {
      const std::size_t block = next++;
      hold.unlock();
      std::exception_ptr thrown;
      try {
        work(block);
      } catch (...) {
        thrown = std::current_exception();
      }
      hold.lock();
      ++done;
      if (thrown) {  // every block before this one has begun already, so the first is found
        stop = true;
        if (block < failed) {
          failed = block;
          failure = thrown;
        }
      }
    }
    if (--running == 0) ended.notify_one();
  };

  // This thread only watches: a poll may need the interpreter lock, which a worker must not wait
  // for.
  std::vector<std::thread> pool;
  std::exception_ptr stopped;
  try {
    pool.reserve(helpers);
    for (std::size_t i = 0; i < helpers; ++i) {
      {
        const std::scoped_lock hold(lock);
        ++running;
      }
      try {
        pool.emplace_back(take_blocks);
      } catch (...) {  // no more threads to be had: those that run do the work
        const std::scoped_lock hold(lock);
        --running;
        if (pool.empty()) throw;
        break;
      }
    }
    std::unique_lock hold(lock);
    while (!ended.wait_for(hold, std::chrono::milliseconds(20), [&] { return running == 0; })) {
      const std::size_t so_far = done;
      hold.unlock();
      tell(so_far);
      hold.lock();
    }
  } catch (...) {
    stopped = std::current_exception();
    const std::scoped_lock hold(lock);
    stop = true;
  }
  for (auto& thread : pool) thread.join();
  if (failure) std::rethrow_exception(failure);
  if (stopped) std::rethrow_exception(stopped);
  tell(blocks);
}

}  // namespace kohort
