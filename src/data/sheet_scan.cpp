#include <algorithm>

#include <kohort/data/sheet_scan.hpp>

namespace kohort {

namespace {

constexpr std::size_t longest_tag = 4096;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The name of an element without its namespace: "c" of "x:c r=...".
std::string_view local_name(std::string_view inside) {
  std::size_t end = 0;
  while (end < inside.size() && !is_space(inside[end]) && inside[end] != '/') ++end;
  auto name = inside.substr(0, end);
  if (const auto colon = name.find(':'); colon != std::string_view::npos) {
    name.remove_prefix(colon + 1);
  }
  return name;
}

/// The value of an attribute, or nothing.
std::string_view attribute(std::string_view inside, std::string_view name) {
  for (std::size_t at = 0; (at = inside.find(name, at)) != std::string_view::npos; ++at) {
    if (at == 0 || !is_space(inside[at - 1])) continue;
    auto rest = inside.substr(at + name.size());
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    if (!rest.starts_with('=')) continue;
    rest.remove_prefix(1);
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) continue;
    const auto end = rest.find(rest.front(), 1);
    if (end == std::string_view::npos) return {};
    return rest.substr(1, end - 1);
  }
  return {};
}

std::int64_t number(std::string_view digits) {
  if (digits.empty() || digits.size() > 9) return 0;
  std::int64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return 0;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

std::string column_letters(std::int64_t column) {
  std::string letters;
  for (; column > 0; column = (column - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('A' + (column - 1) % 26));
  }
  return letters;
}

std::pair<std::int64_t, std::int64_t> cell_position(std::string_view name) {
  std::int64_t column = 0;
  std::size_t letters = 0;
  for (; letters < name.size() && letters < 4; ++letters) {
    const char c = name[letters];
    const int value = c >= 'A' && c <= 'Z' ? c - 'A' + 1 : c >= 'a' && c <= 'z' ? c - 'a' + 1 : 0;
    if (value == 0) break;
    column = column * 26 + value;
  }
  const auto row = number(name.substr(letters));
  if (letters == 0 || row == 0) return {0, 0};
  return {row, column};
}

void sheet_scan::end_cell() {
  if (!in_cell_) return;
  in_cell_ = false;
  // A formula that gives an empty text has a value, too: t="str" and nothing in it.
  if (formula_ && !value_ && !text_cell_) {
    ++formula_count_;
    if (formulas_.size() < most) {
      formulas_.push_back(column_letters(column_) + std::to_string(row_));
    }
  }
  if (reaches_) {  // an empty value takes room, too
    last_row_ = std::max(last_row_, row_);
    last_column_ = std::max(last_column_, column_);
  }
  if (!formula_ && !value_) return;
  if (error_cell_ && errors_.size() < most) {
    errors_.push_back(column_letters(column_) + std::to_string(row_));
  }
  ++cells_;
}

void sheet_scan::tag(std::string_view inside) {
  if (inside.starts_with('/')) {
    if (inside.find_first_of("\"'") != std::string_view::npos) misnamed_ = true;
    const auto name = local_name(inside.substr(1));
    if (name == "c") end_cell();
    if (name == "v" || name == "is") in_value_ = false;
    return;
  }
  const auto name = local_name(inside);
  const bool closed = inside.ends_with('/');
  if (name == "row") {
    end_cell();
    const auto given = attribute(inside, "r");
    const auto r = number(given);
    row_ = r > 0 ? r : row_ + 1;
    column_ = 0;
    if ((r == 0 && !given.empty()) || row_ > most_rows) misnamed_ = true;
  } else if (name == "c") {
    end_cell();
    const auto given = attribute(inside, "r");
    const auto [r, c] = cell_position(given);
    if (r > 0) {
      row_ = r;
      column_ = c;
    } else {
      ++column_;
      if (!given.empty()) misnamed_ = true;
    }
    if (row_ > most_rows || column_ > most_columns) misnamed_ = true;
    in_cell_ = !closed;
    formula_ = value_ = in_value_ = reaches_ = false;
    const auto type = attribute(inside, "t");
    text_cell_ = type == "str";
    error_cell_ = type == "e";
  } else if (name == "f") {
    formula_ = reaches_ = in_cell_;
  } else if (name == "v" || name == "is") {
    in_value_ = in_cell_ && !closed;
    reaches_ = reaches_ || in_cell_;
  } else if (name == "mergeCell") {
    if (merged_.size() < most) merged_.emplace_back(attribute(inside, "ref").substr(0, 32));
  }
}

void sheet_scan::add(std::string_view piece) {
  for (std::size_t i = 0; i < piece.size(); ++i) {
    const char c = piece[i];
    switch (place_) {
      case place::text: {
        const auto next = std::min(piece.find('<', i), piece.size());
        if (in_value_ && next > i) value_ = true;
        i = next;
        if (next < piece.size()) {
          place_ = place::tag;
          quote_ = 0;
          tag_.clear();
          long_tag_ = false;
        }
        break;
      }
      case place::tag:
        if (quote_ != 0) {
          if (c == quote_) quote_ = 0;
        } else if (c == '"' || c == '\'') {
          quote_ = c;
        } else if (c == '>') {
          place_ = place::text;
          if (long_tag_) {
            const auto name = local_name(tag_);
            if (name == "row" || name == "c" || tag_.starts_with('/')) misnamed_ = true;
          } else {
            tag(tag_);
          }
          break;
        }
        if (tag_.size() < longest_tag) {
          tag_ += c;
        } else {
          long_tag_ = true;
        }
        if (tag_.size() == 3 && tag_ == "!--") {
          place_ = place::comment;
          tail_.clear();
        } else if (tag_.size() == 8 && tag_ == "![CDATA[") {
          place_ = place::characters;
          if (in_value_) value_ = true;
          tail_.clear();
        } else if (tag_ == "?") {
          place_ = place::instruction;  // whose quotes mean nothing
          tail_.clear();
        } else if (tag_.size() == 2 && tag_[0] == '!' && tag_[1] != '-' && tag_[1] != '[') {
          declares_ = true;
        }
        break;
      case place::comment:
      case place::characters:
      case place::instruction: {
        const std::string_view end = place_ == place::comment      ? "-->"
                                     : place_ == place::characters ? "]]>"
                                                                   : "?>";
        tail_ += c;
        if (tail_.size() > end.size()) tail_.erase(0, 1);
        if (tail_ == end) place_ = place::text;
        break;
      }
    }
  }
}

}  // namespace kohort
