#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kohort {

/// A civil day as a number: days since 1 January 1970, in the Gregorian calendar.
using day_number = std::int32_t;

struct civil_date {
  int year;
  int month;  // 1 to 12
  int day;    // 1 to 31
  friend bool operator==(const civil_date&, const civil_date&) = default;
};

/// Whether there is such a day: 2024-02-29 is one, 2023-02-29 and 2024-02-30 are not.
bool valid(const civil_date& date);

/// @pre  `valid(date)`
day_number to_day(const civil_date& date);
civil_date to_civil(day_number day);

/// "2024-02-29"
std::string to_text(day_number day);

/// The day on which somebody born on `birth` completes the year of age reached in calendar year
/// `year`. Born on 29 February, they do so on 1 March when the year has no such day.
day_number birthday(day_number birth, int year);

/// Years of age completed on the morning of `day`.
/// @pre  birth <= day
int completed_age(day_number birth, day_number day);

/// What an ambiguous date cell means. Dates in ISO form are read under every one of them.
enum class date_format : std::uint8_t {
  iso,             // 2024-12-31 or 20241231, and nothing else but Excel serials left to recognise
  excel_1900,      // 45657: days in Excel's usual system
  excel_1904,      // 44195: days in the system of old Macintosh workbooks
  day_month_year,  // 31/12/2024, 31.12.2024, 31-12-2024
  month_day_year   // 12/31/2024
};

enum class date_fault : std::uint8_t { none, unknown_format, no_such_day };

/// A cell read as a date.
struct parsed_date {
  day_number day = 0;
  date_fault fault = date_fault::none;
  bool serial = false;  // an undeclared Excel serial, read in the system of 1900
};

/// Reads one date. A time of day is accepted only if it is midnight, as exports write it.
///
/// An undeclared whole number of up to five digits is taken for an Excel serial of the 1900 system
/// and marked as `serial`; whoever reads the column must see whether that can be told from the 1904
/// system. Serial 60, Excel's 29 February 1900, never was a day.
parsed_date parse_date(std::string_view text, date_format format = date_format::iso);

/// Days between Excel's two date systems: the same serial is a later day in the one of 1904.
inline constexpr day_number excel_systems_apart = 1462;

}  // namespace kohort
