#include <kohort/likelihood/panel.hpp>  // first, so the header must stand on its own

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;

TEST_CASE("a visit is worth the probability of where it found the person", "[likelihood]") {
  const auto rates = five_levels_rates();
  const auto Q = kohort::intensity_matrix<>::from_rates(five_levels(), std::span(rates.data(), 10));
  const auto P = kohort::transition_probability(Q, 1.5);
  CHECK_THAT(kohort::panel_probability(P, 0, 3),
             Catch::Matchers::WithinRel(.006865725896318062, 1e-13));
  CHECK_THAT(kohort::panel_probability(P, 2, 4),
             Catch::Matchers::WithinRel(.2451947523536832, 1e-13));
  double all = 0;
  for (int s = 0; s < 5; ++s) all += kohort::panel_probability(P, 1, s);
  CHECK_THAT(all, Catch::Matchers::WithinAbs(1, 1e-15));
}
