#include <kohort/model/embedding.hpp>  // first, so the header must stand on its own

#include <Eigen/LU>

#include "catch.hpp"
#include "random_generators.hpp"

using namespace kohort;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

Eigen::MatrixXd matrix(int n, const std::vector<double>& entries) {
  return Eigen::Map<const Eigen::Matrix<double, -1, -1, Eigen::RowMajor>>(entries.data(), n, n);
}

embedding look(int n, const std::vector<double>& entries, double t = 1, double rounding = 0) {
  return embeddability(probability_matrix<>(matrix(n, entries)), t, rounding);
}

bool has(const embedding& found, not_embeddable why) {
  return std::any_of(found.faults.begin(), found.faults.end(),
                     [&](const embedding_fault& fault) { return fault.why == why; });
}

}  // namespace

TEST_CASE("what comes from intensities is embeddable, and its logarithm gives them back",
          "[model]") {
  const int n = GENERATE(2, 3, 5, 7);
  const auto seed = static_cast<std::uint64_t>(GENERATE(range(0, 12)));
  CAPTURE(n, seed);
  kohort_tests::dice roll(seed);
  const auto Q = intensity_matrix<>::from_rates(kohort_tests::random_rates(roll, n, 1e-3, 0.6));
  const double t = roll.uniform(0.2, 1.5);
  const auto found = embeddability(transition_probability(Q, t), t);
  CHECK(found.embeddable());
  REQUIRE(found.logarithm.rows() == n);
  CHECK((found.logarithm - Q.matrix()).cwiseAbs().maxCoeff() < 1e-11);
}

TEST_CASE("a published three-year table has intensities", "[model]") {
  // Lagergren, Kurube & Saito 2017, women from 78: none, home, institution, dead.
  const std::vector<double> P{0.81338, 0.10712, 0.0275, 0.052, 0.04457, 0.50640, 0.17903, 0.27,
                              0,       0,       0.378,  0.622, 0,       0,       0,       1};
  const auto found = look(4, P, 3, 5e-5);
  CHECK(found.embeddable());
  CHECK_THAT(found.logarithm(0, 1), WithinAbs(0.05533, 1e-5));
  CHECK_THAT(found.logarithm(1, 2), WithinAbs(0.13585, 1e-5));
  CHECK_THAT(found.logarithm(2, 3), WithinAbs(0.32429, 1e-5));
}

TEST_CASE("a negative rate in the logarithm is named with its entries", "[model]") {  // W22, N18
  const std::vector<double> P{.9, .1, 0, .05, .85, .1, 0, .2, .8};
  const auto found = look(3, P);
  CHECK_FALSE(found.embeddable());
  CHECK_THAT(found.logarithm(0, 2), WithinAbs(-.0070591347785694, 1e-13));
  CHECK_THAT(found.logarithm(2, 0), WithinAbs(-.0070591347785694, 1e-13));
  REQUIRE(has(found, not_embeddable::negative_rate));
  CHECK(has(found, not_embeddable::way_round));
  std::vector<std::pair<state, state>> entries;
  for (const auto& fault : found.faults) {
    if (fault.why == not_embeddable::negative_rate) entries.emplace_back(fault.from, fault.to);
  }
  CHECK(entries == std::vector<std::pair<state, state>>{{0, 2}, {2, 0}});
  CHECK(found.decided);
  // Printed to one digit, those zeros say little: they may be up to .05.
  CHECK(look(3, P, 1, .05).embeddable());
}

TEST_CASE("quasi-optimisation gives the nearest rows, with what is left", "[model]") {  // W22
  const auto made =
      quasi_optimisation(probability_matrix<>(matrix(3, {.9, .1, 0, .05, .85, .1, 0, .2, .8})), 1);
  const auto& Q = made.intensities;
  CHECK_THAT(Q(0, 1), WithinAbs(.112153456456, 1e-12));
  CHECK_THAT(Q(1, 0), WithinAbs(.057841511922645, 1e-13));
  CHECK_THAT(Q(1, 2), WithinAbs(.12274215862386, 1e-13));
  CHECK_THAT(Q(2, 1), WithinAbs(.24195474985843, 1e-13));
  CHECK(Q(0, 2) == 0);
  CHECK_THAT(made.residual, WithinAbs(.010112295064065, 1e-13));
  const auto slower =
      quasi_optimisation(probability_matrix<>(matrix(3, {.9, .1, 0, .05, .85, .1, 0, .2, .8})), 2);
  CHECK_THAT(slower.intensities(2, 1), WithinRel(Q(2, 1) / 2, 1e-12));
}

TEST_CASE("two states are embeddable if they stay more often than not", "[model]") {
  const double stay = GENERATE(.2, .45, .5, .55, .9);
  const auto found = look(2, {stay, 1 - stay, .5, .5});
  CHECK(found.embeddable() == (stay > .5));
  CHECK(has(found, not_embeddable::two_states) == (stay <= .5));
  if (stay > .5) {  // closed form: log(p11 + p22 - 1) / (p11 + p22 - 2) (P - I)
    CHECK_THAT(found.logarithm(0, 1),
               WithinRel(std::log(stay - .5) / (stay - 1.5) * (1 - stay), 1e-12));
  }
}

TEST_CASE("zero and negative eigenvalues are told, not taken the logarithm of", "[model]") {  // N19
  const auto zero = look(3, {.5, .5, 0, .5, .5, 0, .1, .1, .8});
  CHECK(has(zero, not_embeddable::eigenvalue));
  CHECK(has(zero, not_embeddable::determinant));
  CHECK(zero.logarithm.size() == 0);
  const auto negative = look(3, {.1, .8, .1, .8, .1, .1, .05, .05, .9});
  REQUIRE(has(negative, not_embeddable::eigenvalue));
  CHECK(has(negative, not_embeddable::determinant));
  for (const auto& fault : negative.faults) {
    if (fault.why == not_embeddable::eigenvalue) CHECK_THAT(fault.value, WithinAbs(-.7, 1e-12));
  }
  CHECK(negative.decided);
  CHECK_THROWS_WITH(quasi_optimisation(probability_matrix<>(matrix(2, {.2, .8, .7, .3})), 1),
                    kohort_tests::contains("no principal logarithm"));
}

TEST_CASE("a determinant above the diagonal's product cannot be", "[model]") {
  // A walk round a circle: det = .6^3 + .4^3 > .6^3.
  const auto found = look(3, {.6, .4, 0, 0, .6, .4, .4, 0, .6});
  CHECK(has(found, not_embeddable::diagonal));
  CHECK(has(found, not_embeddable::way_round));
  CHECK(found.decided);
}

TEST_CASE("times that cannot be are refused", "[model]") {
  const probability_matrix<> P(matrix(2, {.9, .1, 0, 1}));
  CHECK_THROWS_WITH(embeddability(P, 0), kohort_tests::contains("positive and finite"));
  CHECK_THROWS_WITH(quasi_optimisation(P, -1), kohort_tests::contains("positive and finite"));
}
