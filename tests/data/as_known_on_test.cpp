#include <kohort/data/as_known_on.hpp>  // first, so the header must stand on its own

#include <sstream>

#include "catch.hpp"

using namespace kohort;

namespace {

day_number on(const std::string& text) { return parse_date(text).day; }

struct row {
  std::string person, start, end, level, death;
};

/// People who come, change, pause, leave, come back and die.
const std::vector<row> history{{"a", "2020-02-01", "2020-06-30", "light", "2022-05-05"},
                               {"a", "2020-07-21", "2021-03-31", "high", "2022-05-05"},
                               {"a", "2021-04-01", "", "total", "2022-05-05"},
                               {"b", "2019-05-01", "2021-01-31", "moderate", ""},
                               {"b", "2021-09-01", "", "light", ""},
                               {"c", "2021-10-10", "2021-12-01", "light", "2021-12-20"},
                               {"d", "2018-01-01", "2019-12-31", "high", ""},
                               {"d", "2022-03-03", "", "light", ""},
                               {"e", "2020-01-05", "2021-06-30", "moderate", ""},
                               {"e", "2021-07-15", "", "moderate", ""}};

/// The file as it would have been on a day: later rows and deaths unknown.
decisions read(const std::string& extraction, const std::string& known, int gap_days,
               const model& structure) {
  std::ostringstream text;
  text << "person;start;end;level;death;sex;birth\n";
  for (const auto& r : history) {
    if (on(r.start) > on(known)) continue;
    const bool dead = !r.death.empty() && on(r.death) <= on(known);
    text << r.person << ';' << r.start << ';' << r.end << ';' << r.level << ';'
         << (dead ? r.death : "") << ";k;1940-02-29\n";
  }
  decision_settings settings;
  settings.extraction = on(extraction);
  settings.observed_from = on("2020-01-01");
  settings.gap_days = gap_days;
  return read_decisions(text.str(), "test.csv", structure, named_levels(), settings);
}

std::string told(const decisions& d) {
  std::ostringstream out;
  for (const auto& who : d.persons) {
    out << who.id << (who.entered ? " entered" : "") << (who.death ? " dead" : "") << ':';
    for (auto s = who.first_stay; s < who.last_stay; ++s) {
      const auto& here = d.stays[s];
      out << ' ' << d.structure.name(here.at) << ' ' << to_text(here.from) << '/'
          << to_text(here.to);
    }
    out << '\n';
  }
  for (const auto& gap : d.bridged) {
    out << gap.person << ' ' << to_text(gap.from) << '/' << to_text(gap.to) << '\n';
  }
  return out.str();
}

}  // namespace

TEST_CASE("what was known on a day is what an extract of that day shows", "[data]") {
  const auto day = GENERATE(as<std::string>{}, "2020-01-20", "2020-06-30", "2020-07-01",
                            "2020-07-15", "2020-07-21", "2021-01-31", "2021-02-05", "2021-02-20",
                            "2021-07-03", "2021-07-15", "2021-12-05", "2021-12-19", "2021-12-20",
                            "2022-01-01", "2022-05-04", "2022-05-06", "2022-12-31");
  const int gap_days = GENERATE(0, 14, 30);
  const bool ended = GENERATE(true, false);
  CAPTURE(day, gap_days, ended);
  const auto structure = dependency_model(ended);
  const auto all = read("2022-12-31", "2022-12-31", gap_days, structure);
  const auto then = read(day, day, gap_days, structure);
  const auto known = as_known_on(all, on(day));
  CHECK(told(known) == told(then));
  CHECK(known.observations.times == then.observations.times);
  CHECK(known.observations.states == then.observations.states);
  CHECK(known.observations.kinds == then.observations.kinds);
  CHECK(known.observations.covariates == then.observations.covariates);
  CHECK(known.settings.extraction == on(day));
  // What was known even earlier does not depend on the day in between.
  if (on(day) > on("2020-07-10")) {
    CHECK(told(as_known_on(known, on("2020-07-10"))) == told(as_known_on(all, on("2020-07-10"))));
  }
}

TEST_CASE("days that no extract can be of are refused", "[data]") {
  const auto all = read("2022-12-31", "2022-12-31", 0, dependency_model(true));
  using kohort_tests::contains;
  CHECK_THROWS_WITH(as_known_on(all, on("2023-01-01")), contains("after the extraction"));
  CHECK_THROWS_WITH(as_known_on(all, on("2019-12-31")), contains("before the observation starts"));
}
