#include <kohort/likelihood/censored.hpp>  // first, so the header must stand on its own

#include <array>

#include "catch.hpp"

TEST_CASE("all states together are certain, one alone is a visit", "[likelihood]") {
  const auto Q =
      kohort::intensity_matrix<3>::from_rates(Eigen::Matrix3d{{0, .3, .1}, {.2, 0, .4}, {0, 0, 0}});
  const auto P = kohort::transition_probability(Q, 1.5);
  CHECK_THAT(kohort::censored_probability(P, 0, std::array{0, 1, 2}),
             Catch::Matchers::WithinAbs(1, 1e-15));
  CHECK(kohort::censored_probability(P, 0, std::array{1}) == P(0, 1));
  CHECK(kohort::censored_probability(P, 1, std::array{0, 2}) == P(1, 0) + P(1, 2));
}

TEST_CASE("alive with one of two levels, as worked out elsewhere", "[likelihood]") {
  const auto Q = kohort::intensity_matrix<4>::from_rates(
      Eigen::Matrix4d{{0, .3, .1, .05}, {.2, 0, .02, .25}, {0, 0, 0, 0}, {0, 0, 0, 0}});
  const auto P = kohort::transition_probability(Q, 2);
  CHECK_THAT(kohort::censored_probability(P, 0, std::array{0, 1}),
             Catch::Matchers::WithinRel(.7044896174397617, 1e-13));
}
