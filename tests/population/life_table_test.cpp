#include <kohort/population/life_table.hpp>  // first, so the header must stand on its own

#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("worked number 5: Kannisto through two points", "[population]") {
  const auto logit = [](double mu) { return std::log(mu / (1 - mu)); };
  const double beta = (logit(.42) - logit(.15)) / 10;
  const kohort::kannisto law{logit(.15) - 90 * beta, beta};
  CHECK_THAT(law.beta, WithinRel(.1411827663125, 1e-10));
  CHECK_THAT(law.force(105), WithinRel(.5946303148566, 1e-12));
  CHECK_THAT(law.force(110), WithinRel(.7482035928144, 1e-12));
  CHECK_THAT(law.integral(100, 101), WithinRel(.4373121257340, 1e-12));
}

TEST_CASE("a table made by Kannisto's law is continued by the same law", "[population]") {
  const kohort::kannisto law{-12.5, 0.12};
  Eigen::VectorXd q(36);  // 65 .. 100, risks from the force in mid-year, as the fit reads them
  for (int a = 0; a < 36; ++a) q[a] = -std::expm1(-law.force(65.5 + a));
  const auto fitted = kohort::fit_kannisto(65, q);
  CHECK_THAT(fitted.alpha, WithinRel(law.alpha, 1e-10));
  CHECK_THAT(fitted.beta, WithinRel(law.beta, 1e-10));
  const auto m = kohort::mortality_from_risks(65, q);
  REQUIRE(m.size() == 46);
  CHECK_THAT(m[0], WithinRel(law.force(65.5), 1e-13));
  CHECK_THAT(m[40], WithinRel(law.integral(105, 106), 1e-9));
  CHECK((m.tail(45) - m.head(45)).minCoeff() > 0);
}

TEST_CASE("person-years lived add up to life expectancy", "[population]") {
  const Eigen::VectorXd m = Eigen::VectorXd::Constant(30, 0.2);  // a constant force: e = 1/m
  CHECK_THAT(kohort::person_years_lived(m).sum(), WithinRel(5.0, 1e-13));
}

TEST_CASE("mortality moves by the ratio of the group's rates", "[population]") {
  kohort::group_mortality groups{{65, 80}, {2017.5, 2022.5, 2027.5}, Eigen::MatrixXd(3, 2)};
  groups.rates << .02, .2, .01, .1, .01, .05;
  Eigen::VectorXd m = Eigen::VectorXd::LinSpaced(20, .01, .2);
  const auto moved = kohort::improve_mortality(m, 65, 2016.5, groups, 2017, 12);
  CHECK_THAT(moved(0, 3), WithinRel(m[3], 1e-14));                     // at the first middle
  CHECK_THAT(moved(5, 3), WithinRel(m[3] / 2, 1e-13));                 // at the second
  CHECK_THAT(moved(10, 16), WithinRel(m[16] / 4, 1e-13));              // at the third
  CHECK_THAT(moved(11, 16), WithinRel(m[16] / 4, 1e-13));              // constant after it
  CHECK_THAT(moved(1, 3), WithinRel(m[3] * std::pow(2, -.2), 1e-13));  // log-linear between
  const auto same = kohort::improve_mortality(m, 65, 2017.5, groups, 2017, 1);
  CHECK(same.row(0).transpose() == m);
}

TEST_CASE("a table that cannot be is refused", "[population]") {
  const Eigen::VectorXd per_mille = Eigen::VectorXd::LinSpaced(36, 10, 400);
  CHECK_THROWS_AS(kohort::mortality_from_risks(65, per_mille), kohort::invalid_input);
  const Eigen::VectorXd falling = Eigen::VectorXd::LinSpaced(36, .4, .1);
  CHECK_THROWS_AS(kohort::fit_kannisto(65, falling), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::fit_kannisto(90, falling), kohort::invalid_input);
}
