#include <kohort/data/transitions.hpp>  // first, so the header must stand on its own

#include <numeric>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using kohort::covariate_path;

TEST_CASE("equal intervals share a cell, with their number", "[data]") {
  const kohort::intensity_model im{five_levels()};
  auto rows = five_levels_counts();
  rows.push_back({.5, 0, 0, 2});
  rows.push_back({.25, 3, 4, 6, observation_kind::exact_death});
  const auto tables = kohort::aggregate(persons(im.structure, rows), im);
  REQUIRE(tables.cells.size() == 2);
  CHECK(tables.cells[0].size() == five_levels_counts().size());
  CHECK(tables.cells[0].counts[0] == 42);
  CHECK(tables.cells[0].weights[0] == 42);
  CHECK(tables.cells[1].kind == observation_kind::exact_death);
  CHECK(tables.cells[1].counts == std::vector<std::int64_t>{6});
  CHECK(tables.intervals == 111 + 2 + 6);
}

TEST_CASE("the order of persons does not matter", "[data]") {
  const kohort::intensity_model im{five_levels(), {{"x"}}};
  auto rows = five_levels_counts();
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].x = static_cast<double>(i % 3);
  const auto forth = kohort::aggregate(persons(im.structure, rows), im);
  std::reverse(rows.begin(), rows.end());
  const auto back = kohort::aggregate(persons(im.structure, rows), im);
  CHECK(forth.patterns == std::vector<double>{0, 1, 2});
  CHECK(forth.patterns == back.patterns);
  CHECK(forth.cells[0].patterns == back.cells[0].patterns);
  CHECK(forth.cells[0].from == back.cells[0].from);
  CHECK(forth.cells[0].weights == back.cells[0].weights);
  CHECK(forth.cells[0].order == back.cells[0].order);
}

TEST_CASE("exact rows become exposure and events, in the covariates in force", "[data]") {
  const kohort::intensity_model im{five_levels(), {{"x", covariate_path::bands, {80}}}};
  auto seen = persons(im.structure, {{2, 0, 1, 1, observation_kind::exact_transition, 79},
                                     {3, 0, 0, 1, observation_kind::exact_transition, 79}});
  const auto tables = kohort::aggregate(seen, im);
  CHECK(tables.cells.empty());
  REQUIRE(tables.pattern_count() == 2);  // below 80, and from 80
  CHECK(tables.exact.exposure[0] == 2);
  CHECK(tables.exact.exposure[5] == 3);
  CHECK(std::accumulate(tables.exact.events.begin(), tables.exact.events.begin() + 10, 0.0) == 0);
  CHECK(tables.exact.events[10] == 1);
}

TEST_CASE("an interval is cut where a band or a year begins, and its pieces add up", "[data]") {
  const kohort::intensity_model im{five_levels(), {{"x", covariate_path::yearly, {}, 80}}};
  const auto tables = kohort::aggregate(
      persons(im.structure, {{2.5, 0, 1, 1, observation_kind::panel, 79.75}}), im);
  REQUIRE(tables.cells.size() == 1);
  const auto& cells = tables.cells[0];
  CHECK(cells.pieces == 4);
  CHECK(cells.elapsed == std::vector<double>{.25, 1, 1, .25});
  CHECK(tables.patterns == std::vector<double>{-.5, .5, 1.5, 2.5});
  CHECK(cells.patterns == std::vector<std::int32_t>{0, 1, 2, 3});
}

TEST_CASE("equal gaps in days stay equal when a birthday cuts them", "[data]") {
  const kohort::intensity_model im{five_levels(), {{"x", covariate_path::bands, {80}}}};
  std::vector<counted> rows;
  for (int year = 60; year < 80; ++year)
    rows.push_back({1, 0, 1, 1, observation_kind::panel, 79 + 100 / 365.25});
  auto seen = persons(im.structure, rows, 365.25);
  for (std::size_t i = 1; i < seen.times.size(); i += 2) {
    seen.times[i - 1] = 1000.0 * static_cast<double>(i);
    seen.times[i] = seen.times[i - 1] + 300;
  }
  CHECK(kohort::aggregate(seen, im).cell_count() == 1);
}

TEST_CASE("single rows and weights of zero say nothing, and are counted", "[data]") {
  const kohort::intensity_model im{five_levels()};
  kohort::observations raw = persons(im.structure, {{1, 0, 1, 3}});
  raw.subject_names.push_back("alone");
  raw.weights = {1, 0, 1, 1};
  raw.subjects.push_back(3);
  raw.times.push_back(0);
  raw.states.push_back(2);
  raw.kinds.push_back(observation_kind::start);
  raw.covariates.push_back(0);
  raw.source_rows.push_back(6);
  const auto tables = kohort::aggregate(kohort::validate(im.structure, raw), im);
  CHECK(tables.subjects == 4);
  CHECK(tables.single_subjects == 1);
  CHECK(tables.intervals == 2);
}

TEST_CASE("a covariate that is not there is named", "[data]") {
  const kohort::intensity_model im{five_levels(), {{"age"}}};
  CHECK_THROWS_WITH(kohort::aggregate(persons(im.structure, {{1, 0, 1, 1}}), im),
                    contains("no covariate 'age'") && contains("x"));
  CHECK_THROWS_WITH(
      kohort::aggregate(kohort::observations{}, kohort::intensity_model{five_levels()}),
      contains("no subject was seen twice"));
}
