#include <kohort/estimation/coefficient_draws.hpp>  // first, so the header must stand on its own

#include <kohort/support/error.hpp>

#include "catch.hpp"

using namespace kohort;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;

namespace {

fitted_model two_rates() {
  fitted_model fitted{
      .intensities = {.structure = model({"a", "b", "dead"},
                                         {{"a", "b"}, {"a", "dead"}, {"b", "dead"}}, "dead")}};
  fitted.coefficients = Eigen::Vector3d(-1, -2, -3);
  fitted.covariance = Eigen::Matrix3d::Zero();
  fitted.covariance.topLeftCorner(2, 2) << 0.04, 0.01, 0.01, 0.09;
  fitted.has_error = {true, true, false};
  return fitted;
}

}  // namespace

TEST_CASE("draws of a seed are those from its numbers, in any block", "[estimation]") {
  const auto fitted = two_rates();
  const Eigen::MatrixXd all = draws(fitted, 7, 3);
  CHECK(draws_from(fitted, coefficient_numbers_of(fitted, 0, 7, 3)) == all);
  CHECK(draws_from(fitted, coefficient_numbers_of(fitted, 4, 3, 3)) == all.bottomRows(3));
}

TEST_CASE("unit normals give the root of the covariance", "[estimation]") {
  const auto fitted = two_rates();
  const coefficient_numbers units{Eigen::Matrix2d::Identity(), Eigen::MatrixXd(2, 0)};
  const Eigen::MatrixXd rows = draws_from(fitted, units);
  const Eigen::MatrixXd L =
      (rows.rowwise() - fitted.coefficients.transpose()).leftCols(2).transpose();
  CHECK((L * L.transpose() - fitted.covariance.topLeftCorner(2, 2)).norm() < 1e-15);
  CHECK(rows(0, 2) == -3);  // without an error it stays where it is
  const coefficient_numbers zero{Eigen::MatrixXd::Zero(1, 2), Eigen::MatrixXd(1, 0)};
  CHECK(draws_from(fitted, zero).row(0) == fitted.coefficients.transpose());
}

TEST_CASE("numbers of another fit are refused", "[estimation]") {
  CHECK_THROWS_WITH(draws_from(two_rates(), {Eigen::MatrixXd::Zero(1, 3), Eigen::MatrixXd(1, 0)}),
                    Contains("3 normals") && Contains("[E-SHAPE]"));
}
