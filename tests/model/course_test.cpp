#include <kohort/model/course.hpp>

#include "catch.hpp"

#include <cmath>

#include <kohort/support/error.hpp>

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::course_grid;
using kohort::covariate_path;
using kohort::intensity_model;

namespace {

intensity_model two_states(std::vector<kohort::term> terms) {
  return {kohort::model({"alive", "dead"}, {{"alive", "dead"}}, "dead"), std::move(terms)};
}

double total(const course_grid& grid) {
  double sum = 0;
  for (const double t : grid.elapsed) sum += t;
  return sum;
}

}  // namespace

TEST_CASE("a path is cut where bands begin, years end and covariates change", "[model]") {
  const auto im = two_states({{"age", covariate_path::bands, {75, 85}},
                              {"age", covariate_path::yearly, {}, 80},
                              {"x", covariate_path::held}});
  const auto grid =
      kohort::lay_out(im, {{{0, {74.5, 74.5, 0}}, {1.25, {75.75, 75.75, 1}}}}, {3, 0});
  CHECK(grid.elapsed == std::vector<double>{0.5, 0.75, 0.25, 1, 0.5});
  CHECK_THAT(total(grid), WithinRel(3.0, 1e-15));
  CHECK(grid.designs[0] == std::vector<double>{0, 0, -5.5, 0});
  CHECK(grid.designs[1] == std::vector<double>{1, 0, -4.5, 0});
  CHECK(grid.designs[2] == std::vector<double>{1, 0, -4.5, 1});
  CHECK(grid.designs[3] == std::vector<double>{1, 0, -3.5, 1});
  CHECK_FALSE(grid.moving);
}

TEST_CASE("a clock that stands still is one piece, and bands end in an open one", "[model]") {
  const auto im = two_states({{"age", covariate_path::bands, {75, 85}}});
  const auto held = kohort::lay_out(im, {{{0, {70}}}, true}, {20, 5});
  CHECK(held.elapsed == std::vector<double>{5, 15});
  CHECK(held.counted == std::vector<double>{0, 1});
  const auto open = kohort::lay_out(im, {{{0, {70}}}}, {});
  CHECK(open.elapsed.size() == 3);
  CHECK(std::isinf(open.elapsed.back()));
  CHECK(open.designs.back() == std::vector<double>{0, 1});
}

TEST_CASE("a yearly clock goes to the last age", "[model]") {
  const auto im = two_states({{"age", covariate_path::yearly, {}, 80}});
  CHECK_THAT(total(kohort::lay_out(im, {{{0, {80.5}}}}, {})), WithinRel(44.5, 1e-14));
  kohort::horizon until;
  until.last_age = 100;
  CHECK_THAT(total(kohort::lay_out(im, {{{0, {80.5}}}}, until)), WithinRel(19.5, 1e-14));
}

TEST_CASE("slopes reach the coefficients of every piece", "[model]") {
  const auto im =
      two_states({{"age", covariate_path::yearly, {}, 80}, {"x", covariate_path::held}});
  const auto where = kohort::layout(im);
  const std::vector<double> b{-1.5, 0.08, 0.3};
  const auto grid = kohort::lay_out(im, {{{0, {80.25, 2}}}}, {2.5, 0});
  const auto hazard = [&](const std::vector<double>& at) {  // cumulated
    const auto path = kohort::intensities_along(im, where, grid, at);
    double sum = 0;
    for (std::size_t p = 0; p < path.pieces(); ++p) sum += path.elapsed[p] * path.rates[p];
    return sum;
  };
  std::vector<double> slopes(3, 0.0);
  kohort::add_coefficient_slopes(im, where, grid, b, {}, grid.elapsed, 1, slopes);
  for (std::size_t i = 0; i < 3; ++i) {
    auto up = b, down = b;
    up[i] += 1e-5, down[i] -= 1e-5;
    CHECK_THAT(slopes[i], WithinAbs((hazard(up) - hazard(down)) / 2e-5, 1e-9));
  }
}

TEST_CASE("a path that makes no sense is refused", "[model]") {
  const auto im = two_states({{"x", covariate_path::held}});
  const auto refused = [&](const kohort::course& person, const kohort::horizon& over) {
    CHECK_THROWS_AS(kohort::lay_out(im, person, over), kohort::invalid_input);
  };
  refused({}, {});
  refused({{{1, {0}}}}, {});
  refused({{{0, {0}}, {0, {1}}}}, {});
  refused({{{0, {0, 1}}}}, {});
  refused({{{0, {std::nan("")}}}}, {});
  refused({{{0, {0}}}}, {-1, 0});
  refused({{{0, {0}}}}, {2, 3});
}
