#include <kohort/estimation/detail/risk_rows.hpp>  // first, so the header must stand on its own

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;

TEST_CASE("the triangle of the design is a root of its cross product, transition by transition",
          "[estimation]") {
  const kohort::model m({"a", "b"}, {{"a", "b"}, {"b", "a"}});
  const kohort::intensity_model im{m, {{"x"}}, {{true}, {false}}};
  const auto panel = observation_kind::panel;
  const auto tables = kohort::aggregate(
      persons(m, {{1, 0, 0, 3, panel, -2}, {2, 0, 0, 5, panel, 4}, {1, 1, 1, 7, panel, 1}}), im);
  const kohort::detail::risk_rows rows(im, tables);
  // a stay in a or b, the state at the end being in reach, may have been spent in both
  Eigen::MatrixXd wanted(3, 3);
  wanted << 20, 41, 0, 41, 179, 0, 0, 0, 20;
  CHECK((rows.triangle().transpose() * rows.triangle() - wanted).norm() < 1e-10);
  CHECK(rows.years(0) == 20);
  Eigen::VectorXd change(3);
  change << .5, -.25, 1.25;
  CHECK(rows.largest_change(change) == 1.25);
  change << .5, -1, 1.25;
  CHECK(rows.largest_change(change) == 3.5);
}

TEST_CASE("the unit of the weights is that of the person-years", "[estimation]") {
  const kohort::model m({"a", "b"}, {{"a", "b"}});
  const kohort::intensity_model im{m};
  const auto tables = kohort::aggregate(persons(m, {{2, 0, 0, 3}}), im);
  const kohort::detail::risk_rows rows(im, tables, .5);
  CHECK(rows.years(0) == 3);
  const auto [events, least, largest] =
      rows.expected(Eigen::VectorXd::Constant(1, std::log(.25)), 0);
  CHECK(events == .75);
  CHECK(least == .25);
  CHECK(largest == .25);
}
