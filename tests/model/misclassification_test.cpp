#include <kohort/model/misclassification.hpp>  // first, so the header must stand on its own

#include <array>
#include <cmath>

#include <kohort/model/phases.hpp>
#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;

namespace {

const kohort::model levels({"mild", "middle", "severe", "dead"},
                           {{"mild", "middle"}, {"middle", "severe"}, {"severe", "dead"}}, "dead");

kohort::intensity_model misread(kohort::misclassification errors) {
  kohort::intensity_model im{levels, {}, {}};
  im.misread = std::move(errors);
  return im;
}

}  // namespace

TEST_CASE("coefficients of misreadings stand after those of the rates and have names", "[model]") {
  auto im = misread({.errors = {{0, 1}, {1, 0}, {1, 2}},
                     .terms = {{"male"}, {"age", kohort::covariate_path::bands, {75, 85}}},
                     .uses = {{true, true}, {false, false}, {true, false}}});
  im.terms = {{"male"}};
  const auto names = kohort::coefficient_names(im);
  const std::vector<std::string> expected{"mild -> middle",
                                          "mild -> middle: male",
                                          "middle -> severe",
                                          "middle -> severe: male",
                                          "severe -> dead",
                                          "severe -> dead: male",
                                          "mild seen as middle",
                                          "mild seen as middle: male",
                                          "mild seen as middle: age 75-85",
                                          "mild seen as middle: age 85+",
                                          "middle seen as mild",
                                          "middle seen as severe",
                                          "middle seen as severe: male",
                                          "first in middle",
                                          "first in severe"};
  CHECK(names == expected);
  CHECK(kohort::layout(im).size() == static_cast<int>(expected.size()));
  CHECK(kohort::layout(im).further == 9);
  im.misread->start = kohort::hidden_start::seen;
  CHECK(kohort::layout(im).further == 7);
  im.misread.reset();
  CHECK(kohort::layout(im).further == 0);
}

TEST_CASE("each row of readings sums to 1 and has its right reading as reference", "[model]") {
  auto im = misread({.errors = {{0, 1}, {1, 0}, {1, 2}},
                     .terms = {{"male"}},
                     .start = kohort::hidden_start::seen});
  // e_mild,middle: odds exp(-2 + .5 male); middle: exp(-1 - male) and exp(-3 + 2 male)
  const std::array b{0.0, 0.0, 0.0, -2.0, 0.5, -1.0, -1.0, -3.0, 2.0};
  for (const double male : {0.0, 1.0}) {
    const auto E = kohort::reading_probability(im, b, std::array{male});
    for (int j = 0; j < 4; ++j) CHECK_THAT(E.row(j).sum(), WithinRel(1.0, 1e-15));
    CHECK_THAT(E(0, 1) / E(0, 0), WithinRel(std::exp(-2 + 0.5 * male), 1e-14));
    CHECK_THAT(E(1, 0) / E(1, 1), WithinRel(std::exp(-1 - male), 1e-14));
    CHECK_THAT(E(1, 2) / E(1, 1), WithinRel(std::exp(-3 + 2 * male), 1e-14));
    CHECK(E(0, 2) == 0);
    CHECK(E(2, 2) == 1);
    CHECK(E(3, 3) == 1);
  }
  const std::array certain{0.0, 0.0, 0.0, 900.0, 0.0, -900.0, 0.0, 0.0, 0.0};
  const auto E = kohort::reading_probability(im, certain, std::array{0.0});
  CHECK(E(0, 1) == 1);
  CHECK(E(1, 0) == 0);
}

TEST_CASE("the first true state is conditioned on, given or estimated", "[model]") {
  auto im = misread({.errors = {{0, 1}}});
  const std::array b{0.0, 0.0, 0.0, -2.0, std::log(0.5), std::log(0.25)};
  const auto p = kohort::start_probability(im, b);
  CHECK_THAT(p[0], WithinRel(1 / 1.75, 1e-14));
  CHECK_THAT(p[2], WithinRel(0.25 / 1.75, 1e-14));
  CHECK(p[3] == 0);
  im.misread->start = kohort::hidden_start::given;
  im.misread->probabilities = {0.7, 0.2, 0.1, 0};
  CHECK(kohort::start_probability(im, b) == im.misread->probabilities);
  im.misread->start = kohort::hidden_start::seen;
  CHECK(kohort::start_probability(im, b).empty());
}

TEST_CASE("phases of a level are read as that level", "[model]") {
  const auto phased = kohort::with_phases(levels, std::array{1, 2, 1, 1});
  kohort::intensity_model im{phased.fine, {}, {}};
  im.phases = phased.map;
  im.misread = kohort::misclassification{.errors = {{1, 2}}};
  CHECK(kohort::seen_count(im) == 4);
  CHECK(kohort::seen_as(im, 2) == 1);
  CHECK(kohort::coefficient_names(im).back() == "first in severe");
  CHECK(kohort::layout(im).further == 3);
}

TEST_CASE("misreadings that make no sense are refused with the states' names", "[model]") {
  const auto refused = [](kohort::misclassification errors) {
    return kohort::layout(misread(std::move(errors)));
  };
  CHECK_THROWS_WITH(refused({.errors = {{0, 0}}}), Contains("'mild' is listed as an error for"));
  CHECK_THROWS_WITH(refused({.errors = {{0, 4}}}), Contains("state 4") && Contains("E-MODEL"));
  CHECK_THROWS_WITH(refused({.errors = {{2, 3}}}), Contains("read without error"));
  CHECK_THROWS_WITH(refused({.errors = {{0, 1}, {0, 1}}}), Contains("stands twice"));
  CHECK_THROWS_WITH(refused({.errors = {{0, 1}}, .terms = {{"x"}}, .uses = {{true, true}}}),
                    Contains("a row of `uses`"));
  CHECK_THROWS_WITH(refused({.errors = {{0, 1}}, .terms = {{"x"}, {"x"}}}), Contains("twice"));
  CHECK_THROWS_WITH(refused({.errors = {{0, 1}},
                             .start = kohort::hidden_start::given,
                             .probabilities = {0.5, 0.4, 0, 0}}),
                    Contains("sum to 0.9"));
}
