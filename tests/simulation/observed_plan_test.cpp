#include <kohort/simulation/observed_plan.hpp>

#include "catch.hpp"
#include "histories.hpp"

using kohort::observation_kind;

namespace {

const kohort::intensity_model five{kohort_tests::five_levels()};

std::vector<double> log_rates() {
  std::vector<double> logs;
  for (const double rate : kohort_tests::five_levels_rates()) logs.push_back(std::log(rate));
  return logs;
}

}  // namespace

TEST_CASE("who was followed to the end is planned as seen", "[simulation]") {
  const auto seen = kohort_tests::person(
      five.structure, {{0, 0}, {.7, 1}, {1.2, 0, observation_kind::exact_transition}, {3, 0}});
  const auto plan = kohort::observed_plan(seen, five.structure);
  CHECK(plan.times == seen.times);
  CHECK(plan.kinds == seen.kinds);
  CHECK(plan.starts == std::vector<int>{0});
}

TEST_CASE("who died is planned to be seen again, as the others were", "[simulation]") {
  const auto starts = kohort::draw_states(std::vector<double>{.3, .3, .2, .2, 0}, 500, 1);
  const std::vector<double> visits{0, .5, 1, 1.5, 2, 2.5, 3};
  const bool dated = GENERATE(true, false);
  const auto seen = kohort::simulate(
      five, log_rates(), kohort::same_visits(starts, visits),
      {.deaths = dated ? kohort::death_record::exact : kohort::death_record::panel});
  const std::vector<double> ends(500, 3.0);
  const auto plan = kohort::observed_plan(seen, five.structure, ends);
  REQUIRE(plan.persons() == 500);
  CHECK(plan.times.size() == 500 * visits.size());  // all gaps are alike, so all is recovered
  for (std::size_t v = 0; v < plan.times.size(); ++v)
    REQUIRE_THAT(plan.times[v], Catch::Matchers::WithinAbs(visits[v % visits.size()], 1e-12));
  // without a planned end there is one further visit after a dated death
  const auto shorter = kohort::observed_plan(seen, five.structure);
  std::size_t rows = 0;
  for (std::size_t i = 0; i < seen.rows(); ++i) ++rows;
  CHECK(shorter.times.size() == rows);
  for (std::size_t p = 0; p < 500; ++p) {
    const auto last = static_cast<std::size_t>(shorter.first_visits[p + 1] - 1);
    const double halves = shorter.times[last] * 2;
    REQUIRE_THAT(halves, Catch::Matchers::WithinAbs(std::round(halves), 1e-9));
  }
  // and it can be simulated
  CHECK(kohort::simulate(five, log_rates(), plan, {.seed = 9}).rows() > 1500);
}

TEST_CASE("covariates stay as they were after a death, clocks run on", "[simulation]") {
  kohort::observations raw;
  raw.subject_names = {"A", "B"};
  raw.subjects = {0, 0, 1, 1};
  raw.times = {0, 1, 0, 1.5};
  raw.states = {0, 0, 0, 4};
  raw.kinds = {observation_kind::start, observation_kind::panel, observation_kind::start,
               observation_kind::exact_death};
  raw.covariate_names = {"age", "x"};
  raw.covariates = {70, 1, NAN, NAN, 80, 2, NAN, NAN};
  const auto seen = kohort::validate(five.structure, raw);
  const auto plan =
      kohort::observed_plan(seen, five.structure, std::vector<double>{1, 4}, {true, false});
  REQUIRE(plan.times.size() == 6);
  CHECK(plan.times[3] == 1.5);  // no gap between visits was as long: at the death itself
  CHECK(plan.times[5] == 3.5);
  CHECK(plan.covariates[2 * 5] == 83.5);
  CHECK(plan.covariates[2 * 5 + 1] == 2);
}

TEST_CASE("exactly dated moves need a planned end", "[simulation]") {
  const auto seen =
      kohort_tests::person(five.structure, {{0, 0}, {1.5, 4, observation_kind::exact_transition}});
  CHECK_THROWS_WITH(kohort::observed_plan(seen, five.structure),
                    kohort_tests::contains("the planned end of observation is not known"));
  const auto plan = kohort::observed_plan(seen, five.structure, std::vector<double>{3});
  CHECK(plan.times == std::vector<double>{0, 3});
  CHECK_THROWS_WITH(kohort::observed_plan(seen, five.structure, std::vector<double>{3, 4}),
                    kohort_tests::contains("2 planned ends, but there are 1 subjects"));
}
