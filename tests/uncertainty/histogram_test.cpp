#include <kohort/uncertainty/histogram.hpp>  // first, so the header must stand on its own

#include <algorithm>
#include <cmath>
#include <limits>

#include <kohort/projection/decomposition.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

#include "catch.hpp"

using namespace kohort;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

std::vector<double> draws(int n, double centre, double spread, std::uint64_t seed) {
  const random_stream random(seed, purpose::chance);
  std::vector<double> values;
  for (int k = 0; k < n; ++k) {
    values.push_back(centre + spread * random.normal(static_cast<std::uint32_t>(k), 0, 0));
  }
  return values;
}

}  // namespace

TEST_CASE("a quantile is within the stated error of the draws' own", "[uncertainty]") {
  const double centre = GENERATE(1e9, 3.0, 0.0, -500.0);
  const auto values = draws(3001, centre, std::max(1.0, 0.1 * std::abs(centre)), 3);
  const bin_rule rule{.error = GENERATE(1e-3, 1e-2)};
  histogram counts;
  add(counts, values, rule);
  CHECK(counts.total() == 3001);
  for (const double p : {0.0, 0.025, 0.1, 0.5, 0.77, 0.975, 1.0}) {
    const double exact = column_quantiles(values, 1, std::vector{p})[0];
    const auto found = quantile(counts, p, rule);
    CAPTURE(centre, p);
    REQUIRE(found.known);
    // Interpolated between two draws, of which each is off by a share of itself.
    CHECK_THAT(found.value, WithinAbs(exact, rule.error * (std::abs(exact) + 0.01) * 1.0001));
  }
}

TEST_CASE("linear bins are off by half their width at most", "[uncertainty]") {
  const auto values = draws(2000, 40, 25, 5);
  const bin_rule rule{.logarithmic = false, .error = 0.25, .low = -200, .high = 300};
  histogram counts;
  add(counts, values, rule);
  for (const double p : {0.01, 0.3, 0.9}) {
    CHECK_THAT(quantile(counts, p, rule).value,
               WithinAbs(column_quantiles(values, 1, std::vector{p})[0], 0.25 + 1e-12));
  }
}

TEST_CASE("counts merge in any order", "[uncertainty]") {
  const bin_rule rule{};
  const auto values = draws(999, 0, 10, 9);
  histogram whole;
  add(whole, values, rule);
  const auto part = [&](std::size_t from, std::size_t to) {
    histogram h;
    add(h, std::span(values).subspan(from, to - from), rule);
    return h;
  };
  const histogram a = part(0, 10), b = part(10, 700), c = part(700, 999);
  for (const auto& order : std::vector<std::vector<histogram>>{{a, b, c}, {c, a, b}, {b, c, a}}) {
    histogram sum;
    for (const auto& h : order) merge(sum, h);
    CHECK(sum == whole);
  }
}

TEST_CASE("what lies beyond the bins is counted and its quantile not told", "[uncertainty]") {
  const bin_rule rule{.low = 1, .high = 100};
  histogram counts;
  add(counts, std::vector<double>{1000, 1000, 50, 0.5, -3, -200}, rule);
  CHECK(counts.above == 2);
  CHECK(counts.below == 1);
  CHECK_FALSE(quantile(counts, 0, rule).known);
  CHECK_FALSE(quantile(counts, 0.99, rule).known);
  CHECK(quantile(counts, 0.4, rule).value == 0);  // 0.5 is smaller than the least: 0
  CHECK_FALSE(quantile({}, 0.5, rule).known);
  CHECK_THROWS_WITH(add(counts, std::vector{std::nan("")}, rule), Contains("not a number"));
}

TEST_CASE("limits of a quantile hold it as often as they say", "[uncertainty]") {
  const bin_rule rule{};
  const int n = 200, repeats = 400;
  const auto at = limits_of_quantile(n, 0.9, 0.95);
  int held = 0;
  for (int r = 0; r < repeats; ++r) {
    histogram counts;
    add(counts, draws(n, 1000, 100, static_cast<std::uint64_t>(50 + r)), rule);
    const double truth = 1000 + 100 * 1.2815515655446004;
    if (quantile(counts, at.lower, rule).value <= truth * 1.001 &&
        truth <= quantile(counts, at.upper, rule).value * 1.001) {
      ++held;
    }
  }
  CHECK(held >= 0.93 * repeats);
  CHECK(held < repeats);
  CHECK(limits_of_quantile(3, 0.9, 0.95).upper == 1);
  CHECK_THROWS_WITH(limits_of_quantile(100, 1, 0.95), Contains("[E-LEVEL]"));
}

TEST_CASE("a decade has 1,152 bins at a relative error of 1e-3", "[uncertainty]") {
  const bin_rule rule{.error = 1e-3};
  histogram counts;
  add(counts, std::vector<double>{1.0, 10.0}, rule);
  CHECK(std::abs(static_cast<double>(counts.counts.size()) - 1152) <= 1);
}

TEST_CASE("moments join block by block", "[uncertainty]") {
  const auto values = draws(5000, 1e6, 3, 2);
  const auto whole = moments_of(values);
  running_moments sum;
  for (std::size_t i = 0; i < values.size(); i += 1024) {
    sum = joined(sum, moments_of(std::span(values).subspan(
                          i, std::min<std::size_t>(1024, values.size() - i))));
  }
  CHECK(sum.n == whole.n);
  CHECK_THAT(sum.mean, WithinRel(whole.mean, 1e-14));
  CHECK_THAT(sum.squares, WithinRel(whole.squares, 1e-9));
}

TEST_CASE("bins that cannot be are refused", "[uncertainty]") {
  CHECK_THROWS_WITH(check(bin_rule{.error = 0}), Contains("[E-BINS]"));
  CHECK_THROWS_WITH(check(bin_rule{.low = -1}), Contains("positive bounds"));
  CHECK_THROWS_WITH(quantile({}, 2, {}), Contains("[E-LEVEL]"));
}
