#include <kohort/estimation/posterior.hpp>  // first, so the header must stand on its own

#include <algorithm>

#include <kohort/estimation/fit.hpp>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const kohort::model one_way({"a", "b"}, {{"a", "b"}});
const kohort::model both_ways({"a", "b"}, {{"a", "b"}, {"b", "a"}});

double median(Eigen::VectorXd values) {
  std::nth_element(values.data(), values.data() + values.size() / 2, values.data() + values.size());
  return values[values.size() / 2];
}

}  // namespace

TEST_CASE("with events by exposure the posterior is a gamma distribution", "[estimation]") {
  const auto exact = observation_kind::exact_transition;
  const kohort::intensity_model im{one_way};
  const auto seen = persons(one_way, {{1, 0, 1, 6, exact}, {2, 0, 0, 12, exact}});
  const auto tables = kohort::aggregate(seen, im);
  const auto fitted = kohort::fit(tables, im);
  const kohort::posterior_density density(fitted, tables);
  const auto sample =
      kohort::sample_posterior(density, fitted, {.draws = 20000, .chains = 4, .seed = 3});
  CHECK(sample.method == "importance");
  CHECK(sample.pareto_k < .5);
  CHECK(sample.diagnostics.empty());
  // A flat prior on log q: q ~ Gamma(6, 30).
  const Eigen::VectorXd q = sample.coefficients.col(0).array().exp();
  const double mean = q.mean(), variance = (q.array() - mean).square().mean();
  CHECK_THAT(mean, WithinRel(.2, .02));
  CHECK_THAT(variance, WithinRel(6. / 900, .06));
  CHECK_THAT(median(q), WithinRel(.18900538, .02));  // scipy.stats.gamma(6, scale=1/30).median()
}

TEST_CASE("medians are within a tenth of a standard error of the estimates", "[estimation]") {
  const kohort::intensity_model im{both_ways};
  const auto seen =
      persons(both_ways, {{.5, 0, 1, 90}, {.5, 0, 0, 210}, {.5, 1, 0, 36}, {.5, 1, 1, 204}});
  const auto tables = kohort::aggregate(seen, im);
  const auto fitted = kohort::fit(tables, im);
  const kohort::posterior_density density(fitted, tables);
  const auto sample = kohort::sample_posterior(density, fitted, {.draws = 8000, .seed = 1});
  for (int i = 0; i < 2; ++i) {
    const double error = std::sqrt(fitted.covariance(i, i));
    const Eigen::VectorXd column = sample.coefficients.col(i);
    CHECK_THAT(median(column), WithinAbs(fitted.coefficients[i], .1 * error));
    const double spread = std::sqrt((column.array() - column.mean()).square().mean());
    CHECK_THAT(spread, WithinRel(error, .06));
  }

  SECTION("the density's gradient is its slope") {
    Eigen::VectorXd u(2);
    u << .7, -.4;
    const auto here = density.slope(u);
    CHECK_THAT(density.value(u), WithinRel(here.value, 1e-14));
    for (int i = 0; i < 2; ++i) {
      auto above = u, below = u;
      above[i] += 1e-5;
      below[i] -= 1e-5;
      CHECK_THAT((density.value(above) - density.value(below)) / 2e-5,
                 WithinAbs(here.gradient[i], 1e-7));
    }
  }
  SECTION("the same draws on any number of threads; fewer are the first of more") {
    const auto again =
        kohort::sample_posterior(density, fitted, {.draws = 8000, .seed = 1, .threads = 3});
    CHECK(again.coefficients == sample.coefficients);
    const auto other = kohort::sample_posterior(density, fitted, {.draws = 8000, .seed = 2});
    CHECK(other.coefficients != sample.coefficients);
  }
  SECTION("it can be stopped, and refuses what is no sample") {
    const auto stop = [](std::size_t, std::size_t) { return false; };
    CHECK_THROWS_AS(kohort::sample_posterior(density, fitted, {.report = stop}),
                    kohort::interrupted);
    CHECK_THROWS_WITH(kohort::sample_posterior(density, fitted, {.draws = 8}),
                      contains("8 draws in 4 chains"));
  }
}

TEST_CASE("a proposal that misses the posterior falls back, and is reported", "[estimation]") {
  const kohort::intensity_model im{both_ways};
  const auto seen =
      persons(both_ways, {{.5, 0, 1, 30}, {.5, 0, 0, 70}, {.5, 1, 0, 12}, {.5, 1, 1, 68}});
  const auto tables = kohort::aggregate(seen, im);
  auto fitted = kohort::fit(tables, im);
  fitted.covariance *= 1e-3;  // far too sure of itself
  const kohort::posterior_density density(fitted, tables);
  const auto sample = kohort::sample_posterior(density, fitted, {.draws = 2000, .seed = 1});
  CHECK(sample.pareto_k > .7);
  CHECK(sample.method == "metropolis");
  CHECK(sample.acceptance < .9);
  REQUIRE(sample.diagnostics.size() == 1);
  CHECK(sample.diagnostics[0].code == "D-MCMC");
}

TEST_CASE("without a prior a rate at the end of its range has no posterior", "[estimation]") {
  const kohort::model three({"a", "b", "c"}, {{"a", "b"}, {"a", "c"}, {"b", "c"}}, "c");
  const kohort::intensity_model im{three};
  const auto tables = kohort::aggregate(
      persons(three, {{1, 0, 0, 60}, {1, 0, 1, 25}, {1, 1, 1, 30}, {1, 1, 2, 9}}), im);
  const auto fitted = kohort::fit(tables, im);
  CHECK_THROWS_WITH(kohort::posterior_density(fitted, tables),
                    contains("'a -> c' lies at the end of its range"));
}

TEST_CASE("a gamma prior adds its events and its years", "[estimation]") {
  const auto exact = observation_kind::exact_transition;
  const kohort::intensity_model im{one_way};
  const auto seen = persons(one_way, {{1, 0, 1, 6, exact}, {2, 0, 0, 12, exact}});
  const auto tables = kohort::aggregate(seen, im);
  const auto fitted = kohort::fit(tables, im, {.priors = {kohort::gamma_prior("a -> b", 4, 10)}});
  CHECK_THAT(std::exp(fitted.coefficients[0]), WithinRel(10. / 40, 1e-8));
  const kohort::posterior_density density(fitted, tables);
  const auto sample = kohort::sample_posterior(density, fitted, {.draws = 20000, .seed = 3});
  const Eigen::VectorXd q = sample.coefficients.col(0).array().exp();
  CHECK_THAT(q.mean(), WithinRel(.25, .02));  // Gamma(10, 40)
  CHECK_THAT((q.array() - q.mean()).square().mean(), WithinRel(10. / 1600, .06));
}

TEST_CASE("draws from elsewhere are judged alike", "[estimation]") {
  const kohort::intensity_model im{one_way};
  const auto seen = persons(one_way, {{.5, 0, 1, 37}, {.5, 0, 0, 83}});
  const auto fitted = kohort::fit(seen, im);
  Eigen::MatrixXd rows(400, 1);
  for (int i = 0; i < 400; ++i) rows(i, 0) = i / 400.;  // four chains in four places
  const auto sample = kohort::judge(fitted, rows, 4, "elsewhere", 2);
  CHECK(sample.method == "elsewhere");
  CHECK(sample.summaries.at(0).r_hat > 1.5);
  REQUIRE(sample.diagnostics.size() == 1);
  CHECK_THAT(sample.diagnostics[0].message, contains("2 divergent"));
}
