#include <kohort/data/detail/decision_header.hpp>

#include "catch.hpp"
#include "data/decision_files.hpp"

using namespace decision_files;

TEST_CASE("a header is known in English, in Swedish or by declaration", "[data]") {
  const auto expected = stays_of(read(std::string(header) + "a;2020-01-01;;light;\n"));
  auto opaque = until("2024-12-31");
  opaque.ids = id_kind::opaque;
  const auto* const swedish =
      "Personnr;FRÅN datum;Till och med;Beroendenivå;Dödsdatum\na;20200101;;lätt;\n";
  CHECK(stays_of(read(swedish, opaque)) == expected);
  CHECK(faults(swedish) == strings{"E-PNR-LENGTH 2"});  // so called, numbers are expected there
  CHECK(stays_of(read("level,end,start,person\nmild,,2020-01-01,a\n")) == expected);
  auto settings = until("2024-12-31");
  settings.columns = {{"person", "Vem"}, {"start", "Beslut 1"}, {"end", "Beslut 2"}};
  CHECK(stays_of(read("VEM;beslut1;beslut2;nivå\na;2020-01-01;;helt\n", settings))[0] ==
        "total 2020-01-01 to 2025-01-01");
  CHECK(faults("who;when;end;level\na;2020-01-01;;light\n") == strings{"E-HEADER 1", "E-HEADER 1"});
  CHECK(faults("person;id;start;end;level\na;a;2020-01-01;;light\n") == strings{"E-HEADER 1"});
  settings.columns = {{"person", "nobody"}};
  CHECK(faults(std::string(header) + "a;2020-01-01;;light;\n", settings) == strings{"E-HEADER 1"});
  try {
    (void)read("who;start;end;level\na;2020-01-01;;light\n");
  } catch (const data_refused& refusal) {
    CHECK_THAT(refusal.findings()[0].message,
               kohort_tests::contains("'person'") &&
                   kohort_tests::contains("these are known: start, end, level"));
  }
}

TEST_CASE("a person in the place of a header is not told of", "[data]") {
  // A header whose words are not known may be a name: its place stands for it.
  auto settings = until("2024-12-31");
  settings.columns = {{"start", "Kanaria Gulfjäder"}};
  const auto told = [&](const std::string& text) {
    try {
      (void)read(text, settings);
    } catch (const data_refused& refusal) {
      return findings_text(refusal.findings(), "en") + findings_text(refusal.findings(), "sv");
    }
    return std::string();
  };
  const auto late = told("person;Kanaria Gulfjäder;end;level\na;2020-02-30;;light\n");
  CHECK_THAT(late, kohort_tests::contains("column 2:") && kohort_tests::contains("kolumn 2:") &&
                       !kohort_tests::contains("Kanaria"));
  CHECK_THAT(
      told("person;start;end;level\na;2020-01-01;;light\n"),
      kohort_tests::contains("declared to be 'start'") && !kohort_tests::contains("Kanaria"));
  settings.columns = {{"start", "Beslutets startdatum (nr 2)"}};
  CHECK_THAT(told("person;Beslutets startdatum (nr 2);end;level\na;2020-02-30;;light\n"),
             kohort_tests::contains("kolumn Beslutets startdatum (nr 2):"));

  CHECK(faults("19460823-9986;2020-01-01;;light\nb;2020-01-01;;light\n") ==
        strings{"E-HEADER-MISSING 1"});
  CHECK(faults("Kanaria;K1;2020-01-01;light\n") == strings{"E-HEADER-MISSING 1"});

  // So may a unit of few people; those of many are told apart.
  std::string rows = "person;start;end;level;enhet\n";
  for (int i = 0; i < 12; ++i) {
    const auto* const unit = i < 5 ? "Norr" : i < 10 ? "Söder" : i < 11 ? "Kanaria" : "Gulfjäder";
    rows += "p" + std::to_string(i) + ";2020-01-01;;light;" + unit + "\n";
  }
  const auto found = read(rows, until("2024-12-31"));
  CHECK(found.units == strings{"Norr", "Söder", "\u2026"});
  CHECK(found.started.back().count == 2);
}
