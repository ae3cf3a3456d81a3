#include <kohort/likelihood/window_death.hpp>  // first, so the header must stand on its own

#include <array>

#include <kohort/likelihood/exact_death.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const auto Q = kohort::intensity_matrix<4>::from_rates(
    Eigen::Matrix4d{{0, .3, .1, .05}, {.2, 0, .02, .25}, {0, 0, 0, 0}, {0, 0, 0, 0}});

double window(double opens, double length, int death) {
  return kohort::window_death_probability(kohort::transition_probability(Q, opens),
                                          kohort::transition_probability(Q, length), Q, 0, death);
}

}  // namespace

TEST_CASE("a narrow window divided by its length is the density of an exact death",
          "[likelihood]") {
  const auto density = [](double at, int death) {
    return kohort::exact_death_density(kohort::transition_probability(Q, at), Q, 0, death);
  };
  for (const int death : {2, 3}) {
    CAPTURE(death);
    double before = 1;
    for (const double length : {1e-1, 1e-2, 1e-3, 1e-4}) {
      const double middle = density(1.3 + length / 2, death);
      const double off = std::abs(window(1.3, length, death) / length - middle) / middle;
      CHECK(off < before / 50);  // an error of second order in the length
      before = std::max(off, 1e-12);
    }
    CHECK_THAT(window(1.3, 1e-13, death) / 1e-13, WithinRel(density(1.3, death), 1e-12));
  }
}

TEST_CASE("windows side by side add up to dead by then", "[likelihood]") {
  double sum = 0;
  for (int month = 0; month < 24; ++month) sum += window(month / 12.0, 1 / 12.0, 3);
  CHECK_THAT(sum, WithinAbs(kohort::transition_probability(Q, 2)(0, 3), 1e-14));
}

TEST_CASE("of unknown cause: the sum over the causes", "[likelihood]") {
  const auto P = kohort::transition_probability(Q, 2);
  CHECK_THAT(kohort::exact_death_density(P, Q, 0, std::array{2, 3}),
             WithinRel(.05054435053452924 + .08498600889560543, 1e-13));
}
