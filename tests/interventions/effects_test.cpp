#include <kohort/interventions/effects.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <kohort/model/probability_matrix.hpp>
#include <kohort/projection/strategy.hpp>
#include <kohort/support/error.hpp>

#include "catch.hpp"
#include "refusal.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::intensity_matrix;
using kohort_tests::refusal;

namespace {

intensity_matrix<> model_a() {  // A of the worked numbers
  Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(3, 3);
  rates << 0, .05, .04, .02, 0, .20, 0, 0, 0;
  return intensity_matrix<>::from_rates(rates);
}

}  // namespace

TEST_CASE("a multiplier on a probability is another on the rate", "[interventions]") {
  Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(2, 2);
  rates(0, 1) = -std::log1p(-0.1);  // worked number 13
  const auto Q = intensity_matrix<>::from_rates(rates);
  const std::vector<kohort::probability_target> target = {{0, 1, 1.4}};
  CHECK_THAT(kohort::ratios_for_probabilities(Q, target, 1)[0], WithinAbs(1.431493465962, 1e-12));
  CHECK_THAT(kohort::ratios_for_probabilities(Q, target, 1)[0],
             WithinRel(std::log(1 - 1.4 * 0.1) / std::log(0.9), 1e-13));
  const std::vector<kohort::transition> move = {{0, 1}};
  const std::vector<double> ratio = {1.4};
  CHECK_THAT(kohort::transition_probability(kohort::with_ratios(Q, move, ratio), 1)(0, 1),
             WithinAbs(0.1371416360372, 1e-12));
}

TEST_CASE("with deaths in between, as computed elsewhere", "[interventions]") {
  const auto Q = model_a();
  const std::vector<kohort::probability_target> target = {{1, 0, 1.4}};
  CHECK_THAT(kohort::ratios_for_probabilities(Q, target, 1)[0], WithinAbs(1.405465811395, 1e-12));
  const std::vector<kohort::transition> move = {{1, 0}};
  const std::vector<double> ratio = {1.4};
  const double p = kohort::transition_probability(Q, 1)(1, 0);
  CHECK_THAT(kohort::transition_probability(kohort::with_ratios(Q, move, ratio), 1)(1, 0) / p,
             WithinAbs(1.394628647667, 1e-12));
}

TEST_CASE("several moves are solved for jointly", "[interventions]") {
  std::mt19937 random(GENERATE(range(1u, 9u)));
  std::uniform_real_distribution<double> any(0.02, 0.4);
  Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(5, 5);
  for (int r = 0; r < 4; ++r) {
    for (int s = 0; s < 5; ++s) rates(r, s) = r == s ? 0 : any(random);
  }
  const auto Q = intensity_matrix<>::from_rates(rates);
  std::vector<kohort::probability_target> targets;
  for (int r = 1; r < 4; ++r) {
    for (int s = 0; s < r; ++s) targets.push_back({r, s, 1.2});
  }
  targets[2].multiplier = 0.7;
  const auto ratios = kohort::ratios_for_probabilities(Q, targets, 1);
  std::vector<kohort::transition> moves;
  for (const auto& t : targets) moves.push_back({t.from, t.to});
  const auto before = kohort::transition_probability(Q, 1);
  const auto after = kohort::transition_probability(kohort::with_ratios(Q, moves, ratios), 1);
  for (const auto& t : targets) {
    CHECK_THAT(after(t.from, t.to), WithinRel(t.multiplier * before(t.from, t.to), 1e-11));
  }
}

TEST_CASE("no effect is exactly none", "[interventions]") {
  const std::vector<kohort::probability_target> targets = {{1, 0, 1}, {0, 1, 1}};
  CHECK(kohort::ratios_for_probabilities(model_a(), targets, 0.7) == std::vector<double>{1, 1});
}

TEST_CASE("a probability has a largest multiplier, and it is told", "[interventions]") {
  Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(3, 3);  // guide 8: r to s at R, s left at 2
  rates(0, 1) = 1;
  rates(1, 2) = 2;
  const auto Q = intensity_matrix<>::from_rates(rates);
  CHECK_THAT(kohort::transition_probability(Q, 1)(0, 1), WithinAbs(0.2325, 5e-5));
  std::vector<kohort::probability_target> target = {{0, 1, 1.1}};
  const double R = kohort::ratios_for_probabilities(Q, target, 1)[0];
  CHECK(R < 2.5);  // the root before the maximum near R = 2.6, not the one after it
  CHECK(R > 1);
  target[0].multiplier = 1.2;
  try {
    kohort::ratios_for_probabilities(Q, target, 1);
    FAIL("accepted");
  } catch (const kohort::invalid_input& error) {
    CHECK(error.code() == "E-EFFECT-RANGE");
    double best = 0;
    for (double x = 1; x < 6; x += 0.0005) {
      const double p = x == 2 ? std::exp(-2) : x / (2 - x) * (std::exp(-x) - std::exp(-2));
      best = std::max(best, p);
    }
    const double most = best / kohort::transition_probability(Q, 1)(0, 1);
    CHECK_THAT(error.what(), kohort_tests::contains("largest possible multiplier is " +
                                                    kohort::shown(most).substr(0, 6)));
  }
  target[0].multiplier = 0.3;
  const double less = kohort::ratios_for_probabilities(Q, target, 1)[0];
  CHECK(less < 0.3);
}

TEST_CASE("treated and untreated are two groups, never blended", "[interventions]") {
  // Worked number 13: uptake .6, R .5, rate .3, two years.
  Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(2, 2);
  rates(0, 1) = 0.3;
  const auto Q = intensity_matrix<>::from_rates(rates);
  const std::vector<kohort::transition> move = {{0, 1}};
  const auto stays = [&](double ratio) {
    return kohort::transition_probability(kohort::with_ratios(Q, move, std::vector<double>{ratio}),
                                          2)(0, 0);
  };
  CHECK_THAT(0.6 * stays(0.5) + 0.4 * stays(1), WithinAbs(0.6640155868466, 1e-12));
  CHECK_THAT(stays(1 + 0.6 * (0.5 - 1)), WithinAbs(0.6570468198151, 1e-12));
}

TEST_CASE("what a fading effect lets through, as computed elsewhere", "[interventions]") {
  double through = 0;
  for (const double log_ratio : kohort::fading_log_ratios(0.5, 0.9, 12)) {
    through += 0.3 / 12 * std::exp(log_ratio);
  }
  CHECK_THAT(through, WithinAbs(0.2044263447521, 1e-12));
}

TEST_CASE("odds ratios and shares by cause", "[interventions]") {
  CHECK_THAT(kohort::after_odds_ratio(0.75, 0.18), WithinAbs(0.35, 0.001));
  CHECK(kohort::after_odds_ratio(0.4, 1) == 0.4);
  const double p = kohort::after_odds_ratio(0.3, 4);
  CHECK_THAT(p / (1 - p), WithinRel(4 * 0.3 / 0.7, 1e-14));
  CHECK_THAT(kohort::rate_ratio(0.1, 0.14), WithinAbs(1.431493465962, 1e-12));
  // Eskilstuna: 58 % against 39 % ended, 16 % against 40 % of them by moving.
  CHECK_THAT(kohort::cause_specific_ratio(0.39, 0.39 * 0.6, 0.58, 0.58 * 0.84),
             WithinAbs(2.457, 5e-4));
  CHECK_THAT(kohort::cause_specific_ratio(0.39, 0.39 * 0.4, 0.58, 0.58 * 0.16),
             WithinAbs(0.702, 5e-4));
  CHECK(refusal([] { kohort::after_odds_ratio(1.2, 1); }) == "E-EFFECT");
  CHECK(refusal([] { kohort::rate_ratio(0, 0.1); }) == "E-EFFECT");
  CHECK(refusal([] { kohort::cause_specific_ratio(0.3, 0.4, 0.5, 0.1); }) == "E-EFFECT");
}

TEST_CASE("two ratios that meet the shares at three and twelve months", "[interventions]") {
  const auto Q = model_a();
  const Eigen::VectorXd start = Eigen::VectorXd::Unit(3, 1);
  const std::vector<kohort::state> inside = {1};
  const std::vector<kohort::transition> moves = {{1, 0}};
  const auto share = [&](double t) { return kohort::transition_probability(Q, t)(1, 1); };
  const std::vector<double> times = {0.25, 1.0};
  const std::vector<double> wanted = {kohort::after_odds_ratio(share(0.25), 0.18),
                                      kohort::after_odds_ratio(share(1), 0.22)};
  const auto ratios = kohort::ratios_for_shares(Q, start, inside, moves, times, wanted);
  Eigen::RowVectorXd x = start.transpose();
  double last = 0;
  for (int i = 0; i < 2; ++i) {
    const std::vector<double> ratio = {ratios[i]};
    x = x * kohort::transition_probability(kohort::with_ratios(Q, moves, ratio), times[i] - last)
                .matrix();
    CHECK_THAT(x(1), WithinRel(wanted[i], 1e-12));
    last = times[i];
  }
  CHECK(ratios[0] > 10);
  // Unchanged shares need no ratio, and more than everybody cannot be.
  const std::vector<double> same = {share(0.25), share(1)};
  for (const double R : kohort::ratios_for_shares(Q, start, inside, moves, times, same)) {
    CHECK_THAT(R, WithinAbs(1, 1e-9));
  }
  const std::vector<double> more = {0.999, 0.5};
  CHECK(refusal([&] { kohort::ratios_for_shares(Q, start, inside, moves, times, more); }) ==
        "E-EFFECT-RANGE");
}

TEST_CASE("an entry mix is multiplied with or without averted entries", "[interventions]") {
  const std::vector<double> mix = {0.5, 0.2, 0.2, 0.1}, factors = {1, 0.453, 1, 1};
  CHECK(kohort::entry_ratios(mix, factors, kohort::mix_rule::to_none) == factors);
  const auto all = kohort::entry_ratios(mix, factors, kohort::mix_rule::softmax);
  double sum = 0;
  for (int j = 0; j < 4; ++j) sum += mix[j] * all[j];
  CHECK_THAT(sum, WithinRel(1.0, 1e-15));
  CHECK_THAT(all[1] / all[0], WithinRel(0.453, 1e-15));
  CHECK(refusal([&] {
          kohort::entry_ratios(mix, std::vector<double>(4, 0.0), kohort::mix_rule::softmax);
        }) == "E-EFFECT");
}

TEST_CASE("boosters keep the effect up for those who are eligible", "[interventions]") {
  const auto Q = model_a();
  const Eigen::VectorXd start = Eigen::VectorXd::Unit(3, 0);
  kohort::boosted_effect effect{.moves = {{0, 1}}, .ratio = 0.5, .fade = 0.9, .lasts = 60};
  const auto plain = kohort::boosted_trace(Q, start, effect, 36);
  SECTION("without boosters: the fading effect in monthly pieces") {
    Eigen::RowVectorXd x = start.transpose();
    const auto logs = kohort::fading_log_ratios(0.5, 0.9, 36);
    for (int m = 0; m < 36; ++m) {
      const std::vector<double> ratio = {std::exp(logs[m])};
      x = x * kohort::transition_probability(kohort::with_ratios(Q, effect.moves, ratio), 1.0 / 12)
                  .matrix();
    }
    CHECK((plain.row(36) - x).cwiseAbs().maxCoeff() < 1e-15);
  }
  SECTION("nobody eligible: nothing changes; everybody: as if begun anew") {
    effect.boosters = {12, 24};
    CHECK((kohort::boosted_trace(Q, start, effect, 36) - plain).cwiseAbs().maxCoeff() == 0);
    effect.eligible = {0, 1, 2};
    const auto boosted = kohort::boosted_trace(Q, start, effect, 36);
    effect.boosters.clear();
    const auto again = kohort::boosted_trace(Q, boosted.row(24).transpose(), effect, 12);
    CHECK((boosted.row(36) - again.row(12)).cwiseAbs().maxCoeff() < 1e-15);
    CHECK(boosted(36, 1) < plain(36, 1));
  }
  SECTION("some eligible: between the two, and nobody is lost") {
    effect.boosters = {12, 24};
    effect.eligible = {0};
    const auto some = kohort::boosted_trace(Q, start, effect, 36);
    effect.eligible = {0, 1};
    CHECK(some(36, 1) < plain(36, 1));
    for (int m = 0; m <= 36; ++m) CHECK_THAT(some.row(m).sum(), WithinRel(1.0, 1e-13));
  }
}

TEST_CASE("effects on what is not there are refused", "[interventions]") {
  const auto Q = model_a();
  const auto with = [&](kohort::probability_target t, double h = 1) {
    return refusal([&] { kohort::ratios_for_probabilities(Q, std::span(&t, 1), h); });
  };
  CHECK(with({2, 0, 1.1}) == "E-EFFECT");
  CHECK(with({0, 7, 1.1}) == "E-EFFECT");
  CHECK(with({0, 1, -1}) == "E-EFFECT");
  CHECK(with({0, 1, 1.1}, 0) == "E-TIME");
}
