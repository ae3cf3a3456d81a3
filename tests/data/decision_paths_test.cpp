#include <kohort/data/decisions.hpp>

#include "catch.hpp"
#include "data/decision_files.hpp"

using namespace decision_files;

TEST_CASE("overlapping decisions are refused with both rows, or the highest holds", "[data]") {
  const auto text = std::string(header) +
                    "a;2020-01-01;2020-12-31;moderate;\n"
                    "a;2020-06-01;2020-08-31;high;\n"
                    "a;2020-12-31;;light;\n";
  CHECK(faults(text) == strings{"E-OVERLAP 3 (2)", "E-OVERLAP 4 (2)"});
  auto settings = until("2024-12-31");
  settings.overlap = overlap_policy::highest;
  const auto d = read(text, settings);
  CHECK(stays_of(d) == strings{"moderate 2020-01-01 to 2020-06-01", "high 2020-06-01 to 2020-09-01",
                               "moderate 2020-09-01 to 2021-01-01",
                               "light 2021-01-01 to 2025-01-01"});
  CHECK(count_of(d, "W-OVERLAP") == 2);
  // A short decision of the same level in between does not hide the long one.
  CHECK(faults(std::string(header) + "a;2020-01-01;2020-12-31;light;\n"
                                     "a;2020-02-01;2020-02-29;light;\n"
                                     "a;2020-06-01;;high;\n") == strings{"E-OVERLAP 4 (2)"});
  // The same level twice at a time is no conflict.
  CHECK(stays_of(read(std::string(header) + "a;2020-01-01;2020-12-31;light;\n"
                                            "a;2020-06-01;2021-01-31;light;\n"))[0] ==
        "light 2020-01-01 to 2021-02-01");
}

TEST_CASE("types of support held together give the most demanding level", "[data]") {
  const std::string text =
      "person;från;till;insats\n"
      "a;2020-01-01;;trygghetslarm\n"
      "a;2020-03-01;;Dusch\n"
      "a;2020-03-01;;dagverksamhet\n"
      "a;2021-01-01;2021-01-14;korttidsboende\n";
  const auto moves =
      model({"light", "moderate", "high", "total", "dead"},
            {{"light", "moderate"}, {"moderate", "total"}, {"total", "moderate"}}, "dead");
  const auto d = read(text, until("2024-12-31"), support_type_rule(), moves);
  CHECK(stays_of(d) ==
        strings{"light 2020-01-01 to 2020-03-01", "moderate 2020-03-01 to 2021-01-01",
                "total 2021-01-01 to 2021-01-15", "moderate 2021-01-15 to 2025-01-01"});
  CHECK(count_of(d, "I-CONCURRENT") == 2);
  CHECK(count_of(d, "I-EXCLUDED") == 1);
  CHECK(count_of(d, "W-OVERLAP") == 0);
  auto strict = until("2024-12-31");
  strict.overlap = overlap_policy::refuse;
  CHECK(faults(text, strict, support_type_rule(), moves) ==
        strings{"E-OVERLAP 3 (2)", "E-OVERLAP 5 (2) (3)"});
}

TEST_CASE("a gap is bridged, ends the support or ends the observation, by policy", "[data]") {
  const auto text = std::string(header) +
                    "a;2020-01-01;2020-01-31;light;\n"
                    "a;2020-02-02;2020-02-29;moderate;\n"  // a day later
                    "a;2021-04-05;;high;\n";               // 400 days later
  auto settings = until("2024-12-31");
  const auto strict = read(text, settings);
  CHECK(stays_of(strict) ==
        strings{"light 2020-01-01 to 2020-02-01", "ended 2020-02-01 to 2020-02-02",
                "moderate 2020-02-02 to 2020-03-01", "ended 2020-03-01 to 2021-04-05",
                "high 2021-04-05 to 2025-01-01"});
  CHECK(count_of(strict, "I-GAP") == 0);
  CHECK(count_of(strict, "I-GAP-ENDED") == 2);
  settings.gap_days = 1;
  const auto bridged = read(text, settings);
  CHECK(stays_of(bridged)[0] == "light 2020-01-01 to 2020-02-02");
  CHECK(bridged.stays.size() == 4);
  CHECK(count_of(bridged, "I-GAP") == 1);
  settings.gap_days = 400;
  CHECK(read(text, settings).stays.size() == 3);
  settings.gap_days = 399;
  CHECK(read(text, settings).stays.size() == 4);

  settings.gap_days = 1;
  const auto unseen = read(text, settings, named_levels(), without_ended);
  CHECK(rows_of(without_ended, unseen.observations) ==
        strings{"s light 2020-01-01", "t moderate 2020-02-02", "t moderate 2020-03-01",
                "s high 2021-04-05", "t high 2025-01-01"});
}

TEST_CASE("after the last decision: ended, bridged to the death, or out of sight", "[data]") {
  const auto text = std::string(header) + "a;2020-01-01;2020-01-31;light;2020-02-06\n";
  auto settings = until("2024-12-31");
  CHECK(stays_of(read(text, settings))[1] == "ended 2020-02-01 to 2020-02-06");
  settings.gap_days = 5;
  CHECK(stays_of(read(text, settings)) == strings{"light 2020-01-01 to 2020-02-06"});
  settings.gap_days = 4;
  const auto unseen = read(text, settings, named_levels(), without_ended);
  CHECK(rows_of(without_ended, unseen.observations) ==
        strings{"s light 2020-01-01", "t light 2020-02-01"});
  CHECK_FALSE(unseen.persons[0].death);
  // Too near to the extraction to say that the support has ended.
  settings.gap_days = 30;
  const auto near = read(std::string(header) + "a;2024-01-01;2024-12-20;light;\n", settings);
  CHECK(stays_of(near) == strings{"light 2024-01-01 to 2024-12-21"});
  CHECK(count_of(near, "I-GAP-OPEN") == 1);
  for (const int days : {10, 11}) {  // the gap so far is of 11 days
    settings.gap_days = days;
    const auto d = read(std::string(header) + "a;2024-01-01;2024-12-20;light;\n", settings);
    CHECK(d.stays.size() == (days == 10 ? 2 : 1));
  }
}

TEST_CASE("a decision that starts on the day of death lasts that day", "[data]") {
  const auto d = read(std::string(header) +
                      "a;2020-01-01;2020-01-09;light;2020-01-10\n"
                      "a;2020-01-10;;high;2020-01-10\n");
  CHECK(rows_of(d.structure, d.observations) ==
        strings{"s light 2020-01-01", "t high 2020-01-10", "t dead 2020-01-11"});
  CHECK(faults(std::string(header) + "a;2020-01-11;;high;2020-01-10\n") ==
        strings{"E-AFTER-DEATH 2 (2)"});
}

TEST_CASE("an exit ends the observation, and nothing may follow it", "[data]") {
  const std::string head = "person;start;end;level;exit\n";
  CHECK(stays_of(read(head + "a;2020-01-01;;light;2020-05-31\n")) ==
        strings{"light 2020-01-01 to 2020-06-01"});
  CHECK(faults(head + "a;2020-01-01;2020-02-01;light;2020-05-31\n"
                      "a;2020-06-01;;light;2020-05-31\n") == strings{"E-AFTER-EXIT 3 (2)"});
  CHECK(faults(head + "a;2020-01-01;2020-02-01;light;2020-05-31\n"
                      "a;2020-03-01;;light;2020-06-30\n") == strings{"E-EXIT-DIFF 3 (2)"});
}

TEST_CASE("people who had support before the observation starts are followed from its start",
          "[data]") {
  auto settings = until("2024-12-31");
  settings.observed_from = on("2020-01-01");
  const auto d = read(std::string(header) +
                          "a;2018-01-01;2019-06-30;light;\n"
                          "a;2019-07-01;;moderate;\n"
                          "b;2019-01-01;2019-12-31;light;2019-12-31\n"
                          "c;2020-01-01;;light;\n"
                          "d;2015-01-01;2015-12-31;light;\n"
                          "d;2021-01-01;;light;\n",
                      settings);
  CHECK(stays_of(d) == strings{"moderate 2020-01-01 to 2025-01-01",
                               "light 2020-01-01 to 2025-01-01", "ended 2020-01-01 to 2021-01-01",
                               "light 2021-01-01 to 2025-01-01"});
  CHECK(d.persons.size() == 3);
  CHECK_FALSE(d.persons[0].entered);
  CHECK(d.persons[1].entered);
  CHECK_FALSE(d.persons[2].entered);
  CHECK(count_of(d, "I-LEFT-TRUNCATED") == 2);
  CHECK(count_of(d, "I-BEFORE-START") == 3);
  const auto edge = read(std::string(header) + "e;2018-01-01;2019-12-31;light;\n", settings);
  CHECK(stays_of(edge) == strings{"ended 2020-01-01 to 2025-01-01"});
  const auto unseen = read(std::string(header) +
                               "f;2018-01-01;2018-12-31;light;\n"
                               "f;2021-01-01;;light;\n",
                           settings, named_levels(), without_ended);
  CHECK(stays_of(unseen) == strings{"light 2021-01-01 to 2025-01-01"});
  CHECK_FALSE(unseen.persons[0].entered);
  CHECK(d.observations.covariates[0] == 730 / 365.25);  // since the first decision, not the start
}

TEST_CASE("a move that the model forbids is a fault of the file", "[data]") {
  const auto text = std::string(header) + "a;2020-01-01;2020-12-31;total;\na;2021-01-01;;light;\n";
  CHECK(faults(text) == strings{"E-IMPOSSIBLE 3 (2)"});
}

TEST_CASE("a short stay gives no level up to so many days, and what else holds goes on", "[data]") {
  const std::string text =
      "person;start;end;support\n"
      "a;2020-01-01;2020-12-31;dusch\na;2020-03-01;2020-03-14;korttidsboende\n"
      "a;2020-05-01;;korttidsboende\n";
  auto settings = until("2020-12-31");
  const auto rule = support_type_rule();
  const auto structure =
      model({"light", "moderate", "high", "total"}, {{"moderate", "total"}, {"total", "moderate"}});
  CHECK(read(text, settings, rule, structure).stays.size() == 4);
  settings.short_stay_days = 14;
  const auto left = read(text, settings, rule, structure);
  CHECK(stays_of(left) == std::vector<std::string>{"moderate 2020-01-01 to 2020-05-01",
                                                   "total 2020-05-01 to 2021-01-01"});
  CHECK(count_of(left, "I-SHORT-STAY") == 1);
  settings.short_stay_days = 13;
  CHECK(read(text, settings, rule, structure).stays.size() == 4);
  settings.short_stay_days = -1;
  CHECK_THROWS_AS(read(text, settings, rule, structure), invalid_input);
  settings.short_stay_days = 7;
  CHECK_THROWS_AS(read("person;start;end;level\na;2020-01-01;;light\n", settings), invalid_input);
}
