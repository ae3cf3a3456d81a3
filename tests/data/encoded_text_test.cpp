#include <kohort/data/encoded_text.hpp>  // first, so the header must stand on its own

#include <filesystem>
#include <fstream>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using namespace kohort;

namespace {

std::string all_of(encoded_text text) {
  std::string result;
  while (text.append_piece(result)) {
  }
  return result;
}

/// The text, which may hold any letter of the BMP, as UTF-16.
std::string utf16(std::u16string_view text, bool big) {
  std::string bytes;
  for (const auto letter : text) {
    const char low = static_cast<char>(letter & 0xFF), high = static_cast<char>(letter >> 8);
    bytes += big ? high : low;
    bytes += big ? low : high;
  }
  return bytes;
}

using faults = std::vector<std::string>;

faults faults_of(const encoded_text& text) {
  faults found;
  for (const auto& f : text.faults()) {
    found.push_back(std::string(f.code) + " " + std::to_string(f.row));
  }
  return found;
}

const std::string as_utf8 = "id;ort\r\n1;\xC3\x85m\xC3\xA5l \xE2\x82\xAC\n";
const std::string as_windows = "id;ort\r\n1;\xC5m\xE5l \x80\n";
const std::u16string as_utf16 = u"id;ort\r\n1;\u00C5m\u00E5l \u20AC\n";

}  // namespace

TEST_CASE("one text in every encoding is one text", "[data]") {
  const std::vector<std::pair<std::string, text_encoding>> ways{
      {as_utf8, text_encoding::utf_8},
      {"\xEF\xBB\xBF" + as_utf8, text_encoding::utf_8},
      {as_windows, text_encoding::windows_1252},
      {"\xFF\xFE" + utf16(as_utf16, false), text_encoding::utf_16_le},
      {"\xFE\xFF" + utf16(as_utf16, true), text_encoding::utf_16_be},
      {utf16(as_utf16, false), text_encoding::utf_16_le},
      {utf16(as_utf16, true), text_encoding::utf_16_be}};
  for (const auto& [bytes, encoding] : ways) {
    encoded_text text{std::string_view(bytes)};
    CAPTURE(name_of(encoding), bytes.size());
    CHECK(text.encoding() == encoding);
    CHECK(text.faults().empty());
    CHECK(text.size() == bytes.size());
    CHECK(text.whole().has_value() == (encoding == text_encoding::utf_8));
    std::string first, second;
    while (text.append_piece(first)) {
    }
    CHECK(text.done() == bytes.size());
    text.restart();
    while (text.append_piece(second)) {
    }
    CHECK(first == as_utf8);
    CHECK(second == as_utf8);
  }
}

TEST_CASE("letters cut between two pieces of a file stay whole", "[data]") {
  const auto path = std::filesystem::temp_directory_path() / "kohort_encoded_text_test.txt";
  for (const std::size_t before : {1048570u, 1048573u, 1048574u, 1048575u, 1048576u}) {
    const std::string filler(before, 'x');
    std::ofstream(path, std::ios::binary) << filler << as_utf8 << as_utf8;
    CHECK(encoded_text(path).faults().empty());
    CHECK(encoded_text(path).encoding() == text_encoding::utf_8);
    CHECK(all_of(encoded_text(path)) == filler + as_utf8 + as_utf8);
    std::u16string wide(before / 2, u'x');
    wide +=
        u"\xD83D\xDE00"
        u"\u00E5";
    std::ofstream(path, std::ios::binary) << "\xFF\xFE" << utf16(wide, false);
    CHECK(encoded_text(path).faults().empty());
    CHECK(all_of(encoded_text(path)) == std::string(before / 2, 'x') + "\xF0\x9F\x98\x80\xC3\xA5");
  }
  std::filesystem::remove(path);
}

TEST_CASE("the rarer kind of letters is at fault, and no letter is guessed", "[data]") {
  const auto of = [](std::string_view bytes, std::optional<text_encoding> declared = {}) {
    const encoded_text text(bytes, declared);
    return std::pair{text.encoding(), faults_of(text)};
  };
  using enum text_encoding;
  CHECK(of("\xC3\xA5\n\xC3\xA5\n\xE5\n") == std::pair{utf_8, faults{"E-ENCODING 3"}});
  CHECK(of("\xE5\n\xC3\xA5\r\n\xC3\xA5\n") == std::pair{utf_8, faults{"E-ENCODING 1"}});
  CHECK(of("\xE5\n\xE5\r\xC3\xA5\n") == std::pair{windows_1252, faults{"E-ENCODING 3"}});
  CHECK(of("\xE5\n\x81\n") == std::pair{windows_1252, faults{"E-ENCODING 2"}});
  CHECK(of("\xE5\n\xE5\r\xC3\xA5\n", windows_1252) == std::pair{windows_1252, faults{}});
  CHECK(of("\xE5\n", utf_8) == std::pair{utf_8, faults{"E-ENCODING 1"}});
  CHECK(of("\xEF\xBB\xBF\xE5\n", windows_1252) == std::pair{utf_8, faults{"E-ENCODING 1"}});
  CHECK(of(std::string_view("a\n\0\n", 4)) == std::pair{utf_8, faults{"E-BYTE 2"}});
  const auto lone = "\xFF\xFE" +
                    utf16(
                        u"a\n\xD83D"
                        u"b\n\xDE00",
                        false) +
                    "x";
  CHECK(of(lone) == std::pair{utf_16_le, faults{"E-ENCODING 2", "E-ENCODING 3"}});
}

TEST_CASE("a supplier's pieces come as they are", "[data]") {
  const std::vector<std::string> pieces{"a", "b;\xC3", "\xA5\n"};
  std::size_t at = 0;
  encoded_text text([&]() -> std::string_view {
    return at < pieces.size() ? std::string_view(pieces[at++]) : std::string_view{};
  });
  CHECK_FALSE(text.can_restart());
  CHECK(text.size() == 0);
  CHECK(all_of(std::move(text)) == "ab;\xC3\xA5\n");
}

TEST_CASE("an unreadable file is refused by its name alone", "[data]") {
  for (const auto& path : {std::filesystem::path("no/such/text.csv"), std::filesystem::path("/")}) {
    try {
      const encoded_text text(path);
      FAIL("it was read");
    } catch (const invalid_input& error) {
      CHECK(error.code() == "E-FILE");
    }
  }
}
