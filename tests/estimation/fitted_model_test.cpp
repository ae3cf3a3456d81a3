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

TEST_CASE("a rate estimated as 0 is drawn as the exponential whose 95 % quantile is its bound",
          "[estimation]") {
  const kohort::intensity_model im{
      kohort::model({"a", "b", "c"}, {{"a", "b"}, {"a", "c"}, {"b", "c"}}, "c")};
  const auto fitted = kohort::fit(
      persons(im.structure, {{1, 0, 0, 60}, {1, 0, 1, 25}, {1, 1, 1, 30}, {1, 1, 2, 9}}), im);
  constexpr int n = 20000;
  const auto many = kohort::draws(fitted, n, 1);
  CHECK(many.allFinite());
  const Eigen::ArrayXd rates = many.col(1).array().exp();
  const double bound = fitted.bounds.at(0).rate;
  CHECK_THAT(rates.mean(), WithinRel(bound / -std::log(.05), 5 / std::sqrt(n)));
  const double above = static_cast<double>((rates > bound).count()) / n;
  CHECK_THAT(above, WithinAbs(.05, 5 * std::sqrt(.05 * .95 / n)));
  const double median = static_cast<double>((rates > bound * std::log(.5) / std::log(.05)).count());
  CHECK_THAT(median / n, WithinAbs(.5, 5 * std::sqrt(.25 / n)));
  CHECK(kohort::draws(fitted, 5, 1) == many.topRows(5));
  const Eigen::ArrayXd other = many.col(0).array() - many.col(0).mean();
  const double correlation =
      (other * (rates - rates.mean())).sum() /
      std::sqrt(other.square().sum() * (rates - rates.mean()).square().sum());
  CHECK_THAT(correlation, WithinAbs(0, 5 / std::sqrt(n)));
}

TEST_CASE("with exactly dated moves that posterior has the years at risk as its rate",
          "[estimation]") {
  const kohort::intensity_model im{kohort::model({"a", "b"}, {{"a", "b"}})};
  const auto fitted = kohort::fit(
      persons(im.structure, {{2.5, 0, 0, 100, observation_kind::exact_transition}}), im);
  const auto many = kohort::draws(fitted, 20000, 3);
  CHECK_THAT(many.col(0).array().exp().mean(), WithinRel(1 / 250., 5 / std::sqrt(20000)));
}

TEST_CASE("a rate estimated as 0 that the data do not bound is not drawn", "[estimation]") {
  auto fitted = example();
  fitted.bounds = {{0, true, std::numeric_limits<double>::infinity()}};
  CHECK_THROWS_WITH(kohort::draws(fitted, 2, 1), contains("no upper bound on the rate of"));
}

TEST_CASE("draws keep the inequalities of the fit", "[estimation]") {
  const auto exact = observation_kind::exact_transition;
  const kohort::model both({"a", "b"}, {{"a", "b"}, {"b", "a"}});
  const kohort::constraint order{
      {{"a -> b", 1.0}, {"b -> a", -1.0}}, kohort::relation::at_least, 0};
  const auto seen = persons(
      both, {{1, 0, 1, 6, exact}, {2, 0, 0, 9, exact}, {1, 1, 0, 4, exact}, {2, 1, 1, 9, exact}});
  const auto limited = kohort::fit(seen, kohort::intensity_model{both}, {.constraints = {order}});
  const auto free = kohort::fit(seen, kohort::intensity_model{both});
  CHECK(limited.coefficients.isApprox(free.coefficients, 1e-9));
  const auto rows = kohort::draws(limited, 2000, 4), plain = kohort::draws(free, 2000, 4);
  int beyond = 0;
  double difference = 0, expected = 0;
  for (int k = 0; k < 2000; ++k) {
    CHECK(rows(k, 0) >= rows(k, 1) - 1e-8);
    const bool inside = plain(k, 0) >= plain(k, 1);
    if (inside) CHECK(rows.row(k) == plain.row(k));  // what was within stays as it was
    beyond += inside ? 0 : 1;
    difference += (rows(k, 0) - rows(k, 1)) / 2000;
    if (inside) expected += plain(k, 0) - plain(k, 1);
  }
  CHECK(beyond > 200);
  CHECK_THAT(difference, Catch::Matchers::WithinRel(expected / (2000 - beyond), .1));
}
