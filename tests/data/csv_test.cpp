#include <kohort/data/csv.hpp>  // first, so the header must stand on its own

#include <algorithm>
#include <fstream>

#include "catch.hpp"

using namespace kohort;

namespace {

struct read_file {
  char delimiter = 0;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> fields;
  std::vector<std::int64_t> rows;
  std::vector<std::string> faults;  // "E-QUOTE 3"
};

read_file read(std::string_view bytes, const csv_options& options = {}) {
  csv_reader reader(bytes, "test.csv", options);
  read_file result;
  csv_record record;
  while (reader.next(record)) {
    result.rows.push_back(record.row);
    result.fields.emplace_back(record.fields.begin(), record.fields.end());
  }
  result.delimiter = reader.delimiter();
  result.header = reader.header();
  for (const auto& f : reader.findings()) {
    result.faults.push_back(f.code + " " + std::to_string(f.row));
  }
  return result;
}

using faults = std::vector<std::string>;
using table = std::vector<std::vector<std::string>>;

}  // namespace

TEST_CASE("three ways to write one table are one table", "[data]") {
  const table expected{{"a", "2024-01-01", "12"}, {"b", "2024-01-02", "3"}};
  for (const std::string delimiter : {";", ",", "\t"}) {
    for (const std::string end : {"\n", "\r\n", "\r"}) {
      for (const std::string start : {"", "\xEF\xBB\xBF"}) {
        const auto line = [&](const std::string& a, const std::string& b, const std::string& c) {
          return a + delimiter + b + delimiter + c + end;
        };
        const auto text = start + line("id", "start", "hours") + line("a", "2024-01-01", "12") +
                          line("b", "2024-01-02", "3");
        CAPTURE(delimiter, end, start.size());
        const auto seen = read(text);
        CHECK(seen.delimiter == delimiter[0]);
        CHECK(seen.header == std::vector<std::string>{"id", "start", "hours"});
        CHECK(seen.fields == expected);
        CHECK(seen.rows == std::vector<std::int64_t>{2, 3});
        CHECK(seen.faults.empty());
        CHECK(read(text.substr(0, text.size() - end.size())).fields == expected);
      }
    }
  }
}

TEST_CASE("semicolons with decimal commas are no puzzle, commas with commas are", "[data]") {
  CHECK(read("id;hours\na;12,5\nb;3,25\n").delimiter == ';');
  CHECK(read("id;hours\na;12,5\nb;3,25\n").faults.empty());
  CHECK(read("id,hours\na,12.5\n").faults.empty());
  CHECK(read("id,hours\na,12,5\nb,3,25\n").faults == faults{"E-DIALECT 1"});
  CHECK(read("id,hours\na,\"12,5\"\n").faults == faults{"E-DIALECT 1"});
  CHECK(read("id,hours\na,\"12,5\"\n", {.decimal = ','}).faults.empty());
  CHECK(read("id;a,b\n1;2,3\n").faults == faults{"E-DIALECT 1"});
  CHECK(read("id;a,b\n1;2,3\n", {.delimiter = ';'}).faults.empty());
}

TEST_CASE("a quoted field may hold anything, and rows after it stay physical", "[data]") {
  const auto seen = read("id;note\n1;\"a;b\n\"\"c\"\"\r\nd\"\n\n  \n2;e\n");
  CHECK(seen.fields == table{{"1", "a;b\n\"c\"\r\nd"}, {"2", "e"}});
  CHECK(seen.rows == std::vector<std::int64_t>{2, 7});
  CHECK(seen.faults.empty());
  CHECK(read("id;note\n1;\"\"\n").fields == table{{"1", ""}});
  CHECK(read("id;note\n1; \"a\" \n").fields == table{{"1", "a"}});
  CHECK(read("id;note\n1;5\" pipe\n").fields == table{{"1", "5\" pipe"}});
}

TEST_CASE("remarks above the header are passed over, and counted as lines", "[data]") {
  const auto seen = read("\xEF\xBB\xBF# SYNTHETIC; made, by a script\r\n#\nid;note\n1;a\n#2;b\n");
  CHECK(seen.header == std::vector<std::string>{"id", "note"});
  CHECK(seen.fields == table{{"1", "a"}, {"#2", "b"}});
  CHECK(seen.rows == std::vector<std::int64_t>{4, 5});
  CHECK(read("# nothing else").faults == faults{"E-EMPTY -1"});
}

TEST_CASE("every fault is found in one run, at its physical row", "[data]") {
  const auto seen = read("id;note\n1;a;b\n2;\"x\"y\n3\n4;d\n5;\"never closed\n6;e\n");
  CHECK(seen.faults == faults{"E-FIELD-COUNT 2", "E-QUOTE 3", "E-FIELD-COUNT 4", "E-QUOTE 6"});
  CHECK(seen.fields == table{{"4", "d"}});
}

TEST_CASE("bytes that are no UTF-8 are refused by row, never replaced", "[data]") {
  std::string text = "id;note\n";
  for (int row = 2; row < 1000; ++row) text += row == 900 ? "x;\xE5r\n" : "x;\xC3\xA5r\n";
  CHECK(read(text).faults == faults{"E-ENCODING 900"});
  CHECK(read(std::string("id;n\n1;\0\n", 9)).faults == faults{"E-BYTE 2"});
  CHECK(read("\xFF\xFEi\0d\0").faults == faults{"E-ENCODING 1"});
  // Overlong, surrogate, above U+10FFFF, cut short.
  for (const auto* bad : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC3"}) {
    CHECK(read("id;note\n1;" + std::string(bad) + "\n").faults == faults{"E-ENCODING 2"});
  }
  CHECK(read("id;note\n1;\xF0\x9F\x98\x80\xE2\x82\xAC\n").faults.empty());
}

TEST_CASE("nothing to read is said so", "[data]") {
  for (const auto* text : {"", "\n\n", "id;note", "id;note\n", "id;note\n\n \n"}) {
    CAPTURE(text);
    CHECK(read(text).faults == faults{"E-EMPTY -1"});
  }
}

TEST_CASE("a field beyond all reason is refused", "[data]") {
  const auto text = "id;note\n1;" + std::string(2000, 'x') + "\n";
  CHECK(read(text, {.field_limit = 1000}).faults == faults{"E-FIELD-SIZE 2"});
  CHECK(read(text).faults.empty());
}

TEST_CASE("headers are compared without case, spaces and accents", "[data]") {
  CHECK(header_key("Från datum") == "frandatum");
  CHECK(header_key("FRÅN-DATUM ") == "frandatum");
  CHECK(header_key("fra\xCC\x8An_datum") == "frandatum");
  CHECK(header_key("på-/avklädning") == "paavkladning");
  CHECK(header_key("niv\xC3\xA5\xC2\xA0") == "niva");
  CHECK(header_key("ñ1") != header_key("1"));
}

TEST_CASE("a file that is not there is refused by its name alone", "[data]") {
  try {
    (void)read_bytes("no/such/folder/file.csv");
    FAIL("it was read");
  } catch (const invalid_input& error) {
    CHECK(error.code() == "E-FILE");
    CHECK_THAT(std::string(error.what()), kohort_tests::contains("'file.csv'"));
  }
}

TEST_CASE("cutting a file anywhere never breaks the reader", "[data]") {
  const std::string whole =
      "\xEF\xBB\xBFid;\"no\"\"te\"\r\n1;\"a;\r\nb\"\n\xC3\xA5;c\n;\n\"\";\"\"\n";
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    for (const char junk : {'"', ';', '\n', '\r', '\0', '\xFF'}) {
      (void)read(whole.substr(0, length) + junk + whole.substr(length));
    }
    (void)read(whole.substr(0, length));
  }
  SUCCEED();
}
