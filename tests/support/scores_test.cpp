#include <kohort/support/scores.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/support/random.hpp>

#include "catch.hpp"

using namespace kohort;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("the score of a published distribution and of draws is that computed elsewhere",
          "[support]") {
  const std::vector<long long> values{2, 3, 4, 5, 7};
  const std::vector<double> probabilities{.1, .2, .4, .2, .1};
  CHECK_THAT(crps(values, probabilities, 6), WithinAbs(1.41, 1e-14));  // W20
  const std::vector<double> draws{3, 5, 4, 8, 4, 6};
  CHECK_THAT(crps(draws, 7, crps_form::plain), WithinRel(13.0 / 9, 1e-14));
  CHECK_THAT(crps(draws, 7), WithinRel(19.0 / 15, 1e-14));
}

TEST_CASE("both forms of the score agree, wherever what came lies", "[support]") {
  const std::vector<long long> values{2, 3, 4, 5, 7};
  const std::vector<double> probabilities{.1, .2, .4, .2, .1};
  std::vector<double> draws;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (int n = 0; n < static_cast<int>(10 * probabilities[i] + .5); ++n) {
      draws.push_back(static_cast<double>(values[i]));
    }
  }
  const auto seen = GENERATE(-3, 1, 2, 3, 6, 7, 8, 20);
  CHECK_THAT(crps(values, probabilities, seen),
             WithinAbs(crps(draws, seen, crps_form::plain), 1e-13));
}

TEST_CASE("a point forecast scores its absolute error", "[support]") {
  CHECK(crps(std::vector<double>{12}, 7) == 5);
  CHECK(crps(std::vector<double>{12, 12, 12}, 17) == 5);
  CHECK_THROWS_WITH(crps(std::vector<double>{}, 1), kohort_tests::contains("no draws"));
  CHECK_THROWS_WITH(crps(std::vector<long long>{1}, {}, 1),
                    kohort_tests::contains("1 values and 0 probabilities"));
}

TEST_CASE("the fair score does not depend on how many draws there are, on average", "[support]") {
  // Of a standard normal at 0: (sqrt 2 - 1) / sqrt pi.
  const random_stream random(7, purpose::resampling);
  double fair = 0, plain = 0;
  const int repeats = 20000;
  for (std::uint32_t k = 0; k < repeats; ++k) {
    const std::vector<double> four{random.normal(k, 0, 0), random.normal(k, 0, 1),
                                   random.normal(k, 0, 2), random.normal(k, 0, 3)};
    fair += crps(four, 0) / repeats;
    plain += crps(four, 0, crps_form::plain) / repeats;
  }
  const double exact = (std::sqrt(2.0) - 1) / std::sqrt(std::acos(-1.0));
  CHECK_THAT(fair, WithinAbs(exact, 0.01));
  CHECK(plain > exact + 0.1);
}

TEST_CASE("a Poisson forecast scores as its probabilities do", "[support]") {
  const double mean = GENERATE(0.3, 4.0, 180.0);
  const auto seen = GENERATE(0LL, 3LL, 200LL);
  std::vector<long long> values;
  std::vector<double> probabilities;
  for (long long k = 0; k < 500; ++k) {
    values.push_back(k);
    const auto at = static_cast<double>(k);
    probabilities.push_back(std::exp(at * std::log(mean) - mean - std::lgamma(at + 1)));
  }
  CHECK_THAT(poisson_crps(mean, seen), WithinRel(crps(values, probabilities, seen), 1e-10));
  double below = 0;
  for (const double p : {.025, .1, .5, .9, .975}) {
    const auto k = poisson_quantile(mean, p);
    below = 0;
    for (long long j = 0; j <= k; ++j) below += probabilities[static_cast<std::size_t>(j)];
    CHECK(below >= p);
    CHECK(below - probabilities[static_cast<std::size_t>(k)] < p);
  }
  CHECK(poisson_crps(0, 3) == 3);
  CHECK(poisson_quantile(0, .9) == 0);
}

TEST_CASE("the randomised transform of a count is uniform if the forecast is right", "[support]") {
  const std::vector<double> draws{1, 2, 2, 3};
  CHECK(randomised_pit(draws, 2, 0.5) == 0.5);
  CHECK(randomised_pit(draws, 0, 0.5) == 0);
  CHECK(randomised_pit(draws, 9, 0.5) == 1);
  const random_stream random(8, purpose::resampling);
  double mean = 0, square = 0;
  const int repeats = 20000;
  for (std::uint32_t k = 0; k < repeats; ++k) {  // what comes has the draws' own distribution
    const auto pick = static_cast<std::size_t>(4 * random.uniform(k, 0, 0));
    const double v = randomised_pit(draws, draws[pick], random.uniform(k, 0, 1));
    mean += v / repeats;
    square += v * v / repeats;
  }
  CHECK_THAT(mean, WithinAbs(0.5, 0.01));
  CHECK_THAT(square - mean * mean, WithinAbs(1.0 / 12, 0.003));
}
