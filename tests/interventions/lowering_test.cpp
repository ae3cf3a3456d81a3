#include <kohort/interventions/lowering.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <string>
#include <vector>

#include <kohort/model/probability_matrix.hpp>
#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

kohort::model levels() {
  return kohort::model({"light", "moderate", "total", "dead"},
                       {{"light", "moderate"},
                        {"light", "dead"},
                        {"moderate", "light"},
                        {"moderate", "total"},
                        {"moderate", "dead"},
                        {"total", "moderate"},
                        {"total", "dead"}},
                       "dead");
}

// Rates that rise with age, by sex; recovery from total is impossible from 82 on.
kohort::rate_table table() {
  kohort::rate_table t{80, 4, {}};
  for (int sex = 0; sex < 2; ++sex) {
    for (int age = 0; age < 4; ++age) {
      const double older = 1 + 0.1 * age + 0.05 * sex;
      for (const double rate : {0.3, 0.05, 0.2 / older, 0.25, 0.1, age < 2 ? 0.1 : 0.0, 0.4}) {
        t.rates.push_back(rate * older);
      }
    }
  }
  return t;
}

kohort::intensity_matrix<> cell(const kohort::rate_table& t, int sex, int age) {
  const auto model = levels();
  return kohort::intensity_matrix<>::from_rates(
      model, std::span(&t.rates[static_cast<std::size_t>(sex * 4 + age) * 7], 7));
}

}  // namespace

TEST_CASE("states are numbered as strategies number them", "[interventions]") {
  const auto model = levels();
  CHECK(kohort::strategy_state(model, 0) == 1);
  CHECK(kohort::strategy_state(model, 2) == 3);
  CHECK(kohort::strategy_state(model, 3) == 4);  // death: one past the last living state
}

TEST_CASE("a ratio acts in its window and fades in it", "[interventions]") {
  const std::vector<kohort::transition> moves = {{1, 2}, {2, 3}};
  kohort::effect_window window;
  window.from = 3;
  window.months = 6;
  window.fade = 0.8;
  window.sex = 0;
  window.first_age = 70;
  const auto effects = kohort::ratio_effects(moves, 0.5, window);
  REQUIRE(effects.size() == 2);
  CHECK(effects[1].from == 2);
  CHECK(effects[1].to == 3);
  CHECK(effects[0].starts == 0.25);
  CHECK(effects[0].step == 1.0 / 12);
  CHECK(effects[0].log_ratio.size() == 6);
  CHECK(effects[0].log_ratio[0] < effects[0].log_ratio[5]);
  CHECK(effects[0].sex == 0);
  CHECK(effects[0].first_age == 70);
  CHECK_THROWS_AS(kohort::ratio_effects(moves, -1, window), kohort::invalid_input);
  window.months = 0;
  CHECK_THROWS_AS(kohort::ratio_effects(moves, 0.5, window), kohort::invalid_input);
}

TEST_CASE("multiplied probabilities hold at every age and sex", "[interventions]") {
  const auto model = levels();
  const auto rates = table();
  const std::vector<kohort::probability_target> targets = {{1, 0, 1.4}, {2, 1, 1.4}};
  const auto effects = kohort::probability_effects(model, rates, targets, 1, {});
  CHECK(effects.size() == 2 * (2 * 2 + 2 * 1));
  for (int sex = 0; sex < 2; ++sex) {
    for (int age = 80; age < 84; ++age) {
      const auto Q = cell(rates, sex, age - 80);
      std::vector<kohort::transition> moves;
      std::vector<double> ratios;
      for (const auto& e : effects) {
        if (e.sex != sex || age < e.first_age || age > e.last_age) continue;
        moves.push_back({e.from - 1, e.to - 1});
        ratios.push_back(std::exp(e.log_ratio[0]));
      }
      const auto before = kohort::transition_probability(Q, 1);
      const auto after = kohort::transition_probability(kohort::with_ratios(Q, moves, ratios), 1);
      CHECK(moves.size() == (age < 82 ? 2 : 1));
      for (const auto& m : moves) {
        CHECK_THAT(after(m.from, m.to), WithinRel(1.4 * before(m.from, m.to), 1e-10));
      }
    }
  }
  // Ages beyond the table have the effect of its ends.
  CHECK(effects.front().first_age == 0);
  CHECK(effects.back().last_age == 1000);
}

TEST_CASE("a multiplier of 1 is no effect at all", "[interventions]") {
  const std::vector<kohort::probability_target> targets = {{1, 0, 1}};
  CHECK(kohort::probability_effects(levels(), table(), targets, 1, {}).empty());
}

TEST_CASE("a window of ages and a sex picks its cells", "[interventions]") {
  const std::vector<kohort::probability_target> targets = {{1, 0, 1.2}};
  kohort::effect_window window;
  window.first_age = 81;
  window.last_age = 82;
  window.sex = 1;
  const auto effects = kohort::probability_effects(levels(), table(), targets, 1, window);
  REQUIRE(effects.size() == 2);
  CHECK(effects[0].first_age == 81);
  CHECK(effects[1].last_age == 82);
}

TEST_CASE("odds at three and twelve months are met by two ratios", "[interventions]") {
  const auto model = levels();
  const auto rates = table();
  const kohort::odds_at_times wanted{{1, 2}, {{1, 0}}, {3, 12}, {0.6, 0.7}};
  const Eigen::VectorXd start = Eigen::VectorXd::Unit(4, 1);
  const auto effects =
      kohort::odds_effects(model, rates, wanted, start, kohort::effect_clock::since_enrolment);
  CHECK(effects.size() == 2 * 4 * 2);
  const auto Q = cell(rates, 1, 2);
  const auto odds = [](double p) { return p / (1 - p); };
  Eigen::RowVectorXd x = start.transpose();
  int piece = 0;
  for (const auto& e : effects) {
    if (e.sex != 1 || e.first_age > 82 || e.last_age < 82) continue;
    const std::vector<kohort::transition> moves = {{e.from - 1, e.to - 1}};
    const std::vector<double> ratio = {std::exp(e.log_ratio[0])};
    const double h = piece == 0 ? 0.25 : 0.75;
    CHECK(e.log_ratio.size() == (piece == 0 ? 3 : 9));
    x = x * kohort::transition_probability(kohort::with_ratios(Q, moves, ratio), h).matrix();
    const double t = piece == 0 ? 0.25 : 1;
    const auto usual = kohort::transition_probability(Q, t);
    const double p0 = usual(1, 1) + usual(1, 2);
    CHECK_THAT(odds(x(1) + x(2)), WithinRel(wanted.odds_ratios[piece] * odds(p0), 1e-9));
    ++piece;
  }
  CHECK(piece == 2);
}

TEST_CASE("an entry mix is changed cell by cell, or averted alike", "[interventions]") {
  std::vector<double> mix;
  for (int cell = 0; cell < 2 * 3; ++cell) {
    const double light = 0.4 + 0.05 * cell;
    mix.insert(mix.end(), {light, 0.3, 0.7 - light});
  }
  const std::vector<int> places = {1, 2, 3};
  const std::vector<double> factors = {1, 0.453, 1};
  const auto averted =
      kohort::mix_effects(mix, 80, 3, places, factors, kohort::mix_rule::to_none, {});
  REQUIRE(averted.size() == 1);
  CHECK(averted[0].from == 0);
  CHECK(averted[0].to == 2);
  CHECK_THAT(averted[0].log_ratio[0], WithinRel(std::log(0.453), 1e-14));
  const auto moved =
      kohort::mix_effects(mix, 80, 3, places, factors, kohort::mix_rule::softmax, {});
  CHECK(moved.size() == 2 * 3 * 3);
  double sum = 0;
  for (int j = 0; j < 3; ++j) sum += mix[j] * std::exp(moved[j].log_ratio[0]);
  CHECK_THAT(sum, WithinAbs(1, 1e-14));
}

TEST_CASE("tables of another size are refused", "[interventions]") {
  auto rates = table();
  rates.ages = 5;
  const std::vector<kohort::probability_target> targets = {{1, 0, 1.2}};
  try {
    kohort::probability_effects(levels(), rates, targets, 1, {});
    FAIL("accepted");
  } catch (const kohort::invalid_input& error) {
    CHECK(error.code() == "E-SHAPE");
  }
}
