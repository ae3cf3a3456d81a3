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

namespace {

/// 300 men of the first age who cannot but die at the rate m, or move away; one level.
chance_inputs alone(int draws, int years, double m, double staying) {
  const model one({"light", "dead"}, {{"light", "dead"}}, "dead");
  chance_inputs in{one, 2, years, draws, 1, {300, 0, 0, 0}, {}, {}};
  in.rates.assign(static_cast<std::size_t>(draws * 4), m);
  in.staying.assign(static_cast<std::size_t>(years * 4), staying);
  return in;
}

}  // namespace

TEST_CASE("migration: binomial where people move out, Poisson where they move in", "[projection]") {
  const int draws = 20000, years = 3;
  const double m = 0.1, out = 0.15;
  const double dies = std::exp(-m * years), stays = std::exp(-(m + out) * years);
  struct {
    const char* what;
    double staying, expected, variance;
  } const cases[] = {
      {"emigration alone", std::exp(-out), 300 * stays, 300 * stays * (1 - stays)},
      {"immigration and death, from a start", 1, 300 * dies + 40 / m * (1 - dies),
       300 * dies * (1 - dies) + 40 / m * (1 - dies)},
      {"as many move in as out", std::exp(-out), 300 * dies, 300 * dies - 300 * stays * stays}};
  for (const auto& c : cases) {
    CAPTURE(c.what);
    auto in = alone(draws, years, m, c.staying);
    for (int k = 0; k < draws * (years + 1); ++k) in.expected.push_back(c.expected);
    const auto numbers = with_chance(in, 5);
    double mean = 0, square = 0;
    for (int k = 0; k < draws; ++k) {
      const double n = numbers[static_cast<std::size_t>(k * (years + 1) + years)] - c.expected;
      mean += n / draws;
      square += n * n / draws;
    }
    CHECK_THAT(mean, WithinAbs(0, 4 * std::sqrt(c.variance / draws)));
    CHECK_THAT(square, WithinRel(c.variance, 4 * std::sqrt(2.0 / draws)));
  }
  SECTION("nobody at the start: Poisson") {
    auto in = alone(draws, 1, m, 1);
    in.stock[0] = 0;
    for (int k = 0; k < draws; ++k) in.expected.insert(in.expected.end(), {0, 25});
    const auto numbers = with_chance(in, 6);
    double square = 0;
    for (int k = 0; k < draws; ++k) {
      square += std::pow(numbers[static_cast<std::size_t>(2 * k + 1)] - 25, 2) / draws;
    }
    CHECK_THAT(square, WithinRel(25.0, 4 * std::sqrt(2.0 / draws)));
  }
  SECTION("what cannot be is refused") {
    auto in = alone(1, 2, m, 1.2);
    in.expected.assign(3, 300.0);
    CHECK_THROWS_WITH(with_chance(in, 1), kohort_tests::contains("1.2 do not move away"));
    in.staying.pop_back();
    CHECK_THROWS_WITH(with_chance(in, 1), kohort_tests::contains("who stays has 7"));
  }
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

namespace {

/// The same start; `high` has two phases, whose shares are given.
chance_inputs with_phases(int draws, int years, double first, double leaves) {
  const model fine({"light", "high 1", "high 2", "dead"},
                   {{"light", "high 1"},
                    {"light", "dead"},
                    {"high 1", "light"},
                    {"high 1", "high 2"},
                    {"high 1", "dead"},
                    {"high 2", "light"},
                    {"high 2", "dead"}},
                   "dead");
  chance_inputs in{fine, 2, years, draws, 1, std::vector<double>(8, 0.0), {}, {}};
  in.stock[0] = 200;
  in.stock[5] = 50;
  in.seen_of = {0, 1, 1};
  in.shares.assign(12, 0.0);
  for (std::size_t cell = 0; cell < 4; ++cell) {
    in.shares[cell * 3] = 1;
    in.shares[cell * 3 + 1] = first;
    in.shares[cell * 3 + 2] = 1 - first;
  }
  const std::vector<double> of_fine{.3, .05, .1, .4, .25, .1 * leaves, .25 * leaves};
  for (int k = 0; k < draws * 4; ++k)
    in.rates.insert(in.rates.end(), of_fine.begin(), of_fine.end());
  return in;
}

}  // namespace

TEST_CASE("phases that nobody sees: numbers of the states as they are seen", "[projection]") {
  const int draws = 20000, years = 3;
  auto in = with_phases(draws, years, 0.3, 0.2);
  const auto P = transition_probability(
      intensity_matrix<>::from_rates(in.structure, std::span(in.rates).first(7)), years);
  const auto to_high = [&](int from) { return P(from, 1) + P(from, 2); };
  const double light = 200 * P(0, 0) + 50 * (.3 * P(1, 0) + .7 * P(2, 0));
  const double high = 200 * to_high(0) + 50 * (.3 * to_high(1) + .7 * to_high(2));
  for (int k = 0; k < draws; ++k) {
    for (int y = 0; y <= years; ++y) {
      in.expected.push_back(y == 0 ? 200 : light);
      in.expected.push_back(y == 0 ? 50 : high);
    }
  }
  // Expected numbers in between differ; the last year's alone is looked at.
  const auto m = of(with_chance(in, 1), draws, years, years);
  CHECK_THAT(m.mean[0], WithinRel(light, 0.005));
  CHECK_THAT(m.mean[1], WithinRel(high, 0.01));
  // Somebody high is in a phase of his own: over phases and years the law is one of chances.
  const double p = .3 * to_high(1) + .7 * to_high(2);
  const double spread = 200 * to_high(0) * (1 - to_high(0)) + 50 * p * (1 - p);
  CHECK_THAT(m.variance[1], WithinRel(spread, 0.04));

  SECTION("phases that leave alike change no law") {
    auto alike = with_phases(draws, years, 0.3, 1);
    alike.expected = inputs(draws, years, 150, 60).expected;
    const auto one = of(with_chance(alike, 1), draws, years, years);
    const auto plain = of(with_chance(inputs(draws, years, 150, 60), 2), draws, years, years);
    CHECK_THAT(one.mean[1], WithinRel(plain.mean[1], 0.005));
    CHECK_THAT(one.variance[0], WithinRel(plain.variance[0], 0.05));
    CHECK_THAT(one.variance[1], WithinRel(plain.variance[1], 0.05));
  }
  SECTION("the same numbers on any threads; shares sum to 1") {
    auto few = with_phases(9, 1, 0.3, 0.2);
    few.expected = inputs(9, 1, 150, 60).expected;
    CHECK(with_chance(few, 5, 1) == with_chance(few, 5, 2));
    few.shares[10] = 0.5;  // of a cell without anybody
    CHECK_NOTHROW(with_chance(few, 5));
    few.shares[7] = 0.5;
    CHECK_THROWS_WITH(with_chance(few, 5), kohort_tests::contains("phases sum to 1.2 in a cell"));
    few.seen_of.pop_back();
    CHECK_THROWS_WITH(with_chance(few, 5), kohort_tests::contains("the map of phases has 2"));
    few.seen_of = {0, 1, 3};
    CHECK_THROWS_WITH(with_chance(few, 5), kohort_tests::contains("not there"));
  }
}
