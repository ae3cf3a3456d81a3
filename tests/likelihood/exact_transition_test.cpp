#include <kohort/likelihood/exact_transition.hpp>  // first, so the header must stand on its own

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;

TEST_CASE("a dated move and a watched stay have their closed forms", "[likelihood]") {
  const auto rates = five_levels_rates();
  const auto Q = kohort::intensity_matrix<>::from_rates(five_levels(), std::span(rates.data(), 10));
  CHECK_THAT(kohort::exact_transition_density(Q, .6, 2, 3),
             Catch::Matchers::WithinRel(.1819006971036489, 1e-14));
  CHECK_THAT(kohort::exact_transition_density(Q, .6, 2, 2),
             Catch::Matchers::WithinRel(std::exp(-.53 * .6), 1e-15));
}

TEST_CASE("staying and every way of leaving add up to one", "[likelihood]") {
  const auto rates = five_levels_rates();
  const auto Q = kohort::intensity_matrix<>::from_rates(five_levels(), std::span(rates.data(), 10));
  const double t = 2;
  const int slices = 20000;
  double left = 0;  // the density of leaving, integrated by the midpoint rule
  for (int i = 0; i < slices; ++i) {
    for (int s = 0; s < 5; ++s) {
      if (s != 1)
        left += kohort::exact_transition_density(Q, (i + .5) * t / slices, 1, s) * t / slices;
    }
  }
  CHECK_THAT(left + kohort::exact_transition_density(Q, t, 1, 1),
             Catch::Matchers::WithinAbs(1, 1e-9));
}
