#include <kohort/model/first_passage.hpp>

#include "catch.hpp"
#include "model/published_models.hpp"

#include <array>

using Catch::Matchers::WithinRel;
using kohort::intensity_matrix;
using kohort_tests::five_levels;

namespace {
constexpr std::array<kohort::state, 1> total{3};
}

TEST_CASE("the published first passage to total", "[model][W17]") {
  CHECK_THAT(kohort::first_passage_probability(five_levels(), std::span<const int>(total), 5)[0],
             WithinRel(.1053569202571968, 1e-14));
  const auto found = kohort::first_passage_ever(five_levels(), std::span<const int>(total));
  CHECK_THAT(found.ever[0], WithinRel(.3799156432204441, 1e-14));
  CHECK_THAT(found.mean[0], WithinRel(9.145887606996651, 1e-14));
  CHECK(found.ever[3] == 1);
  CHECK(found.mean[3] == 0);
  CHECK(found.ever[4] == 0);
  CHECK(found.mean[4] == std::numeric_limits<double>::infinity());
}

TEST_CASE("the mean time is the area beside the probability", "[model]") {
  const std::array<kohort::state, 2> either{2, 4};
  const auto found = kohort::first_passage_ever(five_levels(), std::span<const int>(either));
  double area = 0;  // of ever - F(t), by Simpson's rule
  const double h = 0.02, end = 400;
  const auto F = [&](double t) {
    return found.ever[0] -
           kohort::first_passage_probability(five_levels(), std::span<const int>(either), t)[0];
  };
  for (double t = 0; t < end; t += 2 * h) area += h / 3 * (F(t) + 4 * F(t + h) + F(t + 2 * h));
  CHECK_THAT(found.mean[0] * found.ever[0], WithinRel(area, 1e-8));
  CHECK_THAT(found.ever[0], WithinRel(1.0, 1e-14));  // death is one of them
}

TEST_CASE("an improbable passage keeps its digits", "[model]") {
  Eigen::Matrix4d rates = Eigen::Matrix4d::Zero();
  rates(0, 1) = 100, rates(1, 0) = 100, rates(0, 2) = 1e-14, rates(1, 3) = 1e-13;
  const std::array<kohort::state, 1> target{2};
  const auto found = kohort::first_passage_ever(intensity_matrix<4>::from_rates(rates),
                                                std::span<const int>(target));
  // By hand: h0 = e (b + f) / (e (b + f) + a f).
  const double a = 100, b = 100, e = 1e-14, f = 1e-13;
  CHECK_THAT(found.ever[0], WithinRel(e * (b + f) / (e * (b + f) + a * f), 1e-15));
}

TEST_CASE("passages lead somewhere", "[model]") {
  const std::array<kohort::state, 1> nowhere{5};
  CHECK_THROWS_AS(kohort::first_passage_ever(five_levels(), std::span<const int>(nowhere)),
                  kohort::invalid_input);
  CHECK_THROWS_AS(kohort::first_passage_ever(five_levels(), std::span<const int>()),
                  kohort::invalid_input);
}
