#include <algorithm>
#include <vector>

#include <kohort/data/csv.hpp>
#include <kohort/data/detail/catalogue.hpp>
#include <kohort/data/detail/unknown_codes.hpp>

namespace kohort::detail {

namespace {

/// Digits of a text, the full-width ones of Asian keyboards among them (U+FF10 to U+FF19).
std::size_t digits(std::string_view text) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto wide = text.substr(i, 3);
    found += static_cast<std::size_t>(('0' <= text[i] && text[i] <= '9') ||
                                      (wide.size() == 3 && wide.starts_with("\xEF\xBC") &&
                                       '\x90' <= wide[2] && wide[2] <= '\x99'));
  }
  return found;
}

}  // namespace

bool can_be_a_name(std::string_view text) { return text.size() <= 60 && digits(text) < 6; }

void unknown_codes::note(std::string_view value, std::string_view person) {
  auto key = header_key(value);
  if (codes_.size() >= most && !codes_.contains(key)) return;
  auto& seen = codes_[std::move(key)];
  if (seen.rows++ == 0 || value < seen.shown) seen.shown = std::string(value);
  if (seen.persons.size() < shown_from) seen.persons.insert(std::string(person));
}

/// A value that many people share is a code, no text about one of them, and can be shown.
bool unknown_codes::may_be_shown(const code& seen) {
  return seen.persons.size() >= shown_from && !seen.shown.empty() && can_be_a_name(seen.shown);
}

std::optional<finding> unknown_codes::listed(const std::string& column) const {
  if (codes_.empty() || codes_.size() >= most) return {};
  std::vector<const code*> shown;
  for (const auto& [key, seen] : codes_) {
    if (may_be_shown(seen)) shown.push_back(&seen);
  }
  if (shown.empty()) return {};
  std::stable_sort(shown.begin(), shown.end(),
                   [](const auto* a, const auto* b) { return a->rows > b->rows; });
  std::string list, list_sv;
  for (const auto* seen : shown) {
    const auto times = std::to_string(seen->rows);
    list += (list.empty() ? "'" : ", '") + seen->shown + "' (" + times + " rows)";
    list_sv += (list_sv.empty() ? "'" : ", '") + seen->shown + "' (" + times + " rader)";
  }
  auto f = catalogued("E-STATE-UNKNOWN", -1, column, {}, static_cast<std::int64_t>(codes_.size()));
  f.message = "the level rule does not know these values: " + list + ".";
  f.message_sv = "nivåregeln känner inte till dessa värden: " + list_sv + ".";
  if (const auto rest = codes_.size() - shown.size(); rest > 0) {
    f.message += " " + std::to_string(rest) + " more, that few people have, are not shown here.";
    f.message_sv += " " + std::to_string(rest) + " till, som få personer har, visas inte här.";
  }
  return f;
}

}  // namespace kohort::detail
