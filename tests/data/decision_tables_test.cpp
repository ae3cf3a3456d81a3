#include <kohort/data/decision_tables.hpp>  // first, so the header must stand on its own

#include <numeric>

#include "catch.hpp"

using namespace kohort;

namespace {

day_number on(const std::string& text) { return parse_date(text).day; }

decisions read(const std::string& rows) {
  decision_settings settings;
  settings.extraction = on("2022-12-31");
  settings.observed_from = on("2020-01-01");
  return read_decisions("person;start;end;level;death;sex;birth\n" + rows, "test.csv",
                        dependency_model(true), named_levels(), settings);
}

std::vector<std::string> cells(const decisions& d, const count_table& t) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < t.size(); ++i) {
    auto text = std::to_string(t.years[i]) + (t.males[i] ? " man " : " woman ") +
                std::to_string(t.ages[i]) + " " + d.structure.name(t.states[i]);
    if (!t.to_states.empty()) text += " -> " + d.structure.name(t.to_states[i]);
    result.push_back(text + ": " + std::to_string(t.counts[i]));
  }
  return result;
}

using strings = std::vector<std::string>;

const std::string three_people =
    "a;2021-12-01;2022-01-31;light;2022-03-01;k;1941-12-15\n"
    "a;2022-02-01;;high;2022-03-01;k;1941-12-15\n"
    "b;2019-05-01;;moderate;;m;1940-02-29\n"
    "c;2022-12-31;;light;;m;1950-01-01\n";

}  // namespace

TEST_CASE("days are counted in one cell each, cut at new years and birthdays", "[data]") {
  const auto d = read(three_people);
  const auto days = exposure_days(d, 2021, 2022);
  CHECK(cells(d, days) ==
        strings{"2021 woman 79 light: 14", "2021 woman 80 light: 17", "2021 man 80 moderate: 59",
                "2021 man 81 moderate: 306", "2022 woman 80 light: 31", "2022 woman 80 high: 28",
                "2022 man 72 light: 1", "2022 man 81 moderate: 59", "2022 man 82 moderate: 306"});
  // Whatever the cuts, the days add up to those followed.
  const auto all = exposure_days(d, 1990, 2040);
  std::int64_t followed = 0;
  for (const auto& s : d.stays) followed += s.to - s.from;
  CHECK(std::accumulate(all.counts.begin(), all.counts.end(), std::int64_t{0}) == followed);
}

TEST_CASE("entries are first decisions under observation, by the level entered", "[data]") {
  const auto d = read(three_people);
  CHECK(cells(d, first_entries(d, 2019, 2022)) ==
        strings{"2021 woman 79 light: 1", "2022 man 72 light: 1"});
  CHECK(first_entries(d, 2019, 2020).size() == 0);
}

TEST_CASE("the stock on a day is who is in what on that day", "[data]") {
  const auto d = read(three_people);
  CHECK(cells(d, stock(d, on("2022-01-31"))) ==
        strings{"2022 woman 80 light: 1", "2022 man 81 moderate: 1"});
  CHECK(cells(d, stock(d, on("2022-02-01"))) ==
        strings{"2022 woman 80 high: 1", "2022 man 81 moderate: 1"});
  CHECK(cells(d, stock(d, on("2022-03-01"))) == strings{"2022 man 82 moderate: 1"});
  CHECK(stock(d, on("2022-12-31")).size() == 2);
  CHECK(stock(d, on("2023-01-01")).size() == 0);
}

TEST_CASE("moves are counted where they happen", "[data]") {
  const auto d = read(three_people);
  CHECK(cells(d, moves(d, 2020, 2022)) ==
        strings{"2022 woman 80 light -> high: 1", "2022 woman 80 high -> dead: 1"});
  // A gap that the model has no state for is no move.
  decision_settings settings;
  settings.extraction = on("2022-12-31");
  const auto gap = read_decisions(
      "person;start;end;level;sex;birth\na;2020-01-01;2020-01-31;light;k;1940-01-01\n"
      "a;2020-03-01;;high;k;1940-01-01\n",
      "test.csv", dependency_model(false), named_levels(), settings);
  CHECK(gap.stays.size() == 2);
  CHECK(moves(gap, 2020, 2022).size() == 0);
}

TEST_CASE("a table by age and sex needs both", "[data]") {
  decision_settings settings;
  settings.extraction = on("2022-12-31");
  const auto d = read_decisions("person;start;end;level;sex\na;2020-01-01;;light;m\n", "test.csv",
                                dependency_model(true), named_levels(), settings);
  CHECK_THROWS_AS(stock(d, on("2022-01-01")), invalid_input);
  CHECK_THROWS_AS(exposure_days(d, 2020, 2022), invalid_input);
}
