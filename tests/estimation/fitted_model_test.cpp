#include <kohort/estimation/fitted_model.hpp>  // first, so the header must stand on its own

#include <kohort/estimation/fit.hpp>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

kohort::fitted_model example() {
  const auto panel = observation_kind::panel;
  const kohort::intensity_model im{
      kohort::model({"a", "b"}, {{"a", "b"}, {"b", "a"}}), {{"x"}}, {{true}, {false}}};
  return kohort::fit(persons(im.structure, {{1, 0, 1, 21, panel, 0},
                                            {1, 0, 0, 59, panel, 0},
                                            {1, 0, 1, 34, panel, 1},
                                            {1, 0, 0, 46, panel, 1},
                                            {1, 1, 0, 10, panel, 0},
                                            {1, 1, 1, 30, panel, 1}}),
                     im);
}

}  // namespace

TEST_CASE("intensities are the exponential of the coefficients along the design", "[estimation]") {
  const auto fitted = example();
  const auto Q = kohort::intensities(fitted, std::vector<double>{2});
  CHECK_THAT(Q(0, 1),
             WithinRel(std::exp(fitted.coefficients[0] + 2 * fitted.coefficients[1]), 1e-14));
  CHECK_THAT(Q(1, 0), WithinRel(std::exp(fitted.coefficients[2]), 1e-14));
  CHECK_THROWS_WITH(kohort::intensities(fitted, std::vector<double>{}),
                    contains("covariate values"));
}

TEST_CASE("Wald intervals are symmetric on the log scale", "[estimation]") {
  const auto fitted = example();
  const auto wald = kohort::wald_intervals(fitted);
  CHECK_THAT(wald[0].upper - wald[0].estimate, WithinRel(1.959963984540054 * wald[0].error, 1e-12));
  CHECK_THAT(wald[0].upper + wald[0].lower, WithinRel(2 * fitted.coefficients[0], 1e-12));
  CHECK_THROWS_WITH(kohort::wald_intervals(fitted, 95), contains("between 0 and 1"));
}

TEST_CASE("draws have the mean and the covariance of the fit, and row k is row k", "[estimation]") {
  const auto fitted = example();
  const auto many = kohort::draws(fitted, 20000, 7);
  const Eigen::VectorXd mean = many.colwise().mean();
  const Eigen::MatrixXd centred = many.rowwise() - mean.transpose();
  const Eigen::MatrixXd C = centred.transpose() * centred / 19999;
  for (int i = 0; i < 3; ++i) {
    CHECK_THAT(mean[i],
               WithinAbs(fitted.coefficients[i], 5 * std::sqrt(fitted.covariance(i, i) / 20000)));
    CHECK_THAT(C(i, i), WithinRel(fitted.covariance(i, i), .05));
  }
  CHECK(kohort::draws(fitted, 5, 7) == many.topRows(5));
  CHECK(kohort::draws(fitted, 5, 8) != many.topRows(5));
}

TEST_CASE("a rate estimated as 0 stays 0 in every draw", "[estimation]") {
  const kohort::intensity_model im{
      kohort::model({"a", "b", "c"}, {{"a", "b"}, {"a", "c"}, {"b", "c"}}, "c")};
  const auto fitted = kohort::fit(
      persons(im.structure, {{1, 0, 0, 60}, {1, 0, 1, 25}, {1, 1, 1, 30}, {1, 1, 2, 9}}), im);
  const auto some = kohort::draws(fitted, 50, 1);
  CHECK((some.col(1).array().exp() == 0).all());
  CHECK(some.col(0).allFinite());
}
