#include <kohort/data/decisions.hpp>  // first, so the header must stand on its own

#include <algorithm>
#include <random>

#include "catch.hpp"
#include "data/decision_files.hpp"

using namespace decision_files;

TEST_CASE("decisions become stays and dated moves, to the death", "[data]") {
  const auto d = read(std::string(header) +
                      "a;2020-01-01;2020-06-30;light;2022-03-05\n"
                      "a;2020-07-01;;high;2022-03-05\n"
                      "b;2024-12-31;;moderate;\n");
  CHECK(stays_of(d) == strings{"light 2020-01-01 to 2020-07-01", "high 2020-07-01 to 2022-03-05",
                               "moderate 2024-12-31 to 2025-01-01"});
  CHECK(rows_of(d.structure, d.observations) ==
        strings{"s light 2020-01-01", "t high 2020-07-01", "t dead 2022-03-05",
                "s moderate 2024-12-31", "t moderate 2025-01-01"});
  CHECK(d.observations.units_per_year == 365.25);
  CHECK(d.observations.covariate_names == strings{"since_entry"});
  CHECK(d.observations.covariates[1] == 182 / 365.25);
  CHECK(d.observations.source_rows == std::vector<std::int64_t>{2, 3, 2, 4, 4});
  CHECK(d.persons.size() == 2);
  CHECK(d.persons[0].death == on("2022-03-05"));
  CHECK(d.persons[0].entered);
}

TEST_CASE("both ends of a decision count, and a decision of one day is one day", "[data]") {
  const auto d = read(std::string(header) + "a;2020-01-01;2020-01-01;light;2020-01-10\n");
  CHECK(stays_of(d) == strings{"light 2020-01-01 to 2020-01-02", "ended 2020-01-02 to 2020-01-10"});
  CHECK(faults(std::string(header) + "a;2020-01-02;2020-01-01;light;\n") ==
        strings{"E-INTERVAL-NEG 2"});
}

TEST_CASE("the person of R01: a decision after the death names both rows", "[data]") {
  std::string text = "person;event;start;end;level\n";
  for (int row = 2; row <= 60; ++row) {
    if (row == 41) {
      text += "p17;death;2021-05-01;;\n";
    } else if (row == 42) {
      text += "p17;decision;2021-06-01;;high\n";
    } else if (row == 40) {
      text += "p17;beslut;2020-06-01;;high\n";
    } else {
      text += "q" + std::to_string(row) + ";decision;2020-01-01;;light\n";
    }
  }
  CHECK(faults(text) == strings{"E-AFTER-DEATH 42 (41)"});
}

TEST_CASE("all faults of a file are found in one run", "[data]") {
  std::string text = header;
  strings expected;
  for (int row = 2; row <= 1001; ++row) {
    const bool bad = row % 143 == 0 && expected.size() < 7;
    text += "p" + std::to_string(row) + ";2020-01-01;" + (bad ? "2019-12-31" : "2020-12-31") +
            ";light;\n";
    if (bad) expected.push_back("E-INTERVAL-NEG " + std::to_string(row));
  }
  CHECK(expected.size() == 7);  // as many bad rows as were planted
  expected.resize(expected.size());
  std::sort(expected.begin(), expected.end());
  auto seen = faults(text);
  std::sort(seen.begin(), seen.end());
  CHECK(seen == expected);
}

TEST_CASE("faults of different kinds do not hide each other", "[data]") {
  CHECK(faults("person;start;end;level;death;sex;birth;decision_id\n"
               ";2020-01-01;;light;;m;1940-01-01;1\n"
               "a;2023-02-29;;light;;m;1940-01-01;2\n"
               "b;31/12/2020;;light;;k;1940-01-01;3\n"
               "c;2020-01-01;2024-02-30;light;;k;1940-01-01;4\n"
               "d;2020-01-01;;medel;;k;1940-01-01;5\n"
               "e;2020-01-01;;light;;?;1940-01-01;6\n"
               "f;2020-01-01;;light;;;1940-01-01;7\n"
               "g;2020-01-01;;light;;m;;8\n"
               "h;2020-01-01;;light;;m;2020-01-02;9\n"
               "i;;;light;;m;1940-01-01;10\n"
               "j;2020-01-01;2020-02-01;light;;m;1940-01-01;11\n"
               "j;2020-02-02;;light;;k;1941-01-01;12\n"
               "k;2020-01-01;2020-02-01;light;2021-01-01;m;1940-01-01;13\n"
               "k;2020-02-02;;light;2021-01-02;m;1940-01-01;14\n"
               "l;2020-01-01;;light;2025-01-01;m;1940-01-01;15\n"
               "m;2020-01-01;2020-02-01;light;;m;1940-01-01;16\n"
               "m;2020-03-01;2020-04-01;light;;m;1940-01-01;16\n") ==
        strings{"E-PERSON 2", "E-DATE-INVALID 3", "E-DATE-FORMAT 4", "E-DATE-INVALID 5",
                "E-STATE-UNKNOWN 6", "E-SEX 7", "E-SEX 8", "E-DATE-MISSING 9", "E-DATE-RANGE 10",
                "E-DATE-MISSING 11", "E-BIRTH-DIFF 13 (12)", "E-SEX-DIFF 13 (12)",
                "E-DEATH-TWICE 15 (14)", "E-DATE-RANGE 16", "E-DUP-ID 18 (17)"});
}

TEST_CASE("no finding repeats what stands in the cells", "[data]") {
  const std::string secret = "Hemlig";
  try {
    (void)read("person;start;end;level;sex\n" + secret + ";" + secret + ";2020-01-01;" + secret +
               ";" + secret + "\n" + secret + ";2020-01-01;2019-01-01;light;m\n");
    FAIL("it was accepted");
  } catch (const data_refused& refusal) {
    CHECK(refusal.findings().size() == 4);
    const auto all = findings_json(refusal.findings()) + findings_text(refusal.findings(), "sv") +
                     refusal.what();
    CHECK(all.find(secret) == std::string::npos);
  }
}

TEST_CASE("open-ended decisions need the extraction date", "[data]") {
  const auto text = std::string(header) + "a;2020-01-01;;light;\nb;2020-01-01;2099-12-31;light;\n";
  CHECK(faults(text, decision_settings{}) == strings{"E-EXTRACTION-DATE 2", "E-EXTRACTION-DATE 3"});
  CHECK(stays_of(read(text))[1] == "light 2020-01-01 to 2025-01-01");
  const auto closed =
      read(std::string(header) + "a;2020-01-01;2020-03-31;light;\n", decision_settings{});
  CHECK(closed.settings.extraction == on("2020-03-31"));
  CHECK(stays_of(closed) == strings{"light 2020-01-01 to 2020-04-01"});
}

TEST_CASE("copies are dropped and counted, an id with two contents is refused", "[data]") {
  const std::string head = "person;decision_id;start;end;level\n";
  const auto d = read(head +
                      "a;1;2020-01-01;;light\nb;2;2020-01-01;;light\n"
                      "a;1;2020-01-01;;light\na;1;2020-01-01;;light\n");
  CHECK(count_of(d, "W-DUP-ROW") == 2);
  CHECK(codes(d.findings, true) == strings{"W-DUP-ROW 4 (5)"});
  CHECK(d.stays.size() == 2);
  CHECK(faults(head + "a;1;2020-01-01;2020-12-31;light\nb;1;2020-01-01;;light\n") ==
        strings{"E-DUP-ID 3 (2)"});
}

TEST_CASE("decisions of the future are left out and counted", "[data]") {
  const auto d = read(std::string(header) +
                      "a;2020-01-01;2025-03-31;light;\n"
                      "a;2025-04-01;;high;\nb;2025-01-01;;high;\n");
  CHECK(stays_of(d) == strings{"light 2020-01-01 to 2025-01-01"});
  CHECK(count_of(d, "I-FUTURE") == 2);
}

TEST_CASE("dates of three systems give the same stays", "[data]") {
  const auto expected = stays_of(read(std::string(header) + "a;2023-03-01;2024-02-29;light;\n"));
  CHECK(stays_of(read(std::string(header) + "a;20230301;20240229;light;\n")) == expected);
  // Recognised: as serials of 1904 they would be later than the extract.
  const auto serials = std::string(header) + "a;44986;45351;light;\n";
  const auto d = read(serials);
  CHECK(stays_of(d) == expected);
  CHECK(count_of(d, "I-DATE-SERIAL") == 2);
  auto settings = until("2024-12-31");
  settings.dates = date_format::excel_1900;
  CHECK(stays_of(read(serials, settings)) == expected);
  CHECK(count_of(read(serials, settings), "I-DATE-SERIAL") == 0);
  settings.dates = date_format::excel_1904;
  CHECK(stays_of(read(std::string(header) + "a;43524;43889;light;\n", settings)) == expected);
  CHECK(faults(std::string(header) + "a;43524;43889;light;\n") == strings{"E-DATE-FORMAT 2"});
  CHECK(faults(std::string(header) + "a;60;;light;\n") == strings{"E-DATE-INVALID 2"});
  settings.dates = date_format::day_month_year;
  CHECK(stays_of(read(std::string(header) + "a;1/3/2023;29/2/2024;light;\n", settings)) ==
        expected);
}

TEST_CASE("hours are read with either mark, and only if they can be", "[data]") {
  const std::string head = "person;start;end;timmar\n";
  const auto d = read(head + "a;2020-01-01;2020-12-31;6,5\na;2021-01-01;;23\n", until("2024-12-31"),
                      hours_rule());
  CHECK(stays_of(d)[0] == "light 2020-01-01 to 2021-01-01");
  CHECK(stays_of(d)[1] == "high 2021-01-01 to 2025-01-01");
  CHECK(faults(head + "a;2020-01-01;;777\nb;2020-01-01;;-1\nc;2020-01-01;;\nd;2020-01-01;;x\n",
               until("2024-12-31"),
               hours_rule()) == strings{"E-HOURS 2", "E-HOURS 3", "E-HOURS 4", "E-HOURS 5"});
  CHECK(faults(head + "a;2020-01-01;;7,5\nb;2020-01-01;;7.5\n", until("2024-12-31"),
               hours_rule())[0] == "E-DIALECT 1");
}

TEST_CASE("the order of the rows and of the columns says nothing", "[data]") {
  std::vector<std::string> lines;
  std::mt19937 random(3);
  const auto pick = [&](int below) {
    return static_cast<int>(random() % static_cast<unsigned>(below));
  };
  const char* levels[] = {"light", "moderate", "high", "total"};
  for (int p = 0; p < 40; ++p) {
    const auto first = on("2016-01-01") + pick(1500);
    day_number from = first;
    for (int k = 0, level = pick(4); k < 4; ++k) {
      const auto to = from + 30 + pick(300);
      lines.push_back("p" + std::to_string(p) + ";" + to_text(from) + ";" + to_text(to) + ";" +
                      levels[level] + ";" + (p % 2 ? "m" : "k") + ";1935-05-05");
      from = to + 1 + pick(40);
      level = std::min(3, std::max(0, level + pick(3) - 1));
    }
    if (p % 5 == 0) lines.push_back(lines.back());
  }
  const auto joined = [&](const std::vector<std::string>& rows) {
    std::string text = "person;start;end;level;sex;birth\n";
    for (const auto& row : rows) text += row + "\n";
    return text;
  };
  auto settings = until("2024-12-31");
  settings.gap_days = 14;
  settings.overlap = overlap_policy::highest;
  const auto expected = read(joined(lines), settings);
  CHECK(count_of(expected, "I-GAP") > 10);
  for (int seed = 0; seed < 10; ++seed) {
    auto shuffled = lines;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const auto seen = read(joined(shuffled), settings);
    CHECK(seen.observations.times == expected.observations.times);
    CHECK(seen.observations.states == expected.observations.states);
    CHECK(seen.observations.covariates == expected.observations.covariates);
    CHECK(seen.counts == expected.counts);
  }
  // Days add up to the time from the first row to the last.
  std::int64_t days = 0;
  for (const auto& s : expected.stays) days += s.to - s.from;
  std::int64_t followed = 0;
  for (const auto& who : expected.persons) {
    followed += expected.stays[who.last_stay - 1].to - expected.stays[who.first_stay].from;
  }
  CHECK(days == followed);
}

TEST_CASE("the same stays as visits", "[data]") {
  const auto d = read(std::string(header) +
                      "a;2020-01-15;2020-06-30;light;2020-10-05\n"
                      "a;2020-07-01;;high;2020-10-05\n"
                      "b;2020-02-02;2020-02-20;light;\n"
                      "c;2020-02-02;2020-02-20;light;2020-02-21\n");
  const auto visits = monthly_visits(on("2020-01-01"), on("2020-12-31"), 3);
  CHECK(visits == std::vector<day_number>{on("2020-01-01"), on("2020-04-01"), on("2020-07-01"),
                                          on("2020-10-01")});
  const auto exact = as_panel(d, visits);
  CHECK(rows_of(d.structure, exact) ==
        strings{"s light 2020-04-01", "p high 2020-07-01", "p high 2020-10-01", "d dead 2020-10-05",
                "s ended 2020-04-01", "p ended 2020-07-01", "p ended 2020-10-01"});
  REQUIRE(exact.findings.size() == 1);
  CHECK(exact.findings[0].code == "I-UNSEEN");
  const auto later = as_panel(d, monthly_visits(on("2020-01-01"), on("2021-12-31"), 3), false);
  CHECK(rows_of(d.structure, later)[3] == "p dead 2021-01-01");
  // A time out of sight is conditioned on: the next visit is a new start, and no death is tied to
  // the level before it.
  const auto gap = read(std::string(header) +
                            "a;2020-01-15;2020-06-30;light;\n"
                            "a;2020-09-01;;high;\n"
                            "b;2020-01-15;2020-06-30;light;2020-07-11\n"
                            "b;2020-07-10;;high;2020-07-11\n",
                        until("2020-12-31"), named_levels(), without_ended);
  CHECK(rows_of(gap.structure, as_panel(gap, visits)) ==
        strings{"s light 2020-04-01", "s high 2020-10-01", "s light 2020-04-01"});
  CHECK(monthly_visits(on("2020-01-02"), on("2020-03-01"), 1).size() == 2);
  CHECK(monthly_visits(on("2020-11-30"), on("2021-03-01"), 1).front() == on("2020-12-01"));
  CHECK_THROWS_AS(as_panel(d, {}), invalid_input);
  CHECK_THROWS_AS(monthly_visits(0, 1, 0), invalid_input);
}

TEST_CASE("reading stops when it is told to", "[data]") {
  std::string text = header;
  for (int i = 0; i < 20000; ++i) text += "p" + std::to_string(i) + ";2020-01-01;;light;\n";
  int calls = 0;
  const auto read_with = [&](const progress& report) {
    return read_decisions(text, "test.csv", with_ended, named_levels(), until("2024-12-31"),
                          report);
  };
  CHECK(read_with([&](std::size_t done, std::size_t total) {
          ++calls;
          return done <= total;
        }).persons.size() == 20000);
  CHECK(calls == 3 + 2);  // every 8192 records, and every 8192 persons
  CHECK_THROWS_AS(read_with([](std::size_t, std::size_t) { return false; }), interrupted);
}

TEST_CASE("settings that cannot be are refused before anything is read", "[data]") {
  auto settings = until("2024-12-31");
  settings.gap_days = -1;
  CHECK_THROWS_AS(read(header, settings), invalid_input);
  settings = until("2024-12-31");
  settings.observed_from = on("2025-01-01");
  CHECK_THROWS_AS(read(header, settings), invalid_input);
  settings = until("2024-12-31");
  settings.columns = {{"pesron", "a"}};
  CHECK_THROWS_AS(read(header, settings), invalid_input);
  CHECK_THROWS_AS(read(header, until("2024-12-31"), named_levels({"a", "b"})), invalid_input);
  CHECK(faults("") == strings{"E-EMPTY -1"});
  CHECK(faults(header) == strings{"E-EMPTY -1"});
}

TEST_CASE("decisions are counted by the unit and the month that they start in", "[data]") {
  std::string text = "person;start;end;level;Enhet\n";
  for (int i = 0; i < 5; ++i) {
    const auto who = "a" + std::to_string(i);
    text += who + ";2020-01-01;2020-01-31;light;Söder\n" + who + ";2020-02-01;;moderate;Norr\n";
  }
  const auto d = read(text + "b;2020-01-15;;light;Söder\nc;2020-02-29;;light;\n");
  CHECK(d.units == std::vector<std::string>{"", "Norr", "Söder"});
  CHECK(d.unit_column == "Enhet");
  REQUIRE(d.started.size() == 3);
  const auto is = [&](std::size_t i, int unit, int month, int count) {
    return d.started[i].unit == unit && d.started[i].month == 12 * 2020 + month - 1 &&
           d.started[i].count == count;
  };
  CHECK(is(0, 0, 2, 1));
  CHECK(is(1, 1, 2, 5));
  CHECK(is(2, 2, 1, 6));
  CHECK(read(std::string(header) + "a;2020-01-01;;light;\n").units == std::vector<std::string>{""});
}

TEST_CASE("a fact in dispute is told once for each value, in whatever order rows stand", "[data]") {
  const std::string head = "person;start;end;level;sex\n";
  std::vector<std::string> rows{"a;2020-01-01;2020-01-31;light;m\n",
                                "a;2020-02-01;2020-02-29;light;k\n",
                                "a;2020-03-01;2020-03-31;light;m\n"};
  for (int i = 0; i < 3; ++i) {
    std::rotate(rows.begin(), rows.begin() + 1, rows.end());
    CHECK(faults(head + rows[0] + rows[1] + rows[2]).size() == 1);
  }
}
