#include <kohort/projection/decomposition.hpp>  // first, so the header must stand on its own

#include <random>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("worked number 8: growth by population, share, mix and price", "[projection]") {
  const Eigen::Vector2d before(1000, 500), after(1200, 800);
  Eigen::Matrix2d users_before, users_after;
  users_before << 1000 * .2 * .7, 1000 * .2 * .3, 500 * .5 * .4, 500 * .5 * .6;
  users_after << 1200 * .19 * .65, 1200 * .19 * .35, 800 * .52 * .38, 800 * .52 * .62;
  const auto parts = kohort::growth_split(before, after, users_before, users_after,
                                          Eigen::Vector2d(50, 400), Eigen::Vector2d(60, 440));
  CHECK_THAT(parts[0], WithinAbs(49275.816666667, 1e-8));
  CHECK_THAT(parts[1], WithinAbs(1710.316666667, 1e-8));
  CHECK_THAT(parts[2], WithinAbs(6346.983333333, 1e-8));
  CHECK_THAT(parts[3], WithinAbs(13640.483333333, 1e-8));
  CHECK_THAT(parts.sum(), WithinAbs(166973.6 - 96000, 1e-8));
}

TEST_CASE("worked number 9: why the flow differs from the constant share", "[projection]") {
  // Ages 80-82, 1000 persons each; next age's prevalence is p + i (1 - p) - e p; age 80 stays at
  // .2.
  const auto users_after_two = [](const double (&start)[3], bool incidence, bool mortality) {
    double p[3] = {start[0], start[1], start[2]};
    for (int year = 1; year <= 2; ++year) {
      const double i = .1 * (year == 2 && incidence ? 1.2 : 1);
      const double e = .05 * (year == 2 && mortality ? .9 : 1);
      const double next[3] = {.2, p[0] + i * (1 - p[0]) - e * p[0],
                              p[1] + i * (1 - p[1]) - e * p[1]};
      for (int a = 0; a < 3; ++a) p[a] = next[a];
    }
    return 1000 * (p[0] + p[1] + p[2]);
  };
  const double observed[3] = {.2, .3, .3}, settled[3] = {.2, .27, .3295};
  const double constant_share = 800;
  Eigen::MatrixXd v(8, 1);  // bits: unsettled stock, incidence trend, mortality change
  for (unsigned S = 0; S < 8; ++S) {
    const bool I = S & 2U, M = S & 4U;
    v(S, 0) = S & 1U ? users_after_two(observed, I, M)
                     : constant_share + users_after_two(settled, I, M) -
                           users_after_two(settled, false, false);
  }
  CHECK_THAT(v(7, 0), WithinAbs(832.45, 1e-10));
  const auto parts = kohort::shapley(v);
  CHECK_THAT(parts(0, 0), WithinAbs(-.5, 1e-10));
  CHECK_THAT(parts(1, 0), WithinAbs(30.6, 1e-10));
  CHECK_THAT(parts(2, 0), WithinAbs(2.35, 1e-10));
}

TEST_CASE("parts add up, equal players share alike, an idle one gets nothing", "[projection]") {
  const auto seed = GENERATE(range(0, 10));
  CAPTURE(seed);
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_real_distribution<double> value(-5, 5);
  Eigen::MatrixXd v(16, 2);
  for (unsigned S = 0; S < 16; ++S) {
    v(S, 0) = value(random);
    v(S, 1) = (S & 1U) * 3.0 + (S >> 1 & 1U) * 3.0;  // players 0 and 1 add 3, the others nothing
  }
  const auto parts = kohort::shapley(v);
  CHECK_THAT(parts.col(0).sum(), WithinAbs(v(15, 0) - v(0, 0), 1e-12));
  CHECK_THAT(parts(0, 1), WithinRel(3.0, 1e-14));
  CHECK_THAT(parts(1, 1), WithinRel(3.0, 1e-14));
  CHECK_THAT(parts(3, 1), WithinAbs(0.0, 1e-14));
  CHECK_THROWS_AS(kohort::shapley(v.topRows(5)), kohort::invalid_input);
}

TEST_CASE("a cell without users has no mix of its own", "[projection]") {
  Eigen::MatrixXd none(1, 2), some(1, 2);
  none << 0, 0;
  some << 3, 1;
  const Eigen::VectorXd people = Eigen::VectorXd::Constant(1, 10);
  const Eigen::Vector2d price(1, 5);
  const auto parts = kohort::growth_split(people, people, none, some, price, price);
  CHECK_THAT(parts[1], WithinRel(8.0, 1e-14));  // all of it is share
  CHECK_THAT(parts[2], WithinAbs(0.0, 1e-14));
}

TEST_CASE("quantiles interpolate between order statistics", "[projection]") {
  const std::vector<double> draws{4, 10, 1, 20, 3, 30, 2, 40, 5, 50};  // five draws of two columns
  const std::vector<double> p{0, .25, .5, 1, .1};
  const auto q = kohort::column_quantiles(draws, 2, p);
  CHECK(q == std::vector<double>{1, 10, 2, 20, 3, 30, 5, 50, 1.4, 14});
  CHECK_THROWS_AS(kohort::column_quantiles(draws, 3, p), kohort::invalid_input);
}
