#include <kohort/data/findings.hpp>  // first, so the header must stand on its own

#include <algorithm>

#include "catch.hpp"

using kohort::finding;

TEST_CASE("findings are shown worst first and then by row, however they were found", "[data]") {
  std::vector<finding> found{{.code = "I-GAP", .severity = 'I', .row = 1},
                             {.code = "E-OVERLAP", .row = 9},
                             {.code = "W-DUP-ROW", .severity = 'W', .row = 2},
                             {.code = "E-HEADER", .row = 1}};
  std::sort(found.begin(), found.end(),
            [](const finding& a, const finding& b) { return a.code < b.code; });
  std::vector<std::string> orders;
  do {
    auto sorted = found;
    kohort::sort_findings(sorted);
    std::string codes;
    for (const auto& f : sorted) codes += f.code + " ";
    orders.push_back(codes);
  } while (
      std::next_permutation(found.begin(), found.end(),
                            [](const finding& a, const finding& b) { return a.code < b.code; }));
  CHECK(orders.size() == 24);
  for (const auto& order : orders) CHECK(order == "E-HEADER E-OVERLAP W-DUP-ROW I-GAP ");
}

TEST_CASE("the text is capped and says so, the JSON lines hold all", "[data]") {
  const std::vector<finding> found(1003, {.code = "E-DATE-INVALID",
                                          .file = "beslut.csv",
                                          .row = 7,
                                          .related = {3, 5},
                                          .column = "från",
                                          .message = "no such day.",
                                          .message_sv = "dagen finns inte.",
                                          .remedy = "Correct it.",
                                          .remedy_sv = "Rätta den."});
  const auto text = kohort::findings_text(found, "sv");
  CHECK(std::count(text.begin(), text.end(), '\n') == 1001);
  CHECK_THAT(text, kohort_tests::contains("E-DATE-INVALID beslut.csv rad 7 (se rad 3, 5) kolumn "
                                          "från: dagen finns inte. Rätta den."));
  CHECK_THAT(text, kohort_tests::contains("och 3 till"));
  const auto json = kohort::findings_json(found);
  CHECK(std::count(json.begin(), json.end(), '\n') == 1003);
}

TEST_CASE("a warning says how many it stands for, an error where it is", "[data]") {
  CHECK(
      kohort::findings_text({{.code = "I-GAP", .severity = 'I', .message = "gaps.", .count = 7}}) ==
      "I-GAP: 7 gaps.\n");
  CHECK(kohort::findings_text({{.code = "I-GAP", .severity = 'I', .message = "gaps."}}) ==
        "I-GAP: gaps.\n");
  CHECK(kohort::findings_text({{.code = "E-X", .row = 2, .message = "bad.", .count = 7}}) ==
        "E-X row 2: bad.\n");
}

TEST_CASE("JSON lines escape what JSON must not hold, and say null for no row", "[data]") {
  const auto json = kohort::findings_json({{.code = "I-X", .message = "a \"b\" \\ \n\x01"}});
  CHECK_THAT(json, kohort_tests::contains(R"("message": "a \"b\" \\ \u000a\u0001")"));
  CHECK_THAT(json, kohort_tests::contains(R"("row": null, "cell": null, "related": [])"));
}

TEST_CASE("a refusal carries all findings and the code of the first error", "[data]") {
  const kohort::data_refused refusal(
      {{.code = "W-DUP-ROW", .severity = 'W'}, {.code = "E-OVERLAP", .row = 4}});
  CHECK(refusal.code() == "E-OVERLAP");
  CHECK(refusal.findings().size() == 2);
  CHECK_THAT(std::string(refusal.what()), kohort_tests::contains("1 fault in the data"));
  CHECK(kohort::has_errors(refusal.findings()));
  CHECK_FALSE(kohort::has_errors({{.code = "I-GAP", .severity = 'I'}}));
}
