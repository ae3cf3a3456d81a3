#include <kohort/population/cohorts.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

constexpr int ages = 20;

// A population in which each cohort obeys exactly the hazards that the functions assume, with a
// migration of 2 % a year: N(a + 1, y + 1) = N(a, y) e^(0.02 - hazard).
double hazard(int age, double m0) { return m0 * (1 + 0.1 * age); }

Eigen::MatrixXd known_cohorts(int years, double m0) {
  Eigen::MatrixXd persons(years, ages);
  for (int y = 0; y < years; ++y) {
    for (int a = 0; a < ages; ++a) {
      if (y == 0 || a == 0) {
        persons(y, a) = 1000 + 137 * ((7 * a + 3 * y) % 5);
        continue;
      }
      const double between = (hazard(a - 1, m0) + hazard(a, m0)) / 2;
      persons(y, a) = persons(y - 1, a - 1) * std::exp(0.02 - between);
    }
  }
  return persons;
}

}  // namespace

TEST_CASE("worked number 6: constant survival cancels along a cohort", "[population]") {
  Eigen::VectorXd before = Eigen::VectorXd::Zero(12), after = before;
  before[2] = 1000;
  after[7] = 600;
  const Eigen::MatrixXd m = Eigen::MatrixXd::Constant(5, 12, -std::log(.94));
  const auto between = kohort::between_years(before, after, m);
  REQUIRE(between.rows() == 4);
  CHECK_THAT(between(0, 3), WithinRel(902.8804514474, 1e-12));
  for (int k = 1; k < 5; ++k) {
    CHECK_THAT(between(k - 1, 2 + k), WithinRel(1000 * std::pow(.6, k / 5.0), 1e-12));
  }
}

TEST_CASE("cohorts with constant migration are found again between two dates", "[population]") {
  const auto truth = known_cohorts(6, 0.03);
  Eigen::MatrixXd m(5, ages);
  for (int y = 0; y < 5; ++y) {
    for (int a = 0; a < ages; ++a) m(y, a) = hazard(a, 0.03);
  }
  const auto between = kohort::between_years(truth.row(0).transpose(), truth.row(5).transpose(), m);
  for (int k = 1; k < 5; ++k) {
    for (int a = k; a < ages - 6 + k; ++a) {  // in the tables at both ends
      CAPTURE(k, a);
      CHECK_THAT(between(k - 1, a), WithinRel(truth(k, a), 1e-12));
    }
    for (int a = 0; a < k; ++a) {  // entered from below: survived backwards, migration unknown
      CAPTURE(k, a);
      CHECK_THAT(between(k - 1, a), WithinRel(truth(k, a), 0.1));
      CHECK(between(k - 1, a) > 0);
    }
  }
  CHECK(between.minCoeff() >= 0);
}

TEST_CASE("a stationary population is the same on 31 December", "[population]") {
  Eigen::VectorXd m = Eigen::VectorXd::Constant(ages, 0.1);
  Eigen::VectorXd july(ages);
  for (int a = 0; a < ages; ++a) july[a] = 500;
  const auto even = kohort::year_end_population(july, july, Eigen::VectorXd::Zero(ages));
  CHECK((even.head(ages - 1) - july.head(ages - 1)).cwiseAbs().maxCoeff() < 1e-11);

  // Growing 3 % a year without deaths or age structure: half a year is half the growth.
  const auto grown = kohort::year_end_population(july, 1.03 * july, Eigen::VectorXd::Zero(ages));
  CHECK_THAT(grown[5], WithinRel(500 * std::sqrt(1.03), 1e-13));

  // Deaths alone: a cohort falls by e^(-m/2) in half a year, whichever end it is seen from.
  Eigen::VectorXd stationary(ages);
  for (int a = 0; a < ages; ++a) stationary[a] = 500 * std::exp(-0.1 * a);
  const auto dying = kohort::year_end_population(stationary, stationary, m);
  for (int a = 1; a < ages - 2; ++a) {  // half of each age, in place of a bit more of the younger
    CHECK_THAT(dying[a], WithinRel(stationary[a] * std::cosh(0.05), 1e-12));
  }
}

TEST_CASE("municipalities add up to the nation, and follow its cohorts", "[population]") {
  const auto nation = known_cohorts(11, 0.05);
  Eigen::VectorXd one(ages), other(ages);
  for (int a = 0; a < ages; ++a) {
    one[a] = nation(0, a) * (0.2 + 0.01 * a);
    other[a] = nation(0, a) - one[a];
  }
  const auto first = kohort::hamilton_perry(one, nation);
  const auto second = kohort::hamilton_perry(other, nation);
  CHECK((first + second - nation).cwiseAbs().maxCoeff() < 1e-9);
  CHECK(first.row(0).transpose() == one);
  for (int y = 1; y < 11; ++y) {  // a cohort keeps its share of the nation
    for (int a = 1; a < ages - 1; ++a) {
      CHECK_THAT(first(y, a) / nation(y, a),
                 WithinRel(first(y - 1, a - 1) / nation(y - 1, a - 1), 1e-12));
    }
  }
}

TEST_CASE("an empty age stays empty along its cohort", "[population]") {
  const auto nation = known_cohorts(5, 0.05);
  Eigen::VectorXd base = nation.row(0).transpose() / 10;
  base[8] = 0;
  const auto part = kohort::hamilton_perry(base, nation);
  CHECK(part(3, 11) == 0);
  CHECK(part(3, 10) > 0);
  Eigen::MatrixXd hole = nation;
  hole(0, 4) = 0;
  CHECK_THROWS_AS(kohort::hamilton_perry(base, hole), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::hamilton_perry(base.head(5), nation), kohort::invalid_input);
}
