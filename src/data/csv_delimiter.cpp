#include <algorithm>
#include <array>
#include <string>

#include <kohort/data/csv.hpp>
#include <kohort/data/numbers.hpp>

namespace kohort {

namespace {

constexpr std::array delimiters{';', '\t', ','};

std::string_view named(char delimiter, bool swedish) {
  switch (delimiter) {
    case ';':
      return swedish ? "semikolon" : "semicolon";
    case '\t':
      return swedish ? "tabb" : "tab";
    default:
      return swedish ? "komma" : "comma";
  }
}

/// Whether two neighbouring fields could be one number with a decimal comma: "12" and "5".
bool split_number(const csv_record& record) {
  const auto digits = [](std::string_view field) {
    return !field.empty() &&
           std::all_of(field.begin(), field.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  for (std::size_t i = 1; i < record.fields.size(); ++i) {
    if (digits(record.fields[i - 1]) && digits(record.fields[i])) return true;
  }
  return false;
}

}  // namespace

/// False: no delimiter makes sense of the file.
bool csv_reader::choose_delimiter() {
  constexpr int sample = 200;
  constexpr std::size_t enough = std::size_t{1} << 18;
  if (options_.delimiter != 0) {
    delimiter_ = options_.delimiter;
    return true;
  }
  while (!all_here_ && window_.size() - at_ < enough) grow(at_);  // the end of a short text
  const auto start = at_;
  const auto start_row = row_;
  struct trial {
    char delimiter;
    std::size_t fields = 0;  // in the header
    int fitting = 0, longer = 0, records = 0, split_numbers = 0, quoted_numbers = 0;
  };
  std::vector<trial> trials;
  silent_ = true;
  for (const char delimiter : delimiters) {
    delimiter_ = delimiter;
    at_ = start;
    row_ = start_row;
    trial t{.delimiter = delimiter};
    for (const char c : {delimiter, '\n', '\r'}) ends_field_[static_cast<unsigned char>(c)] = true;
    csv_record record;
    for (int tried = 0; t.records < sample && tried < 2 * sample; ++tried) {
      begin_ = at_;
      const auto result = tokenise(record);
      if (result == outcome::end || result == outcome::cut) break;
      const bool of_another_shape =
          t.fields == 0 ? options_.header_row == 0 : record.fields.size() != t.fields;
      if (at_remark() && (result != outcome::record || of_another_shape)) {
        at_ = begin_;
        row_ = record.row;
        while (!at_line_end()) ++at_;
        pass_line_end();
        continue;
      }
      if (result != outcome::record) {
        if (result == outcome::open_quote) at_ = quote_at_;
        while (!at_line_end()) ++at_;
        pass_line_end();
        continue;
      }
      if (t.fields == 0) {
        t.fields = record.fields.size();
        if (t.fields == 1) break;
        continue;
      }
      ++t.records;
      if (record.fields.size() == t.fields) ++t.fitting;
      if (record.fields.size() > t.fields) {
        ++t.longer;
        if (split_number(record)) ++t.split_numbers;
      }
      for (const auto field : record.fields) {
        if (delimiter == ',' && decimal_mark(field) == ',') ++t.quoted_numbers;
      }
    }
    if (t.fields > 1) trials.push_back(t);
    ends_field_.fill(false);
  }
  silent_ = false;
  at_ = start;
  row_ = start_row;
  if (trials.empty()) {
    delimiter_ = ';';  // one column: nothing to separate
    return true;
  }
  std::stable_sort(trials.begin(), trials.end(), [](const trial& a, const trial& b) {
    return a.fitting != b.fitting ? a.fitting > b.fitting : a.fields > b.fields;
  });
  const auto& best = trials.front();
  delimiter_ = best.delimiter;
  if (trials.size() > 1 && best.fitting > 0 && trials[1].fitting == best.fitting) {
    fault("E-DIALECT", 1,
          "its fields could be separated by " + std::string(named(best.delimiter, false)) +
              " or by " + std::string(named(trials[1].delimiter, false)) + ".",
          "fälten kan vara åtskilda av " + std::string(named(best.delimiter, true)) + " eller av " +
              std::string(named(trials[1].delimiter, true)) + ".");
  } else if (best.delimiter == ',' && options_.decimal == 0 &&
             (best.quoted_numbers > 0 || (best.split_numbers > 0 && best.longer > best.fitting))) {
    fault("E-DIALECT", 1, "commas stand between the fields and also inside numbers.",
          "komma står både mellan fälten och inuti tal.");
    return best.quoted_numbers > 0;
  }
  return true;
}

/// Excel's own first line "sep=;" says the delimiter, and is no header.
void csv_reader::pass_separator_line() {
  constexpr std::size_t longest = 9;  // "sep=;" in quotes, and its line end
  if (options_.header_row != 0 || options_.by_record) return;
  while (window_.size() - at_ < longest && grow(at_)) {
  }
  const auto line = window_.substr(at_, window_.find_first_of("\r\n", at_) - at_);
  auto said = line.size() < longest ? line : std::string_view{};
  if (said.size() > 2 && said.front() == '"' && said.back() == '"') {
    said = said.substr(1, said.size() - 2);
  }
  if (said.size() != 5 || header_key(said.substr(0, 3)) != "sep" || said[3] != '=') return;
  if (std::find(delimiters.begin(), delimiters.end(), said[4]) == delimiters.end()) return;
  if (options_.delimiter == 0) options_.delimiter = said[4];
  at_ += line.size();
  pass_line_end();
}

}  // namespace kohort
