#include <kohort/support/parallel.hpp>  // first, so the header must stand on its own

#include <atomic>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"

using kohort::for_each_block;

TEST_CASE("every block runs once, whatever the number of threads", "[support]") {
  const std::size_t blocks = GENERATE(0, 1, 2, 7, 1000);
  const int threads = GENERATE(0, 1, 2, 4, 64);
  std::vector<std::atomic<int>> runs(blocks);
  for_each_block(blocks, threads, [&](std::size_t block) { ++runs[block]; });
  CAPTURE(blocks, threads);
  for (const auto& count : runs) REQUIRE(count == 1);
}

TEST_CASE("blocks added up in their order give the same bytes on any number of threads",
          "[support]") {
  const auto total = [](int threads) {
    std::vector<double> parts(500);
    for_each_block(parts.size(), threads, [&](std::size_t block) {
      for (int i = 1; i < 50; ++i) parts[block] += std::sin(static_cast<double>(block) / i);
    });
    return std::accumulate(parts.begin(), parts.end(), 0.0);
  };
  const double one = total(1);
  for (const int threads : {2, 3, 4, 8}) CHECK(total(threads) == one);
}

TEST_CASE("of several exceptions the one of the first block comes out", "[support]") {
  const int threads = GENERATE(1, 2, 4);
  for (int repetition = 0; repetition < 50; ++repetition) {
    try {
      for_each_block(200, threads, [&](std::size_t block) {
        if (block == 20) std::this_thread::sleep_for(std::chrono::microseconds(200));
        if (block >= 20) throw std::runtime_error(std::to_string(block));
      });
      FAIL("nothing was thrown");
    } catch (const std::runtime_error& error) {
      REQUIRE(std::string(error.what()) == "20");
    }
  }
}

TEST_CASE("a caller can stop the work, and hears when it is done", "[support]") {
  const int threads = GENERATE(1, 2, 4);
  CAPTURE(threads);
  std::atomic<std::size_t> runs = 0;
  const auto slow = [&](std::size_t) {
    ++runs;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  SECTION("by saying no") {
    const auto no = [](std::size_t, std::size_t) { return false; };
    CHECK_THROWS_AS(for_each_block(100000, threads, slow, no), kohort::interrupted);
    CHECK(runs < 100000);
  }
  SECTION("by throwing") {
    const auto throws = [](std::size_t, std::size_t) -> bool { throw std::logic_error("enough"); };
    CHECK_THROWS_AS(for_each_block(100000, threads, slow, throws), std::logic_error);
    CHECK(runs < 100000);
  }
  SECTION("or only listen, on its own thread") {
    const auto self = std::this_thread::get_id();
    std::size_t last = 0, calls = 0;
    bool rising = true, at_home = true;
    for_each_block(100, threads, slow, [&](std::size_t done, std::size_t total) {
      rising = rising && done >= last && total == 100;
      at_home = at_home && std::this_thread::get_id() == self;
      last = done;
      ++calls;
      return true;
    });
    CHECK(rising);
    CHECK(at_home);
    CHECK(last == 100);
    CHECK(calls >= 2);
  }
}

TEST_CASE("zero threads means all processors", "[support]") {
  CHECK(kohort::thread_count(3) == 3);
  CHECK(kohort::thread_count(0) >= 1);
  CHECK(kohort::thread_count(-1) == kohort::thread_count(0));
}
