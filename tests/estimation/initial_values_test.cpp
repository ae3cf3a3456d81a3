#include <kohort/estimation/initial_values.hpp>  // first, so the header must stand on its own

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinRel;

TEST_CASE("crude rates take the shortest way between two visits", "[estimation]") {
  const kohort::intensity_model im{five_levels()};
  const auto tables = kohort::aggregate(persons(im.structure, five_levels_counts()), im);
  const auto rates = kohort::crude_rates(im.structure, tables);
  const double expected[] = {8. / 23, 1. / 23,  12. / 57, 28. / 57, 2. / 57,
                             2. / 83, 24. / 83, 12. / 83, 2. / 43,  16. / 43};
  for (int k = 0; k < 10; ++k) {
    CAPTURE(k);
    CHECK_THAT(rates[k], WithinRel(expected[k], 1e-14));
  }
}

TEST_CASE("without covariates at the start, intercepts are log crude rates", "[estimation]") {
  const kohort::intensity_model im{five_levels(), {{"x"}}};
  const auto tables = kohort::aggregate(persons(im.structure, five_levels_counts()), im);
  const auto start = kohort::initial_values(im, tables);
  const auto rates = kohort::crude_rates(im.structure, tables);
  for (int k = 0; k < 10; ++k) {
    CHECK_THAT(std::exp(start[2 * k]), WithinRel(rates[k], 1e-14));
    CHECK(start[2 * k + 1] == 0);
  }
}
