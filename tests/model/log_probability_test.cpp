#include <kohort/model/log_probability.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "published_models.hpp"
#include "random_generators.hpp"
#include "slow_exponential.hpp"

using Catch::Matchers::WithinRel;
using kohort::intensity_matrix;
using kohort::log_transition_probability;

TEST_CASE("logarithms of probabilities no double can hold, as mpmath has them", "[model]") {
  const auto Q = kohort_tests::progressive();
  const auto at = [&](double t, int s) { return log_transition_probability(Q, t)(0, s); };
  CHECK_THAT(at(1e-7, 3), WithinRel(-53.8551286155344701, 1e-15));
  CHECK_THAT(at(1e-7, 4), WithinRel(-72.2758093530868356, 1e-15));
  CHECK_THAT(at(1e-90, 3), WithinRel(-627.198816739051845, 1e-15));
  CHECK_THAT(at(1e-90, 4), WithinRel(-836.734060201510003, 1e-15));
  CHECK_THAT(at(2000, 0), WithinRel(-700.0, 1e-14));
  CHECK_THAT(at(2000, 1), WithinRel(-558.3905620875659, 1e-14));
  CHECK_THAT(at(2000, 2), WithinRel(-496.513644809997538, 1e-14));
  CHECK_THAT(at(2000, 3), WithinRel(-496.002819186231547, 1e-14));
  CHECK_THAT(at(1e5, 3), WithinRel(-24996.0028191862315, 1e-14));
  CHECK(at(1e5, 4) == 0);
}

TEST_CASE("every state that can be reached has a finite logarithm", "[model]") {
  const auto Q = kohort_tests::progressive();
  for (const double t : {5e-324, 1e-300, 1e-30, 1.0, 1e6, 1e100, 1e300, 1.7e308}) {
    CAPTURE(t);
    const auto logs = log_transition_probability(Q, t);
    for (int r = 0; r < 5; ++r) {
      for (int s = 0; s < 5; ++s) {
        CAPTURE(r, s);
        if (s >= r) {
          CHECK(std::isfinite(logs(r, s)));
          CHECK(logs(r, s) <= 0);
        } else {
          CHECK(logs(r, s) == -std::numeric_limits<double>::infinity());
        }
      }
    }
    CHECK(logs(4, 4) == 0);
  }
}

TEST_CASE("logarithms agree with fifty digits at tiny, usual and huge times", "[model]") {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    kohort_tests::dice roll(seed);
    const int n = roll.integer(2, 6);
    const auto Q = intensity_matrix<>::from_rates(kohort_tests::random_rates(roll, n, 1e-8, 1e4));
    const double range[] = {1e-280, 1e-60, 1e-6, 10, 2e4};
    const int from = roll.integer(0, 3);
    const double t = roll.log_uniform(range[from], range[from + 1]);
    const auto truth = kohort_tests::slow_exponential<kohort_tests::fifty>(Q, t);
    const auto logs = log_transition_probability(Q, t);
    for (int r = 0; r < n; ++r) {
      for (int s = 0; s < n; ++s) {
        if (truth(r, s) == 0) {
          REQUIRE(logs(r, s) == -std::numeric_limits<double>::infinity());
          continue;
        }
        const double exact = log(truth(r, s)).convert_to<double>();
        const double error = std::abs(logs(r, s) - exact) / std::max(1.0, std::abs(exact));
        CAPTURE(seed, n, t, r, s, exact, logs(r, s));
        REQUIRE(error < 2e-12);
      }
    }
  }
}

TEST_CASE("no time leaves everybody certain of where they are", "[model]") {
  const auto logs = log_transition_probability(kohort_tests::five_levels(), 0);
  for (int r = 0; r < 5; ++r) {
    for (int s = 0; s < 5; ++s) {
      CHECK(logs(r, s) == (r == s ? 0.0 : -std::numeric_limits<double>::infinity()));
    }
  }
  CHECK_THROWS_AS(log_transition_probability(kohort_tests::five_levels(), -1),
                  kohort::invalid_input);
}

TEST_CASE("without rates everybody stays, and nothing else can be", "[model]") {
  const auto still = intensity_matrix<2>::from_rates(Eigen::Matrix2d::Zero());
  const double never = -std::numeric_limits<double>::infinity();
  Eigen::Matrix2d expected;
  expected << 0, never, never, 0;
  CHECK(log_transition_probability(still, 3) == expected);
}
