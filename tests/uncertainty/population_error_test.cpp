#include <kohort/uncertainty/population_error.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using namespace kohort;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("the error of a sum over ages is that of its covariance", "[uncertainty]") {
  const std::vector<double> people{1000, 800, 0, 0};  // men of two ages, no women
  const population_error error{.sigma = 0.05, .power = 0.5, .age_scale = 10};
  CHECK_THAT(std::sqrt(population_error_variance(error, people, 4)),
             WithinRel(176.1401974737, 1e-12));
  CHECK(population_error_variance(error, people, 0) == 0);
  CHECK(population_error_variance({}, people, 4) == 0);
}

TEST_CASE("paths have the mean, spread and correlation that are stated", "[uncertainty]") {
  const double power = GENERATE(0.5, 1.0);
  const int draws = 20000, years = 4, ages = 6;
  const population_error error{.sigma = 0.04, .power = power, .age_scale = 3, .between_sexes = 0.6};
  const auto paths = population_paths(error, years, ages, 0, draws, 7);
  const auto factor = [&](int k, int h, int sex, int a) {
    return std::exp(paths[static_cast<std::size_t>(((k * (years + 1) + h) * 2 + sex) * ages + a)]);
  };
  for (const int h : {0, 1, 4}) {
    // The sum of men of 100 persons at each age and women of 80, against the closed form.
    std::vector<double> people(2 * ages, 100.0);
    for (int a = 0; a < ages; ++a) people[static_cast<std::size_t>(ages + a)] = 80;
    double mean = 0, square = 0;
    for (int k = 0; k < draws; ++k) {
      double sum = 0;
      for (int a = 0; a < ages; ++a) sum += 100 * factor(k, h, 0, a) + 80 * factor(k, h, 1, a);
      mean += sum / draws;
      square += (sum - 1080) * (sum - 1080) / draws;
    }
    const double exact = population_error_variance(error, people, h);
    CAPTURE(power, h);
    CHECK_THAT(mean, WithinAbs(1080, 4 * std::sqrt(exact / draws) + 1e-9));
    CHECK_THAT(square, WithinAbs(exact, 0.06 * exact));
  }
}

TEST_CASE("with power 1 one error lasts; a random walk has fresh steps", "[uncertainty]") {
  population_error error{.sigma = 0.02, .power = 1};
  const auto lasting = population_paths(error, 2, 1, 0, 3, 1);
  for (std::size_t k = 0; k < 3; ++k) {  // s e: twice the size in the second year
    const double first = lasting[k * 6 + 2] + 0.02 * 0.02 / 2;
    CHECK_THAT(lasting[k * 6 + 4] + 0.04 * 0.04 / 2, WithinRel(2 * first, 1e-12));
  }
  error.power = 0.5;
  const auto walk = population_paths(error, 2, 1, 0, 3, 1);
  const double step = walk[2] + 0.0002;
  CHECK(std::abs(walk[4] + 0.0004 - 2 * step) > 1e-3);
}

TEST_CASE("draw k depends on the seed and k alone", "[uncertainty]") {
  const population_error error{.sigma = 0.05};
  const auto all = population_paths(error, 3, 5, 0, 8, 11);
  const auto later = population_paths(error, 3, 5, 5, 3, 11);
  CHECK(std::vector<double>(all.begin() + 5 * 40, all.end()) == later);
  CHECK(population_paths(error, 3, 5, 0, 8, 12) != all);
}

TEST_CASE("an error model that cannot be is refused with its remedy", "[uncertainty]") {
  CHECK_THROWS_WITH(
      population_paths({.sigma = -0.1}, 1, 1, 0, 1, 1),
      Contains("sigma is -0.1") && Contains("0.01 for 1 %") && Contains("[E-POP-ERROR]"));
  CHECK_THROWS_WITH(check({.sigma = 0.1, .power = 0.7}), Contains("0.5 for a random walk"));
  CHECK_THROWS_WITH(check({.sigma = 0.1, .age_scale = 0}), Contains("age scale is 0"));
  CHECK_THROWS_WITH(check({.sigma = 0.1, .between_sexes = 2}), Contains("between -1 and 1"));
}
