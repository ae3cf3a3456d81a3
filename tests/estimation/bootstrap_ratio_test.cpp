#include <kohort/estimation/bootstrap_ratio.hpp>  // first, so the header must stand on its own

#include <array>

#include <kohort/estimation/comparison.hpp>
#include <kohort/estimation/fit.hpp>
#include <kohort/model/phases.hpp>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const kohort::model one_way({"a", "b"}, {{"a", "b"}});

std::vector<counted> by_x() {
  const auto panel = observation_kind::panel;
  return {{1, 0, 1, 21, panel, 0},
          {1, 0, 0, 59, panel, 0},
          {1, 0, 1, 34, panel, 1},
          {1, 0, 0, 46, panel, 1}};
}

}  // namespace

TEST_CASE("where the chi-square holds, the replicates follow it", "[estimation]") {
  const auto seen = persons(one_way, by_x());
  const auto smaller = kohort::fit(seen, kohort::intensity_model{one_way});
  const auto larger = kohort::fit(seen, kohort::intensity_model{one_way, {{"x"}}});
  const auto plain = kohort::likelihood_ratio(smaller, larger);
  const auto test =
      kohort::bootstrap_likelihood_ratio(smaller, larger, seen, {}, {.replicates = 400, .seed = 2});
  CHECK_THAT(test.statistic, WithinAbs(plain.statistic, 1e-9));
  CHECK(test.failures == 0);
  CHECK_THAT(test.p_value, WithinAbs(plain.p_value, 4 * std::sqrt(plain.p_value / 400) + .005));
  double mean = 0;
  for (const double one : test.replicated) mean += one / 400;
  CHECK_THAT(mean, WithinAbs(1, 4 * std::sqrt(2. / 400)));  // of chi-square with 1 degree

  const auto again = kohort::bootstrap_likelihood_ratio(
      smaller, larger, seen, {}, {.replicates = 10, .seed = 2, .threads = 3});
  CHECK(std::equal(again.replicated.begin(), again.replicated.end(), test.replicated.begin()));
}

TEST_CASE("one phase against two: stays of two kinds are told from stays of one", "[estimation]") {
  const auto exact = observation_kind::exact_transition;
  const bool mixed = GENERATE(true, false);
  std::vector<counted> rows;  // quantiles of the length of stay, all entries seen
  for (int i = 0; i < 60; ++i) {
    const double p = (i + .5) / 60;
    const double t = mixed ? (i % 2 ? -std::log(p) / 8 : -std::log(p) / .5) : -std::log(p);
    rows.push_back({t, 0, 1, 2, exact});
  }
  const auto seen = persons(one_way, rows);
  auto phased = kohort::with_phases(one_way, std::array{2, 1});
  phased.map.first = kohort::first_phase::entry;
  kohort::intensity_model two{.structure = phased.fine};
  two.phases = phased.map;
  const auto smaller = kohort::fit(seen, kohort::intensity_model{one_way});
  const auto larger = kohort::fit(seen, two);
  const std::vector<double> ends(seen.subject_count(), 10.);
  const auto test =
      kohort::bootstrap_likelihood_ratio(smaller, larger, seen, ends, {.replicates = 19});
  CAPTURE(mixed, test.statistic, test.failures);
  CHECK(test.failures <= 2);
  CHECK((test.p_value < .051) == mixed);
}

TEST_CASE("what cannot be tested is said", "[estimation]") {
  const auto seen = persons(one_way, by_x());
  const auto smaller = kohort::fit(seen, kohort::intensity_model{one_way});
  const auto larger = kohort::fit(seen, kohort::intensity_model{one_way, {{"x"}}});
  CHECK_THROWS_WITH(kohort::bootstrap_likelihood_ratio(larger, smaller, seen),
                    contains("the smaller model must be a special case"));
  CHECK_THROWS_WITH(
      kohort::bootstrap_likelihood_ratio(smaller, larger, seen, {}, {.replicates = 0}),
      contains("0 replicates"));
  const auto with_prior = kohort::fit(seen, kohort::intensity_model{one_way, {{"x"}}},
                                      {.priors = {kohort::normal_prior("a -> b: x", 0, 1)}});
  CHECK_THROWS_WITH(kohort::bootstrap_likelihood_ratio(smaller, with_prior, seen),
                    contains("fitted with priors"));
}
