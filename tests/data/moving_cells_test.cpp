#include <kohort/data/moving_cells.hpp>  // first, so the header must stand on its own

#include <kohort/data/transitions.hpp>

#include "catch.hpp"

using kohort::covariate_path;
using kohort::observation_kind;

namespace {

kohort::observations two_persons() {
  kohort::observations raw;
  raw.covariate_names = {"age", "male"};
  raw.subject_names = {"a", "b", "c"};
  const auto row = [&](int who, double time, int state, double age, double male,
                       observation_kind kind = observation_kind::panel) {
    raw.subjects.push_back(who);
    raw.times.push_back(time);
    raw.states.push_back(state);
    raw.kinds.push_back(kind);
    raw.covariates.push_back(age);
    raw.covariates.push_back(male);
  };
  for (const int who : {0, 1}) {  // alike: added up
    row(who, 0, 0, 79.5, 1);
    row(who, 1, 1, 80.5, 1);
    row(who, 1.75, 2, 81.25, 1, observation_kind::exact_death);
  }
  row(2, 0, 0, 79.5, 0);
  row(2, 1, 1, 80.5, 0);
  row(2, 3, 1, 82.5, 0, observation_kind::exact_transition);
  raw.weights = {1, .5, 2};
  return raw;
}

const kohort::model structure({"in", "up", "dead"}, {{"in", "up"}, {"in", "dead"}, {"up", "dead"}},
                              "dead");

}  // namespace

TEST_CASE("intervals along a clock are added up where the clock begins alike", "[data]") {
  const kohort::intensity_model intensities{structure,
                                            {{"age", covariate_path::gompertz, {}, 80}, {"male"}}};
  const auto tables = kohort::aggregate(kohort::validate(structure, two_persons()), intensities);
  CHECK(tables.cells.empty());
  CHECK(tables.exact.intervals == 0);
  REQUIRE(tables.moving.size() == 3);
  const auto& panel = tables.moving[0];
  CHECK(panel.kind == observation_kind::panel);
  REQUIRE(panel.size() == 2);
  CHECK(panel.starts == std::vector<double>{79.5, 79.5});
  CHECK(panel.weights == std::vector<double>{2, 1.5});  // women first: patterns ascend
  CHECK(panel.counts == std::vector<std::int64_t>{1, 2});
  const auto woman = tables.pattern(static_cast<std::size_t>(panel.patterns[0]));
  CHECK(woman[0] == 0);  // what moves is no part of the pattern
  CHECK(woman[1] == 0);
  CHECK(tables.moving[1].kind == observation_kind::exact_transition);
  CHECK(tables.moving[2].kind == observation_kind::exact_death);
  CHECK(tables.moving[2].elapsed == std::vector<double>{.75});
  CHECK(tables.intervals == 6);
  CHECK(tables.cell_count() == 4);

  // The stand-in counts the same person-years, each in the middle of a year of age.
  REQUIRE(tables.stand_in);
  double years = 0;
  for (std::size_t i = 0; i < tables.stand_in->exact.exposure.size(); ++i)
    years += tables.stand_in->exact.exposure[i];
  CHECK(years == 4.0);
  const auto& cells = tables.stand_in->cells[0];
  const auto at = tables.stand_in->pattern(static_cast<std::size_t>(cells.patterns[0]));
  CHECK(at[0] == .5);  // 79.5 .. 80.5 has its middle in the year of 80
}

TEST_CASE("a band cuts what moves beside it", "[data]") {
  const kohort::intensity_model intensities{
      structure, {{"age", covariate_path::gompertz, {}, 80}, {"age", covariate_path::bands, {80}}}};
  const auto tables = kohort::aggregate(kohort::validate(structure, two_persons()), intensities);
  const auto& panel = tables.moving[0];
  CHECK(panel.pieces == 2);
  CHECK(panel.elapsed[0] == .5);
  CHECK(panel.elapsed[1] == .5);
}

TEST_CASE("a Weibull clock below 0 is refused with its row", "[data]") {
  const kohort::intensity_model intensities{structure, {{"age", covariate_path::weibull}}};
  auto raw = two_persons();
  raw.covariates[6] = -1;
  const auto seen = kohort::validate(structure, raw);
  CHECK_THROWS_WITH(kohort::aggregate(seen, intensities), kohort_tests::contains("in row 3"));
}
