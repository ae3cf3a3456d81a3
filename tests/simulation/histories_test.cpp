#include <kohort/simulation/histories.hpp>

#include "catch.hpp"
#include "histories.hpp"

#include <kohort/model/probability_matrix.hpp>

using Catch::Matchers::WithinAbs;
using kohort::observation_kind;
using kohort::visit_plan;

namespace {

std::vector<double> log_rates() {
  std::vector<double> logs;
  for (const double rate : kohort_tests::five_levels_rates()) logs.push_back(std::log(rate));
  return logs;
}

/// Persons by state at each of the visits; the dead stay dead.
std::vector<std::vector<double>> occupancy(const kohort::observations& seen,
                                           const std::vector<double>& times, int states) {
  std::vector<std::vector<double>> counts(times.size(), std::vector<double>(states, 0.0));
  for (std::size_t i = 0; i < seen.rows(); ++i) {
    const bool last = i + 1 == seen.rows() || seen.subjects[i + 1] != seen.subjects[i];
    for (std::size_t t = 0; t < times.size(); ++t) {
      const bool from = seen.times[i] <= times[t];
      if (from && (last || seen.times[i + 1] > times[t])) ++counts[t][seen.states[i]];
    }
  }
  return counts;
}

bool same(const kohort::observations& a, const kohort::observations& b) {
  return a.subjects == b.subjects && a.times == b.times && a.states == b.states &&
         a.kinds == b.kinds && a.covariates == b.covariates;
}

}  // namespace

TEST_CASE("simulated persons are where the transition probabilities say", "[simulation]") {
  const kohort::intensity_model model{kohort_tests::five_levels()};
  const std::size_t n = 100000;
  const std::vector<double> times{0, .5, 1.25, 4, 9};
  const bool exact = GENERATE(false, true);
  auto plan = kohort::same_visits(std::vector<int>(n, 1), times);
  if (exact) plan.kinds.assign(plan.times.size(), observation_kind::exact_transition);
  const auto seen = kohort::simulate(model, log_rates(), plan, {.seed = 7});
  const auto counts = occupancy(seen, times, 5);
  const Eigen::VectorXd rates = kohort_tests::five_levels_rates();
  const auto Q = kohort::intensity_matrix<>::from_rates(
      model.structure, std::span(rates.data(), static_cast<std::size_t>(rates.size())));
  for (std::size_t t = 0; t < times.size(); ++t) {
    const auto P = kohort::transition_probability(Q, times[t]);
    for (int s = 0; s < 5; ++s) {
      const double p = P(1, s);
      CAPTURE(exact, times[t], s);
      CHECK_THAT(counts[t][s] / n, WithinAbs(p, 4 * std::sqrt(p * (1 - p) / n)));
    }
  }
}

TEST_CASE("whoever looks, and however often, the same lives are lived", "[simulation]") {
  const kohort::intensity_model model{kohort_tests::five_levels()};
  const auto starts = kohort::draw_states(std::vector<double>{.53, .17, .24, .06, 0}, 3000, 4);
  const std::vector<double> often{0, .5, 1, 1.5, 2, 3, 4}, seldom{0, 1, 4};
  const auto at = [&](const std::vector<double>& times, bool exact) {
    auto plan = kohort::same_visits(starts, times);
    if (exact) plan.kinds.assign(plan.times.size(), observation_kind::exact_transition);
    return occupancy(kohort::simulate(model, log_rates(), plan), {0, 1, 4}, 5);
  };
  CHECK(at(often, false) == at(seldom, false));
  CHECK(at(often, false) == at(seldom, true));
  CHECK(at(seldom, false)[2] != at(seldom, false)[1]);
}

TEST_CASE("simulated histories are the same bytes on any number of threads, and pass validation",
          "[simulation]") {
  const kohort::intensity_model model{
      kohort_tests::five_levels(), {{"age", kohort::covariate_path::yearly, {}, 80}, {"x"}}, {}};
  std::vector<double> coefficients;
  for (const double rate : log_rates()) {
    coefficients.push_back(rate);
    coefficients.push_back(.05);
    coefficients.push_back(-.3);
  }
  const std::size_t n = 5000;
  std::vector<double> covariates;
  for (std::size_t p = 0; p < n; ++p) {
    covariates.push_back(70 + .003 * static_cast<double>(p));
    covariates.push_back(p % 2 ? 1 : 0);
  }
  auto plan = kohort::same_visits(kohort::draw_states(std::vector<double>{.4, .3, .2, .1, 0}, n, 3),
                                  std::vector<double>{0, .7, 1.4, 3}, {"age", "x"}, covariates,
                                  {true, false});
  const bool exact = GENERATE(false, true);
  if (exact) plan.kinds.assign(plan.times.size(), observation_kind::exact_transition);
  const auto one = kohort::simulate(model, coefficients, plan, {.seed = 5, .threads = 1});
  CHECK(same(one, kohort::simulate(model, coefficients, plan, {.seed = 5, .threads = 3})));
  CHECK_FALSE(same(one, kohort::simulate(model, coefficients, plan, {.seed = 6})));
  CHECK_FALSE(same(one, kohort::simulate(model, coefficients, plan, {.seed = 5, .replicate = 1})));
  const auto checked = kohort::validate(model.structure, one);
  CHECK(same(one, checked));
  for (std::size_t i = 0; i < one.rows(); ++i) {  // the clock runs
    if (one.kinds[i] == observation_kind::start || one.kinds[i] == observation_kind::exact_death)
      continue;
    REQUIRE_THAT(one.row_covariates(i)[0] - one.row_covariates(i - 1)[0],
                 WithinAbs(one.times[i] - one.times[i - 1], 1e-12));
  }
  const auto kinds = {observation_kind::start,
                      exact ? observation_kind::exact_transition : observation_kind::panel,
                      exact ? observation_kind::exact_transition : observation_kind::exact_death};
  for (const auto kind : kinds) CHECK(std::count(one.kinds.begin(), one.kinds.end(), kind) > 100);
}

TEST_CASE("clocks move within an interval, held covariates do not", "[simulation]") {
  // One move, whose rate jumps tenfold at 80: S(t) = exp(-.1 (80 - a) - 1 (a + t - 80)).
  const kohort::model two({"a", "b"}, {{"a", "b"}});
  const kohort::intensity_model model{
      two, {{"age", kohort::covariate_path::bands, {80}, 0}, {"x"}}, {}};
  const std::vector<double> coefficients{std::log(.1), std::log(10.0), std::log(2.0)};
  const std::size_t n = 100000;
  std::vector<double> covariates;
  for (std::size_t p = 0; p < n; ++p)
    covariates.insert(covariates.end(), {78.5, p % 2 ? 1.0 : 0.0});
  const auto plan = kohort::same_visits(std::vector<int>(n, 0), std::vector<double>{0, 2},
                                        {"age", "x"}, covariates, {true, false});
  const auto seen = kohort::simulate(model, coefficients, plan);
  double still[2] = {0, 0};
  for (std::size_t i = 1; i < seen.rows(); i += 2)
    if (seen.states[i] == 0) ++still[seen.subjects[i] % 2];
  const double expected[] = {std::exp(-.15 - .5), std::exp(-.3 - 1)};
  for (int x : {0, 1}) {
    const double p = expected[x];
    CHECK_THAT(still[x] / (n / 2), WithinAbs(p, 4 * std::sqrt(p * (1 - p) / (n / 2))));
  }
}

TEST_CASE("clocks that move all the time: Gompertz and Weibull lives end as they should",
          "[simulation]") {
  const kohort::model two({"a", "b"}, {{"a", "b"}});
  const auto path = GENERATE(kohort::covariate_path::gompertz, kohort::covariate_path::weibull);
  const double slope = GENERATE(.4, -.5);
  const bool gompertz = path == kohort::covariate_path::gompertz;
  const kohort::intensity_model model{two, {{"z", path}}, {}};
  const std::vector<double> coefficients{std::log(.3), slope};
  const std::size_t n = 40000;
  auto plan = kohort::same_visits(std::vector<int>(n, 0), std::vector<double>{0, 1, 5}, {"z"},
                                  std::vector<double>(n, 0.0), {true});
  const bool exact = GENERATE(false, true);
  if (exact) plan.kinds.assign(plan.times.size(), observation_kind::exact_transition);
  const auto counts = occupancy(kohort::simulate(model, coefficients, plan), {.5, 1, 2.5, 5}, 2);
  const double times[] = {.5, 1, 2.5, 5};
  for (std::size_t t = 0; t < 4; ++t) {
    if (!exact && t % 2 == 0) continue;  // seen at visits alone
    const double z = times[t];
    const double cumulated =
        gompertz ? .3 * std::expm1(slope * z) / slope : .3 * std::pow(z, slope + 1) / (slope + 1);
    const double p = std::exp(-cumulated);
    CAPTURE(gompertz, slope, exact, z);
    CHECK_THAT(counts[t][0] / n, WithinAbs(p, 4 * std::sqrt(p * (1 - p) / n)));
  }
}

TEST_CASE("a clock that two terms read runs once", "[simulation]") {
  const kohort::intensity_model model{kohort_tests::five_levels(),
                                      {{"age", kohort::covariate_path::yearly, {}, 80},
                                       {"age", kohort::covariate_path::bands, {82}, 0}},
                                      {}};
  std::vector<double> coefficients;
  for (const double rate : log_rates()) coefficients.insert(coefficients.end(), {rate, .01, .02});
  auto plan = kohort::same_visits(std::vector<int>(200, 0), std::vector<double>{0, 6}, {"age"},
                                  std::vector<double>(200, 79.0), {true});
  plan.kinds.assign(plan.times.size(), observation_kind::exact_transition);
  const auto seen = kohort::simulate(model, coefficients, plan);
  CHECK(seen.rows() > 500);
  for (std::size_t i = 0; i < seen.rows(); ++i)
    REQUIRE_THAT(seen.covariates[i], WithinAbs(79 + seen.times[i], 1e-12));
}

TEST_CASE("deaths are dated or not, and several follow-ups of a subject stay apart",
          "[simulation]") {
  const kohort::intensity_model model{kohort_tests::five_levels()};
  auto plan = kohort::same_visits(std::vector<int>(2000, 3), std::vector<double>{0, 365.25, 730.5});
  plan.units_per_year = 365.25;
  for (int p = 0; p < 2000; ++p) plan.subjects.push_back(p / 2);
  const auto dated = kohort::simulate(model, log_rates(), plan);
  const auto seen =
      kohort::simulate(model, log_rates(), plan, {.deaths = kohort::death_record::panel});
  CHECK(dated.rows() == seen.rows());
  CHECK(dated.states == seen.states);
  std::size_t deaths = 0;
  for (std::size_t i = 0; i < dated.rows(); ++i) {
    if (dated.states[i] != 4) continue;
    ++deaths;
    CHECK(dated.kinds[i] == observation_kind::exact_death);
    CHECK(seen.kinds[i] == observation_kind::panel);
    CHECK(dated.times[i] < seen.times[i]);
    CHECK(dated.times[i] > seen.times[i] - 365.25);
  }
  CHECK(deaths > 500);
  CHECK(dated.subject_count() == 1000);
  CHECK(std::count(dated.kinds.begin(), dated.kinds.end(), observation_kind::start) == 2000);
}

TEST_CASE("a rate of 0 is never used", "[simulation]") {
  const kohort::intensity_model model{kohort_tests::five_levels()};
  auto logs = log_rates();
  logs[1] = logs[4] = logs[7] = logs[9] = -std::numeric_limits<double>::infinity();
  const auto plan = kohort::same_visits(std::vector<int>(2000, 0), std::vector<double>{0, 5, 50});
  for (const int s : kohort::simulate(model, logs, plan).states) REQUIRE(s != 4);
}

TEST_CASE("a plan that cannot be simulated is refused", "[simulation]") {
  const kohort::intensity_model model{kohort_tests::five_levels(), {{"x"}}, {}};
  std::vector<double> coefficients(20, -1.0);
  const auto plan = [&](double later, double x) {
    return kohort::same_visits({0}, std::vector<double>{0, later}, {"x"}, std::vector<double>{x},
                               {false});
  };
  const auto words = [&](const visit_plan& asked, const std::vector<double>& given) {
    try {
      kohort::simulate(model, given, asked);
    } catch (const kohort::invalid_input& refused) {
      return refused.code() + ": " + refused.what();
    }
    return std::string();
  };
  CHECK(words(plan(1, 0), coefficients).empty());
  CHECK(
      words(plan(0, 0), coefficients).find("E-TIME: simulate: person 0 has visits out of order") ==
      0);
  CHECK(words(plan(1, NAN), coefficients)
            .find("E-COVARIATE: simulate: person 0 lacks a value of x") == 0);
  CHECK(words(plan(1, 0), {1.0})
            .find("E-MODEL: simulate: 1 coefficients were given, but the model "
                  "has 20") == 0);
  CHECK(words(plan(1, 1e6), std::vector<double>(20, 1.0)).find("E-MODEL") == 0);
  CHECK(words(kohort::same_visits({0}, std::vector<double>{0, 1}), coefficients)
            .find("E-COLUMN: simulate: the persons have no covariate 'x'") == 0);
  CHECK(words(kohort::same_visits({9}, std::vector<double>{0, 1}, {"x"}, std::vector<double>{0},
                                  {false}),
              coefficients)
            .find("E-MODEL: simulate: person 0 starts in state 9") == 0);
  CHECK_THROWS_AS(kohort::draw_states(std::vector<double>{.5, .6}, 3, 1), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::simulate(model, coefficients, plan(1, 0),
                                   {.report = [](std::size_t, std::size_t) { return false; }}),
                  kohort::interrupted);
}
