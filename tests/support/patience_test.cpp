#include <kohort/support/patience.hpp>  // first, so the header must stand on its own

#include "catch.hpp"

TEST_CASE("a loop that is asked to stop does so within a few thousand steps", "[support]") {
  const kohort::progress stop = [](std::size_t, std::size_t) { return false; };
  kohort::patience go_on(stop);
  int steps = 0;
  const auto loop = [&] {
    for (; steps < 1'000'000; ++steps) go_on();
  };
  CHECK_THROWS_AS(loop(), kohort::interrupted);
  CHECK(steps < 5000);
}

TEST_CASE("a loop is asked now and then, not at every step", "[support]") {
  int asked = 0;
  const kohort::progress count = [&](std::size_t, std::size_t) { return ++asked > 0; };
  kohort::patience go_on(count);
  for (int i = 0; i < 100'000; ++i) go_on();
  CHECK(asked >= 1);
  CHECK(asked < 25);
  const kohort::progress nobody;
  kohort::patience alone(nobody);
  for (int i = 0; i < 10'000; ++i) alone();
}
