#include <kohort/economics/sensitivity.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <tuple>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("a tornado: base is base, widest first", "[economics]") {
  const auto model = [](const std::vector<double>& x) { return 10 * x[0] - 3 * x[1] + x[2]; };
  double base = 0;
  const auto rows = kohort::one_way(model, {{1, 0.9, 1.1}, {2, 0, 4}, {5, 5, 5}}, base);
  CHECK(base == model({1, 2, 5}));
  CHECK(rows[0].input == 1);
  CHECK(rows[0].at_low > rows[0].at_high);  // the order of low and high is kept
  CHECK_THAT(rows[0].swing(), WithinRel(12, 1e-14));
  CHECK(rows[1].input == 0);
  CHECK(rows[2].swing() == 0);
  CHECK(rows[2].at_low == base);
}

TEST_CASE("a threshold is found to the last bits, and all of them in order", "[economics]") {
  // A team of 300,000 a month that saves 10,000 an enrolled: at 30 enrolled.
  const auto net = [](double n) { return 10000 * n - 300000; };
  const auto found = kohort::find_threshold(net, 0, 100);
  REQUIRE(found.crossings.size() == 1);
  CHECK_THAT(found.crossings[0].at, WithinRel(30, 1e-15));
  CHECK(found.crossings[0].upwards);
  CHECK(found.at_low == -300000);
  CHECK(found.at_high == 700000);

  const auto wave = kohort::find_threshold([](double x) { return std::sin(x); }, 1, 10);
  REQUIRE(wave.crossings.size() == 3);
  for (int k = 0; k < 3; ++k) {
    CHECK_THAT(wave.crossings[static_cast<std::size_t>(k)].at,
               WithinRel((k + 1) * 3.14159265358979323846, 1e-14));
    CHECK(wave.crossings[static_cast<std::size_t>(k)].upwards == (k % 2 == 1));
  }
}

TEST_CASE("no crossing is said by the values at the ends", "[economics]") {
  const auto found = kohort::find_threshold([](double x) { return x * x + 1; }, -2, 3);
  CHECK(found.crossings.empty());
  CHECK(found.at_low == 5);
  CHECK(found.at_high == 10);
  // Touching is not crossing; a crossing at a grid point or along a flat stretch is one.
  CHECK(kohort::find_threshold([](double x) { return x * x; }, -1, 1, 0, 2).crossings.empty());
  const auto on_grid = kohort::find_threshold([](double x) { return x; }, -1, 1, 0, 2);
  REQUIRE(on_grid.crossings.size() == 1);
  CHECK(on_grid.crossings[0].at == 0);
  const auto flat = kohort::find_threshold(
      [](double x) { return x < -0.5 ? -1.0 : (x > 0.5 ? 1.0 : 0.0); }, -1, 1, 0, 8);
  REQUIRE(flat.crossings.size() == 1);
  CHECK(flat.crossings[0].at == -0.5);
}

TEST_CASE("ranges and outcomes that are no numbers are refused", "[economics]") {
  const auto refusal = [](double low, double high, double value) {
    try {
      std::ignore = kohort::find_threshold([&](double) { return value; }, low, high);
      return std::string("accepted");
    } catch (const kohort::invalid_input& error) {
      return error.code();
    }
  };
  CHECK(refusal(1, 1, 2) == "E-SETTING");
  CHECK(refusal(0, 1, std::nan("")) == "E-NUM");
  double base = 0;
  CHECK_THROWS_AS(kohort::one_way([](const auto&) { return 1.0; }, {{0, 2, 1}}, base),
                  kohort::invalid_input);
  CHECK_THROWS_AS(kohort::one_way([](const auto&) { return 1.0; }, {}, base),
                  kohort::invalid_input);
}
