#include <kohort/estimation/prevalence.hpp>

#include "catch.hpp"
#include "histories.hpp"

#include <kohort/model/probability_matrix.hpp>
#include <kohort/simulation/histories.hpp>

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::observation_kind;

namespace {

std::vector<double> log_rates(double more = 0) {
  std::vector<double> logs;
  for (const double rate : kohort_tests::five_levels_rates()) logs.push_back(std::log(rate) + more);
  return logs;
}

const kohort::intensity_model five{kohort_tests::five_levels()};

kohort::intensity_matrix<> Q() {
  const Eigen::VectorXd rates = kohort_tests::five_levels_rates();
  return kohort::intensity_matrix<>::from_rates(
      five.structure, std::span(rates.data(), static_cast<std::size_t>(rates.size())));
}

}  // namespace

TEST_CASE("under the true model observed and expected prevalence agree, whenever people entered",
          "[estimation]") {
  // Administrative ends between 1 and 5 years: with the dishonest denominator the dead pile up.
  const std::size_t n = 20000;
  kohort::visit_plan plan;
  std::vector<double> ends;
  for (std::size_t p = 0; p < n; ++p) {
    const double end = 1 + static_cast<double>(p % 5);
    for (double t = 0; t <= end; t += .25) plan.times.push_back(t);
    plan.first_visits.push_back(static_cast<std::int64_t>(plan.times.size()));
    plan.starts.push_back(static_cast<int>(p % 3));
    ends.push_back(end);
  }
  const auto seen = kohort::simulate(five, log_rates(), plan, {.seed = 2});
  const std::vector<double> times{0, 1, 2, 3, 4, 5};
  const bool bridge = GENERATE(false, true);
  const auto found =
      kohort::observed_and_expected(five, log_rates(), seen, times, ends, {.bridge = bridge});
  CHECK(found.persons[1] == n);
  CHECK(found.persons[2] == .8 * n);
  for (Eigen::Index t = 0; t < 6; ++t) {
    CHECK_THAT(found.expected.row(t).sum(), WithinRel(found.persons[t], 1e-12));
    CHECK_THAT(found.observed.row(t).sum(), WithinRel(found.persons[t], 1e-12));
    for (Eigen::Index s = 0; s < 5; ++s) {
      CAPTURE(bridge, t, s);
      CHECK_THAT(found.observed(t, s) - found.expected(t, s),
                 WithinAbs(0, 4 * std::sqrt(found.expected(t, s)) + 1e-9));
    }
  }
  const auto wrong = kohort::observed_and_expected(five, log_rates(.4), seen, times, ends);
  CHECK(wrong.expected(3, 4) > found.expected(3, 4) + 300);
  CHECK_FALSE(wrong.observed(3, 4) == wrong.expected(3, 4));
}

TEST_CASE("the dead count until their planned end, and no longer", "[estimation]") {
  auto seen = kohort_tests::person(five.structure,
                                   {{0, 0}, {1, 1}, {1.5, 4, observation_kind::exact_death}});
  const std::vector<double> times{0, 1, 1.4, 2, 3.5}, ends{3};
  const auto found = kohort::observed_and_expected(five, log_rates(), seen, times, ends);
  CHECK(found.persons == (Eigen::VectorXd(5) << 1, 1, 1, 1, 0).finished());
  CHECK(found.observed(2, 1) == 1);
  CHECK(found.observed(3, 4) == 1);
  const auto P = kohort::transition_probability(Q(), 2);
  for (int s = 0; s < 5; ++s) CHECK_THAT(found.expected(3, s), WithinRel(P(0, s), 1e-12));

  const auto strict =
      kohort::observed_and_expected(five, log_rates(), seen, times, ends, {.window = .3});
  CHECK(strict.unknown[2] == 1);  // last seen .4 years ago
  CHECK(strict.unknown[3] == 0);  // dead is dead
  CHECK(strict.observed.row(2).sum() == 0);
}

TEST_CASE("the bridge between two rows is that of Bayes", "[estimation]") {
  const auto seen =
      kohort_tests::person(five.structure, {{0, 0}, {2, 2}, {3, 4, observation_kind::exact_death}});
  const std::vector<double> times{.5, 2.25}, ends{3};
  const auto found =
      kohort::observed_and_expected(five, log_rates(), seen, times, ends, {.bridge = true});
  const auto P = [](double t) { return kohort::transition_probability(Q(), t).matrix(); };
  const Eigen::MatrixXd first = P(.5), rest = P(1.5), whole = P(2);
  for (int j = 0; j < 5; ++j)
    CHECK_THAT(found.observed(0, j), WithinAbs(first(0, j) * rest(j, 2) / whole(0, 2), 1e-13));
  const Eigen::VectorXd density = P(.75) * Q().col(4);
  const double all = (P(1) * Q().col(4))(2);
  const Eigen::MatrixXd quarter = P(.25);
  for (int j = 0; j < 4; ++j)
    CHECK_THAT(found.observed(1, j), WithinAbs(quarter(2, j) * density[j] / all, 1e-13));
  CHECK(found.observed(1, 4) == 0);
}

TEST_CASE("expected prevalence follows each person's clocks and held covariates", "[estimation]") {
  const kohort::model two({"a", "b"}, {{"a", "b"}});
  const kohort::intensity_model model{
      two, {{"age", kohort::covariate_path::bands, {80}, 0}, {"x"}}, {}};
  const std::vector<double> coefficients{std::log(.1), std::log(10.0), std::log(2.0)};
  kohort::observations raw;
  raw.subject_names = {"A"};
  raw.subjects = {0, 0, 0};
  raw.times = {0, 1, 2};
  raw.states = {0, 0, 0};
  raw.covariate_names = {"x", "age"};
  raw.covariates = {0, 78.5, 1, 79.5, NAN, NAN};
  const auto seen = kohort::validate(two, raw);
  const std::vector<double> times{1, 1.5, 2, 3}, ends{4};
  const auto found = kohort::observed_and_expected(model, coefficients, seen, times, ends);
  // x doubles the rate from 1 on, and goes on after the last row; 80 is reached at 1.5.
  const double cumulated[] = {.1, .1 + .1, .1 + .1 + 1, .1 + .1 + 1 + 2};
  for (int t = 0; t < 4; ++t)
    CHECK_THAT(found.expected(t, 0), WithinRel(std::exp(-cumulated[t]), 1e-9));
}

TEST_CASE("expected prevalence where age moves all the time", "[estimation]") {
  const kohort::model two({"a", "b"}, {{"a", "b"}});
  const kohort::intensity_model model{two, {{"age", kohort::covariate_path::gompertz, {}, 80}}, {}};
  const std::vector<double> coefficients{std::log(.2), .1};
  kohort::observations raw;
  raw.subject_names = {"A"};
  raw.subjects = {0, 0};
  raw.times = {0, 2};
  raw.states = {0, 0};
  raw.covariate_names = {"age"};
  raw.covariates = {78, NAN};
  const auto seen = kohort::validate(two, raw);
  const std::vector<double> times{1, 5}, ends{6};
  const auto found = kohort::observed_and_expected(model, coefficients, seen, times, ends);
  const auto alive = [](double t) {
    return std::exp(-2 * (std::exp(.1 * (t - 2)) - std::exp(-.2)));
  };
  CHECK_THAT(found.expected(0, 0), WithinRel(alive(1), 1e-9));
  CHECK_THAT(found.expected(1, 0), WithinRel(alive(5), 1e-9));
}

TEST_CASE("prevalence is the same on any number of threads, and refuses what makes no sense",
          "[estimation]") {
  const auto plan = kohort::same_visits(std::vector<int>(2000, 0), std::vector<double>{0, 1, 2});
  const auto seen = kohort::simulate(five, log_rates(), plan);
  const std::vector<double> times{.5, 1.5}, ends(2000, 2.0);
  const auto one =
      kohort::observed_and_expected(five, log_rates(), seen, times, ends, {.threads = 1});
  const auto three =
      kohort::observed_and_expected(five, log_rates(), seen, times, ends, {.threads = 3});
  CHECK(one.expected == three.expected);
  CHECK(one.observed == three.observed);
  const auto words = [&](const std::vector<double>& at, const std::vector<double>& until) {
    try {
      kohort::observed_and_expected(five, log_rates(), seen, at, until);
    } catch (const kohort::invalid_input& refused) {
      return std::string(refused.what());
    }
    return std::string();
  };
  CHECK(words(times, {2}).find("prevalence: 1 planned ends, but there are 2000 subjects") == 0);
  CHECK(words(times, std::vector<double>(2000, 1.5))
            .find("the planned end is not before the last "
                  "row") != std::string::npos);
  CHECK(words({-1}, ends).find("prevalence: a time is -1") == 0);
}
