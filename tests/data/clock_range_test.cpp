#include <kohort/data/clock_range.hpp>  // first, so the header must stand on its own

#include <limits>

#include "catch.hpp"

namespace {

const kohort::model structure({"in", "out"}, {{"in", "out"}});

kohort::observations followed() {
  kohort::observations raw;
  raw.units_per_year = 365.25;
  raw.covariate_names = {"age"};
  raw.subject_names = {"a", "b", "c"};
  raw.subjects = {0, 0, 1, 1, 2};
  raw.times = {0, 365.25, 0, 730.5, 0};
  raw.states = {0, 0, 0, 1, 0};
  raw.covariates = {71.3, 72.3, 88.9, 99, 60};
  return kohort::validate(structure, raw);
}

}  // namespace

TEST_CASE("a clock is seen from a row's value to the end of the interval", "[data]") {
  const auto range = kohort::observed_range(followed(), "age");
  CHECK(range.lowest == 71.3);  // the one seen once says nothing
  CHECK(range.highest == 88.9 + 2);
  CHECK_THROWS_WITH(kohort::observed_range(followed(), "year"),
                    kohort_tests::contains("those there are: age"));
}

TEST_CASE("a spline takes its ends from the observations, unless it has them", "[data]") {
  const double any = std::numeric_limits<double>::quiet_NaN();
  const kohort::intensity_model intensities{structure,
                                            {{"age", kohort::covariate_path::spline, {}, any, 5}}};
  const auto whole = kohort::with_ends(intensities, followed());
  CHECK(whole.terms[0].cuts == std::vector<double>{71, 91});
  CHECK(whole.terms[0].origin == 81);
  auto given = intensities;
  given.terms[0].cuts = {60, 100};
  given.terms[0].origin = 70;
  const auto same = kohort::with_ends(given, followed());
  CHECK(same.terms[0].cuts == std::vector<double>{60, 100});
  CHECK(same.terms[0].origin == 70);
}
