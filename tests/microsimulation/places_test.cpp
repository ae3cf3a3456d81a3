#include <kohort/microsimulation/places.hpp>  // first, so the header must stand on its own

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include <kohort/microsimulation/queues.hpp>
#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const kohort::model four({"light", "total", "moved", "dead"},
                         {{"light", "total"},
                          {"light", "dead"},
                          {"total", "light"},
                          {"total", "dead"},
                          {"total", "moved"}},
                         "dead");

kohort::life_rates rates() { return {.structure = four, .rates = {.5, .05, .1, .3, .02}}; }

kohort::life_starts people() {
  kohort::life_starts all;
  for (int i = 0; i < 400; ++i) all.states.push_back(i % 4 == 0);
  return all;
}

kohort::place_rules rules(int places) {
  return {.places = {places}, .asks = {0, .8, 0, 0}, .holds = {0, 1, 0, 0}};
}

/// A queue alone: Poisson arrivals for `years`, one who waits may give up, one with a place leaves.
struct queue_alone {
  kohort::model structure{{"here", "served", "gone"}, {{"here", "served"}, {"here", "gone"}}, ""};
  double arrivals, stay, theta, years;

  kohort::life_starts come(std::uint32_t replicate) const {
    kohort::life_starts list;
    std::mt19937_64 random(replicate + 12);
    std::exponential_distribution<double> gap(arrivals);
    for (double t = gap(random); t < years; t += gap(random)) {
      list.states.push_back(0);
      list.times.push_back(t);
    }
    return list;
  }
  kohort::place_results simulate(int places, std::uint32_t replicates) const {
    const kohort::life_rates rates{.structure = structure, .rates = {1 / stay, theta}};
    kohort::place_rules rules{.places = {places}, .asks = {1, 0, 0}, .holds = {1, 0, 0}};
    rules.waiting_ratio = {0, 1};
    rules.placed_ratio = {1, 0};
    kohort::life_settings settings{.periods = 10, .step = years / 10};
    settings.replicates = replicates;
    return kohort::simulate_places(
        rates, {}, [&](std::uint32_t r) { return come(r); }, {}, rules, settings)[0];
  }
};

struct mean_and_error {
  double mean, error;
};

/// Of a replicate's mean over the periods after the first, over replicates.
mean_and_error over_time(const std::vector<double>& years, std::size_t replicates,
                         std::size_t columns, std::size_t column, double step) {
  double sum = 0, square = 0;
  for (std::size_t r = 0; r < replicates; ++r) {
    double mean = 0;
    for (std::size_t j = 1; j < 10; ++j) mean += years[(r * 10 + j) * columns + column] / 9 / step;
    sum += mean;
    square += mean * mean;
  }
  const double n = static_cast<double>(replicates);
  return {sum / n, std::sqrt(std::max(0.0, square / n - sum * sum / n / n) / (n - 1))};
}

}  // namespace

TEST_CASE("without a limit the places change no life", "[microsimulation]") {
  kohort::life_settings settings{.periods = 8, .step = .5, .cost = {1, 10, 0, 0}};
  settings.replicates = 5;
  settings.discount = .03;
  settings.allow_lanes = false;
  const auto free = kohort::simulate_lives(rates(), people(), {}, {}, settings)[0];
  for (const int places : {-1, 1000}) {
    const auto seen =
        kohort::simulate_places(rates(), people(), {}, {}, rules(places), settings)[0];
    CHECK(seen.lives.occupancy == free.occupancy);
    CHECK(seen.lives.moves == free.moves);
    for (std::size_t i = 0; i < free.cost.size(); ++i)
      CHECK_THAT(seen.lives.cost[i], WithinRel(free.cost[i], 1e-12));
    CHECK(std::all_of(seen.waiting_years.begin(), seen.waiting_years.end(),
                      [](double y) { return std::abs(y) < 1e-12; }));
  }
  // With none, everybody who asks waits, until death, recovery or moving away.
  const auto none = kohort::simulate_places(rates(), people(), {}, {}, rules(0), settings)[0];
  CHECK(none.lives.occupancy == free.occupancy);
  for (const double years : none.placed_years) CHECK(years == 0);
}

TEST_CASE("who asks is placed, gives up or still waits", "[microsimulation]") {
  kohort::life_settings settings{.periods = 6, .step = 1};
  settings.replicates = 20;
  auto limited = rules(30);
  limited.vacancy = 0.05;
  limited.from = {0, 3};
  limited.places = {30, 45};
  const auto seen = kohort::simulate_places(rates(), people(), {}, {}, limited, settings)[0];
  for (std::size_t r = 0; r < 20; ++r) {
    double asked = 0, ended = 0;
    for (std::size_t j = 0; j < 6; ++j) {
      const std::size_t i = r * 6 + j;
      asked += seen.asked[i];
      ended += seen.placed[i] + seen.died_waiting[i] + seen.left_waiting[i];
      CHECK(seen.occupied[r * 7 + j + 1] <= (j + 1 < 3 ? 30 : 45));
      const double used = seen.placed_years[i * 4 + 1] + seen.vacant_years[i];
      CHECK(used <= seen.available_years[j] * (1 + 1e-12));
    }
    CHECK(asked == ended + seen.queue[r * 7 + 6]);
  }
  CHECK(seen.available_years == std::vector<double>{30, 30, 30, 45, 45, 45});
  double waited = 0, years = 0;
  for (const auto& wait : seen.waits) waited += wait.years;
  for (const double y : seen.waiting_years) years += y;
  CHECK_THAT(waited, WithinRel(years, 1e-10));
  CHECK(std::count_if(seen.waits.begin(), seen.waits.end(),
                      [](const auto& w) { return w.end == kohort::wait_end::died; }) > 20);
}

TEST_CASE("a steady queue is Erlang's", "[microsimulation]") {
  // Example 19 in months: 5 places, load 4, stays of 3 months.
  const queue_alone queue{.arrivals = 4.0 / 3, .stay = 3, .theta = 0, .years = 3000};
  const auto exact = kohort::erlang_c(5, queue.arrivals, queue.stay);
  const auto seen = queue.simulate(5, 30);
  const auto waiting = over_time(seen.waiting_years, 30, 3, 0, 300);
  const auto occupied = over_time(seen.placed_years, 30, 3, 0, 300);
  CAPTURE(waiting.mean, waiting.error, occupied.mean, occupied.error);
  CHECK(std::abs(waiting.mean - 2.216450216450) < 4 * waiting.error);
  CHECK(waiting.error < .3);
  CHECK(std::abs(occupied.mean - 4) < 4 * occupied.error);
  double sum = 0, n = 0, at_all = 0;
  for (const auto& wait : seen.waits) {
    if (wait.asked < 300 || wait.asked > 2900) continue;
    sum += wait.years;
    at_all += wait.years > 0;
    n += 1;
  }
  CHECK(std::abs(sum / n - exact.wait) < 4 * waiting.error / queue.arrivals);  // Little's law
  CHECK(std::abs(at_all / n - exact.waits) < .04);
}

TEST_CASE("an overloaded queue where people give up is Palm's", "[microsimulation]") {
  const queue_alone queue{.arrivals = 20, .stay = 3, .theta = .25, .years = 400};
  const auto seen = queue.simulate(45, 20);
  const auto waiting = over_time(seen.waiting_years, 20, 3, 0, 40);
  const auto occupied = over_time(seen.placed_years, 20, 3, 0, 40);
  CAPTURE(waiting.mean, waiting.error, occupied.mean, occupied.error);
  CHECK(std::abs(waiting.mean - 20.03368157781) < 4 * waiting.error);
  CHECK(std::abs(occupied.mean - 44.97473881664) < 4 * occupied.error);
}

TEST_CASE("those ranked higher go first, and vacancy keeps places empty", "[microsimulation]") {
  const kohort::model levels({"high", "total", "dead"},
                             {{"high", "total"}, {"high", "dead"}, {"total", "dead"}}, "dead");
  const kohort::life_rates quick{.structure = levels, .rates = {.1, .3, .4}};
  kohort::life_starts all;
  for (int i = 0; i < 600; ++i) all.states.push_back(i % 2);
  kohort::place_rules one{.places = {60}, .asks = {1, 1, 0}, .holds = {1, 1, 0}};
  kohort::life_settings settings{.periods = 4, .step = 1};
  settings.replicates = 10;
  const auto share_of_total = [&](const kohort::place_results& seen) {
    double high = 0, total = 0;
    for (std::size_t i = 0; i < 10 * 4; ++i) {
      high += seen.placed_years[i * 3];
      total += seen.placed_years[i * 3 + 1];
    }
    return total / (high + total);
  };
  const auto in_turn = kohort::simulate_places(quick, all, {}, {}, one, settings)[0];
  one.order = kohort::place_order::by_level;
  one.rank = {0, 1, 0};
  const auto by_need = kohort::simulate_places(quick, all, {}, {}, one, settings)[0];
  CHECK(share_of_total(in_turn) > .4);
  CHECK(share_of_total(in_turn) < .8);
  CHECK(share_of_total(by_need) > .95);
  CHECK(in_turn.lives.occupancy ==
        by_need.lives.occupancy);  // who has a place changes no life here
  one.vacancy = .25;
  const auto slow = kohort::simulate_places(quick, all, {}, {}, one, settings)[0];
  double used = 0, vacant = 0, before = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    used += slow.placed_years[i * 3] + slow.placed_years[i * 3 + 1];
    before += by_need.placed_years[i * 3] + by_need.placed_years[i * 3 + 1];
    vacant += slow.vacant_years[i];
  }
  CHECK_THAT(used + vacant, WithinAbs(before, 1e-6 * before));  // the queue never empties
  CHECK(vacant > .05 * used);
}

TEST_CASE("places: the same bytes on any number of threads", "[microsimulation]") {
  kohort::life_settings settings{.periods = 6, .step = .5};
  settings.replicates = 9;
  std::vector<std::vector<double>> found;
  for (const int threads : {1, 2, 8}) {
    settings.threads = threads;
    const auto seen = kohort::simulate_places(rates(), people(), {}, {}, rules(20), settings)[0];
    auto all = seen.waiting_years;
    for (const auto& wait : seen.waits) all.push_back(wait.years);
    found.push_back(all);
  }
  CHECK(found[0] == found[1]);
  CHECK(found[0] == found[2]);
}

TEST_CASE("waiting at home may be more dangerous, and is seen to be", "[microsimulation]") {
  auto hard = rules(5);
  hard.waiting_ratio = {1, 1, 1, 2, 1};
  hard.waiting_cost = {0, 900, 0, 0};
  hard.placed_cost = {0, 100, 0, 0};
  kohort::life_settings settings{.periods = 4, .step = 1};
  settings.replicates = 10;
  const auto soft = kohort::simulate_places(rates(), people(), {}, {}, rules(5), settings)[0];
  const auto seen = kohort::simulate_places(rates(), people(), {}, {}, hard, settings)[0];
  double more = 0;
  for (std::size_t r = 0; r < 10; ++r) {
    more += seen.lives.occupancy[(r * 5 + 4) * 4 + 3] - soft.lives.occupancy[(r * 5 + 4) * 4 + 3];
    for (std::size_t j = 0; j < 4; ++j) {
      const std::size_t i = r * 4 + j;
      CHECK_THAT(seen.lives.cost[i],
                 WithinRel(900 * seen.waiting_years[i * 4 + 1] + 100 * seen.placed_years[i * 4 + 1],
                           1e-12));
    }
  }
  CHECK(more > 50);
}

TEST_CASE("rules that cannot be are refused", "[microsimulation]") {
  const auto seen = [](const kohort::place_rules& wrong) {
    try {
      (void)kohort::simulate_places(rates(), people(), {}, {}, wrong, {});
    } catch (const kohort::invalid_input& error) {
      CHECK(error.code() == "E-PLACES");
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  auto wrong = rules(3);
  wrong.holds = {0, 0, 0, 0};
  CHECK(seen(wrong).find("one asks in 'total' but does not hold a place there") !=
        std::string::npos);
  wrong = rules(-2);
  CHECK(seen(wrong).find("there are -2 places") != std::string::npos);
  wrong = rules(3);
  wrong.from = {0, 2};
  CHECK(seen(wrong) != "accepted");
  wrong = rules(3);
  wrong.order = kohort::place_order::by_level;
  CHECK(seen(wrong).find("rank has 0 values") != std::string::npos);
}
