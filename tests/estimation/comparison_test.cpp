#include <kohort/estimation/comparison.hpp>  // first, so the header must stand on its own

#include <kohort/estimation/bootstrap.hpp>
#include <kohort/estimation/fit.hpp>
#include <kohort/likelihood/log_likelihood.hpp>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const kohort::model one_way({"a", "b"}, {{"a", "b"}});
const auto panel = observation_kind::panel;

/// 21 of 80 without x moved, 34 of 80 with it.
std::vector<counted> by_x() {
  return {{1, 0, 1, 21, panel, 0},
          {1, 0, 0, 59, panel, 0},
          {1, 0, 1, 34, panel, 1},
          {1, 0, 0, 46, panel, 1}};
}

double binomial(double moved, double of) {
  return moved * std::log(moved / of) + (of - moved) * std::log(1 - moved / of);
}

}  // namespace

TEST_CASE("a likelihood ratio is that of the closed form", "[estimation]") {
  const auto seen = persons(one_way, by_x());
  const auto smaller = kohort::fit(seen, kohort::intensity_model{one_way});
  const auto larger = kohort::fit(seen, {one_way, {{"x"}}});
  const auto test = kohort::likelihood_ratio(smaller, larger);
  const double expected = 2 * (binomial(21, 80) + binomial(34, 80) - binomial(55, 160));
  CHECK_THAT(test.statistic, WithinAbs(expected, 1e-9));
  CHECK(test.degrees == 1);
  CHECK_THAT(test.p_value, WithinRel(std::erfc(std::sqrt(expected / 2)), 1e-9));
  CHECK_FALSE(test.boundary);
  CHECK(kohort::estimated_parameters(larger) == 2);
  CHECK_THAT(kohort::aic(larger), WithinAbs(201.2016381794877 + 4, 1e-8));
  CHECK_THAT(kohort::bic(larger, 160), WithinAbs(201.2016381794877 + 2 * std::log(160.), 1e-8));

  SECTION("it refuses what is not nested") {
    const auto other = kohort::fit(seen, {kohort::model({"a", "c"}, {{"a", "c"}}), {{"x"}}});
    CHECK_THROWS_WITH(kohort::likelihood_ratio(other, larger),
                      contains("the larger model has no coefficient 'a -> c'"));
    CHECK_THROWS_WITH(kohort::likelihood_ratio(larger, larger), contains("2 and 2 parameters"));
    const auto fewer =
        kohort::fit(persons(one_way, {by_x()[0], by_x()[1]}), kohort::intensity_model{one_way});
    CHECK_THROWS_WITH(kohort::likelihood_ratio(fewer, larger), contains("80 and 160 intervals"));
  }
}

TEST_CASE("a move left out puts its rate at the end of its range", "[estimation]") {
  const kohort::model without({"a", "b", "c"}, {{"a", "b"}, {"b", "c"}});
  const kohort::model with({"a", "b", "c"}, {{"a", "b"}, {"a", "c"}, {"b", "c"}});
  const std::vector<counted> rows = {{1, 0, 0, 60}, {1, 0, 1, 25}, {1, 1, 1, 30}, {1, 1, 2, 9}};
  const auto smaller = kohort::fit(persons(without, rows), kohort::intensity_model{without});
  const auto larger = kohort::fit(persons(with, rows), kohort::intensity_model{with});
  CHECK(kohort::estimated_parameters(larger) == 3);  // one of them at 0
  const auto test = kohort::likelihood_ratio(smaller, larger);
  CHECK(test.boundary);
  CHECK_THAT(test.statistic, WithinAbs(0, 1e-8));
  CHECK(test.p_value > .999);
}

TEST_CASE("criteria and tests compare maxima, which an estimate with priors is not",
          "[estimation]") {
  const auto seen = persons(one_way, by_x());
  const kohort::intensity_model im{one_way, {{"x"}}};
  const auto larger = kohort::fit(seen, im, {.priors = {kohort::normal_prior("a -> b: x", 0, .5)}});
  CHECK_THROWS_WITH(kohort::aic(larger), contains("a model was fitted with priors"));
  CHECK_THROWS_WITH(kohort::bic(larger, 100), contains("[E-PRIOR]") || contains("priors"));
  const auto smaller = kohort::fit(seen, kohort::intensity_model{one_way});
  CHECK_THROWS_WITH(kohort::likelihood_ratio(smaller, larger),
                    contains("a model was fitted with priors"));
}

TEST_CASE("cross-validation takes the prior along", "[estimation]") {
  // Events by exposure: the fit of the others is (shape + n) / (rate + T), by hand.
  const auto exact = observation_kind::exact_transition;
  const auto seen = persons(one_way, {{1, 0, 1, 6, exact}, {2, 0, 0, 12, exact}});
  const kohort::intensity_model im{one_way};
  const auto fitted = kohort::fit(seen, im, {.priors = {kohort::gamma_prior("a -> b", 4, 10)}});
  const auto held = kohort::cross_validate(fitted, seen, {.folds = 3});
  CHECK(held.failures == 0);
  for (int fold = 0; fold < 3; ++fold) {
    double events = 4, years = 10;
    for (std::size_t s = 0; s < 18; ++s) {
      if (held.folds[s] == fold) continue;
      events += s < 6 ? 1 : 0;
      years += s < 6 ? 1 : 2;
    }
    const double q = events / years;
    for (std::size_t s = 0; s < 18; ++s) {
      if (held.folds[s] != fold) continue;
      CHECK_THAT(held.log_likelihoods[static_cast<Eigen::Index>(s)],
                 WithinAbs(s < 6 ? std::log(q) - q : -2 * q, 1e-6));
    }
  }
}

TEST_CASE("equal coefficients stay equal wherever one fits again", "[estimation]") {
  const kohort::model both({"a", "b"}, {{"a", "b"}, {"b", "a"}});
  const auto seen = persons(both, {{.5, 0, 1, 30}, {.5, 0, 0, 70}, {.5, 1, 0, 12}, {.5, 1, 1, 68}});
  const auto fitted = kohort::fit(seen, kohort::intensity_model{both},
                                  {.constraints = {kohort::equal("a -> b", "b -> a")}});
  CHECK(kohort::estimated_parameters(fitted) == 1);
  const auto drawn = kohort::bootstrap(fitted, seen, {.replicates = 20});
  CHECK(drawn.failures == 0);
  for (int r = 0; r < 20; ++r)
    CHECK_THAT(drawn.coefficients(r, 0), WithinAbs(drawn.coefficients(r, 1), 1e-12));
  CHECK(drawn.coefficients.col(0).maxCoeff() > drawn.coefficients.col(0).minCoeff());
}

TEST_CASE("the tail of chi-square", "[estimation]") {
  CHECK_THAT(kohort::chi_square_tail(3.841458820694124, 1), WithinRel(.05, 1e-12));
  CHECK_THAT(kohort::chi_square_tail(5.991464547107979, 2), WithinRel(.05, 1e-12));
  CHECK(kohort::chi_square_tail(0, 1) == 1);
}

TEST_CASE("cross-validation fits each fold's others and asks about the fold", "[estimation]") {
  const kohort::intensity_model im{one_way, {{"x"}}};
  const auto seen = persons(one_way, by_x());
  const auto fitted = kohort::fit(seen, im);
  const kohort::cross_validation_settings settings{.folds = 7, .seed = 3};
  const auto held = kohort::cross_validate(fitted, seen, settings);
  REQUIRE(held.folds.size() == 160);
  double total = 0;
  for (int fold = 0; fold < 7; ++fold) {
    double moved[2] = {}, of[2] = {};
    int inside = 0;
    for (std::size_t s = 0; s < 160; ++s) {
      const bool x = seen.covariates[2 * s] == 1, move = seen.states[2 * s + 1] == 1;
      if (held.folds[s] == fold) {
        ++inside;
        continue;
      }
      of[x] += 1;
      moved[x] += move;
    }
    CHECK((inside == 22 || inside == 23));
    for (std::size_t s = 0; s < 160; ++s) {
      if (held.folds[s] != fold) continue;
      const bool x = seen.covariates[2 * s] == 1, move = seen.states[2 * s + 1] == 1;
      const double p = moved[x] / of[x], l = std::log(move ? p : 1 - p);
      CHECK_THAT(held.log_likelihoods[static_cast<Eigen::Index>(s)], WithinAbs(l, 1e-8));
      total += l;
    }
  }
  CHECK_THAT(held.total, WithinAbs(total, 1e-6));
  CHECK(held.total < fitted.log_likelihood);
  CHECK(held.error > 0);
  CHECK(held.failures == 0);

  SECTION("the seed deals the folds; threads change nothing") {
    auto other = settings;
    other.threads = 3;
    CHECK(kohort::cross_validate(fitted, seen, other).log_likelihoods == held.log_likelihoods);
    other.seed = 4;
    CHECK(kohort::cross_validate(fitted, seen, other).folds != held.folds);
  }
  SECTION("clusters stay together") {
    auto other = settings;
    for (std::int32_t s = 0; s < 160; ++s) other.clusters.push_back(s / 16);
    const auto together = kohort::cross_validate(fitted, seen, other);
    for (std::size_t s = 0; s < 160; ++s) CHECK(together.folds[s] == together.folds[s / 16 * 16]);
  }
  SECTION("refused") {
    CHECK_THROWS_WITH(kohort::cross_validate(fitted, seen, {.folds = 1}), contains("1 folds"));
    CHECK_THROWS_WITH(kohort::cross_validate(fitted, seen, {.folds = 161}),
                      contains("160 subjects or clusters"));
    CHECK_THROWS_WITH(kohort::cross_validate(fitted, seen, {.clusters = {0}}),
                      contains("1 clusters were given"));
  }
}
