#include <kohort/likelihood/exact_death.hpp>  // first, so the header must stand on its own

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;

TEST_CASE("an exact death is the slope of the probability of being dead", "[likelihood]") {
  const auto from = GENERATE(range(0, 4));
  const auto rates = five_levels_rates();
  const auto Q = kohort::intensity_matrix<>::from_rates(five_levels(), std::span(rates.data(), 10));
  const double t = 1.5, h = 1e-5;
  const auto dead_by = [&](double at) { return kohort::transition_probability(Q, at)(from, 4); };
  const double slope = (dead_by(t + h) - dead_by(t - h)) / (2 * h);
  CAPTURE(from);
  CHECK_THAT(kohort::exact_death_density(kohort::transition_probability(Q, t), Q, from, 4),
             Catch::Matchers::WithinRel(slope, 1e-6));
}

TEST_CASE("with two ways out each has its own density", "[likelihood]") {
  const kohort::model m(
      {"a", "b", "ended", "dead"},
      {{"a", "b"}, {"a", "ended"}, {"a", "dead"}, {"b", "a"}, {"b", "ended"}, {"b", "dead"}},
      "dead");
  const std::vector<double> rates{.3, .1, .05, .2, .02, .25};
  const auto Q = kohort::intensity_matrix<>::from_rates(m, rates);
  const auto P = kohort::transition_probability(Q, 2.0);
  CHECK_THAT(kohort::exact_death_density(P, Q, 0, 2),
             Catch::Matchers::WithinRel(.05054435053452924, 1e-13));
  CHECK_THAT(kohort::exact_death_density(P, Q, 0, 3),
             Catch::Matchers::WithinRel(.08498600889560543, 1e-13));
}

TEST_CASE("with no time passed the density is the rate itself", "[likelihood]") {
  const auto rates = five_levels_rates();
  const auto Q = kohort::intensity_matrix<>::from_rates(five_levels(), std::span(rates.data(), 10));
  CHECK(kohort::exact_death_density(kohort::transition_probability(Q, 0.0), Q, 3, 4) == .40);
}
