#include <kohort/population/mortality.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/support/error.hpp>

#include "catch.hpp"
#include "projection/slow.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::close_mortality;
using kohort::closure_policy;
using kohort::ratios_to_unsupported;

namespace {

// Worked number 4: 900 without support, 100 users.
struct example {
  Eigen::Matrix2d moves = (Eigen::Matrix2d() << 0, .05, .02, 0).finished();
  Eigen::Vector2d ratios{1, 4};
  Eigen::Vector2d occupancy{900, 100};
};

}  // namespace

TEST_CASE("worked number 4: mortality without support is solved so that deaths match",
          "[population]") {
  const example e;
  const auto piece = close_mortality(e.moves, e.ratios, e.occupancy, .06, 1);
  CHECK_THAT(piece.without_support, WithinRel(.04464879335336587, 1e-13));
  CHECK_THAT(piece.occupancy[0], WithinRel(820.8470094475981, 1e-13));
  CHECK_THAT(piece.occupancy[1], WithinRel(120.9175241366506, 1e-13));
  CHECK_THAT(piece.occupancy.sum(), WithinRel(1000 * std::exp(-.06), 1e-15));
}

TEST_CASE("worked number 4: net migration pro rata multiplies everyone alike", "[population]") {
  const example e;
  const double g = std::log(950 / (1000 * std::exp(-.06)));
  CHECK_THAT(g, WithinRel(.00870670561244947, 1e-13));
  const auto piece = close_mortality(e.moves, e.ratios, e.occupancy, .06, 1, g);
  CHECK_THAT(piece.without_support, WithinRel(.04464879335336587, 1e-12));
  CHECK_THAT(piece.occupancy[0], WithinRel(828.0250860662, 1e-12));
  CHECK_THAT(piece.occupancy[1], WithinRel(121.9749139338, 1e-12));
}

TEST_CASE("any closed piece: survivors by the life table, states by the slow exponential",
          "[population]") {
  const auto seed = GENERATE(range(0, 20));
  const double h = GENERATE(0.11, 0.5, 0.89, 4.0);
  CAPTURE(seed, h);
  const int n = 6;
  const Eigen::MatrixXd moves = slow::random_intensities(n, seed, 1.5).matrix();
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_real_distribution<double> uniform(0, 1);
  Eigen::VectorXd ratios(n), x(n);
  for (int r = 0; r < n; ++r) {
    ratios[r] = r == 0 ? 1 : 1 + 9 * uniform(random);
    x[r] = 100 * uniform(random);
  }
  const double m = 0.01 + 0.4 * uniform(random), g = 0.2 * (uniform(random) - 0.5);
  const auto piece = close_mortality(moves, ratios, x, m, h, g);
  CHECK_THAT(piece.occupancy.sum(), WithinRel(x.sum() * std::exp((g - m) * h), 1e-14));
  CHECK(piece.occupancy.minCoeff() >= 0);

  // With the force that was found, everything else follows from one exponential.
  slow::matrix Q = slow::matrix::Zero(n, n);
  for (int r = 0; r < n; ++r) {
    for (int s = 0; s < n; ++s) Q(r, s) = r == s ? 0.0L : slow::real(moves(r, s));
    Q(r, r) =
        -Q.row(r).sum() - slow::real(ratios[r]) * slow::real(piece.without_support) + slow::real(g);
  }
  slow::matrix block = slow::matrix::Zero(2 * n, 2 * n);
  block.topLeftCorner(n, n) = Q;
  block.topRightCorner(n, n) = slow::matrix::Identity(n, n);
  const slow::matrix whole = slow::exponential(block * slow::real(h));
  const slow::row end = x.transpose().cast<slow::real>() * whole.topLeftCorner(n, n);
  const slow::row years = x.transpose().cast<slow::real>() * whole.topRightCorner(n, n);
  for (int r = 0; r < n; ++r) {
    CHECK_THAT(piece.occupancy[r], WithinRel(static_cast<double>(end[r]), 1e-12));
    CHECK_THAT(piece.person_years[r], WithinRel(static_cast<double>(years[r]), 1e-12));
  }
}

TEST_CASE("ratios are derived so that everyone together dies at m", "[population]") {
  const Eigen::Vector2d prevalence(.1, .05), mortality(.1, .3);
  const auto found = ratios_to_unsupported(.05, prevalence, mortality, closure_policy::strict);
  CHECK_THAT(.85 * found.without_support + .1 * .1 + .05 * .3, WithinRel(.05, 1e-14));
  CHECK_THAT(found.ratios[1] * found.without_support, WithinRel(.3, 1e-14));
  CHECK(found.scale == 1);
}

TEST_CASE("worked number 4: absolute mortality can leave less than nothing", "[population]") {
  const Eigen::VectorXd prevalence = Eigen::VectorXd::Constant(1, .2);
  const Eigen::VectorXd mortality = Eigen::VectorXd::Constant(1, .15);
  CHECK_THAT(
      ratios_to_unsupported(.02, prevalence, mortality, closure_policy::strict).without_support,
      WithinAbs(-.0125, 1e-15));
  const auto scaled = ratios_to_unsupported(.02, prevalence, mortality, closure_policy::scale, .2);
  CHECK_THAT(scaled.without_support, WithinRel(.2 * .02, 1e-14));
  CHECK_THAT(.8 * scaled.without_support + .2 * .15 * scaled.scale, WithinRel(.02, 1e-14));
  CHECK_THAT(scaled.ratios[0], WithinRel(.15 * scaled.scale / scaled.without_support, 1e-14));
  CHECK_THROWS_AS(
      close_mortality(Eigen::Matrix2d::Zero(), Eigen::Vector2d(1, 0), Eigen::Vector2d(1, 1), .1, 1),
      kohort::invalid_input);
}
