#include <kohort/interventions/stock_flow.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <string>
#include <vector>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinRel;

TEST_CASE("fifteen can mean 15, 45 or 11.25 on a day", "[interventions]") {
  const auto read = kohort::read_three_ways(15, 3);  // worked number 21
  CHECK(read.as_stock == 15);
  CHECK(read.as_flow == 45);
  CHECK(read.as_head_count == 11.25);
  const auto found = kohort::stock_and_flow({.starts = 15, .stay = 3});
  CHECK(found.enrolled == 45);
  CHECK(found.head_count == 60);
}

TEST_CASE("any two figures give the third", "[interventions]") {
  const auto by = [](kohort::enrolment_figures given) {
    const auto found = kohort::stock_and_flow(given);
    CHECK_THAT(found.enrolled, WithinRel(45.0, 1e-14));
    CHECK_THAT(found.starts, WithinRel(15.0, 1e-14));
    CHECK_THAT(found.stay, WithinRel(3.0, 1e-14));
    CHECK_THAT(found.head_count, WithinRel(60.0, 1e-14));
    CHECK(found.notices.empty());
  };
  by({.enrolled = 45, .starts = 15});
  by({.enrolled = 45, .stay = 3});
  by({.starts = 15, .stay = 3});
  by({.stay = 3, .head_count = 60});
  by({.enrolled = 45, .head_count = 60});
  by({.starts = 15, .head_count = 60});
  by({.enrolled = 45, .starts = 15, .stay = 3, .head_count = 60});
}

TEST_CASE("one figure alone is asked about", "[interventions]") {
  try {
    kohort::stock_and_flow({.starts = 15});
    FAIL("accepted");
  } catch (const kohort::invalid_input& error) {
    CHECK(error.code() == "E-STOCK-FLOW");
    CHECK_THAT(error.what(), kohort_tests::contains("only 15 starts a month was given"));
    CHECK_THAT(error.what(), kohort_tests::contains("how many are enrolled on a day (N)"));
  }
  CHECK_THROWS_AS(kohort::stock_and_flow({}), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::stock_and_flow({.starts = -1, .stay = 2}), kohort::invalid_input);
}

TEST_CASE("figures that break Little's law are told, unless chance may have done it",
          "[interventions]") {
  kohort::enrolment_figures given{.enrolled = 15, .starts = 15, .stay = 3};
  auto found = kohort::stock_and_flow(given);
  REQUIRE(found.notices.size() == 1);
  CHECK(found.notices[0].code == "W-LITTLE");
  CHECK_THAT(found.gap, WithinRel(std::log(1.0 / 3), 1e-14));
  given = {.enrolled = 40,
           .starts = 15,
           .stay = 3,
           .enrolled_variance = 16,
           .starts_counted = 60,
           .stays_counted = 60,
           .stay_cv = 0.5};
  found = kohort::stock_and_flow(given);
  CHECK_THAT(found.gap_error, WithinRel(std::sqrt(0.01 + 1.0 / 60 + 0.25 / 60), 1e-14));
  CHECK(std::abs(found.gap) > 0.1);
  CHECK(found.notices.empty());
  given.enrolled = 43;  // 5 % off, and known without error: still within the tenth
  given.enrolled_variance = 0;
  given.starts_counted = given.stays_counted = 0;
  CHECK(kohort::stock_and_flow(given).notices.empty());
  given.window = 12;
  REQUIRE(kohort::stock_and_flow(given).notices.size() == 1);
  CHECK(kohort::stock_and_flow(given).notices[0].code == "W-WINDOW");
}

TEST_CASE("Heads in a month that do not agree with stock and flow are a finding",
          "[interventions]") {
  const auto codes = [](const kohort::enrolment_figures& given) {
    std::vector<std::string> found;
    for (const auto& n : kohort::stock_and_flow(given).notices) found.push_back(n.code);
    return found;
  };
  const std::vector<std::string> none, little = {"W-LITTLE"};
  // N + lambda = 40 heads in a month.
  CHECK(codes({.enrolled = 30, .starts = 10, .stay = 3, .head_count = 40}) == none);
  CHECK(codes({.enrolled = 30, .starts = 10, .stay = 3, .head_count = 60}) == little);
  CHECK(codes({.enrolled = 30, .starts = 10, .head_count = 99}) == little);
  CHECK(codes({.enrolled = 30, .stay = 3, .head_count = 20}) == little);
  // A figure known to be this inexact may differ by so much: se(N) / 40 = 0.25, ln(60/40) = 0.41.
  CHECK(
      codes(
          {.enrolled = 30, .starts = 10, .stay = 3, .head_count = 60, .enrolled_variance = 100}) ==
      none);
}
