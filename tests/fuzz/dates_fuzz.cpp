// Any bytes as a date or a number: what is read is a day that is written back the same, in the
// range of the calendar, and never anything that its text does not say.

#include <cmath>
#include <cstdlib>

#include <kohort/data/dates.hpp>
#include <kohort/data/numbers.hpp>

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto format = static_cast<kohort::date_format>(data[0] % 5);
  const auto parsed = kohort::parse_date(text, format);
  if (parsed.fault == kohort::date_fault::none) {
    const auto civil = kohort::to_civil(parsed.day);
    demand(kohort::valid(civil));
    demand(kohort::to_day(civil) == parsed.day);
    const auto again = kohort::parse_date(kohort::to_text(parsed.day), format);
    demand(again.fault == kohort::date_fault::none && again.day == parsed.day);
    demand(!text.empty());
  }
  for (const char decimal : {',', '.'}) {
    if (const auto value = kohort::parse_number(text, decimal)) {
      demand(!std::isnan(*value));
      const char mark = kohort::decimal_mark(text);
      demand(mark == 0 || mark == ',' || mark == '.');
    }
  }
  (void)kohort::trimmed(text);
  return 0;
}
