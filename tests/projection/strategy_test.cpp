#include <kohort/projection/strategy.hpp>  // first, so the header must stand on its own

#include <algorithm>
#include <cmath>
#include <functional>

#include <kohort/support/error.hpp>

#include "catch.hpp"
#include "projection/small_municipality.hpp"
#include "projection/teams.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using constructed::effect;
using constructed::since;
using constructed::team;
using kohort::project_open_cohort;

namespace {

const std::vector<std::string> states{"none", "light", "high"};
const std::vector<std::vector<bool>> moves{
    {false, true, true}, {false, false, true}, {false, true, false}};

kohort::intensity_effect halving(int from, int to, std::vector<double> log_ratio = {-0.5}) {
  kohort::intensity_effect e;
  e.from = from;
  e.to = to;
  e.log_ratio = std::move(log_ratio);
  return e;
}

std::string refusal(const kohort::strategy& s, int draws = 1) {
  try {
    kohort::check_strategy(s, states, moves, draws);
    return "accepted";
  } catch (const kohort::invalid_input& error) {
    return error.code() + " " + error.what();
  }
}

template <typename Change>
std::string changed(Change change) {
  auto s = kohort::for_everybody("team", {halving(1, 2)}, 3);
  change(s);
  return refusal(s);
}

}  // namespace

TEST_CASE("an effect that fades keeps its cumulative intensity", "[projection]") {
  // R0 = .5, of which .9 is kept each month, on a rate of .3 a year: worked number 13.
  const auto ratios = kohort::fading_log_ratios(0.5, 0.9, 12);
  double cumulative = 0;
  for (const double x : ratios) cumulative += 0.3 / 12 * std::exp(x);
  CHECK_THAT(cumulative, WithinAbs(0.2044263447521, 1e-12));
  CHECK(std::is_sorted(ratios.begin(), ratios.end()));
  CHECK(ratios.back() < 0);
  const auto lasting = kohort::fading_log_ratios(2, 1, 3);
  for (const double x : lasting) CHECK(x == std::log(2.0));
  for (const double x : kohort::fading_log_ratios(1, 0.5, 4)) CHECK(x == 0);
  // In half as long steps the same effect has the same mean over each pair.
  const auto halves = kohort::fading_log_ratios(0.5, std::sqrt(0.9), 24);
  for (std::size_t i = 0; i < 12; ++i) {
    CHECK_THAT((std::exp(halves[2 * i]) + std::exp(halves[2 * i + 1])) / 2,
               WithinRel(std::exp(ratios[i]), 1e-14));
  }
  for (const double wrong : {0.0, -1.0, std::nan(""), 2000.0}) {
    CHECK_THROWS_AS(kohort::fading_log_ratios(wrong, 0.9, 12), kohort::invalid_input);
  }
  CHECK_THROWS_AS(kohort::fading_log_ratios(0.5, 1.1, 12), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::fading_log_ratios(0.5, 0.9, 0), kohort::invalid_input);
}

TEST_CASE("a strategy that cannot be is refused, by name", "[projection]") {
  using kohort_tests::contains;
  CHECK(refusal(kohort::for_everybody("team", {halving(1, 2), halving(0, 1), halving(2, 3)}, 3)) ==
        "accepted");
  CHECK(changed([](auto& s) { s.effects[0].log_ratio = {-INFINITY}; }) == "accepted");
  CHECK(refusal({}) == "accepted");  // usual care by another name
  CHECK_THAT(changed([](auto& s) { s.effects[0] = halving(1, 0); }),
             contains("E-STRATEGY") && contains("strategy 'team'") &&
                 contains("'light' -> 'none'") && contains("no such move"));
  CHECK_THAT(changed([](auto& s) {
               s.effects[0] = halving(0, 3);
               s.effects[0].sex = 2;
             }),
             contains("'none' -> death") && contains("sex 2"));
  CHECK_THAT(changed([](auto& s) { s.effects[0] = halving(7, 1); }), contains("state 7"));
  CHECK_THAT(changed([](auto& s) { s.uptake = 1.2; }), contains("uptake of 1.2"));
  CHECK_THAT(changed([](auto& s) { s.enrols_stock.pop_back(); }), contains("has 2 shares"));
  CHECK_THAT(changed([](auto& s) { s.enrols_stock[1] = -.1; }), contains("'light'"));
  CHECK_THAT(changed([](auto& s) { s.enrols_stock = s.enrols_newcomers = {}; }),
             contains("no share of anybody is enrolled"));
  CHECK_THAT(changed([](auto& s) {
               s.effects[0].from = 0;
               s.enrols_stock = s.enrols_newcomers = {0, 1, 1};
             }),
             contains("can act on nobody") && contains("enrol those without support"));
  CHECK_THAT(changed([](auto& s) { s.enrols_until = -1; }), contains("ends no earlier"));
  CHECK_THAT(changed([](auto& s) { s.effects[0].step = 0; }), contains("a month is 1/12"));
  CHECK_THAT(changed([](auto& s) { s.effects[0].starts = -1; }), contains("starts at -1"));
  CHECK_THAT(changed([](auto& s) { s.effects[0].log_ratio = {}; }), contains("has 0 ratios"));
  CHECK_THAT(changed([](auto& s) { s.effects[0].draws = 7; }), contains("for 7 draws"));
  CHECK_THAT(changed([](auto& s) { s.effects[0].log_ratio = {std::nan("")}; }),
             contains("E-EFFECT-RANGE"));
  CHECK_THAT(changed([](auto& s) { s.effects[0].log_ratio = {7}; }), contains("E-EFFECT-RANGE"));
}

TEST_CASE("strategies that cannot be are refused before any work", "[projection]") {
  auto in = constructed::municipality();
  const auto refused = [&](kohort::strategy s, kohort::projection_run run = {}) {
    in.strategies = {std::move(s)};
    auto options = constructed::by_single_age();
    try {
      project_open_cohort(in, {run}, options);
      return std::string("accepted");
    } catch (const kohort::invalid_input& error) {
      return error.code() + " " + error.what();
    }
  };
  CHECK(refused(team({effect(1, 2, 0.5)})) == "accepted");
  CHECK_THAT(refused(team({effect(3, 1, 0.5)})),
             kohort_tests::contains("E-STRATEGY") && kohort_tests::contains("'high' -> 'light'"));
  CHECK_THAT(refused(team({}), {.strategy = 1}), kohort_tests::contains("E-SHAPE"));
  CHECK_THAT(refused(team({}), {.path = 0}), kohort_tests::contains("population path 0"));
  auto options = constructed::by_single_age();
  options.periods_a_year = 2;
  CHECK_THROWS_AS(project_open_cohort(in, {{}}, options), kohort::invalid_input);
  options.periods_a_year = 1;
  options.enrolments_a_year = 0;
  CHECK_THROWS_AS(project_open_cohort(in, {{}}, options), kohort::invalid_input);
}

TEST_CASE("limits, boosters and uptakes that cannot be are refused", "[projection]") {
  const auto refused = [](const std::function<void(kohort::strategy&)>& change, int draws = 1) {
    auto s = team({since(effect(1, 2, 0.5, 0, 1))});
    change(s);
    std::vector<std::vector<bool>> moves(5, std::vector<bool>(5, true));
    try {
      check_strategy(s, {"none", "light", "moderate", "high", "ended"}, moves, draws);
      return std::string("accepted");
    } catch (const kohort::invalid_input& error) {
      return std::string(error.what());
    }
  };
  using kohort_tests::contains;
  CHECK(refused([](auto& s) { s.uptakes = {0.5, 0.6}; }, 2) == "accepted");
  CHECK_THAT(refused([](auto& s) { s.uptakes = {0.5}; }, 2), contains("there are 2"));
  CHECK_THAT(refused([](auto& s) { s.uptakes = {1.5}; }), contains("between 0 and 1"));
  CHECK_THAT(refused([](auto& s) { s.room = {-0.1}; }), contains("between 0 and 1"));
  CHECK_THAT(refused([](auto& s) { s.waits = {-1}; }), contains("a wait or a booster at -1"));
  CHECK_THAT(refused([](auto& s) {
               s.room = {0.5};
               s.enrols_stock[0] = 0.1;
             }),
             contains("microsimulate it with Places"));
  CHECK_THAT(refused([](auto& s) { s.boosters = {1}; }), contains("a share for some state"));
  CHECK_THAT(refused([](auto& s) {
               s.effects = {effect(1, 2, 0.5)};
               s.boosters = {1};
               s.boosted = {0, 1, 1, 1, 1};
             }),
             contains("effects since enrolment"));
}
