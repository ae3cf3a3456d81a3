#include <kohort/interventions/programme.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include <kohort/support/error.hpp>

#include "catch.hpp"
#include "constructed_team.hpp"
#include "refusal.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort_tests::constructed;
using kohort_tests::refusal;

TEST_CASE("the constructed team saves 12 000 a person and month", "[interventions]") {
  const auto p = constructed();
  CHECK(kohort::saving_while_enrolled(p) == 12'000);
  CHECK(kohort::saving_after_discharge(p) == 0);
  CHECK(kohort::net_saving(p) == 10'000);
  CHECK(kohort::net_per_month(p, 15) == -150'000);
  CHECK(kohort::net_per_month(p, 45) == 150'000);
}

TEST_CASE("what is saved after discharge is a geometric sum", "[interventions]") {
  auto p = constructed();
  p.hours_avoided = 10;
  p.months_avoided = GENERATE(1.0, 7.0, 12.0, 60.0);
  p.fade = GENERATE(1.0, 0.9);
  p.staying = 0.98;
  p.discount = 0.03;
  p.performed = 0.9;
  p.released = 0.7;
  p.deferred_housing = 1234;
  const double q = p.fade * p.staying * std::pow(1.03, -1.0 / 12);
  const double sum = q * (1 - std::pow(q, p.months_avoided)) / (1 - q);
  const double expected = 0.8 * 10 * 500 * 0.9 * 0.7 * sum + 1234;
  CHECK_THAT(kohort::saving_after_discharge(p), WithinRel(expected, 1e-12));
  SECTION("and is booked in shares of the stay") {
    p.stay = 3;
    CHECK_THAT(kohort::net_saving(p) - kohort::net_saving(p, true), WithinRel(expected / 3, 1e-12));
  }
  SECTION("the same course as a table") {
    p.course.assign(static_cast<std::size_t>(p.months_avoided), 1.0);
    CHECK_THAT(kohort::saving_after_discharge(p), WithinRel(expected, 1e-12));
  }
}

TEST_CASE("half a month counts half", "[interventions]") {
  auto p = constructed();
  p.hours_avoided = 10;
  p.months_avoided = 2.5;
  CHECK_THAT(kohort::saving_after_discharge(p), WithinRel(0.8 * 10 * 500 * 2.5, 1e-14));
}

TEST_CASE("an idle team is still a team", "[interventions]") {
  auto p = constructed();
  CHECK(kohort::teams_for(p, 1e6) == 1);
  p.capacity = 45;
  CHECK(kohort::teams_for(p, 0) == 1);
  CHECK(kohort::teams_for(p, 45) == 1);
  CHECK(kohort::teams_for(p, 45.001) == 2);
  CHECK(kohort::net_per_month(p, 0) == -300'000);
  p.capacity = 0.1;  // 0.3 / 0.1 is a little more than 3 in doubles
  CHECK(kohort::teams_for(p, 0.3) == 3);
  p.team_costs = {300'000, 500'000};
  CHECK(kohort::cost_of_teams(p, 2) == 500'000);
  CHECK(refusal([&] { kohort::cost_of_teams(p, 3); }) == "E-SETTING");
}

TEST_CASE("teams that Poisson numbers need, as computed elsewhere", "[interventions]") {
  auto p = constructed();  // worked number 14
  p.capacity = 45;
  CHECK_THAT(kohort::expected_teams(p, 40), WithinAbs(1.190349911569, 1e-12));
  CHECK_THAT(kohort::expected_net_per_month(p, 40), WithinAbs(42895.02652937, 1e-7));
}

TEST_CASE("and by adding up the probabilities", "[interventions]") {
  auto p = constructed();
  p.capacity = GENERATE(1.0, 7.0, 30.0);
  const double mean = GENERATE(0.5, 12.0, 50.0);
  double teams = 0, probability = std::exp(-mean);
  for (int n = 0; n < 400; ++n) {
    teams += probability * kohort::teams_for(p, n);
    probability *= mean / (n + 1);
  }
  CHECK_THAT(kohort::expected_teams(p, mean), WithinRel(teams, 1e-12));
  p.team_costs.resize(400);
  std::iota(p.team_costs.begin(), p.team_costs.end(), 1.0);
  for (auto& cost : p.team_costs) cost *= p.fixed_cost;
  CHECK_THAT(kohort::expected_net_per_month(p, mean),
             WithinRel(mean * 10'000 - 300'000 * teams, 1e-11));
}

TEST_CASE("a team's cost from its posts", "[interventions]") {
  const std::vector<kohort::post> posts = {{"occupational therapist", 2, 38'000},
                                           {"assistant nurse", 2, 31'000}};
  CHECK_THAT(kohort::team_cost(posts, 0.42, 12'000, 8'000),
             WithinRel((2 * 38'000 + 2 * 31'000) * 1.42 + 20'000, 1e-14));
  CHECK(refusal([&] { kohort::team_cost(posts, -0.1, 0); }) == "E-COST");
  CHECK(refusal([&] { kohort::team_cost(posts, NAN, 0); }) == "E-NUM");
}

TEST_CASE("deferred housing is net of the home help meanwhile, and discounted", "[interventions]") {
  CHECK(kohort::deferred_housing_value(2, 12, 70'000, 30'000) == 80'000);
  CHECK(kohort::deferred_housing_value(0.5, 0, 70'000, 70'000) == 0);
  CHECK(kohort::deferred_housing_value(1, 11, 70'000, 30'000, 0.03) ==
        40'000 * std::pow(1.03, -1.0));
  CHECK(refusal([] { kohort::deferred_housing_value(-1, 0, 1, 1); }) == "E-COST");
}

TEST_CASE("what cannot be is refused by its name", "[interventions]") {
  const auto with = [](double kohort::programme::* value, double x) {
    return refusal([&] {
      auto p = constructed();
      p.*value = x;
      kohort::check(p);
    });
  };
  using kohort::programme;
  CHECK(with(&programme::fixed_cost, -1) == "E-COST");
  CHECK(with(&programme::hour_cost, NAN) == "E-NUM");
  CHECK(with(&programme::hours, -1) == "E-SETTING");
  CHECK(with(&programme::double_work, 25) == "E-SETTING");
  CHECK(with(&programme::stay, 0) == "E-SETTING");
  CHECK(with(&programme::capacity, INFINITY) == "accepted");
  CHECK(with(&programme::hours_avoided, -3) == "accepted");  // an effect may be harm
  CHECK(with(&programme::fixed_cost, INFINITY) == "E-NUM");
  CHECK(refusal([] { kohort::programme_input_named("salary"); }) == "E-SETTING");
  CHECK(refusal([] {
          auto p = constructed();
          p.team_costs = {5, 4};
          kohort::check(p);
        }) == "E-SETTING");
  try {
    auto p = constructed();
    p.double_work = 25;
    kohort::check(p);
  } catch (const kohort::invalid_input& error) {
    CHECK_THAT(error.what(), kohort_tests::contains("double_work = 25, but it is a share"));
  }
}
