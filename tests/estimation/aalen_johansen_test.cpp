#include <kohort/estimation/aalen_johansen.hpp>

#include "catch.hpp"
#include "histories.hpp"

#include <kohort/model/probability_matrix.hpp>
#include <kohort/simulation/histories.hpp>

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::observation_kind;

namespace {

struct row {
  int subject;
  double time;
  int state;
};

kohort::observations exactly(const kohort::model& structure, const std::vector<row>& rows) {
  kohort::observations raw;
  for (const auto& one : rows) {
    while (static_cast<int>(raw.subject_names.size()) <= one.subject)
      raw.subject_names.push_back(std::to_string(raw.subject_names.size()));
    raw.subjects.push_back(one.subject);
    raw.times.push_back(one.time);
    raw.states.push_back(one.state);
    raw.kinds.push_back(observation_kind::exact_transition);
  }
  return kohort::validate(structure, raw);
}

const kohort::model three({"1", "2", "3"}, {{"1", "2"}, {"1", "3"}, {"2", "1"}, {"2", "3"}}, "3");

}  // namespace

TEST_CASE("Aalen-Johansen: five persons, as etm computes them", "[estimation]") {
  const auto seen = exactly(three, {{0, 0, 0},
                                    {0, 1, 1},
                                    {0, 3, 2},
                                    {1, 0, 0},
                                    {1, 2, 2},
                                    {2, 0, 0},
                                    {2, 2.5, 1},
                                    {2, 4, 1},
                                    {3, 0, 0},
                                    {3, 1.5, 0},
                                    {4, 0, 0},
                                    {4, .5, 1},
                                    {4, 2.2, 0},
                                    {4, 4, 0}});
  const auto found = kohort::aalen_johansen(seen, three);
  const auto at = static_cast<std::size_t>(std::find(found.times.begin(), found.times.end(), 3.0) -
                                           found.times.begin());
  REQUIRE(at < found.times.size());
  const double row[] = {.25, .225, .525}, variances[] = {.0475, .0401875, .0626875};
  for (int s = 0; s < 3; ++s) {
    CHECK_THAT(found.probabilities[at](0, s), WithinAbs(row[s], 1e-14));
    CHECK_THAT(found.covariances[at][0](s, s), WithinAbs(variances[s], 1e-14));
  }
  CHECK(found.at_risk(0, 0) == 5);
  CHECK(found.covariances[at][0].rowwise().sum().cwiseAbs().maxCoeff() < 1e-14);
}

TEST_CASE("with everybody followed, Aalen-Johansen is the share of persons in each state",
          "[estimation]") {
  const kohort::intensity_model model{three};
  const std::vector<double> logs{std::log(.5), std::log(.1), std::log(.3), std::log(.3)};
  const std::size_t n = 400;
  auto plan = kohort::same_visits(std::vector<int>(n, 0), std::vector<double>{0, 5});
  plan.kinds.assign(plan.times.size(), observation_kind::exact_transition);
  const auto seen = kohort::simulate(model, logs, plan);
  const auto found = kohort::aalen_johansen(seen, three);
  const double t = 3;
  std::size_t at = 0;
  while (at + 1 < found.times.size() && found.times[at + 1] <= t) ++at;
  double share[3] = {0, 0, 0};
  for (std::size_t i = 0; i < seen.rows(); ++i) {
    const bool last = i + 1 == seen.rows() || seen.subjects[i + 1] != seen.subjects[i];
    if (seen.times[i] <= t && (last || seen.times[i + 1] > t)) share[seen.states[i]] += 1.0 / n;
  }
  for (int s = 0; s < 3; ++s) {
    CHECK_THAT(found.probabilities[at](0, s), WithinAbs(share[s], 1e-12));
    CHECK_THAT(found.covariances[at][0](s, s) * n, WithinRel(share[s] * (1 - share[s]), .15));
  }
  const auto Q = kohort::intensity_matrix<>::from_rates(three, std::vector<double>{.5, .1, .3, .3});
  const auto P = kohort::transition_probability(Q, t);
  for (int s = 0; s < 3; ++s)
    CHECK(std::abs(found.probabilities[at](0, s) - P(0, s)) <
          4 * std::sqrt(found.covariances[at][0](s, s)));
}

TEST_CASE("on a clock such as age, who enters later counts from then", "[estimation]") {
  // Kaplan-Meier with left truncation, by hand: at 81 one of two, at 83 one of two.
  const kohort::model two({"alive", "dead"}, {{"alive", "dead"}}, "dead");
  auto seen = exactly(two, {{0, 0, 0}, {0, 1, 1}, {1, 0, 0}, {1, 3, 1}, {2, 0, 0}, {2, 4, 0}});
  seen.covariate_names = {"age"};
  seen.covariates = {80, NAN, 80, NAN, 82, NAN};
  const auto found = kohort::aalen_johansen(seen, two, {.since = 80, .clock = "age"});
  CHECK(found.times == std::vector<double>{80, 81, 83});
  CHECK_THAT(found.probabilities[1](0, 0), WithinAbs(.5, 1e-15));
  CHECK_THAT(found.probabilities[2](0, 0), WithinAbs(.25, 1e-15));
  CHECK_THAT(found.covariances[2][0](0, 0),
             WithinAbs(.0625 * (1.0 / (2 * 1) + 1.0 / (2 * 1)), 1e-15));  // Greenwood
  const auto later = kohort::aalen_johansen(seen, two, {.since = 82, .clock = "age"});
  CHECK(later.times == std::vector<double>{82, 83});
  CHECK_THAT(later.probabilities[1](0, 0), WithinAbs(.5, 1e-15));
}

TEST_CASE("Aalen-Johansen refuses visits, a clock that is not there, and nobody", "[estimation]") {
  const auto panel = kohort_tests::person(three, {{0, 0}, {1, 1}});
  CHECK_THROWS_WITH(kohort::aalen_johansen(panel, three),
                    kohort_tests::contains("some states are known at visits alone"));
  const auto seen = exactly(three, {{0, 0, 0}, {0, 1, 1}});
  CHECK_THROWS_WITH(kohort::aalen_johansen(seen, three, {.clock = "age"}),
                    kohort_tests::contains("there is no covariate 'age'"));
  CHECK_THROWS_WITH(kohort::aalen_johansen(seen, three, {.since = 2}),
                    kohort_tests::contains("nobody is followed after 2 years"));
}
