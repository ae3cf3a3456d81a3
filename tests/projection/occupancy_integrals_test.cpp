#include <kohort/projection/occupancy_integrals.hpp>  // first, so the header must stand on its own

#include "catch.hpp"
#include "projection/slow.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::integrate_occupancy;
using kohort::intensity_matrix;

namespace {

// Chain A of the worked numbers: states 1, 2, dead.
intensity_matrix<> chain_a() {
  Eigen::Matrix3d rates;
  rates << 0, .05, .04, .02, 0, .20, 0, 0, 0;
  return intensity_matrix<>::from_rates(rates);
}

}  // namespace

TEST_CASE("stock, inflow and person-years of worked number 2", "[projection]") {
  const auto over = integrate_occupancy(chain_a(), 1);
  const Eigen::RowVector3d x(100, 20, 0), b(0, 10, 0);
  const Eigen::RowVector3d end = x * over.P + b * over.J0;
  const Eigen::RowVector3d years = x * over.J + b * over.K;
  CHECK_THAT(end[0], WithinRel(91.87004743337175, 1e-14));
  CHECK_THAT(end[1], WithinRel(29.32244650413472, 1e-14));
  CHECK_THAT(years[0], WithinRel(95.85854439231497, 1e-14));
  CHECK_THAT(years[1], WithinRel(24.86582143400468, 1e-14));
  CHECK_THAT(years[0] * .05, WithinRel(4.792927219615748, 1e-14));
  CHECK_THAT(years[1] * .02, WithinRel(0.4973164286800935, 1e-14));
  CHECK_THAT(years[1] * .20, WithinRel(4.973164286800935, 1e-14));
  const auto discounted = integrate_occupancy(chain_a(), 1, std::log1p(0.03));
  CHECK_THAT((x * discounted.J)[1], WithinRel(19.91615975227211, 1e-14));
}

TEST_CASE("P, J and K agree with small steps in long double", "[projection]") {
  const auto seed = GENERATE(range(0, 12));
  const double h = GENERATE(0.1, 1.0, 7.5);
  const double force = GENERATE(0.0, 0.03);
  CAPTURE(seed, h, force);
  const auto Q = slow::random_intensities(5, seed);
  const auto over = integrate_occupancy(Q, h, force);
  const auto truth = slow::integrals(Q.matrix(), h, force);
  CHECK((over.P.cast<long double>() - truth.P).cwiseAbs().maxCoeff() < 1e-14L);
  CHECK((over.J0.cast<long double>() - truth.J0).cwiseAbs().maxCoeff() < 1e-14L * h);
  CHECK((over.J.cast<long double>() - truth.J).cwiseAbs().maxCoeff() < 1e-14L * h);
  CHECK((over.K.cast<long double>() - truth.K).cwiseAbs().maxCoeff() < 1e-14L * h * h);
}

TEST_CASE("fixed and dynamic sizes are one body", "[projection]") {
  const auto dynamic = chain_a();
  const intensity_matrix<3> fixed(dynamic.matrix());
  CHECK(integrate_occupancy(fixed, 2.0).J == integrate_occupancy(dynamic, 2.0).J);
}

TEST_CASE("nobody moves: P is exactly the identity, and J the time", "[projection]") {
  const auto still = intensity_matrix<>::from_rates(Eigen::MatrixXd::Zero(3, 3));
  const auto over = integrate_occupancy(still, 4);
  CHECK(over.P == Eigen::MatrixXd::Identity(3, 3));
  CHECK_THAT(over.J(1, 1), WithinRel(4.0, 1e-15));
  CHECK_THAT(over.K(1, 1), WithinRel(8.0, 1e-15));
  CHECK(integrate_occupancy(chain_a(), 0).P == Eigen::MatrixXd::Identity(3, 3));
  CHECK_THROWS_AS(integrate_occupancy(chain_a(), -1), kohort::invalid_input);
}

TEST_CASE("a stiff chain keeps its row sums and its absorbing row", "[projection]") {
  Eigen::Matrix3d rates;
  rates << 0, 1e6, 0, 1e-6, 0, 1e-6, 0, 0, 0;
  const auto over = integrate_occupancy(intensity_matrix<>::from_rates(rates), 1e3);
  for (int r = 0; r < 3; ++r) CHECK_THAT(over.J.row(r).sum(), WithinRel(1e3, 1e-14));
  CHECK(over.P.row(2) == Eigen::RowVector3d(0, 0, 1));
}

TEST_CASE("a constant inflow from empty fills the states like a closed cohort's time in them",
          "[projection]") {
  const auto seed = GENERATE(range(0, 10));
  CAPTURE(seed);
  const auto Q = slow::random_intensities(5, seed);
  const Eigen::RowVectorXd inflow = (Eigen::RowVectorXd(5) << 3, 1, 0, 2, 0).finished();
  const auto month = integrate_occupancy(Q, 1.0 / 12);
  Eigen::RowVectorXd x = Eigen::RowVectorXd::Zero(5), years = x;
  for (int k = 0; k < 120; ++k) {
    years += x * month.J + inflow * month.K;
    x = (x * month.P + inflow * month.J0).eval();
  }
  const auto decade = integrate_occupancy(Q, 10);
  CHECK((x - inflow * decade.J0).cwiseAbs().maxCoeff() < 1e-12 * x.sum());
  CHECK((years - inflow * decade.K).cwiseAbs().maxCoeff() < 1e-12 * years.sum());
  CHECK_THAT(x.sum(), WithinRel(60.0, 1e-12));  // cohort and inflow, all accounted for
}

TEST_CASE("twin states are one state, and names do not matter", "[projection]") {
  const auto Q = slow::random_intensities(4, 2);
  const double h = 3;
  const auto over = integrate_occupancy(Q, h);

  // State 1 becomes two identical copies, each taken half of the time.
  Eigen::MatrixXd twins = Eigen::MatrixXd::Zero(5, 5);
  const int old[5] = {0, 1, 1, 2, 3};
  for (int r = 0; r < 5; ++r) {
    for (int s = 0; s < 5; ++s) {
      if (old[r] != old[s]) twins(r, s) = Q(old[r], old[s]) * (old[s] == 1 ? 0.5 : 1);
    }
  }
  const auto split = integrate_occupancy(intensity_matrix<>::from_rates(twins), h);
  CHECK_THAT(split.J(0, 1) + split.J(0, 2), WithinRel(over.J(0, 1), 1e-12));
  CHECK_THAT(split.P(1, 3), WithinRel(over.P(1, 2), 1e-12));

  const int order[4] = {2, 0, 1, 3};
  Eigen::MatrixXd shuffled(4, 4);
  for (int r = 0; r < 4; ++r) {
    for (int s = 0; s < 4; ++s) shuffled(r, s) = Q(order[r], order[s]);
  }
  const auto other = integrate_occupancy(intensity_matrix<>::from_rates(shuffled), h);
  for (int r = 0; r < 4; ++r) {
    for (int s = 0; s < 4; ++s)
      CHECK_THAT(other.J(r, s), WithinAbs(over.J(order[r], order[s]), 1e-13));
  }
}
