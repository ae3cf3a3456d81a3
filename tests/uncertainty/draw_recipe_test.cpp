#include <kohort/uncertainty/draw_recipe.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

#include "catch.hpp"

using namespace kohort;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;

namespace {

/// One age, two transitions of which the second was estimated as 0; three sources in the entries.
draw_recipe recipe(int shared = 0) {
  draw_recipe r;
  r.rates = {1, 2, Eigen::VectorXd::Constant(4, std::log(0.1)), Eigen::MatrixXd::Zero(4, 2), {1}};
  r.rates.slopes(0, 0) = 0.3;
  r.rates.slopes(2, 1) = -0.2;
  auto& e = r.entries;
  e.ages = 1;
  e.levels = 2;
  e.of_incidence = 2 - shared;
  e.log_incidence = Eigen::Vector2d(-3, -2.5);
  e.log_incidence_slopes = Eigen::MatrixXd::Zero(2, 3);
  e.log_incidence_slopes(0, 0) = 0.1;
  e.log_odds = Eigen::Vector4d(0, -1, 0, -1);
  e.log_odds_slopes = Eigen::MatrixXd::Zero(4, 3);
  e.log_odds_slopes(1, 2) = 0.5;
  e.incidence_trend = Eigen::VectorXd::Constant(1, 0.01);
  e.incidence_trend_slopes = Eigen::MatrixXd::Zero(1, 3);
  e.mix_trend = Eigen::Vector2d(0, 0.02);
  e.mix_trend_slopes = Eigen::MatrixXd::Zero(2, 3);
  r.shared = shared;
  return r;
}

}  // namespace

TEST_CASE("rates follow from the random numbers, row by row", "[uncertainty]") {
  const auto r = recipe();
  Eigen::MatrixXd z(2, 2), u(2, 1);
  z << 1, 2, 0, 0;
  u << 0.5, 0.05;
  const auto rates = rates_from(r.rates, z, u);
  CHECK_THAT(rates[0], WithinRel(0.1 * std::exp(0.3), 1e-14));
  CHECK_THAT(rates[1], WithinRel(0.1 * std::log(0.5) / std::log(0.05), 1e-13));
  CHECK_THAT(rates[2], WithinRel(0.1 * std::exp(-0.4), 1e-14));
  CHECK_THAT(rates[4], WithinRel(0.1, 1e-14));  // no shift
  CHECK_THAT(rates[5], WithinRel(0.1, 1e-14));  // at u = 0.05 the rate is its bound
  const auto second = rates_from(r.rates, z.bottomRows(1), u.bottomRows(1));
  CHECK(std::vector<double>(rates.begin() + 4, rates.end()) == second);
}

TEST_CASE("the numbers of a seed are those of the streams of the fit and the entries",
          "[uncertainty]") {
  const auto r = recipe();
  const auto numbers = numbers_of(r, 3, 2, 9);
  CHECK(numbers.rate_normals(1, 1) == random_stream(9, purpose::parameters).normal(4, 0, 1));
  CHECK(numbers.rate_uniforms(0, 0) == random_stream(9, purpose::parameters).uniform(3, 1, 1));
  CHECK(numbers.entry_normals(0, 1) == random_stream(9, purpose::entries).normal(3, 0, 1));
  CHECK(numbers.entry_normals(0, 2) == random_stream(9, purpose::entries).normal(3, 1, 0));
}

TEST_CASE("what rates and entries share is one number", "[uncertainty]") {
  const auto r = recipe(1);
  const auto numbers = numbers_of(r, 0, 3, 1);
  CHECK(numbers.rate_normals.col(1) == numbers.entry_normals.col(2));
  CHECK(dimensions(r) == 2 + 1 + 3 - 1);
  const auto same = numbers_from(r, Eigen::MatrixXd::Constant(1, 5, 0.3));
  CHECK(same.rate_normals(0, 1) == same.entry_normals(0, 2));
  CHECK_THAT(same.rate_normals(0, 0), WithinRel(-0.5244005127080407, 1e-14));
  CHECK(same.rate_uniforms(0, 0) == 0.3);
}

TEST_CASE("numbers that do not fit are refused", "[uncertainty]") {
  const auto r = recipe();
  CHECK_THROWS_WITH(numbers_from(r, Eigen::MatrixXd::Constant(1, 4, 0.3)),
                    Contains("4 uniforms a draw") && Contains("6 are needed"));
  CHECK_THROWS_WITH(numbers_from(r, Eigen::MatrixXd::Constant(1, 6, 1.0)),
                    Contains("inside (0, 1)"));
  CHECK_THROWS_WITH(entries_from(r.entries, Eigen::MatrixXd::Zero(1, 2)), Contains("[E-SHAPE]"));
}
