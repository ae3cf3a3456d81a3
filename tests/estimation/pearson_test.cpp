#include <kohort/estimation/pearson.hpp>

#include "catch.hpp"
#include "histories.hpp"

#include <kohort/estimation/fit.hpp>
#include <kohort/simulation/histories.hpp>

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::observation_kind;

namespace {

const kohort::model three({"1", "2", "3"}, {{"1", "2"}, {"1", "3"}, {"2", "1"}, {"2", "3"}}, "3");
const std::vector<double> logs{std::log(.5), std::log(.1), std::log(.3), std::log(.3)};

kohort::observations simulated(std::size_t n, std::uint64_t seed, bool dated = true) {
  const kohort::intensity_model model{three};
  const auto starts = kohort::draw_states(std::vector<double>{.7, .3, 0}, n, seed);
  const auto plan = kohort::same_visits(starts, std::vector<double>{0, .5, 1, 1.5, 2, 3, 4});
  return kohort::simulate(
      model, logs, plan,
      {.seed = seed, .deaths = dated ? kohort::death_record::exact : kohort::death_record::panel});
}

}  // namespace

TEST_CASE("the statistic of one small table, by hand", "[estimation]") {
  // Two states, one length: p = 1 - exp(-q t), E = n p.
  const kohort::model two({"a", "b"}, {{"a", "b"}});
  const auto seen = kohort_tests::persons(two, {{.5, 0, 0, 80}, {.5, 0, 1, 40}});
  const Eigen::VectorXd theta = Eigen::VectorXd::Constant(1, std::log(.5));
  const auto found = kohort::test_pearson({two}, theta, seen, {}, {.replicates = 0});
  const double p = 1 - std::exp(-.25), off = 40 - 120 * p;
  CHECK_THAT(found.statistic,
             WithinRel(off * off / (120 * p) + off * off / (120 * (1 - p)), 1e-12));
  CHECK(found.cells.size() == 2);
  CHECK(found.intervals == 120);
  CHECK(std::isnan(found.p_value));
}

TEST_CASE("cells are pooled until each expects enough, and nobody is lost", "[estimation]") {
  const auto seen = simulated(120, 3);
  const kohort::intensity_model model{three};
  const auto fitted = kohort::fit(seen, model);
  const auto found = kohort::test_pearson(model, fitted.coefficients, seen, {}, {.replicates = 0});
  double observed = 0, expected = 0;
  std::int64_t deaths = 0, pooled = 0;
  for (const auto& cell : found.cells) {
    observed += cell.observed;
    expected += cell.expected;
    pooled += cell.to.size() > 1 || cell.time_group < 0;
    if (cell.time_group >= 0) CHECK(cell.expected >= 5);
  }
  for (const auto kind : seen.kinds) deaths += kind == observation_kind::exact_death;
  CHECK(observed == static_cast<double>(found.intervals));
  CHECK_THAT(expected, WithinAbs(observed, 1e-9 * observed));
  CHECK(pooled > 0);
  CHECK(found.imputed == deaths);
  CHECK(found.length_cuts == std::vector<double>{1.0});  // lengths are half a year or a whole one
  CHECK(found.rate_cuts.empty());
  const auto finer =
      kohort::test_pearson(model, fitted.coefficients, seen, {}, {.smallest = 1, .replicates = 0});
  CHECK(finer.cells.size() > found.cells.size());
}

TEST_CASE("a right model passes, a wrong one does not; the same on any number of threads",
          "[estimation]") {
  const kohort::intensity_model model{three};
  const bool dated = GENERATE(true, false), refit = GENERATE(true, false);
  CAPTURE(dated, refit);
  const auto right = simulated(300, 11, dated);
  const kohort::pearson_settings settings{.replicates = 59, .refit = refit, .threads = 2};
  const auto good = kohort::fit(right, model);
  const std::vector<double> ends(300, 4.0);
  const auto passes = kohort::test_pearson(model, good.coefficients, right, ends, settings);
  CHECK(passes.p_value > .05);
  CHECK(passes.replicated.size() + static_cast<std::size_t>(passes.failures) == 59);
  auto alone = settings;
  alone.threads = 1;
  CHECK(kohort::test_pearson(model, good.coefficients, right, ends, alone).replicated ==
        passes.replicated);

  // Rates four times as high in the first year as later.
  const kohort::intensity_model truth{three, {{"t", kohort::covariate_path::bands, {1}, 0}}, {}};
  std::vector<double> coefficients;
  for (const double one : logs) {
    coefficients.push_back(one + std::log(2.0));
    coefficients.push_back(-std::log(4.0));
  }
  const auto starts = kohort::draw_states(std::vector<double>{.7, .3, 0}, 300, 1);
  const auto plan = kohort::same_visits(starts, std::vector<double>{0, .5, 1, 1.5, 2, 3, 4}, {"t"},
                                        std::vector<double>(300, 0.0), {true});
  const auto wrong = kohort::simulate(
      truth, coefficients, plan,
      {.deaths = dated ? kohort::death_record::exact : kohort::death_record::panel});
  const auto bad = kohort::fit(wrong, model);
  CHECK(kohort::test_pearson(model, bad.coefficients, wrong, ends, settings).p_value < .02);
}

TEST_CASE("the Pearson-type test refuses exact histories and senseless settings", "[estimation]") {
  const kohort::intensity_model model{three};
  const Eigen::VectorXd theta = Eigen::VectorXd::Constant(4, -1);
  const auto exact =
      kohort_tests::person(three, {{0, 0}, {1, 1, observation_kind::exact_transition}});
  CHECK_THROWS_WITH(kohort::test_pearson(model, theta, exact),
                    kohort_tests::contains("some states are known throughout"));
  CHECK_THROWS_WITH(kohort::test_pearson(model, theta, exact, {}, {.time_groups = 0}),
                    kohort_tests::contains("out of range"));
}
