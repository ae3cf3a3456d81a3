#include <kohort/population/lexis.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/projection/occupancy_integrals.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("three nodes integrate polynomials to the fifth degree", "[population]") {
  for (int power = 0; power <= 5; ++power) {
    double sum = 0;
    for (const auto& node : kohort::birth_nodes) sum += node.weight * std::pow(node.age, power);
    CHECK_THAT(sum, WithinRel(1.0 / (power + 1), 1e-14));
  }
}

TEST_CASE("worked number 1: a year with a birthday inside", "[population]") {
  Eigen::Matrix3d before, after;
  before << 0, .05, .04, .02, 0, .20, 0, 0, 0;
  after << 0, .06, .05, .02, 0, .22, 0, 0, 0;
  const auto A = kohort::intensity_matrix<>::from_rates(before);
  const auto B = kohort::intensity_matrix<>::from_rates(after);
  Eigen::RowVector3d cell = Eigen::RowVector3d::Zero();
  for (const auto& node : kohort::birth_nodes) {
    cell += node.weight * Eigen::RowVector3d(1, 0, 0) *
            kohort::integrate_occupancy(A, 1 - node.age).P *
            kohort::integrate_occupancy(B, node.age).P;
  }
  CHECK_THAT(cell[0], WithinRel(0.9053150440550347, 1e-14));  // as printed for three nodes
  CHECK_THAT(cell[0], WithinAbs(0.905315044055113, 1e-12));   // exact
  CHECK_THAT(cell[1], WithinAbs(0.04675409313804482, 1e-10));
  CHECK_THAT(cell[2], WithinAbs(0.04793086280684216, 1e-10));

  const Eigen::Matrix3d July =
      kohort::integrate_occupancy(A, 0.5).P * kohort::integrate_occupancy(B, 0.5).P;
  CHECK_THAT((Eigen::RowVector3d(1, 0, 0) * July)[0], WithinRel(0.9052930328444214, 1e-14));

  double scalar = 0;
  for (const auto& node : kohort::birth_nodes) {
    scalar += node.weight * std::exp(-.06 * (1 - node.age) - .066 * node.age);
  }
  CHECK_THAT(scalar, WithinAbs(0.9389448821049776, 1e-14));
}

TEST_CASE("person-years are the mean of two year-ends", "[population]") {
  const std::vector<double> before{10, 20}, after{12, 18};
  CHECK(kohort::lexis_person_years(before, after) == std::vector<double>{11, 19});
}
