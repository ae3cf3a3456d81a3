#include <kohort/interventions/places.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <numeric>
#include <vector>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("queues in a steady state, as computed elsewhere", "[interventions]") {
  // Worked number 19: 5 places, load 4, stays of 3 months; then 45 places, 20 a month.
  const auto c = kohort::steady_queue({5, 3, 0}, 4.0 / 3);
  CHECK_THAT(c.chance_to_wait, WithinAbs(0.5541125541126, 1e-12));
  CHECK_THAT(c.queue, WithinAbs(2.216450216450, 1e-11));
  CHECK_THAT(c.wait, WithinAbs(1.662337662338, 1e-11));
  CHECK_THAT(c.occupied, WithinRel(4.0, 1e-12));
  CHECK(c.fluid_queue == 0);  // the fluid sees no queue below load 1
  const auto a = kohort::steady_queue({45, 3, 0.25}, 20);
  CHECK_THAT(a.queue, WithinAbs(20.03368157781, 1e-9));
  CHECK_THAT(a.occupied, WithinAbs(44.97473881664, 1e-9));
  CHECK_THAT(a.fluid_queue, WithinRel(20.0, 1e-14));
  CHECK_THAT(a.occupied / 3 + 0.25 * a.queue, WithinRel(20.0, 1e-12));  // in = out
}

TEST_CASE("the fluid reaches its steady state and loses nobody", "[interventions]") {
  const kohort::place_limits limits{45, 3, GENERATE(0.25, 0.05, 0.0)};
  const std::vector<double> arrivals(240, 20);
  const auto path = kohort::fill_places(limits, arrivals);
  CHECK(path.enrolled.back() == 45);
  CHECK_THAT(path.starts.back(), WithinRel(15.0, 1e-12));
  if (limits.leaving > 0) {
    CHECK_THAT(path.waiting.back(), WithinRel(5 / limits.leaving, 1e-5));
  }
  double waiting = 0, started = 0;
  for (std::size_t m = 0; m < path.starts.size(); ++m) {
    CHECK_THAT(waiting + 20 - path.starts[m] - path.left[m], WithinAbs(path.waiting[m], 1e-9));
    waiting = path.waiting[m];
    started += path.starts[m];
    CHECK(started <= 45 + 15 * (static_cast<double>(m) + 1) + 1e-9);
  }
}

TEST_CASE("below capacity nobody waits; a queue empties when fewer come", "[interventions]") {
  std::vector<double> arrivals(24, 10);
  auto path = kohort::fill_places({45, 3, 0.1}, arrivals);
  for (std::size_t m = 0; m < 24; ++m) {
    CHECK(path.waiting[m] == 0);
    CHECK_THAT(path.enrolled[m],
               WithinRel(30 * -std::expm1(-(static_cast<double>(m) + 1) / 3), 1e-12));
  }
  path = kohort::fill_places({45, 3, 0.1}, arrivals, 45, 12);
  CHECK(path.waiting.front() > 0);
  CHECK(path.waiting.back() == 0);
  CHECK_THAT(path.enrolled.back(), WithinAbs(30, 0.1));
  // The same by small steps.
  double e = 45, W = 12;
  const int steps = 20'000;
  for (int i = 0; i < 6 * steps; ++i) {
    const double h = 1.0 / steps;
    const double in = W > 0 ? 15 : 10;
    e += h * (in - e / 3);
    W = std::max(0.0, W + h * (10 - in - 0.1 * W));
  }
  CHECK_THAT(path.enrolled[5], WithinAbs(e, 1e-3));
  CHECK_THAT(path.waiting[5], WithinAbs(W, 1e-3));
}

TEST_CASE("queues that cannot be are refused", "[interventions]") {
  const auto code = [](auto call) -> std::string {
    try {
      call();
      return "accepted";
    } catch (const kohort::invalid_input& error) {
      return error.code();
    }
  };
  CHECK(code([] { kohort::steady_queue({5, 3, 0}, 2); }) == "E-QUEUE");
  CHECK(code([] { kohort::steady_queue({5.5, 3, 0}, 1); }) == "E-SETTING");
  CHECK(code([] { kohort::fill_places({0, 3, 0}, std::vector<double>{1}); }) == "E-SETTING");
  CHECK(code([] { kohort::fill_places({5, 3, 0}, std::vector<double>{1}, 3, 1); }) == "E-SETTING");
}
