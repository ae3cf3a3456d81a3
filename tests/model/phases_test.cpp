#include <kohort/model/phases.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/model/probability_matrix.hpp>
#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::first_phase;

namespace {

const kohort::model leaving({"in", "out"}, {{"in", "out"}}, "out");

/// A state with two phases and one way out: from phase 1 `on` and `exit1`, from phase 2 `exit2`.
struct one_stay {
  kohort::phased_model phased;
  kohort::intensity_matrix<> Q;
  one_stay(double on, double exit1, double exit2)
      : phased(kohort::with_phases(leaving, std::array{2, 1})),
        Q(kohort::intensity_matrix<>::from_rates(phased.fine, std::array{exit1, exit2, on})) {}
  [[nodiscard]] double survival(double t) const {
    return kohort::stay_survival(Q, phased.map, 0, t, first_phase::entry);
  }
};

}  // namespace

TEST_CASE("every way into a state leads to its first phase, and every phase has every way out",
          "[model]") {
  const auto levels = kohort::dependency_model();
  const auto phased = kohort::with_phases(levels, std::array{1, 1, 1, 2, 1});
  CHECK(phased.fine.states() == std::vector<std::string>{"light", "moderate", "high",
                                                         "total (phase 1)", "total (phase 2)",
                                                         "dead"});
  CHECK(phased.map.seen_of == std::vector<kohort::state>{0, 1, 2, 3, 3, 4});
  int on = 0, out = 0;
  for (const auto& [from, to] : phased.fine.transitions()) {
    if (from == 3 && to == 4) {
      ++on;
      continue;
    }
    CHECK(to != 4);  // phase 2 is reached from phase 1 alone
    if (from == 3 || from == 4) ++out;
    CHECK(levels.index(phased.map.seen_of[static_cast<std::size_t>(from)],
                       phased.map.seen_of[static_cast<std::size_t>(to)]) >= 0);
  }
  CHECK(on == 1);
  CHECK(out == 2 * 2);  // to high and to dead
  CHECK(phased.fine.death() == 5);
  const auto back = kohort::seen_model(phased.fine, phased.map);
  CHECK(back.states() == levels.states());
  CHECK(back.transitions() == levels.transitions());
}

TEST_CASE("phases of a state that nobody leaves are refused", "[model]") {
  CHECK_THROWS_WITH(
      kohort::with_phases(leaving, std::array{1, 2}),
      Contains("'out' is to have phases, but nobody leaves it") && Contains("E-MODEL"));
  CHECK_THROWS_WITH(kohort::with_phases(leaving, std::array{0, 1}), Contains("0 phases"));
  CHECK_THROWS_WITH(kohort::with_phases(leaving, std::array{2}), Contains("Give one for each"));
}

TEST_CASE("two phases have the survival, mean and mixture worked out by hand", "[model]") {
  // W12 of the reference: mpmath, 40 digits.
  const one_stay stay(0.7, 0.9, 0.25);
  CHECK_THAT(stay.survival(0.25), WithinRel(0.8098497584389619, 1e-14));
  CHECK_THAT(stay.survival(1), WithinRel(0.5010320628492662, 1e-14));
  CHECK_THAT(stay.survival(4), WithinRel(0.1915523118870909, 1e-14));
  CHECK_THAT(kohort::mean_stay(stay.Q, stay.phased.map, 0, first_phase::entry),
             WithinRel(2.375, 1e-15));
  const auto weights = kohort::stationary_phases(stay.Q, stay.phased.map, 0);
  CHECK_THAT(weights[0], WithinRel(0.2631578947368421, 1e-15));
  CHECK_THAT(weights.sum(), WithinRel(1.0, 1e-15));
  const double w = 0.4814814814814815;  // the share of stays with the faster law
  CHECK_THAT(stay.survival(3),
             WithinRel(w * std::exp(-1.6 * 3) + (1 - w) * std::exp(-0.75), 1e-13));
}

TEST_CASE("the phases' names may be exchanged without changing the law", "[model]") {
  CHECK_THAT(1 - one_stay(0.7, 0.1, 0.25).survival(2), WithinRel(0.283114574364281663, 1e-14));
  CHECK_THAT(1 - one_stay(0.15, 0.1, 0.8).survival(2), WithinRel(0.283114574364281663, 1e-14));

  // Two ways out, random rates with b >= a: probabilities of each way, at any time, are the same.
  const kohort::model two_exits({"in", "out", "dead"}, {{"in", "out"}, {"in", "dead"}}, "dead");
  const auto phased = kohort::with_phases(two_exits, std::array{2, 1, 1});
  const auto seed = GENERATE(range(0, 20));
  double on = 0.2 + 0.03 * seed, exits[4] = {0.1, 0.05 * seed, 1.0 + on, 0.4 + 0.02 * seed};
  const auto rates = [&] {
    return kohort::intensity_matrix<>::from_rates(
        phased.fine, std::array{exits[0], exits[2], exits[1], exits[3], on});
  };
  const auto before = kohort::transition_probability(rates(), 0.8 + 0.1 * seed);
  const double a = on + exits[0] + exits[1], b = exits[2] + exits[3];
  REQUIRE(kohort::exchange_phases(on, exits) == (b >= a));
  if (b < a) return;
  const auto after = kohort::transition_probability(rates(), 0.8 + 0.1 * seed);
  CHECK_THAT(after(0, 2), WithinRel(before(0, 2), 1e-13));
  CHECK_THAT(after(0, 3), WithinRel(before(0, 3), 1e-13));
  CHECK(on + exits[0] + exits[1] >= exits[2] + exits[3]);
  double again = on, once[4] = {exits[0], exits[1], exits[2], exits[3]};
  CHECK(!kohort::exchange_phases(again, once));
  CHECK(again == on);
}

TEST_CASE("two phases meet three quantiles exactly", "[model]") {
  // Days by which 10, 30 and 50 % of those who moved into a care home in 2012 had died
  // (Schon, Lagergren & Kareholt 2016).
  const std::array shares{0.1, 0.3, 0.5}, days{8.0, 119.0, 595.0};
  auto years = days;
  for (auto& t : years) t /= 365.25;
  const auto law = kohort::two_phases_from_quantiles(shares, years);
  CHECK(law.on + law.exits[0] >= law.exits[1]);
  const one_stay stay(law.on, law.exits[0], law.exits[1]);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK_THAT(1 - stay.survival(years[i]), WithinAbs(shares[i], 1e-12));
    CHECK_THAT(
        kohort::stay_quantile(stay.Q, stay.phased.map, 0, shares[i], first_phase::entry) * 365.25,
        WithinRel(days[i], 1e-10));
  }

  SECTION("those of any two phases are found again") {
    const auto on = GENERATE(0.1, 1.0, 8.0), exit1 = GENERATE(0.05, 0.9, 6.0);
    const double exit2 = 0.3;
    const one_stay given(on, exit1, exit2);
    std::array<double, 3> times{};
    for (std::size_t i = 0; i < 3; ++i)
      times[i] = kohort::stay_quantile(given.Q, given.phased.map, 0, shares[i], first_phase::entry);
    const auto found = kohort::two_phases_from_quantiles(shares, times);
    const one_stay same(found.on, found.exits[0], found.exits[1]);
    CAPTURE(on, exit1, found.on, found.exits[0], found.exits[1]);
    for (const double t : {0.05, 0.3, 1.0, 3.0})
      CHECK_THAT(same.survival(t), WithinRel(given.survival(t), 1e-6));
  }
  SECTION("and refuse what they cannot be") {
    CHECK_THROWS_WITH(kohort::two_phases_from_quantiles(shares, {1.0, 1.0, 2.0}),
                      Contains("point 2") && Contains("E-QUANTILES"));
    CHECK_THROWS_WITH(kohort::two_phases_from_quantiles(shares, {1.0, 1.01, 1.02}),
                      Contains("D-NONIDENT"));
  }
}

TEST_CASE("starting values keep the mean stay, with a spread of shapes", "[model]") {
  const int phases = GENERATE(2, 3, 5), kind = GENERATE(0, 1, 2);
  const auto rates = kohort::phase_starts(0.4, phases, kind);
  REQUIRE(rates.size() == static_cast<std::size_t>(phases));
  const auto phased = kohort::with_phases(leaving, std::array{phases, 1});
  std::vector<double> all;
  for (const auto& [on, out] : rates) all.push_back(out);
  for (int i = 0; i + 1 < phases; ++i) all.push_back(rates[static_cast<std::size_t>(i)][0]);
  for (const double rate : all) CHECK(rate > 0);
  const auto Q = kohort::intensity_matrix<>::from_rates(phased.fine, all);
  CHECK_THAT(kohort::mean_stay(Q, phased.map, 0, first_phase::entry), WithinRel(2.5, 1e-13));
  for (std::size_t i = 1; i < rates.size(); ++i)
    CHECK(rates[i - 1][0] + rates[i - 1][1] >= rates[i][0] + rates[i][1]);
  const double half = kohort::stay_survival(Q, phased.map, 0, 2.5, first_phase::entry);
  if (phases == 2) CHECK((kind == 2 ? half > std::exp(-1) : half < std::exp(-1)));
}

TEST_CASE(
    "whoever is found in a state has as much of the stay left as the stay's second moment says",
    "[model]") {
  const one_stay stay(0.7, 0.9, 0.25);
  // mean of the remaining stay = E T^2 / (2 E T), and E T^2 = 2 integral of t S(t).
  double second = 0;
  const double h = 1e-3;
  for (int i = 0; i < 100000; ++i) {
    const double t = (i + 0.5) * h;
    const double w = 0.4814814814814815;
    second += 2 * t * (w * std::exp(-1.6 * t) + (1 - w) * std::exp(-0.25 * t)) * h;
  }
  CHECK_THAT(kohort::mean_stay(stay.Q, stay.phased.map, 0, first_phase::stationary),
             WithinRel(second / (2 * 2.375), 1e-6));
  const auto P =
      kohort::seen_transition_probability(stay.Q, stay.phased.map, 2, first_phase::stationary);
  CHECK_THAT(P(0, 0), WithinRel(kohort::stay_survival(stay.Q, stay.phased.map, 0, 2,
                                                      first_phase::stationary),
                                1e-14));
  CHECK(P(1, 1) == 1);
}
