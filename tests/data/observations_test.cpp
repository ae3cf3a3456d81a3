#include <kohort/data/observations.hpp>  // first, so the header must stand on its own

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"

using kohort::observation_kind;
using kohort::observations;

namespace {

/// well -> ill -> dead, well -> dead; and `moved`, which nobody can leave or enter from `ill`.
const kohort::model illness({"well", "ill", "dead", "moved"},
                            {{"well", "ill"}, {"ill", "dead"}, {"well", "moved"}}, "dead");

observations table(std::vector<std::int32_t> subjects, std::vector<double> times,
                   std::vector<kohort::state> states, std::vector<observation_kind> kinds = {}) {
  observations raw;
  const auto most = subjects.empty() ? -1 : *std::max_element(subjects.begin(), subjects.end());
  for (int s = 0; s <= most; ++s) raw.subject_names.push_back("person " + std::to_string(s));
  raw.subjects = std::move(subjects);
  raw.times = std::move(times);
  raw.states = std::move(states);
  raw.kinds = std::move(kinds);
  return raw;
}

std::vector<kohort::finding> refusal(const observations& raw) {
  try {
    (void)kohort::validate(illness, raw);
    return {};
  } catch (const kohort::data_refused& error) {
    return error.findings();
  }
}

const kohort::finding* find(const std::vector<kohort::finding>& found, const std::string& code) {
  const auto at = std::find_if(found.begin(), found.end(),
                               [&](const kohort::finding& f) { return f.code == code; });
  return at == found.end() ? nullptr : &*at;
}

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("a good table passes unchanged, its first rows as starts", "[data]") {
  const auto seen = kohort::validate(illness, table({0, 0, 1, 1}, {0, 1, 5, 7}, {0, 1, 0, 2}));
  using enum observation_kind;
  CHECK(seen.kinds == std::vector{start, panel, start, panel});
  CHECK(seen.findings.empty());
  CHECK(seen.elapsed(3) == 2.0);
  CHECK(seen.source_rows == std::vector<std::int64_t>{0, 1, 2, 3});
}

TEST_CASE("the order of the rows says nothing", "[data]") {
  auto raw = table({0, 0, 0, 1, 1, 2}, {0, 1, 2, 0, 3, 4}, {0, 0, 1, 0, 2, 0});
  raw.covariate_names = {"age", "male"};
  raw.covariates = {70, 1, 71, 1, 72, 1, 80, 0, 83, 0, 90, 1};
  raw.source_rows = {2, 3, 4, 5, 6, 7};
  const auto expected = kohort::validate(illness, raw);
  const auto seed = GENERATE(range(0u, 20u));
  CAPTURE(seed);
  std::vector<std::size_t> order{0, 1, 2, 3, 4, 5};
  std::shuffle(order.begin(), order.end(), std::mt19937(seed));
  auto shuffled = raw;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto j = order[i];
    shuffled.subjects[i] = raw.subjects[j];
    shuffled.times[i] = raw.times[j];
    shuffled.states[i] = raw.states[j];
    shuffled.source_rows[i] = raw.source_rows[j];
    shuffled.covariates[2 * i] = raw.covariates[2 * j];
    shuffled.covariates[2 * i + 1] = raw.covariates[2 * j + 1];
  }
  const auto seen = kohort::validate(illness, shuffled);
  CHECK(seen.subjects == expected.subjects);
  CHECK(seen.times == expected.times);
  CHECK(seen.states == expected.states);
  CHECK(seen.kinds == expected.kinds);
  CHECK(seen.covariates == expected.covariates);
  CHECK(seen.source_rows == expected.source_rows);
}

TEST_CASE("rows out of the order of time are put right and counted", "[data]") {
  const auto seen = kohort::validate(illness, table({0, 0, 0}, {2, 0, 1}, {1, 0, 0}));
  CHECK(seen.times == std::vector<double>{0, 1, 2});
  REQUIRE(find(seen.findings, "I-SORTED"));
  CHECK(find(seen.findings, "I-SORTED")->count == 2);
}

TEST_CASE("an unknown state, a missing time and a bad weight are refused with their rows",
          "[data]") {
  auto raw =
      table({0, 0, 0, 1}, {0, missing, 2, std::numeric_limits<double>::infinity()}, {0, 7, -1, 0});
  raw.weights = {1, -1};
  const auto found = refusal(raw);
  CHECK(found.size() == 5);  // all of them in one run
  std::vector<std::int64_t> unknown, times;
  for (const auto& f : found) {
    if (f.code == "E-STATE-UNKNOWN") unknown.push_back(f.row);
    if (f.code == "E-TIME") times.push_back(f.row);
  }
  CHECK(unknown == std::vector<std::int64_t>{1, 2});
  CHECK(times == std::vector<std::int64_t>{1, 3});
  REQUIRE(find(found, "E-WEIGHT"));
  CHECK(find(found, "E-WEIGHT")->row == 3);
}

TEST_CASE("two states at one time are refused, the same state twice is counted", "[data]") {
  const auto found = refusal(table({0, 0, 0}, {0, 1, 1}, {0, 0, 1}));
  REQUIRE(found.size() == 1);
  CHECK(found[0].code == "E-TIME");
  CHECK(found[0].row == 2);
  CHECK(found[0].related == std::vector<std::int64_t>{1});
  const auto seen = kohort::validate(illness, table({0, 0, 0}, {0, 1, 1}, {0, 0, 0}));
  CHECK(seen.rows() == 2);
  REQUIRE(find(seen.findings, "W-DUP-ROW"));
  CHECK(find(seen.findings, "W-DUP-ROW")->row == 2);
  CHECK(find(seen.findings, "W-DUP-ROW")->related.empty());
}

TEST_CASE("two rows of one time must agree about covariates in force, in whichever order",
          "[data]") {
  auto raw = table({0, 0, 0}, {0, 0, 1}, {0, 0, 0});
  raw.covariate_names = {"x"};
  raw.covariates = {1, 2, 3};
  const auto found = refusal(raw);
  const auto* fault = find(found, "E-COVARIATE");
  REQUIRE(fault != nullptr);
  CHECK(fault->row == 1);
  CHECK(fault->related == std::vector<std::int64_t>{0});
  raw.covariates = {1, 1, 3};
  CHECK(kohort::validate(illness, raw).rows() == 2);
  raw.times = {0, 1, 1};  // nothing follows: no matter
  raw.covariates = {1, 2, 3};
  CHECK(kohort::validate(illness, raw).rows() == 2);
  raw.covariates = {1, missing, 3};
  CHECK(kohort::validate(illness, raw).rows() == 2);
}

TEST_CASE("of two rows of one time and state the same one counts in whichever order", "[data]") {
  for (const bool swapped : {false, true}) {
    auto raw = table(
        {0, 0, 0}, {0, 1, 1}, {0, 0, 0},
        {observation_kind::start, observation_kind::panel, observation_kind::exact_transition});
    if (swapped) std::swap(raw.kinds[1], raw.kinds[2]);
    const auto seen = kohort::validate(illness, raw);
    REQUIRE(seen.rows() == 2);
    CHECK(seen.kinds[1] == observation_kind::panel);
  }
}

TEST_CASE("a state out of reach is refused with row, from and to", "[data]") {
  using enum observation_kind;
  SECTION("seen at a visit: by no way at all") {
    const auto found = refusal(table({0, 0, 1, 1}, {0, 1, 0, 1}, {1, 0, 1, 3}));
    REQUIRE(found.size() == 2);
    CHECK(found[0].code == "E-IMPOSSIBLE");
    CHECK(found[0].row == 1);
    CHECK(found[0].related == std::vector<std::int64_t>{0});
    CHECK_THAT(found[0].message, kohort_tests::contains("well was seen after ill"));
    CHECK(found[1].row == 3);
  }
  SECTION("dated exactly: in one move") {
    CHECK(refusal(table({0, 0}, {0, 1}, {0, 2}, {start, panel})).empty());
    const auto found = refusal(table({0, 0}, {0, 1}, {0, 2}, {start, exact_transition}));
    REQUIRE(found.size() == 1);
    CHECK_THAT(found[0].message, kohort_tests::contains("well -> dead"));
    CHECK_THAT(found[0].message_sv, kohort_tests::contains("well -> dead"));
  }
  SECTION("by dying: through a state that can die, given time for it") {
    CHECK(refusal(table({0, 0}, {0, 1}, {0, 2}, {start, exact_death})).empty());
    CHECK(refusal(table({0, 0}, {0, 0}, {1, 2}, {start, exact_death})).empty());
    CHECK(refusal(table({0, 0}, {0, 0}, {0, 2}, {start, exact_death})).size() == 1);
    CHECK(refusal(table({0, 0}, {0, 1}, {3, 2}, {start, exact_death})).size() == 1);
  }
  SECTION("a death that leads to another state") {
    const auto found = refusal(table({0, 0}, {0, 1}, {0, 1}, {start, exact_death}));
    REQUIRE(found.size() == 1);
    CHECK_THAT(found[0].message, kohort_tests::contains("death state is dead"));
  }
  SECTION("alive after death, even after a gap") {
    CHECK(refusal(table({0, 0, 0}, {0, 1, 2}, {0, 2, 0}, {start, panel, start})).size() == 1);
  }
}

TEST_CASE("rows after an absorbing state are left out and counted", "[data]") {
  const auto seen =
      kohort::validate(illness, table({0, 0, 0, 0, 1}, {0, 1, 2, 3, 0}, {0, 2, 2, 2, 0}));
  CHECK(seen.rows() == 3);
  CHECK(seen.source_rows == std::vector<std::int64_t>{0, 1, 4});
  const auto* f = find(seen.findings, "W-AFTER-ABSORB");
  REQUIRE(f);
  CHECK(f->count == 2);
  CHECK(f->row == 2);
  CHECK(f->related == std::vector<std::int64_t>{3});
}

TEST_CASE("subjects seen once are kept and counted", "[data]") {
  const auto seen = kohort::validate(illness, table({0, 1, 1, 2}, {0, 0, 1, 0}, {0, 0, 0, 1}));
  CHECK(seen.rows() == 4);
  REQUIRE(find(seen.findings, "I-SINGLE"));
  CHECK(find(seen.findings, "I-SINGLE")->count == 2);
}

TEST_CASE("a covariate may be missing only where it is never used", "[data]") {
  auto raw = table({0, 0, 1, 1}, {0, 1, 0, 1}, {0, 0, 0, 0});
  raw.covariate_names = {"age"};
  raw.covariates = {70, missing, missing, 80};
  const auto found = refusal(raw);
  REQUIRE(found.size() == 1);
  CHECK(found[0].code == "E-COVARIATE");
  CHECK(found[0].row == 2);
  CHECK(found[0].column == "age");
}

TEST_CASE("columns of different lengths are refused before anything else", "[data]") {
  auto raw = table({0, 0}, {0, 1}, {0});
  CHECK_THROWS_AS(kohort::validate(illness, raw), kohort::invalid_input);
  raw = table({0, 0}, {0, 1}, {0, 1});
  raw.units_per_year = 0;
  CHECK_THROWS_AS(kohort::validate(illness, raw), kohort::invalid_input);
}

TEST_CASE("a row in several states, and what may follow it", "[data]") {
  using enum observation_kind;
  auto raw = table({0, 0, 0, 0}, {0, 1, 1, 2}, {0, 4, 1, 2}, {start, panel, panel, exact_death});
  raw.sets = {{0, 1}};
  SECTION("two rows of one time may agree") { CHECK(kohort::validate(illness, raw).rows() == 4); }
  SECTION("they may not contradict each other") {
    raw.states[2] = 3;
    REQUIRE(find(refusal(raw), "E-TIME"));
  }
  SECTION("what each way from the set forbids is refused") {
    raw = table({0, 0, 0}, {0, 1, 2}, {1, 5, 3}, {start, panel, panel});
    raw.sets = {{0, 1}, {1, 2}};
    const auto found = refusal(raw);  // from ill nobody gets to `moved`
    REQUIRE(find(found, "E-IMPOSSIBLE"));
    CHECK(find(found, "E-IMPOSSIBLE")->row == 2);
    CHECK_THAT(find(found, "E-IMPOSSIBLE")->message,
               kohort_tests::contains("moved was seen after ill or dead"));
  }
  SECTION("a stay that may be a move") {
    raw.kinds[3] = exact_transition;
    raw.states = {0, 4, 4, 4};
    raw.times = {0, 1, 2, 3};
    const auto found = refusal(raw);
    REQUIRE(find(found, "E-KIND"));
    CHECK_THAT(find(found, "E-KIND")->message_sv, kohort_tests::contains("well or ill"));
  }
  SECTION("a set that names a state there is not") {
    raw.sets = {{0, 7}};
    CHECK_THROWS_AS(kohort::validate(illness, raw), kohort::invalid_input);
  }
  SECTION("a follow-up that begins in it") {
    raw.states[0] = 4;
    REQUIRE(find(refusal(raw), "E-START"));
    raw.start = kohort::first_state::uniform;
    CHECK(kohort::validate(illness, raw).rows() == 4);
  }
}

TEST_CASE("a death known to a window needs a window", "[data]") {
  using enum observation_kind;
  auto raw = table({0, 0}, {0, 2}, {1, 2}, {start, window_death});
  CHECK(find(refusal(raw), "E-TIME"));
  raw.earliest = {missing, 2};
  CHECK(find(refusal(raw), "E-TIME"));
  raw.earliest = {missing, -1};  // before the last visit: it opens there
  CHECK(kohort::validate(illness, raw).earliest[1] == -1);
  raw.states[1] = 1;
  CHECK(find(refusal(raw), "E-IMPOSSIBLE"));
  raw.kinds[1] = panel;
  CHECK(find(refusal(raw), "E-KIND"));
}
