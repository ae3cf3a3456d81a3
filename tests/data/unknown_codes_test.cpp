#include <kohort/data/detail/unknown_codes.hpp>

#include "catch.hpp"
#include "data/decision_files.hpp"

using namespace decision_files;

TEST_CASE("values that the rule does not know are listed if five people have them", "[data]") {
  std::string text = "person;start;end;level\n";
  for (int i = 0; i < 5; ++i) text += "p" + std::to_string(i) + ";2020-01-01;;medel\n";
  for (int i = 0; i < 9; ++i) text += "q;2020-01-01;;Berit\n";
  try {
    (void)read(text);
    FAIL("it was read");
  } catch (const data_refused& refusal) {
    const auto& whole = refusal.findings().front();
    CHECK(whole.code == "E-STATE-UNKNOWN");
    CHECK(whole.row == -1);
    CHECK(whole.count == 2);
    CHECK_THAT(whole.message, kohort_tests::contains("'medel' (5 rows)"));
    CHECK_THAT(findings_json(refusal.findings()), !kohort_tests::contains("Berit"));
  }
}
