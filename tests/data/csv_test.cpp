#include <kohort/data/csv.hpp>  // first, so the header must stand on its own

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

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
  CHECK(read("\n\n# a; remark\n\nid;note\n1;a\n").header == std::vector<std::string>{"id", "note"});
  const auto declared = read("title\n#id;note\n1;a\n", {.header_row = 2});
  CHECK(declared.header == std::vector<std::string>{"#id", "note"});  // its line was declared
}

TEST_CASE("remarks below the header are passed over and counted, records never", "[data]") {
  const auto seen =
      read("id;note\n# page 1\n1;a\n#2;b\n# it's \"cited\"; so; they say\n3;c\n# \"\n#end");
  CHECK(seen.fields == table{{"1", "a"}, {"#2", "b"}, {"3", "c"}});
  CHECK(seen.rows == std::vector<std::int64_t>{3, 4, 6});
  CHECK(seen.faults == faults{"I-REMARK -1"});
  CHECK(read("id;note\n1;a\n# Source: SCB\n# a,b,c,d,e\n").delimiter == ';');
  CHECK(read("id;note\n# nothing else").faults == faults{"E-EMPTY -1", "I-REMARK -1"});
}

TEST_CASE("a remark may begin where a supplier cuts", "[data]") {
  const std::string text = "# one\r\n# two\r\nid;note\r\n# three\r\n1;a\r\n";
  for (std::size_t step = 1; step < 12; ++step) {
    std::size_t given = 0;
    csv_reader reader(encoded_text([&]() -> std::string_view {
                        const auto piece =
                            std::string_view(text).substr(std::min(given, text.size()), step);
                        given += piece.size();
                        return piece;
                      }),
                      "");
    csv_record record;
    CAPTURE(step);
    CHECK(reader.header() == std::vector<std::string>{"id", "note"});
    CHECK(reader.next(record));
    CHECK(record.row == 5);
    CHECK_FALSE(reader.next(record));
    CHECK(reader.findings().size() == 1);
  }
}

TEST_CASE("every fault is found in one run, at its physical row", "[data]") {
  const auto seen = read("id;note\n1;a;b\n2;\"x\"y\n3\n4;d\n5;\"never closed\n6;e\n");
  CHECK(seen.faults == faults{"E-FIELD-COUNT 2", "E-QUOTE 3", "E-FIELD-COUNT 4", "E-QUOTE 6"});
  CHECK(seen.fields == table{{"4", "d"}, {"6", "e"}});  // an open quote does not swallow the rest
}

TEST_CASE("bytes that are no letters are refused by row, never replaced", "[data]") {
  std::string text = "id;note\n";
  for (int row = 2; row < 1000; ++row) text += row == 900 ? "x;\xE5r\n" : "x;\xC3\xA5r\n";
  CHECK(read(text).faults == faults{"E-ENCODING 900"});
  CHECK(read(std::string("id;n\n1;\0\n", 9)).faults == faults{"E-BYTE 2"});
  // Overlong, surrogate, above U+10FFFF, cut short.
  for (const auto* bad : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC3"}) {
    CHECK(read("id;n\xC3\xB6te\n1;" + std::string(bad) + "\n").faults == faults{"E-ENCODING 2"});
  }
  CHECK(read("id;note\n1;\xF0\x9F\x98\x80\xE2\x82\xAC\n").faults.empty());
}

TEST_CASE("nothing to read is said so", "[data]") {
  for (const auto* text : {"", "\n\n", "id;note", "id;note\n", "id;note\n\n \n"}) {
    CAPTURE(text);
    CHECK(read(text).faults == faults{"E-EMPTY -1"});
  }
}

TEST_CASE("records of nothing but delimiters are blank lines", "[data]") {
  const auto seen = read("id;note\n1;a\n;\n ; \n2;b\n;;;;\n");
  CHECK(seen.rows == std::vector<std::int64_t>{2, 5});
  CHECK(seen.faults.empty());
}

TEST_CASE("a file, a text in memory and a supplier's pieces are read alike", "[data]") {
  std::string text = "id;note\n";
  for (int i = 0; i < 200'000; ++i) {
    text += std::to_string(i) + (i % 7 == 0 ? ";\"a;\n\"\"b\"\r\n" : ";\xC3\xA5\xC3\xA4\n");
    if (i % 1000 == 999) text += "one field\n";
  }
  const auto path = std::filesystem::temp_directory_path() / "kohort_csv_test.csv";
  std::ofstream(path, std::ios::binary) << text;
  const auto whole = read(text);
  CHECK(whole.fields.size() == 200'000);
  CHECK(whole.faults.size() == 200);
  csv_reader from_file(encoded_text(path), "test.csv");
  std::size_t given = 0, cuts = 0;
  std::minstd_rand random(1);
  csv_reader supplied(encoded_text([&]() -> std::string_view {
                        const auto piece =
                            std::string_view(text).substr(given, 1 + random() % 9000);
                        given += piece.size();
                        ++cuts;
                        return piece;
                      }),
                      "test.csv");
  for (auto* reader : {&from_file, &supplied}) {
    csv_record record;
    std::size_t i = 0;
    bool same = true;
    while (reader->next(record)) {
      same = same && record.row == whole.rows[i] &&
             std::equal(record.fields.begin(), record.fields.end(), whole.fields[i].begin());
      ++i;
    }
    CHECK(same);
    CHECK(i == whole.fields.size());
    CHECK(reader->findings().size() == whole.faults.size());
    CHECK(reader->findings().back().row == 228'773);
  }
  CHECK(cuts > 100);
  std::filesystem::remove(path);
}

TEST_CASE("a mark that a supplier cuts is still no letter", "[data]") {
  std::size_t given = 0;
  const std::string_view text = "\xEF\xBB\xBF\x61;b\n1;2\n";
  csv_reader reader(encoded_text([&]() -> std::string_view {
                      return given < text.size() ? text.substr(given++, 1) : std::string_view{};
                    }),
                    "");
  csv_record record;
  CHECK(reader.header() == std::vector<std::string>{"a", "b"});
  CHECK(reader.next(record));
  CHECK(reader.findings().empty());
}

TEST_CASE("a field without an end is refused and the lines after it are read", "[data]") {
  const std::string long_field(10 << 20, 'x');
  CHECK(read("id;note\n1;" + long_field + "\n2;b\n").fields == table{{"2", "b"}});
  CHECK(read("id;note\n1;\"" + long_field + "\"\n2;b\n").faults == faults{"E-FIELD-SIZE 2"});
  std::string lines = "id;note\n1;\"open\n";
  for (int i = 0; i < 300'000; ++i) lines += "2;b and some more\n";
  const auto seen = read(lines);
  CHECK(seen.faults == faults{"E-QUOTE 2"});
  CHECK(seen.fields.size() == 300'000);
  std::string many = "id;note\n";
  for (int i = 0; i < 40; ++i) many += "1;\"open\n2;" + std::string(100, 'b') + "\n";
  CHECK(read(many).faults.size() == 40);
}

TEST_CASE("ten million faults need no room for ten million texts", "[data]") {
  std::string text = "id;note\n";
  for (int i = 0; i < 50'000; ++i) text += "1\n";
  csv_reader reader(text, "test.csv");
  csv_record record;
  CHECK_FALSE(reader.next(record));
  const auto& found = reader.findings();
  CHECK(found.size() == 10'001);
  CHECK(found.back().row == 10'002);
  CHECK(found.back().count == 40'000);
  CHECK(found.back().related.back() == 50'001);
}

TEST_CASE("rows may be numbered by record", "[data]") {
  csv_reader reader("id;note\n\n1;\"a\nb\"\n2;c\n", "", {.by_record = true, .first_row = 5});
  csv_record record;
  CHECK(reader.header_row() == 5);
  CHECK(reader.next(record));
  CHECK(record.row == 7);  // a blank line is a row
  CHECK(reader.next(record));
  CHECK(record.row == 8);
}

TEST_CASE("numbered by record, each record answers for its own bytes", "[data]") {
  using namespace std::string_literals;
  const csv_options by_record{.delimiter = ';', .by_record = true};
  const auto codes = [&](const std::string& text) {
    csv_reader reader(text, "", by_record);
    csv_record record;
    std::string all;
    while (reader.next(record)) all += std::to_string(record.row) + ' ';
    for (const auto& f : reader.findings()) all += f.code + ' ' + std::to_string(f.row) + ' ';
    return all;
  };
  CHECK(codes("a;b\n\"x\ny\";1\n\0;2\n3;4\n"s) == "2 4 E-BYTE 3 ");
  CHECK(codes("a;b\n\"x\ny\";\xC3\xA5\n\xE5;2\n3;4\n"s) == "2 4 E-ENCODING 3 ");
  CHECK(codes("a;\0\n1;2\n"s) == "E-BYTE 1 ");
}

TEST_CASE("the header may be declared to stand further down", "[data]") {
  const auto seen = read("Uttag ur systemet;;\n\nid;note\n1;a\n", {.header_row = 3});
  CHECK(seen.header == std::vector<std::string>{"id", "note"});
  CHECK(seen.rows == std::vector<std::int64_t>{4});
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
    csv_reader(encoded_text(std::filesystem::path("no/such/folder/file.csv")), "file.csv");
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
