#include <kohort/microsimulation/lives.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <random>
#include <string>

#include <kohort/microsimulation/agreement.hpp>
#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const kohort::model three(
    {"light", "total", "dead"},
    {{"light", "total"}, {"light", "dead"}, {"total", "light"}, {"total", "dead"}}, "dead");

kohort::life_rates constant() { return {.structure = three, .rates = {.3, .05, .1, .25}}; }

kohort::life_starts people(int light, int total) {
  kohort::life_starts all;
  all.states.assign(static_cast<std::size_t>(light), 0);
  all.states.resize(static_cast<std::size_t>(light + total), 1);
  return all;
}

std::vector<double> all_numbers(const kohort::life_results& r) {
  std::vector<double> all;
  for (const auto* v : {&r.occupancy, &r.person_years, &r.moves, &r.entered, &r.cost, &r.enrolled,
                        &r.enrolled_years})
    all.insert(all.end(), v->begin(), v->end());
  return all;
}

}  // namespace

TEST_CASE("a life ends when the rates have cumulated to the person's patience",
          "[microsimulation]") {
  // E 1.2, intensity .5 for one year then .8: leaves at 1.875 (example 21). The patience of person
  // i is what it is, so the rule is checked against each one's own: t = E / .5 up to a year.
  const kohort::model two({"alive", "dead"}, {{"alive", "dead"}}, "dead");
  const kohort::life_rates steps{.structure = two, .years = 2, .rates = {.5, .8}};
  const kohort::life_rates plain{.structure = two, .rates = {1}};
  for (std::uint32_t replicate = 0; replicate < 50; ++replicate) {
    kohort::life_settings settings{.periods = 1, .step = 100};
    settings.first_replicate = replicate;
    const auto lived = [&](const kohort::life_rates& rates) {
      return kohort::simulate_lives(rates, {.states = {0}}, {}, {}, settings)[0].person_years[0];
    };
    const double patience = lived(plain);
    const double expected = patience <= .5 ? patience / .5 : 1 + (patience - .5) / .8;
    CHECK_THAT(lived(steps), WithinRel(expected, 1e-13));
  }
  CHECK(1 + (1.2 - .5) / .8 == 1.875);
}

TEST_CASE("the same bytes on any number of threads", "[microsimulation]") {
  for (const bool lanes : {true, false}) {
    for (const int persons : {3000, 120000}) {
      kohort::life_settings settings{.periods = 4, .step = .5, .cost = {1, 7, 0}};
      settings.discount = .03;
      settings.replicates = persons < 100000 ? 3 : 1;
      settings.allow_lanes = lanes;
      std::vector<std::vector<double>> found;
      for (const int threads : {1, 2, 8}) {
        settings.threads = threads;
        found.push_back(all_numbers(kohort::simulate_lives(
            constant(), people(persons / 3, persons / 2), {}, {}, settings)[0]));
      }
      CHECK(found[0] == found[1]);
      CHECK(found[0] == found[2]);
    }
  }
}

TEST_CASE("side by side persons live the lives they live alone", "[microsimulation]") {
  kohort::life_rates rates = constant();
  rates.patterns = 3;
  rates.group_of_pattern = {0, 1, 1};
  rates.rates = {.3, .05, .1, .25, 0, .7, .2, .1, 3, .2, 4, 0};
  auto persons = people(2000, 1000);
  std::mt19937 random(3);
  for (std::size_t i = 0; i < persons.size(); ++i) {
    persons.patterns.push_back(static_cast<int>(random() % 3));
    persons.times.push_back(random() % 2 ? 0 : static_cast<double>(random() % 1000) / 150.0);
  }
  kohort::life_settings settings{.periods = 12, .step = .5, .cost = {1, 7, 0}};
  settings.discount = .05;
  settings.move_cost = {1, 2, 3, 4};
  settings.allow_lanes = false;
  const auto alone = kohort::simulate_lives(rates, persons, {}, {}, settings)[0];
  settings.allow_lanes = true;
  for (const auto with : {kohort::instruction_set::baseline, kohort::instruction_set::avx2,
                          kohort::instruction_set::avx512}) {
    if (with > kohort::best_instruction_set()) continue;
    settings.with = with;
    const auto beside = kohort::simulate_lives(rates, persons, {}, {}, settings)[0];
    CHECK(beside.occupancy == alone.occupancy);
    CHECK(beside.moves == alone.moves);
    CHECK(beside.entered == alone.entered);
    for (std::size_t i = 0; i < alone.person_years.size(); ++i)
      CHECK_THAT(beside.person_years[i], WithinAbs(alone.person_years[i], 1e-9));
    for (std::size_t i = 0; i < alone.cost.size(); ++i)
      CHECK_THAT(beside.cost[i], WithinRel(alone.cost[i], 1e-12));
  }
}

TEST_CASE("nobody is lost, and person-years are what the periods hold", "[microsimulation]") {
  kohort::life_settings settings{.periods = 5, .step = 2, .cost = {1, 1, 1}};
  settings.replicates = 4;
  const auto seen = kohort::simulate_lives(constant(), people(500, 300), {}, {}, settings)[0];
  for (int r = 0; r < 4; ++r) {
    for (int j = 0; j < 5; ++j) {
      double there = 0, years = 0;
      for (int s = 0; s < 3; ++s) {
        there += seen.occupancy[static_cast<std::size_t>((r * 6 + j + 1) * 3 + s)];
        years += seen.person_years[static_cast<std::size_t>((r * 5 + j) * 3 + s)];
      }
      CHECK(there == 800);
      CHECK_THAT(years, WithinRel(1600.0, 1e-12));
      CHECK_THAT(seen.cost[static_cast<std::size_t>(r * 5 + j)], WithinRel(1600.0, 1e-12));
    }
  }
}

TEST_CASE("splitting the horizon or the rates into pieces changes no life", "[microsimulation]") {
  // Equal rates in every year, age and class of a clock: the pieces are there but say nothing.
  auto pieces = constant();
  pieces.years = 3;
  pieces.first_age = 80;
  pieces.ages = 4;
  pieces.since_entry_cuts = {.3, 1.7};
  pieces.in_state_cuts = {.25};
  pieces.rates.clear();
  for (int i = 0; i < 3 * 4 * 3 * 2; ++i)
    pieces.rates.insert(pieces.rates.end(), {.3, .05, .1, .25});
  auto persons = people(600, 400);
  for (std::size_t i = 0; i < persons.size(); ++i) {
    persons.ages.push_back(78 + static_cast<int>(i % 8));
    persons.to_birthday.push_back((1 + static_cast<double>(i % 12)) / 12);
  }
  kohort::life_settings settings{.periods = 24, .step = .25};
  settings.allow_lanes = false;
  const auto whole = kohort::simulate_lives(constant(), people(600, 400), {}, {}, settings)[0];
  const auto cut = kohort::simulate_lives(pieces, persons, {}, {}, settings)[0];
  CHECK(whole.occupancy == cut.occupancy);
  CHECK(whole.moves == cut.moves);
}

TEST_CASE("a strategy with ratio 1 changes nothing, and one on death saves lives",
          "[microsimulation]") {
  kohort::life_settings settings{.periods = 6, .step = 1, .cost = {10, 100, 0}};
  settings.replicates = 3;
  const auto effect = [](int k, double ratio) {
    return kohort::life_effect{.transition = k,
                               .since_enrolment = false,
                               .starts = 2,
                               .log_ratio = std::vector<double>(24, std::log(ratio)),
                               .step = 1.0 / 12};
  };
  const std::vector<double> everyone{1, 1, 0};
  const std::vector<kohort::life_strategy> arms{
      {.name = "usual"},
      {.name = "null", .effects = {effect(1, 1)}, .enrols_stock = everyone},
      {.name = "safer", .effects = {effect(1, .2), effect(3, .2)}, .enrols_stock = everyone}};
  const auto found = kohort::simulate_lives(constant(), people(300, 300), {}, arms, settings);
  CHECK(found[0].occupancy == found[1].occupancy);
  CHECK(found[0].moves == found[1].moves);
  CHECK(found[1].enrolled[0] == 600);
  const auto dead = [&](const kohort::life_results& r, int date) {
    return r.occupancy[static_cast<std::size_t>(date * 3 + 2)];
  };
  CHECK(dead(found[2], 2) == dead(found[0], 2));  // nothing before it begins
  CHECK(dead(found[2], 4) < dead(found[0], 4));
  CHECK_THAT(found[2].enrolled_years[0] + found[2].person_years[2],
             WithinRel(600.0, 1e-12));  // alive
}

TEST_CASE("an effect since enrolment is a step in the person's own time", "[microsimulation]") {
  // Death at rate 1 with a ratio of .5 for the first half year after enrolment at t = 1: the
  // patience E of each person says when he dies.
  const kohort::model two({"alive", "dead"}, {{"alive", "dead"}}, "dead");
  const kohort::life_rates rates{.structure = two, .rates = {1}};
  const std::vector<kohort::life_strategy> arms{
      {.name = "usual"},
      {.name = "half",
       .effects = {{.transition = 0, .log_ratio = {std::log(.5), std::log(.25)}, .step = .25}},
       .enrols_stock = {1, 0},
       .enrols_from = 1}};
  for (std::uint32_t replicate = 0; replicate < 60; ++replicate) {
    kohort::life_settings settings{.periods = 1, .step = 100};
    settings.first_replicate = replicate;
    const auto found = kohort::simulate_lives(rates, {.states = {0}}, {}, arms, settings);
    const double E = found[0].person_years[0];
    double t = E;
    if (E > 1) t = 1 + (E - 1) / .5;
    if (E > 1.125) t = 1.25 + (E - 1.125) / .25;
    if (E > 1.1875) t = 1.5 + (E - 1.1875);
    CHECK_THAT(found[1].person_years[0], WithinRel(t, 1e-12));
  }
}

TEST_CASE("what cannot be simulated is refused by name", "[microsimulation]") {
  const auto code = [](const kohort::life_rates& rates, const kohort::life_starts& who,
                       kohort::life_settings settings = {}) {
    try {
      (void)kohort::simulate_lives(rates, who, {}, {}, settings);
    } catch (const kohort::invalid_input& error) {
      return error.code();
    }
    return std::string("accepted");
  };
  auto rates = constant();
  rates.rates[2] = NAN;
  CHECK(code(rates, people(1, 1)) == "E-NUM");
  rates.rates.pop_back();
  CHECK(code(rates, people(1, 1)) == "E-SHAPE");
  CHECK(code(constant(), {.states = {5}}) == "E-NUM");
  CHECK(code(constant(), {.states = {0}, .patterns = {1}}) == "E-NUM");
  CHECK(code(constant(), people(1, 1), {.periods = 0}) == "E-SETTING");
  CHECK(code(constant(), people(1, 1), {.periods = 1, .cost = {1}}) == "E-SHAPE");
  kohort::life_settings stopped;
  stopped.report = [](std::size_t, std::size_t) { return false; };
  CHECK_THROWS_AS(kohort::simulate_lives(constant(), people(9, 9), {}, {}, stopped),
                  kohort::interrupted);
}
