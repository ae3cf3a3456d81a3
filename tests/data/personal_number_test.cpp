#include <kohort/data/personal_number.hpp>  // first, so the header must stand on its own

#include <random>
#include <string>

#include "catch.hpp"

using namespace kohort;

namespace {

// Birth numbers 980 to 999 are Skatteverket's own for tests: nobody has them.

day_number on(int year, int month, int day) { return to_day({year, month, day}); }

const day_number extract = on(2025, 12, 31);

char luhn(const std::string& nine) {
  int sum = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    for (int product = (nine[i] - '0') * (i % 2 == 0 ? 2 : 1); product > 0; product /= 10) {
      sum += product % 10;
    }
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

/// YYYYMMDDNNNC of a test person; `days` is added to the day: 60 makes a coordination number.
std::string test_number(const civil_date& born, int serial, int days = 0) {
  const auto digits = [](int value, std::size_t wanted) {
    auto text = std::to_string(value);
    return std::string(wanted - text.size(), '0') + text;
  };
  const auto all =
      digits(born.year, 4) + digits(born.month, 2) + digits(born.day + days, 2) + digits(serial, 3);
  return all + luhn(all.substr(2));
}

personal_number parse(std::string_view text, std::optional<day_number> reference = extract,
                      century_policy century = century_policy::separator) {
  return parse_personal_number(text, reference, century);
}

std::string code(std::string_view text) {
  const auto fault = parse(text).fault;
  return fault == personal_number_fault::none ? "" : std::string(code_of(fault));
}

}  // namespace

TEST_CASE("every spelling of a number is the same person", "[data]") {  // R18
  for (const auto* text : {"460823-9986", "4608239986", "19460823-9986", "19460823 9986",
                           "194608239986", " 460823-9986 ",
                           "460823\xE2\x80\x93"
                           "9986",
                           "460823\xE2\x88\x92"
                           "9986",
                           "19460823\xC2\xA0"
                           "9986",
                           "19460823\xE2\x80\xAF"
                           "9986"}) {
    CAPTURE(text);
    const auto read = parse(text);
    CHECK(read.fault == personal_number_fault::none);
    CHECK(read.text() == "194608239986");
    CHECK(to_civil(read.birth) == civil_date{1946, 8, 23});
    CHECK_FALSE(read.male);
    CHECK_FALSE(read.coordination);
    CHECK_FALSE(read.century_in_doubt);
  }
}

TEST_CASE("full-width letters and digits say what plain ones do", "[data]") {
  const std::string wide_dash = "\xEF\xBC\x8D", wide_space = "\xE3\x80\x80";
  const auto wide = [](std::string_view digits) {
    std::string text;
    for (const char c : digits) text += std::string("\xEF\xBC") + static_cast<char>(c + 0x60);
    return text;
  };
  for (const auto& between : {std::string(), std::string("-"), wide_dash, wide_space}) {
    const auto read = parse(wide("460823") + between + wide("9986"));
    CHECK(read.fault == personal_number_fault::none);
    CHECK(read.text() == "194608239986");
  }
  CHECK(code(wide("460823") + wide_dash + wide("9987")) == "E-PNR-CHECK");
  CHECK(code(wide("460823") + "\xEF\xBC\xB4" + wide("986")) == "E-PNR-INTERIM");  // T
  CHECK(code(wide("1") + "\xEF\xBC\x8C" + wide("93") + "\xEF\xBC\xA5\xEF\xBC\x8B" + wide("11")) ==
        "E-PNR-SCI");
  CHECK(code("460823\xEF\xBC") == "E-PNR-LENGTH");  // cut within a letter
  CHECK(code(wide("10229022994608") + "\xEF\xBC\xA5" + wide("93")) == code("10229022994608E93"));
  CHECK(parse("460823-9986" + std::string(99, ' ')).text() == "194608239986");
  CHECK(code("460823" + std::string(99, ' ') + "9986") == "E-PNR-LENGTH");
}

TEST_CASE("the century is what the separator says, and doubted in a minor", "[data]") {  // R19
  CHECK(to_civil(parse("090121+9931").birth) == civil_date{1909, 1, 21});
  CHECK_FALSE(parse("090121+9931").century_in_doubt);
  for (const auto* text : {"090121-9931", "0901219931"}) {
    const auto young = parse(text);
    CHECK(young.fault == personal_number_fault::none);
    CHECK(young.century_in_doubt);
    CHECK(young.text() == "200901219931");
    CHECK(young.text() != parse("090121+9931").text());
    const auto older = parse(text, extract, century_policy::older);
    CHECK(older.text() == "190901219931");
    CHECK(older.century_in_doubt);  // still told, as read a century earlier
  }
  CHECK_FALSE(parse("200901219931").century_in_doubt);  // said in full: a young person
  CHECK(parse("20090121+9931").century_in_doubt);       // says 2009 and 100 years
  CHECK(parse("090121-9931", {}).fault == personal_number_fault::reference);
  CHECK(parse("19090121-9931", {}).fault == personal_number_fault::none);
}

TEST_CASE("in the year of the 100th birthday the plus takes over", "[data]") {
  const auto number = test_number({1925, 6, 30}, 985);
  const auto with = [&](char separator) {
    return number.substr(2, 6) + separator + number.substr(8);
  };
  CHECK(to_civil(parse(with('+'), on(2025, 1, 1)).birth).year == 1925);
  CHECK(to_civil(parse(with('+'), on(2024, 12, 31)).birth).year == 1825);
  CHECK(to_civil(parse(with('-'), on(2024, 12, 31)).birth).year == 1925);
  CHECK(to_civil(parse(with('-'), on(2025, 6, 29)).birth).year == 1925);  // 2025 is not yet
  CHECK(to_civil(parse(with('-'), on(2025, 6, 30)).birth).year == 2025);
}

TEST_CASE("a coordination number has 60 added to the day", "[data]") {  // R20
  const auto read = parse("730288-9931");
  CHECK(read.fault == personal_number_fault::none);
  CHECK(read.coordination);
  CHECK(to_civil(read.birth) == civil_date{1973, 2, 28});
  CHECK(read.text() == "197302889931");
}

TEST_CASE("what is no personal number is refused by its kind", "[data]") {  // R21 to R23
  for (const char wrong : std::string("012345789")) {
    CHECK(code(std::string("460823-998") + wrong) == "E-PNR-CHECK");
  }
  for (const auto* day : {"00", "32", "60", "92", "99"}) {
    CHECK(code("4608" + std::string(day) + "-9986") == "E-PNR-DATE");
  }
  for (const auto* month : {"00", "13", "20"}) {
    CHECK(code("46" + std::string(month) + "23-9986") == "E-PNR-DATE");
  }
  CHECK(code("19230229-9986") == "E-PNR-DATE");  // no leap year
  CHECK(code("20460823-9986") == "E-PNR-DATE");  // after the extract
  CHECK(code("16460823-9986") == "E-PNR-DATE");
  for (const auto* text : {"460823-T986", "460823R986", "19460823-TF98", "19460823K986",
                           "990101019986", "460823E986"}) {
    CHECK(code(text) == "E-PNR-INTERIM");
  }
  for (const auto* text :
       {"608239986", "94608239986", "4608-239986", "460823--9986", "A60823-9986", "194608239986.0",
        "4608239986 0", "46082399861234", "P0001", "460823-998", "460823-99\xC3\xA5"}) {
    CAPTURE(text);
    CHECK(code(text) == "E-PNR-LENGTH");
  }
  for (const auto* text : {"1,93E+11", "1.93E+11", "1,94608E+11", "5E9", "4,6e+9"}) {
    CHECK(code(text) == "E-PNR-SCI");
  }
}

TEST_CASE("whoever has a number is read back, whatever the day", "[data]") {
  std::mt19937 random(20251231);
  const auto youngest = on(2007, 12, 31);  // no minors: their century is in doubt
  for (int i = 0; i < 20000; ++i) {
    const auto birth = static_cast<day_number>(
        on(1900, 1, 1) +
        static_cast<int>(random() % static_cast<unsigned>(youngest - on(1900, 1, 1))));
    const auto born = to_civil(birth);
    const int serial = 980 + static_cast<int>(random() % 20);
    const bool coordination = random() % 4 == 0;
    const auto number = test_number(born, serial, coordination ? 60 : 0);
    CAPTURE(i, born.year, born.month, born.day, serial);
    const char separator = 2025 - born.year >= 100 ? '+' : '-';
    for (const auto& text : {number, number.substr(0, 8) + "-" + number.substr(8),
                             number.substr(2, 6) + separator + number.substr(8)}) {
      const auto read = parse(text);
      REQUIRE(read.fault == personal_number_fault::none);
      REQUIRE(read.text() == number);
      REQUIRE(read.birth == birth);
      REQUIRE(read.male == (serial % 2 == 1));
      REQUIRE(read.coordination == coordination);
      REQUIRE_FALSE(read.century_in_doubt);
    }
    auto wrong = number;  // one digit wrong is always seen by the check digit, if it is still a day
    auto& digit = wrong[8 + random() % 4];
    digit = static_cast<char>('0' + (digit - '0' + 1 + static_cast<int>(random() % 9)) % 10);
    REQUIRE(parse(wrong).fault == personal_number_fault::check);
  }
}

TEST_CASE("any bytes are read without a fault of ours", "[data]") {
  std::mt19937 random(7);
  const std::string pieces = "0123456789-+ eE.,T\xE2\x80\x93\xC2\xA0";
  for (int i = 0; i < 100000; ++i) {
    std::string text;
    for (auto size = random() % 16; size > 0; --size) text += pieces[random() % pieces.size()];
    const auto read = parse(text);
    if (read.fault == personal_number_fault::none)
      REQUIRE(parse(read.text()).text() == read.text());
  }
}
