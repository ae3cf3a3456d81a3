#include <kohort/projection/chance.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/model/probability_matrix.hpp>

#include "catch.hpp"

using namespace kohort;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const model structure({"light", "high", "dead"},
                      {{"light", "high"}, {"light", "dead"}, {"high", "light"}, {"high", "dead"}},
                      "dead");
const std::vector<double> rates{.3, .05, .1, .25};

/// 200 light and 50 high at one age, in every draw the same rates and the same mean.
chance_inputs inputs(int draws, int years, double light, double high) {
  chance_inputs in{structure, 2, years, draws, 1, std::vector<double>(8, 0.0), {}, {}};
  in.stock[0] = 200;
  in.stock[5] = 50;  // women, first age, high
  for (int k = 0; k < draws * 4; ++k) in.rates.insert(in.rates.end(), rates.begin(), rates.end());
  for (int k = 0; k < draws; ++k) {
    for (int y = 0; y <= years; ++y) {
      in.expected.push_back(y == 0 ? 200 : light);
      in.expected.push_back(y == 0 ? 50 : high);
    }
  }
  return in;
}

struct moments {
  double mean[2] = {0, 0}, variance[2] = {0, 0}, covariance = 0;
};

moments of(const std::vector<double>& numbers, int draws, int years, int y) {
  moments m;
  const auto value = [&](int k, int s) {
    return numbers[static_cast<std::size_t>((k * (years + 1) + y) * 2 + s)];
  };
  for (int k = 0; k < draws; ++k) {
    for (int s = 0; s < 2; ++s) m.mean[s] += value(k, s) / draws;
  }
  for (int k = 0; k < draws; ++k) {
    const double a = value(k, 0) - m.mean[0], b = value(k, 1) - m.mean[1];
    m.variance[0] += a * a / draws;
    m.variance[1] += b * b / draws;
    m.covariance += a * b / draws;
  }
  return m;
}

}  // namespace

TEST_CASE("without newcomers the numbers are multinomial", "[projection]") {
  const int draws = 20000, years = 3;
  const auto P = transition_probability(intensity_matrix<>::from_rates(structure, rates), years);
  const double light = 200 * P(0, 0) + 50 * P(1, 0), high = 200 * P(0, 1) + 50 * P(1, 1);
  const auto m = of(with_chance(inputs(draws, years, light, high), 1), draws, years, years);
  CHECK_THAT(m.mean[0], WithinRel(light, 0.005));
  CHECK_THAT(m.mean[1], WithinRel(high, 0.01));
  const double spread = 200 * P(0, 0) * (1 - P(0, 0)) + 50 * P(1, 0) * (1 - P(1, 0));
  CHECK_THAT(m.variance[0], WithinRel(spread, 0.04));
  CHECK_THAT(m.covariance, WithinRel(-200 * P(0, 0) * P(0, 1) - 50 * P(1, 0) * P(1, 1), 0.06));
}

TEST_CASE("newcomers add as much variance as there are of them", "[projection]") {
  const int draws = 20000, years = 2;
  const auto P = transition_probability(intensity_matrix<>::from_rates(structure, rates), years);
  const double stays = 200 * P(0, 0) + 50 * P(1, 0);
  const auto m = of(with_chance(inputs(draws, years, stays + 90, 500), 1), draws, years, years);
  const double spread = 200 * P(0, 0) * (1 - P(0, 0)) + 50 * P(1, 0) * (1 - P(1, 0));
  CHECK_THAT(m.mean[0], WithinRel(stays + 90, 0.005));
  CHECK_THAT(m.mean[1], WithinRel(500.0, 0.002));
  CHECK_THAT(m.variance[0], WithinRel(spread + 90, 0.04));
  auto wider = inputs(draws, years, stays + 90, 500);
  wider.dispersion = 2.5;
  const auto w = of(with_chance(wider, 1), draws, years, years);
  CHECK_THAT(w.mean[0], WithinRel(stays + 90, 0.005));
  CHECK_THAT(w.variance[0], WithinRel(spread + 2.5 * 90, 0.04));
}

TEST_CASE("fewer than stay alive means that some moved away, never fewer than none",
          "[projection]") {
  const int draws = 4000, years = 2;
  const auto numbers = with_chance(inputs(draws, years, 20, 3), 1);
  const auto m = of(numbers, draws, years, years);
  CHECK_THAT(m.mean[0], WithinRel(20.0, 0.02));
  CHECK_THAT(m.mean[1], WithinRel(3.0, 0.05));
  for (const double n : numbers) CHECK((n >= 0 && n == std::floor(n)));
}

TEST_CASE("the start is known, and draws do not depend on threads or on each other",
          "[projection]") {
  const auto one = with_chance(inputs(40, 2, 180, 60), 5, 1);
  CHECK(one == with_chance(inputs(40, 2, 180, 60), 5, 2));
  CHECK(one != with_chance(inputs(40, 2, 180, 60), 6, 2));
  const auto fewer = with_chance(inputs(7, 2, 180, 60), 5, 2);
  CHECK(std::equal(fewer.begin(), fewer.end(), one.begin()));
  for (std::size_t k = 0; k < 40; ++k) {
    CHECK(one[k * 6] == 200);
    CHECK(one[k * 6 + 1] == 50);
  }
}

TEST_CASE("half a person cannot live or die", "[projection]") {
  auto in = inputs(2, 1, 100, 50);
  in.stock[0] = 2.5;
  CHECK_THROWS_WITH(with_chance(in, 1), kohort_tests::contains("2.5 persons"));
  in = inputs(2, 1, 100, 50);
  in.expected.pop_back();
  CHECK_THROWS_WITH(with_chance(in, 1), kohort_tests::contains("the projection has 7 entries"));
  in = inputs(2, 1, 100, 50);
  in.dispersion = 0.5;
  CHECK_THROWS_WITH(with_chance(in, 1), kohort_tests::contains("the dispersion is 0.5"));
}
