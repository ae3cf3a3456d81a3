#include <charconv>

#include <kohort/data/numbers.hpp>

namespace kohort {

namespace {

constexpr std::string_view no_break = "\xC2\xA0", narrow_no_break = "\xE2\x80\xAF";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Length in bytes of the space that the text begins with, or 0.
std::size_t space(std::string_view text) {
  if (text.starts_with(' ') || text.starts_with('\t')) return 1;
  if (text.starts_with(no_break)) return no_break.size();
  if (text.starts_with(narrow_no_break)) return narrow_no_break.size();
  return 0;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (const auto length = space(text)) text.remove_prefix(length);
  for (;;) {
    if (text.ends_with(' ') || text.ends_with('\t')) {
      text.remove_suffix(1);
    } else if (text.ends_with(no_break)) {
      text.remove_suffix(no_break.size());
    } else if (text.ends_with(narrow_no_break)) {
      text.remove_suffix(narrow_no_break.size());
    } else {
      return text;
    }
  }
}

std::optional<double> parse_number(std::string_view text, char decimal) {
  text = trimmed(text);
  char buffer[64];
  std::size_t length = 0;
  const auto put = [&](char c) {
    if (length == sizeof buffer) return false;
    buffer[length++] = c;
    return true;
  };
  if (text.starts_with('-')) {
    put('-');
    text.remove_prefix(1);
  }
  std::size_t in_group = 0;  // digits since the start or the last separator
  bool grouped = false;
  while (!text.empty() && text.front() != decimal) {
    if (is_digit(text.front())) {
      if (!put(text.front())) return {};
      ++in_group;
      text.remove_prefix(1);
    } else if (const auto width = space(text); width > 0) {
      if (in_group == 0 || in_group > 3 || (grouped && in_group != 3)) return {};
      grouped = true;
      in_group = 0;
      text.remove_prefix(width);
    } else {
      return {};
    }
  }
  if (in_group == 0 || (grouped && in_group != 3)) return {};
  if (!text.empty()) {
    text.remove_prefix(1);
    put('.');
    if (text.empty()) return {};
    for (const char c : text) {
      if (!is_digit(c) || !put(c)) return {};
    }
  }
  double value = 0;
  const auto [end, error] = std::from_chars(buffer, buffer + length, value);
  if (error != std::errc() || end != buffer + length) return {};
  return value;
}

char decimal_mark(std::string_view text) {
  for (const char mark : {',', '.'}) {
    if (text.find(mark) != std::string_view::npos && parse_number(text, mark)) return mark;
  }
  return 0;
}

}  // namespace kohort
