#include <kohort/economics/price_index.hpp>  // first, so the header must stand on its own

#include <functional>
#include <string>
#include <tuple>

#include <kohort/support/error.hpp>

#include "catch.hpp"
#include "refusal.hpp"

using Catch::Matchers::WithinRel;
using kohort_tests::refusal;

namespace {

// The municipal price index as printed on 2017-09-28.
kohort::price_index pkv() {
  return {"PKV", "2017-09-28", {{2018, 3.0, true}, {2015, 2.4}, {2016, 2.7}, {2017, 2.8, true}}};
}

}  // namespace

TEST_CASE("prices are chained from one edition's yearly changes", "[economics]") {
  const auto forward = pkv().convert(2015, 2018);
  CHECK_THAT(forward.factor, WithinRel(1.027 * 1.028 * 1.03, 1e-15));
  CHECK(forward.forecast_years == std::vector<int>{2017, 2018});
  CHECK_THAT(pkv().convert(2018, 2015).factor, WithinRel(1 / forward.factor, 1e-15));
  CHECK(pkv().convert(2016, 2016).factor == 1);  // V38
  CHECK(pkv().convert(2030, 2030).factor == 1);  // nothing to chain, so nothing is missing
  const auto steps = pkv().convert(2015, 2016).factor * pkv().convert(2016, 2018).factor;
  CHECK_THAT(steps, WithinRel(forward.factor, 1e-15));
}

TEST_CASE("fees of 2018 use the figure of 2016: a lag of two years", "[economics]") {
  const auto lagged = pkv().convert(2017, 2018, 2);
  CHECK_THAT(lagged.factor, WithinRel(1.027, 1e-15));
  CHECK(lagged.from_index_year == 2015);
  CHECK(lagged.to_index_year == 2016);
  CHECK(lagged.forecast_years.empty());
}

TEST_CASE("years without a published change are named", "[economics]") {
  CHECK(refusal([] { std::ignore = pkv().convert(2013, 2020); }) == "E-INDEX-MISSING");
  try {
    std::ignore = pkv().convert(2013, 2020);
  } catch (const kohort::invalid_input& error) {
    CHECK(std::string(error.what()).find("no change for 2014, 2019, 2020") != std::string::npos);
  }
  CHECK(refusal([] { std::ignore = pkv().convert(2015, 2016, -1); }) == "E-SETTING");
  CHECK(refusal([] { kohort::price_index("PKV", "", {{2015, 2}}); }) == "E-INDEX");
  CHECK(refusal([] { kohort::price_index("PKV", "x", {{2015, 2}, {2015, 3}}); }) == "E-INDEX");
  CHECK(refusal([] { kohort::price_index("PKV", "x", {{2015, -100}}); }) == "E-NUM");
}

TEST_CASE("a nominal rate holds the real one and inflation", "[economics]") {
  CHECK_THAT(kohort::nominal_rate(0.03, 0.02), WithinRel(1.03 * 1.02 - 1, 1e-14));
  CHECK(kohort::nominal_rate(0.03, 0) == 0.03);
  CHECK(refusal([] { std::ignore = kohort::nominal_rate(-1, 0); }) == "E-DISCOUNT");
}
