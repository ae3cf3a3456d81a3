#include <kohort/data/sheet_scan.hpp>  // first, so the header must stand on its own

#include "catch.hpp"

using namespace kohort;

namespace {

sheet_scan scanned(std::string_view xml, std::size_t piece = 1 << 20) {
  sheet_scan scan;
  for (std::size_t i = 0; i < xml.size(); i += piece) scan.add(xml.substr(i, piece));
  return scan;
}

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a sheet's reach is that of its cells that hold something", "[data]") {
  const std::string sheet =
      "<?xml version=\"1.0\"?><worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData>"
      "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" s=\"3\"/></row>"
      "<x:row r='7'><x:c r='C7'><x:v>1</x:v></x:c><x:c><x:is><x:t>a</x:t></x:is></x:c></x:row>"
      "<row><c><v>5</v></c><c r=\"XFD8\" s=\"1\"></c></row>"
      "<!-- <c r=\"Z99\"><v>1</v></c> --></sheetData></worksheet>";
  for (const std::size_t piece : {1u, 2u, 7u, 100000u}) {
    const auto scan = scanned(sheet, piece);
    CAPTURE(piece);
    CHECK(scan.cells() == 4);
    CHECK(scan.last_row() == 8);
    CHECK(scan.last_column() == 4);
    CHECK_FALSE(scan.declares());
    CHECK(scan.formulas().empty());
  }
}

TEST_CASE("a row or cell that no sheet has is never taken for another one", "[data]") {
  const auto misnamed = [](const std::string& rows) {
    const auto sheet = "<worksheet><sheetData>" + rows + "</sheetData></worksheet>";
    for (const std::size_t piece : {1u, 5u}) {
      CHECK(scanned(sheet, piece).misnamed() == scanned(sheet).misnamed());
    }
    return scanned(sheet).misnamed();
  };
  CHECK_FALSE(misnamed("<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>"));
  CHECK_FALSE(misnamed("<row><c><v>1</v></c><?pi it's ?><c/></row>"));
  // Names that whatever opens the sheet takes for columns and rows by the milliard.
  for (const auto* name :
       {"ooooooC7", "XFE1", "A1048577", "A12345678901", "&#65;1", "A", "7", "A1A"}) {
    CAPTURE(name);
    CHECK(misnamed("<row r=\"1\"><c r=\"" + std::string(name) + "\"><v>1</v></c></row>"));
  }
  for (const auto* row : {"1048577", "9999999999", "0", "x", "-1"}) {
    CHECK(misnamed("<row r=\"" + std::string(row) + "\"><c><v>1</v></c></row>"));
  }
  // Tags that hide what follows from one reader and not from another.
  CHECK(misnamed("<row r=\"1\"></row '><row r=\"7\"><c r=\"A7\"><v>1</v></c></row><a '>"));
  CHECK(misnamed("<c a=\"" + std::string(5000, 'x') + "\" r=\"XFD1048576\"><v>1</v></c>"));
}

TEST_CASE("an empty value reaches as far as a full one", "[data]") {
  for (const auto* value : {"<v/>", "<v></v>", "<is><t></t></is>", "<f/>"}) {
    const auto scan =
        scanned("<row r=\"9\"><c r=\"C9\" t=\"str\">" + std::string(value) + "</c></row>");
    CHECK(scan.last_row() == 9);
    CHECK(scan.last_column() == 3);
  }
  const auto hidden = scanned("<?x ' ?><row r=\"9\"><c r=\"C9\"><v>1</v></c></row><?y ' ?>");
  CHECK(hidden.last_row() == 9);
}

TEST_CASE("a formula without a saved value is found, one that gives nothing is fine", "[data]") {
  const auto scan = scanned(
      "<row r=\"2\"><c r=\"A2\"><f>B1&lt;2</f><v></v></c><c r=\"B2\"><f>1</f><v>1</v></c>"
      "<c r=\"C2\"><f>X</f></c><c r=\"D2\" t=\"str\"><f>IF(1,\"\",2)</f><v></v></c>"
      "<c r=\"E2\"><f>\">\"</f><v/></c></row>");
  CHECK(scan.formulas() == strings{"A2", "C2", "E2"});
  CHECK(scan.formula_count() == 3);
  CHECK(scanned("<c r=\"F2\" t=\"e\"><v>#N/A</v></c>").errors() == strings{"F2"});
}

TEST_CASE("merged cells and declarations are seen", "[data]") {
  const auto scan = scanned("<mergeCells><mergeCell ref=\"A1:B1\"/></mergeCells>", 3);
  CHECK(scan.merged() == strings{"A1:B1"});
  CHECK(scanned("<!DOCTYPE x [<!ENTITY a \"b\">]><worksheet/>").declares());
  CHECK(scanned("<!doctype x><worksheet/>", 1).declares());
}

TEST_CASE("columns have letters and letters have columns", "[data]") {
  CHECK(column_letters(1) == "A");
  CHECK(column_letters(27) == "AA");
  CHECK(column_letters(16384) == "XFD");
  for (std::int64_t column = 1; column <= 16384; ++column) {
    REQUIRE(cell_position(column_letters(column) + "12") ==
            std::pair<std::int64_t, std::int64_t>{12, column});
  }
  CHECK(cell_position("12") == std::pair<std::int64_t, std::int64_t>{0, 0});
  CHECK(cell_position("A") == std::pair<std::int64_t, std::int64_t>{0, 0});
  CHECK(cell_position("A0") == std::pair<std::int64_t, std::int64_t>{0, 0});
}
