#include <kohort/interventions/break_even.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <kohort/support/error.hpp>

#include "catch.hpp"
#include "constructed_team.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::break_even_verdict;

namespace {

kohort::programme constructed(double capacity = INFINITY) {
  auto p = kohort_tests::constructed();
  p.capacity = capacity;
  return p;
}

}  // namespace

TEST_CASE("the constructed vector: 30 enrolled", "[interventions]") {
  auto p = constructed(45);
  const auto found = kohort::break_even(p);
  CHECK(found.enrolled == 30);
  CHECK(found.smallest_whole == 30);
  CHECK(kohort::net_per_month(p, 15) == -150'000);
  CHECK(kohort::net_per_month(p, 45) == 150'000);
  p.double_work = 0.3;
  CHECK_THAT(kohort::break_even(p).enrolled, WithinAbs(32.61, 0.005));
  CHECK_THAT(kohort::break_even(p).enrolled, WithinRel(300'000.0 / 9'200, 1e-14));
}

TEST_CASE("the plausibility case: 30, and 42.86 with double work of 0.3", "[interventions]") {
  kohort::programme p;
  p.hours = 23;
  p.hour_cost = 426;
  p.fixed_cost = 30 * 9'798;
  CHECK(kohort::saving_while_enrolled(p) == 9'798);
  CHECK(kohort::break_even(p).enrolled == 30);
  p.double_work = 0.3;
  CHECK_THAT(kohort::break_even(p).enrolled, WithinAbs(42.86, 0.005));
}

TEST_CASE("all crossings with teams of 45 and of 40", "[interventions]") {
  const auto a = kohort::break_even(constructed(45));  // worked number 14
  CHECK(a.rises == std::vector<double>{30, 60});
  CHECK(a.drops == std::vector<double>{45});
  CHECK(a.for_good == 60);
  const auto b = kohort::break_even(constructed(40));
  CHECK(b.rises == std::vector<double>{30, 60, 90});
  CHECK(b.drops == std::vector<double>{40, 80});
  CHECK(b.for_good == 90);
}

TEST_CASE("a break-even beyond the team's capacity is never", "[interventions]") {
  const auto found = kohort::break_even(constructed(29));
  CHECK(found.verdict == break_even_verdict::beyond_capacity);
  CHECK(std::isinf(found.enrolled));
  CHECK(found.rises.empty());
  CHECK(kohort::net_per_month(constructed(29), 29'000) < 0);
}

TEST_CASE("with as many places as it takes, only full teams pay", "[interventions]") {
  const auto found = kohort::break_even(constructed(30));
  CHECK(found.verdict == break_even_verdict::pays);
  CHECK(found.enrolled == 30);
  CHECK(found.goes_on);
  CHECK(std::isinf(found.for_good));
  CHECK(kohort::net_per_month(constructed(30), 300) == 0);
}

TEST_CASE("a programme that saves less than it costs never pays", "[interventions]") {
  auto p = constructed();
  p.variable_cost = GENERATE(12'000.0, 15'000.0);
  const auto found = kohort::break_even(p);
  CHECK(found.verdict == break_even_verdict::no_saving);
  CHECK(std::isinf(found.enrolled));
  const auto hours = kohort::find_threshold(p, "hours", 60);  // and what would change it
  CHECK(hours.crosses);
  CHECK_THAT(hours.at, WithinRel((5'000 + p.variable_cost) / (0.8 * 0.75 * 500), 1e-12));
}

TEST_CASE("a number between two whole ones may have none in its interval", "[interventions]") {
  auto p = constructed(30.8);
  p.fixed_cost = 305'000;  // pays from 30.5 to 30.8, then from 61 to 61.6
  const auto found = kohort::break_even(p);
  CHECK(found.enrolled == 30.5);
  CHECK(found.smallest_whole == 61);
}

TEST_CASE("teams that share premises", "[interventions]") {
  auto p = constructed(40);
  p.team_costs = {300'000, 500'000, 700'000};
  const auto found = kohort::break_even(p);
  CHECK(found.rises == std::vector<double>{30, 50});
  CHECK(found.drops == std::vector<double>{40});
  CHECK(found.for_good == 50);
}

TEST_CASE("between its crossings net has the sign it should have", "[interventions]") {
  std::mt19937 random(GENERATE(range(1u, 40u)));
  std::uniform_real_distribution<double> any(0, 1);
  auto p = constructed(10 + 60 * any(random));
  p.fixed_cost = 50'000 + 500'000 * any(random);
  const double above = any(random) < 0.5 ? 0 : 200'000 * any(random) - 50'000;
  const auto found = kohort::break_even(p, {.above = above});
  CAPTURE(p.capacity, p.fixed_cost, above);
  bool up = false;
  std::size_t rise = 0, drop = 0;
  const double until = found.goes_on ? 500 : 3'000;
  for (double N = 0.0005; N < until; N += 0.01) {
    while (rise < found.rises.size() && found.rises[rise] <= N && !up) up = true, ++rise;
    while (drop < found.drops.size() && found.drops[drop] < N && up) up = false, ++drop;
    while (rise < found.rises.size() && found.rises[rise] <= N && !up) up = true, ++rise;
    const double net = kohort::net_per_month(p, N) - above;
    if ((net >= 0) != up) {
      CAPTURE(N, net, up);
      CHECK(std::abs(net) < 1);
      break;
    }
  }
}

TEST_CASE("thresholds, as computed elsewhere", "[interventions]") {
  auto p = constructed();  // worked number 14: N = 35
  CHECK_THAT(kohort::find_threshold(p, "double_work", 35).at, WithinAbs(0.3392857142857, 1e-12));
  CHECK_THAT(kohort::find_threshold(p, "otherwise_helped", 35).at,
             WithinAbs(0.7047619047619, 1e-12));
  CHECK_THAT(kohort::find_threshold(p, "hour_cost", 35).at, WithinAbs(440.4761904762, 1e-9));
  CHECK_FALSE(kohort::find_threshold(p, "double_work", 35).at_least);
  CHECK(kohort::find_threshold(p, "hour_cost", 35).at_least);
}

TEST_CASE("at its threshold every input leaves nothing over", "[interventions]") {
  auto p = constructed(50);
  p.hours_avoided = 6;
  p.stay = 2;
  p.fade = 0.95;
  p.staying = 0.98;
  p.discount = 0.03;
  p.deferred_housing = 2'000;
  const double N = GENERATE(3.0, 12.0, 30.0, 49.0);
  int crossing = 0;
  for (const auto& t : kohort::find_thresholds(p, N)) {
    CAPTURE(t.input, N, t.low, t.high, t.net_low, t.net_high);
    CHECK(t.value == p.*(kohort::programme_input_named(t.input).value));
    if (!t.crosses) {
      CHECK((t.net_low >= 0) == (t.net_high >= 0));
      continue;
    }
    ++crossing;
    auto other = p;
    other.*(kohort::programme_input_named(t.input).value) = t.at;
    if (t.input == "capacity") {
      CHECK(kohort::net_per_month(other, N) >= 0);
      other.capacity *= 0.999;
      CHECK(kohort::net_per_month(other, N) < 0);
    } else {
      CHECK_THAT(kohort::net_per_month(other, N), WithinAbs(0, 1e-6));
    }
  }
  CHECK(crossing >= 4);
}

TEST_CASE("no threshold: both ends are told", "[interventions]") {
  const auto t = kohort::find_threshold(constructed(), "double_work", 10);
  CHECK_FALSE(t.crosses);
  CHECK(t.net_low == 10 * (16'000 - 2'000) - 300'000);
  CHECK(t.net_high == -10 * 2'000 - 300'000);
  CHECK_THROWS_AS(kohort::find_threshold(constructed(), "start_up", 10), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::find_threshold(constructed(), "hours", -1), kohort::invalid_input);
}
