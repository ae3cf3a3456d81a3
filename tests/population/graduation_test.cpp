#include <kohort/population/graduation.hpp>  // first, so the header must stand on its own

#include <random>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("worked number 6: two groups cut into single ages", "[population]") {
  const Eigen::VectorXd L = (Eigen::VectorXd(6) << 100, 90, 80, 60, 40, 20).finished();
  const auto persons = kohort::graduate(Eigen::Vector2d(300, 100), {80, 83}, L);
  const double expected[6] = {117.5344105326, 100.9335727110, 81.5320167564,
                              52.4236983842,  32.0406941951,  15.5356074207};
  for (int a = 0; a < 6; ++a) CHECK_THAT(persons[a], WithinAbs(expected[a], 1e-9));
}

TEST_CASE("group totals are kept, nobody is negative, and the stationary shape is its own answer",
          "[population]") {
  const auto seed = GENERATE(range(0, 20));
  CAPTURE(seed);
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_real_distribution<double> uniform(0, 1);
  const std::vector<int> starts{65, 70, 75, 80, 85, 90, 95, 100};
  Eigen::VectorXd L(46), stationary(8), wild(8);
  for (int a = 0; a < 46; ++a) L[a] = std::exp(-0.002 * a * a);
  for (int g = 0; g < 8; ++g) {
    stationary[g] = 3 * L.segment(5 * g, g == 7 ? 11 : 5).sum();
    wild[g] = 1000 * std::pow(uniform(random), 6);  // steep enough to ask for negative ages
  }
  CHECK((kohort::graduate(stationary, starts, L) - 3 * L).cwiseAbs().maxCoeff() < 1e-10);
  const auto persons = kohort::graduate(wild, starts, L);
  CHECK(persons.minCoeff() >= 0);
  for (int g = 0; g < 8; ++g) {
    CHECK_THAT(persons.segment(5 * g, g == 7 ? 11 : 5).sum(), WithinRel(wild[g], 1e-12));
  }
}

TEST_CASE("an empty group has empty ages", "[population]") {
  const Eigen::VectorXd L = Eigen::VectorXd::Constant(6, 1);
  const auto persons = kohort::graduate(Eigen::Vector2d(30, 0), {80, 83}, L);
  CHECK(persons.tail(3).maxCoeff() == 0);
  CHECK_THAT(persons.sum(), WithinRel(30.0, 1e-14));
}

TEST_CASE("totals and groups that do not fit are refused", "[population]") {
  const Eigen::VectorXd L = Eigen::VectorXd::Constant(6, 1);
  CHECK_THROWS_AS(kohort::graduate(Eigen::Vector2d(3, -1), {80, 83}, L), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::graduate(Eigen::Vector2d(3, 1), {83, 80}, L), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::graduate(Eigen::Vector2d(3, 1), {80, 90}, L), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::graduate(Eigen::Vector2d(3, 1), {80}, L), kohort::invalid_input);
}
