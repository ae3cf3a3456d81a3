#include <kohort/data/numbers.hpp>  // first, so the header must stand on its own

#include <clocale>
#include <cstdio>
#include <random>

#include "catch.hpp"

using kohort::parse_number;

TEST_CASE("a number is read with the mark it is written with", "[data]") {
  CHECK(parse_number("12.5", '.') == 12.5);
  CHECK(parse_number("12,5", ',') == 12.5);
  CHECK(parse_number("-0,25", ',') == -0.25);
  CHECK(parse_number(" 7 ", ',') == 7.0);
  CHECK_FALSE(parse_number("12,5", '.'));
  CHECK_FALSE(parse_number("12.5", ','));
}

TEST_CASE("thousands may be set apart by a space of three kinds", "[data]") {
  CHECK(parse_number("12 345,67", ',') == 12345.67);
  CHECK(parse_number("12\xC2\xA0"
                     "345,67",
                     ',') == 12345.67);
  CHECK(parse_number("12\xE2\x80\xAF"
                     "345,67",
                     ',') == 12345.67);
  CHECK(parse_number("1 234 567", '.') == 1234567.0);
  for (const auto* text : {"1 23", "1234 567", "1  234", "1 2345", "12 34 567"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_number(text, '.'));
  }
}

TEST_CASE("what is no number is none, not zero", "[data]") {
  for (const auto* text :
       {"", " ", "-", ".", "1.", ".5", "1e5", "inf", "nan", "0x10", "1.2.3", "12h", "+1", "--1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_number(text, '.'));
  }
  CHECK_FALSE(parse_number(std::string(100, '1'), '.'));
}

TEST_CASE("printed doubles come back as themselves, whatever the locale", "[data]") {
  const char* locale = std::setlocale(LC_ALL, "sv_SE.UTF-8");  // absent on some machines
  CAPTURE(locale ? locale : "C");
  CHECK(parse_number("12.5", '.') == 12.5);
  std::setlocale(LC_ALL, "C");
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> wide(-1e6, 1e6);
  for (int i = 0; i < 1000; ++i) {
    const double value = wide(random);
    char text[40];
    std::snprintf(text, sizeof text, "%.17f", value);
    CHECK(parse_number(text, '.') == value);
  }
}

TEST_CASE("the mark that a number is written with is seen", "[data]") {
  CHECK(kohort::decimal_mark("12,5") == ',');
  CHECK(kohort::decimal_mark("12.5") == '.');
  CHECK(kohort::decimal_mark("12") == 0);
  CHECK(kohort::decimal_mark("a.b") == 0);
  CHECK(kohort::decimal_mark("1.2,5") == 0);
}

TEST_CASE("spaces of every kind are trimmed from the ends only", "[data]") {
  CHECK(kohort::trimmed(" \t a b\xC2\xA0") == "a b");
  CHECK(kohort::trimmed("\xE2\x80\xAF").empty());
}
