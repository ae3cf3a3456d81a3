#include <kohort/model/expected_path.hpp>  // first, so the header must stand on its own

#include <kohort/model/probability_derivative.hpp>
#include <kohort/model/probability_matrix.hpp>

#include "catch.hpp"
#include "random_generators.hpp"

using namespace kohort;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("what one person did between two sightings is as computed elsewhere", "[model]") {  // W21
  Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(3, 3);
  rates(0, 1) = .2, rates(0, 2) = .1, rates(1, 0) = .1, rates(1, 2) = .3;
  const auto Q = intensity_matrix<>::from_rates(rates);
  Eigen::MatrixXd ratios = Eigen::MatrixXd::Zero(3, 3);
  ratios(0, 1) = 1 / transition_probability(Q, 1)(0, 1);
  const auto path = expect_path(Q, 1, ratios);
  CHECK_THAT(path.moves(0, 1), WithinAbs(1.0033283440236, 1e-12));
  CHECK_THAT(path.moves(1, 0), WithinAbs(.0033283440236, 1e-12));
  CHECK_THAT(path.times(0), WithinAbs(.5083208600589, 1e-12));
  CHECK(path.moves(0, 2) == 0);
}

TEST_CASE("expected times fill the time, and moves balance the ends", "[model]") {
  const int n = GENERATE(2, 3, 6);
  const auto seed = static_cast<std::uint64_t>(GENERATE(range(0, 10)));
  const double t = GENERATE(0.1, 2.0, 40.0);
  CAPTURE(n, seed, t);
  kohort_tests::dice roll(seed);
  const auto Q = intensity_matrix<>::from_rates(kohort_tests::random_rates(roll, n, 1e-3, 2));
  const auto P = transition_probability(Q, t);
  Eigen::MatrixXd persons = Eigen::MatrixXd::Zero(n, n), ratios = persons;
  for (int r = 0; r < n; ++r) {
    for (int s = 0; s < n; ++s) {
      if (!(P(r, s) > 1e-200)) continue;
      persons(r, s) = 1 + (7 * r + 3 * s) % 5;
      ratios(r, s) = persons(r, s) / P(r, s);
    }
  }
  const auto path = expect_path(Q, t, ratios);
  CHECK_THAT(path.times.sum(), WithinRel(t * persons.sum(), 1e-10));
  const double scale = persons.sum() + path.moves.sum();
  for (int i = 0; i < n; ++i) {  // came in - went out = at the end - at the start
    CHECK_THAT(path.moves.col(i).sum() - path.moves.row(i).sum(),
               WithinAbs(persons.col(i).sum() - persons.row(i).sum(), 1e-9 * scale));
  }
  // Fisher's identity: the score is that of the path expected.
  const Eigen::MatrixXd slope = transition_probability_adjoint(Q, t, ratios);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      if (i == j || Q(i, j) == 0) continue;
      CHECK_THAT(path.moves(i, j) - Q(i, j) * path.times(i),
                 WithinAbs(Q(i, j) * slope(i, j), 1e-9 * scale));
    }
  }
}
