#include <kohort/model/clock_columns.hpp>  // first, so the header must stand on its own

#include <array>
#include <cmath>

#include "catch.hpp"

using kohort::covariate_path;

TEST_CASE("columns that move are those of the design row at the clocks' values", "[model]") {
  const kohort::intensity_model intensities{
      kohort::model({"a", "b", "c"}, {{"a", "b"}, {"a", "c"}, {"b", "c"}}),
      {{"age", covariate_path::gompertz, {}, 80},
       {"male", covariate_path::held},
       {"since", covariate_path::weibull},
       {"year", covariate_path::spline, {60, 100}, 80, 2},
       {"age", covariate_path::bands, {75, 85}}},
      {{true, true, false, false, true}, {true, false, true, true, false}, {}}};
  auto some = intensities;
  some.uses[2] = {false, false, true, false, false};
  const kohort::clock_columns moving(some);
  CHECK(moving.clocks() == 3);
  CHECK(moving.clock_names() == std::vector<std::string>{"age", "since", "year"});
  REQUIRE(moving.columns() == 6);
  CHECK(moving.design() == std::vector<int>{0, 2, 3, 4, 5, 6});
  CHECK(moving.clock_of() == std::vector<int>{0, 1, 2, 2, 2, 2});
  CHECK(moving.from_zero() == std::vector<int>{1});
  std::array<double, 6> now;
  const std::array clocks{70.0, .5, 73.0};
  moving.at(clocks.data(), 1.25, now.data());
  const auto row = kohort::design_row(some, std::array{71.25, 1.0, 1.75, 74.25, 71.25});
  for (std::size_t c = 0; c < 6; ++c)
    CHECK(now[c] == row[static_cast<std::size_t>(moving.design()[c])]);

  const auto where = kohort::layout(some);
  const auto names = kohort::coefficient_names(some);
  const auto places = moving.places(where);
  CHECK(names[static_cast<std::size_t>(places[0])] == "a -> b: age");
  CHECK(places[1] == -1);
  CHECK(names[static_cast<std::size_t>(places[6 + 1])] == "a -> c: log since");
  CHECK(names[static_cast<std::size_t>(places[6 + 3])] == "a -> c: year bend 1");
  CHECK(names[static_cast<std::size_t>(places[12 + 1])] == "b -> c: log since");
  std::vector<double> all(static_cast<std::size_t>(where.size()));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<double>(i) + 1;
  const auto gamma = moving.coefficients(where, all);
  CHECK(gamma[0] == places[0] + 1.0);
  CHECK(gamma[1] == 0.0);
}

TEST_CASE("a model without such columns has none", "[model]") {
  const kohort::intensity_model plain{kohort::model({"a", "b"}, {{"a", "b"}}),
                                      {{"age", covariate_path::yearly, {}, 80}}};
  CHECK(kohort::clock_columns(plain).none());
}
