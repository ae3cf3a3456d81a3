#include <algorithm>

#include <kohort/data/csv.hpp>
#include <kohort/data/detail/decision_words.hpp>

namespace kohort::detail {

event event_of(std::string_view word) {
  const auto key = header_key(word);
  for (const auto* death : {"dod", "death", "dead", "avliden", "dodsfall"}) {
    if (key == death) return event::death;
  }
  return key.empty() || key == "beslut" || key == "decision" ? event::decision : event::unknown;
}

std::optional<bool> sex_of(std::string_view word) {
  const auto key = header_key(word);
  for (const auto* man : {"m", "man", "male", "men", "1"}) {
    if (key == man) return true;
  }
  for (const auto* woman : {"k", "kvinna", "f", "female", "woman", "w", "2"}) {
    if (key == woman) return false;
  }
  return {};
}

std::optional<std::pair<day_number, day_number>> month_of(std::string_view text) {
  const auto year = text.substr(0, std::min<std::size_t>(text.size(), 4));
  auto month = text.substr(year.size());
  if (month.starts_with('-')) month.remove_prefix(1);
  const auto digits = [](std::string_view part) {
    return std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (year.size() != 4 || month.size() != 2 || !digits(year) || !digits(month)) return {};
  const int y = std::stoi(std::string(year)), m = std::stoi(std::string(month));
  if (y < 1850 || m < 1 || m > 12) return {};
  const auto first = to_day({y, m, 1});
  const auto next = m == 12 ? to_day({y + 1, 1, 1}) : to_day({y, m + 1, 1});
  return std::pair{first, next - 1};
}

}  // namespace kohort::detail
