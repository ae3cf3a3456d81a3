#include <kohort/data/dates.hpp>  // first, so the header must stand on its own

#include "catch.hpp"

using namespace kohort;

namespace {
std::string read(std::string_view text, date_format format = date_format::iso) {
  const auto date = parse_date(text, format);
  if (date.fault == date_fault::unknown_format) return "E-DATE-FORMAT";
  if (date.fault == date_fault::no_such_day) return "E-DATE-INVALID";
  return to_text(date.day) + (date.serial ? " serial" : "");
}
}  // namespace

TEST_CASE("every day from 1850 to 2199 is one more than the day before it", "[data]") {
  // Counted by hand: the lengths of the months, and leap years by their rule.
  constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  day_number day = to_day({1850, 1, 1});
  CHECK(day == -43829);  // 120 years, 29 of them leap years, before 1970
  bool agrees = true;
  for (int year = 1850; year < 2200; ++year) {
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    for (int month = 1; month <= 12; ++month) {
      const int length = lengths[month - 1] + (month == 2 && leap ? 1 : 0);
      for (int d = 1; d <= length; ++d, ++day) {
        agrees = agrees && valid({year, month, d}) && to_day({year, month, d}) == day &&
                 to_civil(day) == civil_date{year, month, d} && parse_date(to_text(day)).day == day;
      }
      agrees = agrees && !valid({year, month, length + 1}) && !valid({year, month, 0});
    }
  }
  CHECK(agrees);
}

TEST_CASE("the same date in every form that can be told apart", "[data]") {
  CHECK(read("2024-12-31") == "2024-12-31");
  CHECK(read("20241231") == "2024-12-31");
  CHECK(read("2024-12-31 00:00:00") == "2024-12-31");
  CHECK(read("2024-12-31T00:00") == "2024-12-31");
  CHECK(read("45657", date_format::excel_1900) == "2024-12-31");
  CHECK(read("44195", date_format::excel_1904) == "2024-12-31");
  CHECK(read("45657") == "2024-12-31 serial");
  CHECK(read("31/12/2024", date_format::day_month_year) == "2024-12-31");
  CHECK(read("31.12.2024", date_format::day_month_year) == "2024-12-31");
  CHECK(read("12/31/2024", date_format::month_day_year) == "2024-12-31");
  CHECK(read("1/2/2024", date_format::day_month_year) == "2024-02-01");
  CHECK(read("2024-12-31", date_format::day_month_year) == "2024-12-31");
}

TEST_CASE("what could be two dates is none until its format is declared", "[data]") {
  for (const auto* text :
       {"31/12/2024", "12/31/2024", "1/2/2024", "31.12.2024", "2024-12", "2024-1-1", "24-12-31",
        "241231", "2024-12-31 12:30", "2024-12-31x", "45657,5", "-45657", "December", ""}) {
    CAPTURE(text);
    CHECK(read(text) == "E-DATE-FORMAT");
  }
  CHECK(read("31/12/24", date_format::day_month_year) == "E-DATE-FORMAT");
  CHECK(read("31/12.2024", date_format::day_month_year) == "E-DATE-FORMAT");
}

TEST_CASE("days that never were", "[data]") {
  for (const auto* text : {"2023-02-29", "2024-02-30", "1900-02-29", "2024-13-01", "2024-00-10",
                           "2024-04-31", "20230229", "60", "0"}) {
    CAPTURE(text);
    CHECK(read(text) == "E-DATE-INVALID");
  }
  CHECK(read("60", date_format::excel_1900) == "E-DATE-INVALID");
  CHECK(read("12/31/2024", date_format::day_month_year) == "E-DATE-INVALID");
  CHECK(read("2024-02-29") == "2024-02-29");
  CHECK(read("59", date_format::excel_1900) == "1900-02-28");
  CHECK(read("61", date_format::excel_1900) == "1900-03-01");
  CHECK(read("60", date_format::excel_1904) == "1904-03-01");
}

TEST_CASE("a serial means days 1,462 apart in Excel's two systems", "[data]") {
  CHECK(parse_date("40000", date_format::excel_1904).day -
            parse_date("40000", date_format::excel_1900).day ==
        excel_systems_apart);
}

TEST_CASE("age is completed on the birthday", "[data]") {
  const auto born = to_day({1940, 6, 15});
  CHECK(completed_age(born, to_day({2020, 6, 14})) == 79);
  CHECK(completed_age(born, to_day({2020, 6, 15})) == 80);
  const auto leapling = to_day({1940, 2, 29});
  CHECK(completed_age(leapling, to_day({2023, 2, 28})) == 82);
  CHECK(completed_age(leapling, to_day({2023, 3, 1})) == 83);
  CHECK(completed_age(leapling, to_day({2024, 2, 29})) == 84);
  CHECK(completed_age(born, born) == 0);
}
