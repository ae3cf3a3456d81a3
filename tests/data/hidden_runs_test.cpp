#include <kohort/data/hidden_runs.hpp>  // first, so the header must stand on its own

#include <array>

#include <kohort/data/transitions.hpp>
#include <kohort/model/phases.hpp>

#include "catch.hpp"

namespace {

const kohort::model stays({"in", "out", "dead"},
                          {{"in", "out"}, {"in", "dead"}, {"out", "in"}, {"out", "dead"}}, "dead");

kohort::observations rows(const std::vector<int>& states, const std::vector<int>& subjects) {
  kohort::observations raw;
  for (std::size_t i = 0; i < states.size(); ++i) {
    while (static_cast<int>(raw.subject_names.size()) <= subjects[i])
      raw.subject_names.push_back(std::to_string(raw.subject_names.size()));
    raw.subjects.push_back(subjects[i]);
    raw.times.push_back(static_cast<double>(i));
    raw.states.push_back(states[i]);
    raw.kinds.push_back(kohort::observation_kind::panel);
  }
  return kohort::validate(stays, raw);
}

}  // namespace

TEST_CASE("runs end where the state is known", "[data]") {
  const auto phased = kohort::with_phases(stays, std::array{2, 1, 1});
  kohort::intensity_model im{phased.fine};
  im.phases = phased.map;
  // in, in, out | out, out | out, in, dead
  const auto tables = kohort::aggregate(rows({0, 0, 1, 1, 0, 2}, {0, 0, 0, 0, 0, 0}), im);
  REQUIRE(tables.hidden.size() == 3);
  CHECK(tables.hidden.first_steps == std::vector<std::int64_t>{0, 1, 3, 5});
  CHECK(tables.hidden.assumed == 1);  // who is in at the start may be in either phase
  CHECK(tables.hidden.left_out == 0);
  for (const auto held : tables.hidden.held) CHECK(held == -1);
}

TEST_CASE("runs do not depend on the order of subjects", "[data]") {
  const auto phased = kohort::with_phases(stays, std::array{2, 1, 1});
  kohort::intensity_model im{phased.fine};
  im.phases = phased.map;
  const auto a = kohort::aggregate(rows({0, 0, 1, 0, 0, 0}, {0, 0, 0, 1, 1, 1}), im).hidden;
  const auto b = kohort::aggregate(rows({0, 0, 0, 0, 0, 1}, {0, 0, 0, 1, 1, 1}), im).hidden;
  CHECK(a.first_steps == b.first_steps);
  CHECK(a.sightings == b.sightings);
  CHECK(a.starts == b.starts);
  CHECK(a.elapsed == b.elapsed);
}
