#include <kohort/estimation/markov.hpp>

#include "catch.hpp"
#include "histories.hpp"

#include <Eigen/Dense>

#include <kohort/estimation/fit.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/simulation/histories.hpp>

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const kohort::model three({"1", "2", "3"}, {{"1", "2"}, {"1", "3"}, {"2", "1"}, {"2", "3"}}, "3");
const kohort::intensity_model plain{three};

/// Persons seen yearly; the share `stayers` has rates times .08.
kohort::observations seen_yearly(std::size_t n, std::uint64_t seed, double stayers = 0) {
  const kohort::intensity_model truth{three, {{"x"}}, {}};
  std::vector<double> coefficients;
  for (const double rate : {.5, .05, .4, .12}) {
    coefficients.push_back(std::log(rate));
    coefficients.push_back(std::log(.08));
  }
  std::vector<double> x;
  for (std::size_t p = 0; p < n; ++p)
    x.push_back(static_cast<double>(p) < stayers * static_cast<double>(n) ? 1 : 0);
  const auto plan =
      kohort::same_visits(kohort::draw_states(std::vector<double>{.6, .4, 0}, n, seed),
                          std::vector<double>{0, 1, 2, 3, 4, 5, 6}, {"x"}, x, {false});
  return kohort::simulate(truth, coefficients, plan, {.seed = seed});
}

}  // namespace

TEST_CASE("the score test is the likelihood-ratio test of the past, nearly", "[estimation]") {
  const auto seen = seen_yearly(4000, 5, .05);
  const auto fitted = kohort::fit(seen, plain);
  const auto found = kohort::test_markov(plain, fitted.coefficients, seen, {.changes = false});
  CHECK(found.degrees == 1);
  CHECK(found.effects.size() == 1);
  CHECK(found.effects[0].name == "just moved");
  CHECK(found.effects[0].estimate > 0);  // who just moved is a mover

  // The same by hand: the past as a covariate, one effect on every rate, refitted by Newton's rule.
  kohort::observations later;
  later.covariate_names = {"z"};
  later.subject_names = seen.subject_names;
  for (std::size_t i = 1; i < seen.rows(); ++i) {
    if (seen.kinds[i] == kohort::observation_kind::start) continue;
    later.subjects.push_back(seen.subjects[i]);
    later.times.push_back(seen.times[i]);
    later.states.push_back(seen.states[i]);
    later.kinds.push_back(seen.kinds[i]);
    later.covariates.push_back(seen.states[i] != seen.states[i - 1]);
  }
  later = kohort::validate(three, later);
  const kohort::intensity_model wider{three, {{"z"}}, {}};
  const auto tables = kohort::aggregate(later, wider);
  Eigen::MatrixXd A = Eigen::MatrixXd::Zero(8, 5);
  for (int k = 0; k < 4; ++k) A(2 * k, k) = A(2 * k + 1, 4) = 1;
  const auto best = [&](int size) {
    Eigen::VectorXd beta = Eigen::VectorXd::Constant(size, 0.0);
    beta.head(4) = fitted.coefficients;
    for (int i = 0; i < 30; ++i) {
      const Eigen::MatrixXd part = A.leftCols(size);
      const auto slope = kohort::log_likelihood_gradient(wider, tables, part * beta);
      const Eigen::MatrixXd information =
          part.transpose() * kohort::expected_information(wider, tables, part * beta) * part;
      beta += information.ldlt().solve(part.transpose() * slope.gradient);
    }
    return kohort::log_likelihood(wider, tables, A.leftCols(size) * beta);
  };
  const double ratio = 2 * (best(5) - best(4));
  CHECK_THAT(found.statistic, WithinRel(ratio, .15));
  CHECK(ratio > 5);
  CHECK(found.intervals == tables.intervals);
  CHECK(found.left_out == 4000);
}

TEST_CASE("the Markov test keeps its size and finds movers and stayers", "[estimation]") {
  int rejected = 0, found = 0;
  double mean = 0;
  const int simulations = 120;
  for (int i = 0; i < simulations; ++i) {
    const auto null = seen_yearly(150, 100 + i);
    const auto one = kohort::test_markov(plain, kohort::fit(null, plain).coefficients, null);
    CHECK(one.degrees == 2);
    rejected += one.p_value < .05;
    mean += one.statistic / simulations;
    const auto mixed = seen_yearly(250, 100 + i, .5);
    found +=
        kohort::test_markov(plain, kohort::fit(mixed, plain).coefficients, mixed).p_value < .05;
  }
  CAPTURE(rejected, found, mean);
  CHECK(rejected <= 15);  // 6 expected; 99.9 % of the binomial
  CHECK_THAT(mean, WithinAbs(2, 4 * 2 / std::sqrt(simulations)));
  CHECK(found > .6 * simulations);
}

TEST_CASE("effects that say the same count once, and those of nothing not at all", "[estimation]") {
  const auto seen = seen_yearly(200, 7);
  const auto theta = kohort::fit(seen, plain).coefficients;
  // In a three-state model with one absorbing, who was ever in 1 or in 2: often, not always, both.
  const auto twice = kohort::test_markov(plain, theta, seen, {.moved = false, .ever = {2}});
  CHECK(twice.effects.size() == 2);
  CHECK(twice.degrees == 1);  // nobody is seen again after the absorbing state
  const auto some = kohort::test_markov(plain, theta, seen, {.on = {true, false, true, false}});
  const auto all = kohort::test_markov(plain, theta, seen);
  CHECK(some.statistic != all.statistic);
  CHECK_THROWS_WITH(kohort::test_markov(plain, theta, seen, {.moved = false, .changes = false}),
                    kohort_tests::contains("no effect of the past is asked for"));
  CHECK_THROWS_WITH(kohort::test_markov(plain, theta, seen, {.on = {true}}),
                    kohort_tests::contains("1 flags were given, but the model has 4"));
}
