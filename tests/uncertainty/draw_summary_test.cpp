#include <kohort/uncertainty/draw_summary.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using namespace kohort;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;

TEST_CASE("blocks of draws join to what all of them give", "[uncertainty]") {
  std::vector<double> values;
  for (int k = 0; k < 3000; ++k) {
    values.push_back(1000 + 10 * std::sin(k));
    values.push_back(std::cos(2 * k));
  }
  const bin_rule rule{};
  const auto whole = summarise(values, 2, rule);
  auto sum = summarise(std::span(values).first(2048), 2, rule);
  join(sum, summarise(std::span(values).subspan(2048, 2048), 2, rule));
  join(sum, summarise(std::span(values).subspan(4096), 2, rule));
  for (std::size_t c = 0; c < 2; ++c) {
    CHECK(sum.counts[c] == whole.counts[c]);
    CHECK(sum.moments[c].n == 3000);
    CHECK_THAT(sum.moments[c].mean, WithinRel(whole.moments[c].mean, 1e-11));
    CHECK_THAT(sum.moments[c].squares, WithinRel(whole.moments[c].squares, 1e-10));
  }
}

TEST_CASE("summaries of different things do not join", "[uncertainty]") {
  const std::vector<double> values{1, 2, 3, 4};
  auto two = summarise(values, 2, {});
  CHECK_THROWS_WITH(join(two, summarise(values, 4, {})), Contains("2 and 4 quantities"));
  CHECK_THROWS_WITH(join(two, summarise(values, 2, {.error = 0.01})), Contains("[E-SHAPE]"));
  CHECK_THROWS_WITH(summarise(values, 3, {}), Contains("4 values of 3"));
}
