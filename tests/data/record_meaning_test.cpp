#include <algorithm>

#include <kohort/data/decisions.hpp>

#include "catch.hpp"

using namespace kohort;

namespace {

decision_settings plain() {
  decision_settings settings;
  settings.extraction = parse_date("2024-12-31").day;
  return settings;
}

decisions read(const std::string& text, const decision_settings& settings = plain(),
               const level_rule& rule = named_levels()) {
  return read_decisions(text, "test.csv", dependency_model(true), rule, settings);
}

/// "E-DUP-ID 3 beslut_id", errors and warnings
std::vector<std::string> told(const std::string& text, const decision_settings& settings = plain(),
                              const level_rule& rule = named_levels()) {
  std::vector<finding> found;
  try {
    found = read(text, settings, rule).findings;
  } catch (const data_refused& refusal) {
    found = refusal.findings();
  }
  std::vector<std::string> result;
  for (const auto& f : found) {
    if (f.severity == 'I') continue;
    result.push_back(f.code + " " + std::to_string(f.row) + " " + f.column);
  }
  return result;
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("ids that are personal numbers are read as such, whatever the column is called",
          "[data]") {
  const std::string rows =
      "460823-9986;2020-01-01;2020-02-01;light\n"
      "4608239986;2020-02-02;2020-03-01;light\n"
      "19460823-9986;2020-03-02;;light\n";
  for (const std::string name : {"person", "id", "brukare", "personnummer"}) {
    CAPTURE(name);
    const auto found = read(name + ";start;end;level\n" + rows);
    CHECK(found.persons.size() == 1);
    CHECK(found.stays.size() == 1);
    CHECK(found.settings.ids == id_kind::personal);
    CHECK(found.observations.covariate_names == list{"age", "male", "since_entry"});
    const bool said = std::any_of(found.findings.begin(), found.findings.end(),
                                  [](const finding& f) { return f.code == "I-ID-NUMBERS"; });
    CHECK(said == (name != "personnummer"));
  }
  auto opaque = plain();
  opaque.ids = id_kind::opaque;
  CHECK(read("person;start;end;level\n" + rows, opaque).persons.size() == 3);

  // One faulty number in five is a faulty number; one number among ids is not made a person of.
  std::string many = "person;start;end;level\n";
  for (const char* row : {"19460823-9986;2020-01-01", "460823-9986;2021-01-01",
                          "194608239986;2022-01-01", "4608239986;2023-01-01"}) {
    many += std::string(row) + ";2020-01-01;light\n";
  }
  for (std::size_t year = 2020, at = 0; year < 2024; ++year) {  // each lasts one day
    at = many.find("2020-01-01;light", at);
    many.replace(at, 4, std::to_string(year));
    at += 1;
  }
  CHECK(told(many + "19460823-9987;2020-01-01;;light\n") == list{"E-PNR-CHECK 6 person"});
  CHECK(told("person;start;end;level\n19460823-9986;2020-01-01;;light\nP1;2020-01-01;;light\n") ==
        list{"E-ID-KIND 1 person"});
  std::string opaques = "person;start;end;level\n";
  for (int i = 0; i < 40; ++i) {
    opaques += std::to_string(1'000'000'000 + i) + ";2020-01-01;;light\n";  // ten digits, no dates
  }
  CHECK(told(opaques).empty());
}

TEST_CASE("numbers in a long file are found behind its beginning, too", "[data]") {
  std::string rows = "person;start;end;level\n";
  for (int i = 0; i < 1000; ++i) rows += "P" + std::to_string(i) + ";2020-01-01;;light\n";
  CHECK(told(rows).empty());
  CHECK(read(rows).persons.size() == 1000);
  for (int i = 0; i < 400; ++i) {
    const auto day = "1940010" + std::to_string(1 + i % 9);
    rows += day + std::to_string(9800 + i) + ";2020-01-01;;light\n";  // one of ten has its digit
  }
  CHECK(told(rows).empty());
}

TEST_CASE("copies in another spelling are copies", "[data]") {
  const std::string head = "person;decision;start;end;level\n";
  const std::string first = "A;B1;2020-01-01;;light\n";
  for (const std::string copy :
       {"A;B1;20200101;;light\n", "A;B1;2020-01-01;;Light \n", "A ;B1;2020-01-01;2099-12-31;mild\n",
        "\"A\";\"B1\";2020-01-01T00:00:00;;LIGHT\n"}) {
    CAPTURE(copy);
    const bool other_word = copy.find("mild") != std::string::npos;
    CHECK(told(head + first + copy) == list{other_word ? "E-DUP-ID 3 decision" : "W-DUP-ROW 3 "});
  }
  for (const std::string other : {"A;B1;2020-01-02;;light\n", "B;B1;2020-01-01;;light\n",
                                  "A;B1;2020-01-01;2020-05-05;light\n"}) {
    CHECK(told(head + first + other) == list{"E-DUP-ID 3 decision"});
  }
  CHECK(told("personnummer;decision;start;end;level\n19460823-9986;B1;2020-01-01;;light\n"
             "460823-9986;B1;2020-01-01;;light\n") == list{"W-DUP-ROW 3 "});
  // Without an id, whatever a column says tells decisions apart.
  const std::string noted = "person;start;end;level;note\nA;2020-01-01;;light;x\n";
  CHECK(told(noted + "A;2020-01-01;;light;x \n") == list{"W-DUP-ROW 3 "});
  CHECK(told(noted + "A;2020-01-01;;light;y\n").empty());
  // With one, columns that are not read say nothing.
  CHECK(told("person;decision;start;end;level;note\nA;1;2020-01-01;;light;x\n"
             "A;1;2020-01-01;;light;y\n") == list{"W-DUP-ROW 3 "});
}

TEST_CASE("ids with composed letters and with combining marks are one", "[data]") {
  const auto found = read(
      "person;start;end;level\n\xC3\x85"
      "1;2020-01-01;2020-02-01;light\nA\xCC\x8A"
      "1;2020-02-02;2020-03-01;light\n\xE2\x84\xAB"
      "1;2020-03-02;;light\no\xCC\x88;2020-01-01;;light\n");
  REQUIRE(found.persons.size() == 2);
  CHECK(found.persons[0].id ==
        "\xC3\x85"
        "1");
  CHECK(found.persons[1].id == "\xC3\xB6");
}

TEST_CASE("decisions that give no level obey the rules on persons and ids", "[data]") {
  const auto rule = support_type_rule();
  const std::string head = "person;decision;start;end;support;death\n";
  CHECK(
      told(head + "A;B1;2020-01-01;2020-12-31;cleaning;\nA;B1;2020-01-01;2021-12-31;day centre;\n",
           plain(), rule) == list{"E-DUP-ID 3 decision"});
  CHECK(told(head + "A;B1;2020-01-01;2020-12-31;cleaning;2020-12-31\n"
                    "A;B2;2021-01-01;2021-12-31;day centre;2020-12-31\n",
             plain(), rule) == list{"E-AFTER-DEATH 3 start"});
  CHECK(told(head + "A;B1;2020-01-01;2020-12-31;cleaning;2020-12-31\n"
                    "A;B2;2020-12-31;2021-12-31;day centre;2020-12-31\n",
             plain(), rule)
            .empty());
}

TEST_CASE("three digits after every mark of a cost are asked about", "[data]") {
  const auto costs = [](const std::string& a, const std::string& b, char decimal = 0) {
    auto settings = plain();
    settings.csv.decimal = decimal;
    return told("person;start;end;level;cost\nA;2020-01-01;;light;" + a + "\nB;2020-01-01;;light;" +
                    b + "\n",
                settings);
  };
  for (const std::string cost : {"1.234", "12.345", "1,234"}) {
    CHECK(costs(cost, cost) == list{"E-DIALECT 1 cost"});
    CHECK(costs(cost, cost, ',').empty());
    CHECK(costs(cost, cost, '.').empty());
    CHECK(costs(cost, "800").size() == 1);
  }
  CHECK(costs("1.234", "0.500").empty());  // no thousand begins with 0
  CHECK(costs("1.234", "12.5").empty());
  CHECK(costs("1234.567", "1234.567").empty());
  CHECK(costs("1.500", "800,50") == list{"E-DIALECT 1 cost"});
  CHECK(costs("1.500", "800,50", ',').empty());
  auto settings = plain();
  settings.csv.decimal = ',';
  const auto found =
      read("person;start;end;level;cost\nA;2020-01-01;;light;1.234.567,25\n", settings);
  CHECK(found.costs.front().hundredths == 123'456'725);
}

TEST_CASE("midnight on the clock of its own zone is the day that stands there", "[data]") {
  for (const std::string day :
       {"2020-01-05T00:00:00+01:00", "2020-01-05 00:00:00+0100", "2020-01-05T00:00:00Z",
        "2020-07-05T00:00:00.000000+0200", "2020-01-05T00:00+01"}) {
    CAPTURE(day);
    CHECK(parse_date(day).fault == date_fault::none);
    CHECK(to_text(parse_date(day).day) == day.substr(0, 10));
  }
  for (const auto* day : {"2020-01-05T23:00:00Z", "2020-01-05T00:00:00+1:00", "2020-01-05T+01:00",
                          "2020-01-05T00:00:00+01:00:00x", "2020-01-05T00:00:00 CET"}) {
    CHECK(parse_date(day).fault == date_fault::unknown_format);
  }
}

TEST_CASE("Excel's line sep=; is no header", "[data]") {
  for (const std::string line : {"sep=;\n", "SEP=;\r\n", "\"sep=;\"\n", "\xEF\xBB\xBFsep=;\n"}) {
    const auto found = read(line + "person;start;end;level\nA;2020-01-01;;light\n");
    CHECK(found.persons.size() == 1);
    CHECK(found.stays.front().row == 3);
  }
  CHECK(read("sep=,\nperson,start,end,level\nA,2020-01-01,,light\n").persons.size() == 1);
}

TEST_CASE("a birth that a number tells is found in the number's column", "[data]") {
  CHECK(told("personnummer;start;end;level\n20090121-9931;2005-01-01;;light\n").front() ==
        "E-DATE-RANGE 2 personnummer");
}

TEST_CASE("where no header is known, the header's row can be declared", "[data]") {
  const std::string text = "Extract\nperson;start;end;level\nA;2020-01-01;;light\n";
  try {
    (void)read("Extract;;;\n" + text.substr(8));
    FAIL("read");
  } catch (const data_refused& refusal) {
    CHECK(refusal.findings().front().remedy.find("header_row") != std::string::npos);
  }
  auto settings = plain();
  settings.csv.header_row = 2;
  CHECK(read(text, settings).persons.size() == 1);
}
