// Any bytes as a date or a number: what is read is a day that is written back the same, in the
// range of the calendar, the same under every format where the text leaves no choice, and a number
// that is written back the same. Nothing that a text does not say is ever read from it.

#include <charconv>
#include <cmath>
#include <string>

#include <kohort/data/dates.hpp>
#include <kohort/data/numbers.hpp>

#include "fuzz.hpp"

namespace {

using fuzz::demand;
using kohort::date_fault;
using kohort::date_format;

bool leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

/// The calendar once more, counted by years and months.
int counted_days(const kohort::civil_date& date) {
  constexpr int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const int years = date.year - 1;  // completed since year 1
  const int day = 365 * years + years / 4 - years / 100 + years / 400 + before[date.month - 1] +
                  (date.month > 2 && leap(date.year) ? 1 : 0) + date.day - 1;
  return day - 719162;  // of 1 January 1970
}

void look_at_date(std::string_view text, date_format format) {
  const auto parsed = kohort::parse_date(text, format);
  if (parsed.fault != date_fault::none) return;
  demand(!text.empty());
  const auto civil = kohort::to_civil(parsed.day);
  demand(kohort::valid(civil));
  demand(kohort::to_day(civil) == parsed.day);
  if (civil.year >= 1) demand(counted_days(civil) == parsed.day);
  const auto again = kohort::parse_date(kohort::to_text(parsed.day), format);
  demand(again.fault == date_fault::none && again.day == parsed.day && !again.serial);
  if (format == date_format::iso && !parsed.serial) {
    for (int other = 1; other < 5; ++other) {
      demand(kohort::parse_date(text, static_cast<date_format>(other)).day == parsed.day);
    }
  }
  if (text.size() >= 10 && kohort::parse_date(text).fault == date_fault::unknown_format) {
    demand(text.find(std::to_string(civil.year)) != std::string_view::npos);
  }
}

void look_at_number(std::string_view text, char decimal) {
  const auto value = kohort::parse_number(text, decimal);
  if (!value) return;
  demand(std::isfinite(*value));
  for (const char c : text) demand(c != 'e' && c != 'E' && c != 'x' && c != 'n');
  const char mark = kohort::decimal_mark(text);
  demand(mark == 0 || mark == ',' || mark == '.');
  char written[400];
  const auto end =
      std::to_chars(written, written + sizeof written, *value, std::chars_format::fixed).ptr;
  std::string shortest(written, end);
  if (shortest.size() > 60) return;
  if (const auto at = shortest.find('.'); at != std::string::npos) shortest[at] = decimal;
  const auto again = kohort::parse_number(shortest, decimal);
  demand(again && *again == *value && std::signbit(*again) == std::signbit(*value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  look_at_date(text, static_cast<date_format>(data[0] % 5));
  for (const char decimal : {',', '.'}) look_at_number(text, decimal);
  const auto bare = kohort::trimmed(text);
  demand(kohort::trimmed(bare) == bare && text.find(bare) != std::string_view::npos);
  return 0;
}
