#include <kohort/model/length_of_stay.hpp>

#include "catch.hpp"
#include "model/published_models.hpp"
#include "model/random_generators.hpp"
#include "model/slow_exponential.hpp"

#include <cmath>
#include <limits>

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::intensity_matrix;
using kohort::length_of_stay;
using kohort_tests::five_levels;

namespace {

constexpr double for_ever = std::numeric_limits<double>::infinity();

intensity_matrix<> with_death(int seed, int n) {
  kohort_tests::dice roll(static_cast<std::uint64_t>(seed));
  Eigen::MatrixXd rates = kohort_tests::random_rates(roll, n, 1e-3, 3);
  for (int r = 0; r + 1 < n; ++r) rates(r, n - 1) = roll.log_uniform(0.01, 0.5);
  rates.row(n - 1).setZero();
  return intensity_matrix<>::from_rates(rates);
}

/// F(stay) = sum of weights times entries, and its slope along one rate by central differences.
double slope(const intensity_matrix<>& Q, int a, int b, double t, double force,
             const Eigen::MatrixXd& weights) {
  const auto at = [&](double change) {
    Eigen::MatrixXd rates = Q.matrix();
    rates(a, b) += change;
    const auto stay = length_of_stay(intensity_matrix<>::from_rates(rates), t, force);
    double sum = 0;
    for (int r = 0; r < Q.size(); ++r) {
      for (int j = 0; j < Q.size(); ++j) {
        if (weights(r, j) != 0) sum += weights(r, j) * stay(r, j);
      }
    }
    return sum;
  };
  const double h = 1e-4 * Q(a, b);
  return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
}

}  // namespace

TEST_CASE("the published lengths of stay", "[model][W17]") {
  const auto Q = five_levels();
  const double r = std::log(1.03);
  const double ten[4] = {3.18728248301464, 2.196119972389373, 1.033801611967414, .4309101786044808};
  const double discounted[4] = {2.917675293751267, 1.922730449252675, .8768451691386183,
                                .3562253084409402};
  const double whole[4] = {3.685387760808024, 2.915341511434197, 1.641153787905265,
                           .8919314064702524};
  const double discounted_whole[4] = {3.233396262018205, 2.377332419097634, 1.258516173932839,
                                      .6426787590022217};
  for (int j = 0; j < 4; ++j) {
    CAPTURE(j);
    CHECK_THAT(length_of_stay(Q, 10)(0, j), WithinRel(ten[j], 1e-14));
    CHECK_THAT(length_of_stay(Q, 10, r)(0, j), WithinRel(discounted[j], 1e-14));
    CHECK_THAT(length_of_stay(Q, for_ever)(0, j), WithinRel(whole[j], 1e-14));
    CHECK_THAT(length_of_stay(Q, for_ever, r)(0, j), WithinRel(discounted_whole[j], 1e-14));
  }
  CHECK_THAT(length_of_stay(Q, for_ever).row(0).head(4).sum(), WithinRel(9.133814466617738, 1e-14));
  CHECK(length_of_stay(Q, for_ever)(0, 4) == for_ever);
  CHECK(length_of_stay(Q, for_ever)(4, 0) == 0);
  CHECK_THAT(length_of_stay(Q, for_ever, r)(4, 4), WithinRel(1 / r, 1e-15));
}

TEST_CASE("the published numbers of entries", "[model][W17]") {
  const double entries[5] = {.3294179958584059, 1.239605062491214, .6407682029852932,
                             .2584504029918535, .640953226468314};
  const auto V = kohort::expected_visits(five_levels(), 10);
  for (int s = 0; s < 5; ++s) CHECK_THAT(V(0, s), WithinRel(entries[s], 1e-14));
  CHECK_THAT(kohort::expected_visits(five_levels(), for_ever)(2, 4), WithinRel(1.0, 1e-14));
}

TEST_CASE("the published slopes of life expectancy", "[model][W17]") {
  const intensity_matrix<> Q(five_levels().matrix());
  Eigen::MatrixXd alive = Eigen::MatrixXd::Zero(5, 5);
  alive.row(0).head(4).setOnes();
  const auto G = kohort::length_of_stay_adjoint(Q, for_ever, 0, alive);
  CHECK_THAT(.25 * G(2, 3), WithinRel(-.8452977300266954, 1e-13));
  CHECK_THAT(.40 * G(3, 4), WithinRel(-1.002187632125908, 1e-13));
}

TEST_CASE("slopes are those of differences", "[model]") {
  const auto seed = GENERATE(range(0, 6));
  const auto t = GENERATE(0.3, 4.0, 60.0, for_ever);
  const auto force = GENERATE(0.0, 0.05);
  CAPTURE(seed, t, force);
  const int n = 3 + seed % 3;
  const auto Q = with_death(seed, n);
  Eigen::MatrixXd weights = Eigen::MatrixXd::Zero(n, n);
  kohort_tests::dice roll(77);
  for (int r = 0; r < n; ++r) {
    for (int j = 0; j + 1 < n; ++j) weights(r, j) = roll.uniform(-1, 1);
  }
  const auto G = kohort::length_of_stay_adjoint(Q, t, force, weights);
  for (int a = 0; a + 1 < n; ++a) {
    for (int b = 0; b < n; ++b) {
      if (a != b && Q(a, b) > 0)
        CHECK_THAT(G(a, b), WithinAbs(slope(Q, a, b, t, force, weights), 2e-8));
    }
  }
}

TEST_CASE("time adds up, and shorter stretches make the longer one", "[model]") {
  const auto seed = GENERATE(range(0, 12));
  CAPTURE(seed);
  const auto Q = with_death(seed, 5);
  const auto one = kohort::occupancy_over(Q, 2.5), two = kohort::occupancy_over(Q, 4.0);
  const auto both = kohort::occupancy_over(Q, 6.5);
  for (int r = 0; r < 5; ++r) {
    CHECK_THAT(both.stay.row(r).sum(), WithinRel(6.5, 1e-14));
    for (int j = 0; j < 5; ++j)
      CHECK_THAT((one.stay + one.P * two.stay)(r, j), WithinRel(both.stay(r, j), 1e-12));
  }
  // A long horizon is a life; little discounting is none.
  const auto life = length_of_stay(Q, for_ever), long_time = length_of_stay(Q, 1e5);
  const auto hardly = length_of_stay(Q, for_ever, 1e-12);
  for (int r = 0; r < 4; ++r) {
    for (int j = 0; j < 4; ++j) {
      CHECK_THAT(long_time(r, j), WithinRel(life(r, j), 1e-10));
      CHECK_THAT(hardly(r, j), WithinRel(life(r, j), 1e-9));
    }
  }
}

TEST_CASE("states may be numbered in any order", "[model]") {
  const auto Q = five_levels();
  const int order[5] = {3, 0, 4, 2, 1};
  Eigen::MatrixXd rates(5, 5);
  for (int r = 0; r < 5; ++r) {
    for (int s = 0; s < 5; ++s) rates(r, s) = Q(order[r], order[s]);
  }
  const auto other = intensity_matrix<>::from_rates(rates);
  for (const double t : {2.0, for_ever}) {
    const auto a = length_of_stay(Q, t);
    const auto b = length_of_stay(other, t);
    for (int r = 0; r < 5; ++r) {
      for (int s = 0; s < 5; ++s) {
        if (std::isfinite(b(r, s)))
          CHECK_THAT(b(r, s), WithinRel(a(order[r], order[s]), 1e-14));
        else
          CHECK(a(order[r], order[s]) == for_ever);
      }
    }
  }
}

TEST_CASE("exits of 1e-14 against rates of 100 keep every digit", "[model]") {
  // Multiprecision by Cramer's rule on three living states.
  using kohort_tests::fifty;
  const double ab = 100, bc = 37, ca = 11, ba = 5, out_a = 1e-14, out_c = 3e-14;
  Eigen::Matrix4d rates = Eigen::Matrix4d::Zero();
  rates(0, 1) = ab, rates(1, 2) = bc, rates(2, 0) = ca, rates(1, 0) = ba;
  rates(0, 3) = out_a, rates(2, 3) = out_c;
  const auto life = length_of_stay(intensity_matrix<4>::from_rates(rates), for_ever);
  const fifty d0 = fifty(ab) + fifty(out_a), d1 = fifty(bc) + fifty(ba),
              d2 = fifty(ca) + fifty(out_c);
  const fifty det = d0 * d1 * d2 - fifty(ab) * bc * ca - fifty(ab) * ba * d2;
  const fifty expected[3] = {d1 * d2 / det, fifty(ab) * d2 / det, fifty(ab) * bc / det};
  for (int j = 0; j < 3; ++j)
    CHECK_THAT(life(0, j), WithinRel(static_cast<double>(expected[j]), 1e-15));
}

TEST_CASE("a class never left holds people for ever", "[model]") {
  Eigen::Matrix4d rates = Eigen::Matrix4d::Zero();
  rates(0, 1) = 1, rates(0, 2) = 1, rates(2, 3) = 1, rates(3, 2) = 2;  // 1 absorbs, 2 and 3 circle
  const auto Q = intensity_matrix<4>::from_rates(rates);
  const auto life = length_of_stay(Q, for_ever);
  CHECK(life(0, 0) == 0.5);
  CHECK(life(0, 1) == for_ever);
  CHECK(life(2, 3) == for_ever);
  CHECK(life(1, 2) == 0);
  CHECK(kohort::expected_visits(Q, for_ever)(2, 3) == for_ever);
  CHECK(kohort::expected_visits(Q, for_ever)(1, 1) == 0);
  const auto discounted = length_of_stay(Q, for_ever, 0.1);
  for (int r = 0; r < 4; ++r) CHECK_THAT(discounted.row(r).sum(), WithinRel(10.0, 1e-14));
}

TEST_CASE("no time is no stay, and odd times are refused", "[model]") {
  CHECK(length_of_stay(five_levels(), 0) == Eigen::Matrix<double, 5, 5>::Zero());
  CHECK_THROWS_AS(length_of_stay(five_levels(), -1), kohort::invalid_input);
  CHECK_THROWS_AS(length_of_stay(five_levels(), std::nan("")), kohort::invalid_input);
  CHECK_THROWS_AS(length_of_stay(five_levels(), 1, -0.1), kohort::invalid_input);
}
