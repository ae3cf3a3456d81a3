#include <kohort/microsimulation/arrivals.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/microsimulation/agreement.hpp>
#include <kohort/projection/occupancy_integrals.hpp>
#include <kohort/support/error.hpp>

#include "catch.hpp"

TEST_CASE("those who come in are Poisson numbers, and settle as an inflow does",
          "[microsimulation]") {
  // Example 2 as chance: 100 and 20 persons, 10 newcomers a year in state 2.
  const kohort::model three({"1", "2", "dead"},
                            {{"1", "2"}, {"1", "dead"}, {"2", "1"}, {"2", "dead"}}, "dead");
  const kohort::life_rates rates{.structure = three, .rates = {.05, .04, .02, .2}};
  const kohort::life_entries entries{.states = {1, 1}, .years = 2, .rates = {4, 4, 6, 6}};
  kohort::life_starts persons;
  persons.states.assign(100, 0);
  persons.states.resize(120, 1);
  kohort::life_settings settings{.periods = 3, .step = 1};
  settings.replicates = 4000;
  settings.seed = 2;
  const auto seen = kohort::simulate_lives(
      rates, persons, [&](std::uint32_t r) { return kohort::draw_entries(entries, 3, 2, r); }, {},
      settings)[0];
  double mean = 0, square = 0, product = 0, first = 0, years = 0;
  for (std::size_t r = 0; r < 4000; ++r) {
    const double one = seen.occupancy[r * 12 + 3], two = seen.occupancy[r * 12 + 4];
    first += one / 4000;
    mean += two / 4000;
    square += two * two / 4000;
    product += one * two / 4000;
    years += seen.person_years[r * 9 + 1] / 4000;
  }
  const double variance = 16.24457460334754;
  CHECK(std::abs(mean - 29.32244650413472) < 4 * std::sqrt(variance / 4000));
  CHECK(std::abs(first - 91.87004743337175) < 4 * std::sqrt(10.0 / 4000));
  CHECK(std::abs(years - 24.86582143400468) < 4 * std::sqrt(variance / 4000));
  CHECK(std::abs(square - mean * mean - variance) < 4 * variance * std::sqrt(2.0 / 4000));
  CHECK(std::abs(product - first * mean + 4.194106979713) < 1);
}

TEST_CASE("entries are a function of seed and replicate, and rates may change by year",
          "[microsimulation]") {
  const kohort::life_entries entries{
      .states = {0}, .patterns = {3}, .ages = {81}, .years = 2, .rates = {2000, 0}};
  const auto a = kohort::draw_entries(entries, 3, 5, 1), b = kohort::draw_entries(entries, 3, 5, 1);
  CHECK(a.times == b.times);
  CHECK(a.times != kohort::draw_entries(entries, 3, 5, 2).times);
  CHECK(a.times != kohort::draw_entries(entries, 3, 6, 1).times);
  CHECK(std::abs(static_cast<double>(a.size()) - 2000) < 4 * std::sqrt(2000.0));
  for (std::size_t i = 0; i < a.size(); ++i) {
    REQUIRE(a.times[i] < 1);
    REQUIRE((a.to_birthday[i] > 0 && a.to_birthday[i] < 1));
    REQUIRE((a.patterns[i] == 3 && a.ages[i] == 81 && a.newcomers[i] == 1));
  }
  CHECK_THROWS_AS(kohort::draw_entries({.states = {0}, .rates = {}}, 1, 1, 0),
                  kohort::invalid_input);
  CHECK_THROWS_AS(kohort::draw_entries({.states = {0}, .rates = {-1}}, 1, 1, 0),
                  kohort::invalid_input);
}
