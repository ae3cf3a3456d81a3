#include <charconv>
#include <chrono>
#include <cstdio>

#include <kohort/data/dates.hpp>

namespace kohort {

namespace {

std::chrono::year_month_day chrono_date(const civil_date& date) {
  return std::chrono::year(date.year) / std::chrono::month(static_cast<unsigned>(date.month)) /
         std::chrono::day(static_cast<unsigned>(date.day));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) {
  for (const char c : text) {
    if (!is_digit(c)) return false;
  }
  return !text.empty();
}

int number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

parsed_date checked(int year, int month, int day) {
  const civil_date date{year, month, day};
  if (!valid(date)) return {.fault = date_fault::no_such_day};
  return {.day = to_day(date)};
}

/// A time without the zone behind it: "Z", "+01:00", "+0100" or "+01".
std::string_view without_zone(std::string_view time) {
  if (time.ends_with('Z')) return time.substr(0, time.size() - 1);
  const auto sign = time.find_first_of("+-");
  if (sign == std::string_view::npos) return time;
  const auto zone = time.substr(sign + 1);
  const bool known = (zone.size() == 2 || zone.size() == 4)
                         ? all_digits(zone)
                         : zone.size() == 5 && zone[2] == ':' && all_digits(zone.substr(0, 2)) &&
                               all_digits(zone.substr(3));
  return known ? time.substr(0, sign) : time;
}

/// Drops " 00:00:00.000" or "T00:00+01:00": midnight on the clock of its own zone, so the day is
/// the one that stands there. Any other time of day stays, and is refused later.
std::string_view without_midnight(std::string_view text) {
  if (text.size() < 15 || (text[10] != ' ' && text[10] != 'T')) return text;
  const auto time = without_zone(text.substr(11));
  if (time.size() < 4) return text;
  for (const char c : time) {
    if (c != '0' && c != ':' && c != '.') return text;
  }
  return text.substr(0, 10);
}

parsed_date from_serial(std::string_view text, date_format format) {
  const int serial = number(text);
  if (format == date_format::excel_1904) {
    return {.day = to_day({1904, 1, 1}) + serial};
  }
  if (serial == 0 || serial == 60) return {.fault = date_fault::no_such_day};
  return {.day = to_day({1899, 12, 31}) + serial - (serial > 60 ? 1 : 0),
          .serial = format != date_format::excel_1900};
}

/// "31/12/2024": two numbers of one or two digits and a year of four, the same sign between them.
parsed_date from_parts(std::string_view text, date_format format) {
  const auto first = text.find_first_of("/.-");
  if (first == std::string_view::npos) return {.fault = date_fault::unknown_format};
  const auto second = text.find(text[first], first + 1);
  if (second == std::string_view::npos) return {.fault = date_fault::unknown_format};
  const auto a = text.substr(0, first), b = text.substr(first + 1, second - first - 1),
             year = text.substr(second + 1);
  if (!all_digits(a) || !all_digits(b) || !all_digits(year) || a.size() > 2 || b.size() > 2 ||
      year.size() != 4) {
    return {.fault = date_fault::unknown_format};
  }
  return format == date_format::day_month_year ? checked(number(year), number(b), number(a))
                                               : checked(number(year), number(a), number(b));
}

}  // namespace

bool valid(const civil_date& date) {
  return date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31 &&
         chrono_date(date).ok();
}

day_number to_day(const civil_date& date) {
  return static_cast<day_number>(
      std::chrono::sys_days(chrono_date(date)).time_since_epoch().count());
}

civil_date to_civil(day_number day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  return {static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day()))};
}

std::string to_text(day_number day) {
  const auto date = to_civil(day);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", date.year, date.month, date.day);
  return text;
}

day_number birthday(day_number birth, int year) {
  auto date = to_civil(birth);
  date.year = year;
  return valid(date) ? to_day(date) : to_day({year, 3, 1});
}

int completed_age(day_number birth, day_number day) {
  const int year = to_civil(day).year;
  return year - to_civil(birth).year - (day < birthday(birth, year) ? 1 : 0);
}

parsed_date parse_date(std::string_view text, date_format format) {
  text = without_midnight(text);
  if (text.size() == 10 && text[4] == '-' && text[7] == '-' && all_digits(text.substr(0, 4)) &&
      all_digits(text.substr(5, 2)) && all_digits(text.substr(8, 2))) {
    return checked(number(text.substr(0, 4)), number(text.substr(5, 2)), number(text.substr(8, 2)));
  }
  if (all_digits(text)) {
    if (text.size() == 8) {
      return checked(number(text.substr(0, 4)), number(text.substr(4, 2)),
                     number(text.substr(6, 2)));
    }
    if (text.size() <= 5) return from_serial(text, format);
    return {.fault = date_fault::unknown_format};
  }
  if (format == date_format::day_month_year || format == date_format::month_day_year) {
    return from_parts(text, format);
  }
  return {.fault = date_fault::unknown_format};
}

}  // namespace kohort
