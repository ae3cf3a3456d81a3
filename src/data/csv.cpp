#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <kohort/data/csv.hpp>
#include <kohort/data/detail/catalogue.hpp>
#include <kohort/data/detail/utf8.hpp>
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

constexpr std::size_t record_limit = std::size_t{1} << 23;      // bytes
constexpr std::size_t most_fields = std::size_t{1} << 14;       // in a record
constexpr std::size_t read_again_limit = std::size_t{1} << 26;  // bytes, after open quotes

std::string_view without_spaces(std::string_view field) {
  const auto plain = [](char c) { return c > ' '; };  // ASCII and no space
  if (!field.empty() && plain(field.front()) && plain(field.back())) return field;
  return trimmed(field);
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

/// ";;;;", as spreadsheets write below their last row.
bool all_empty(const csv_record& record) {
  return std::all_of(record.fields.begin(), record.fields.end(),
                     [](auto field) { return field.empty(); });
}

}  // namespace

csv_reader::csv_reader(std::string_view bytes, std::string file, const csv_options& options)
    : csv_reader(encoded_text(bytes, options.encoding), std::move(file), options) {}

csv_reader::csv_reader(encoded_text text, std::string file, const csv_options& options)
    : source_(std::move(text)), file_(std::move(file)), options_(options) {
  if (!options_.by_record) {
    for (const auto& f : source_.faults()) fault(f.code, f.row, f.detail, f.detail_sv);
  }
  go_to_beginning();
  while (options_.header_row > 0 && row_ < options_.header_row && next_line()) {
  }
  pass_separator_line();
  if (choose_delimiter()) {
    find_header();
  } else {
    at_ = window_.size();  // every row would be reported as ragged
    all_here_ = true;
  }
}

void csv_reader::find_header() {
  for (const char c : {delimiter_, '\n', '\r'}) ends_field_[static_cast<unsigned char>(c)] = true;
  csv_record record;
  for (;;) {
    const auto result = whole_record(record);
    if (result == outcome::end) {
      if (findings_.size() == 0) fault("E-EMPTY", -1);
      return;
    }
    if (options_.header_row == 0 && at_remark()) {
      pass_remark(record);
      continue;
    }
    if (result != outcome::record) {
      take_up_after(result, record);
      continue;
    }
    if (all_empty(record)) continue;
    header_row_ = record.row;
    if (faulty_bytes(record)) return;  // no names to go by
    if (const auto code = wrong_by_itself(record); !code.empty()) {
      fault(code, record.row);
      return;
    }
    header_.assign(record.fields.begin(), record.fields.end());
    return;
  }
}

void csv_reader::go_to_beginning() {
  row_ = options_.first_row;
  at_ = begin_ = 0;
  buffer_.clear();
  if (const auto whole = source_.whole()) {
    window_ = *whole;
    all_here_ = true;
    return;
  }
  if (source_.done() > 0 && source_.can_restart()) source_.restart();
  all_here_ = false;
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  while (grow(0) && window_.size() < mark.size()) {
  }
  if (window_.starts_with(mark)) at_ = begin_ = mark.size();  // a supplier's
}

/// Takes another piece into memory and lets go of what lies before `keep_from`.
/// @return  false if everything is here
bool csv_reader::grow(std::size_t keep_from) {
  if (all_here_) return false;
  buffer_.erase(0, keep_from);
  at_ -= keep_from;
  begin_ = begin_ < keep_from ? 0 : begin_ - keep_from;
  quote_at_ = quote_at_ < keep_from ? 0 : quote_at_ - keep_from;
  all_here_ = !source_.append_piece(buffer_);
  window_ = buffer_;
  return true;
}

void csv_reader::fault(std::string_view code, std::int64_t row, std::string_view detail,
                       std::string_view detail_sv) {
  if (silent_) return;
  auto f = detail::catalogued(code, row);
  f.file = file_;
  if (!detail.empty()) f.message += " " + std::string(detail);
  if (!detail_sv.empty()) f.message_sv += " " + std::string(detail_sv);
  findings_.add(std::move(f));
}

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

bool csv_reader::at_line_end() const {
  return at_ >= window_.size() || window_[at_] == '\n' || window_[at_] == '\r';
}

void csv_reader::pass_line_end() {
  if (at_ >= window_.size()) return;
  if (window_[at_] == '\r' && at_ + 1 < window_.size() && window_[at_ + 1] == '\n') ++at_;
  ++at_;
  ++row_;
}

/// Whether the record that begins at `begin_` would be a remark, were it none.
bool csv_reader::at_remark() const { return begin_ < window_.size() && window_[begin_] == '#'; }

/// On to the line after the one that the record begins on.
void csv_reader::pass_remark(const csv_record& record) {
  at_ = begin_;
  row_ = record.row;
  if (!next_line()) at_ = window_.size();
}

/// To the beginning of the next line. False: there is none.
bool csv_reader::next_line() {
  for (;;) {
    while (!at_line_end()) ++at_;
    // A return at the very end may be the first half of a line end.
    if (at_ + 1 < window_.size() || all_here_) break;
    grow(at_);
  }
  if (at_ >= window_.size()) return false;
  pass_line_end();
  return true;
}

/// Reads the field whose opening quote is next.
csv_reader::outcome csv_reader::quoted_field(csv_record& record) {
  quote_at_ = at_;
  quote_row_ = row_;
  ++at_;
  const auto start = at_;
  std::string* owned = nullptr;
  bool lines = false;
  auto piece = start;
  for (;;) {
    const auto quote = window_.find('"', at_);
    const auto stop = std::min({quote, window_.size(), start + options_.field_limit + 1});
    for (auto i = at_; i < stop; ++i) {
      const char c = window_[i];
      if (c == '\n' || (c == '\r' && !(i + 1 < window_.size() && window_[i + 1] == '\n'))) {
        lines = true;
        if (!options_.by_record) ++row_;
      }
    }
    if (stop - start > options_.field_limit) {
      at_ = stop;
      return lines ? outcome::open_quote : outcome::too_long;
    }
    if (quote == std::string_view::npos) {
      at_ = window_.size();
      return all_here_ ? outcome::open_quote : outcome::cut;
    }
    if (quote + 1 == window_.size() && !all_here_) return outcome::cut;
    if (quote + 1 < window_.size() && window_[quote + 1] == '"') {
      if (!owned) owned = &unquoted_.emplace_back();
      owned->append(window_.substr(piece, quote + 1 - piece));
      at_ = piece = quote + 2;
      continue;
    }
    if (owned) owned->append(window_.substr(piece, quote - piece));
    record.fields.push_back(
        trimmed(owned ? std::string_view(*owned) : window_.substr(start, quote - start)));
    at_ = quote + 1;
    while (at_ < window_.size() && window_[at_] == ' ') ++at_;
    if (at_ >= window_.size() && !all_here_) return outcome::cut;
    return at_line_end() || window_[at_] == delimiter_ ? outcome::record : outcome::open_quote;
  }
}

/// Reads the record that begins at `begin_`, blank lines before it passed over, as far as it is in
/// memory.
csv_reader::outcome csv_reader::tokenise(csv_record& record) {
  record.fields.clear();
  unquoted_.clear();
  at_ = begin_;
  for (;;) {  // pass over blank lines
    while (at_ < window_.size() && window_[at_] == ' ') ++at_;
    if (at_ + 1 >= window_.size() && !all_here_) return outcome::cut;
    if (at_ >= window_.size()) return outcome::end;
    if (!at_line_end()) break;
    pass_line_end();
    begin_ = at_;
  }
  at_ = begin_;
  record.row = row_;
  const auto cut = [&] {
    row_ = record.row;
    return outcome::cut;
  };
  for (;;) {
    auto field = at_;
    while (field < window_.size() && window_[field] == ' ') ++field;
    if (field < window_.size() && window_[field] == '"') {
      at_ = field;
      const auto result = quoted_field(record);
      if (result == outcome::cut) return cut();
      if (result != outcome::record) return result;
    } else {
      field = at_;
      while (at_ < window_.size() && !ends_field_[static_cast<unsigned char>(window_[at_])]) ++at_;
      if (at_ - field > options_.field_limit) return outcome::too_long;
      if (at_ >= window_.size() && !all_here_) return cut();
      record.fields.push_back(without_spaces(window_.substr(field, at_ - field)));
    }
    if (record.fields.size() > most_fields) return outcome::too_long;
    if (at_line_end()) break;
    ++at_;  // the delimiter
  }
  if (at_ + 1 >= window_.size() && !all_here_) return cut();  // perhaps half a line end
  record.text = window_.substr(begin_, at_ - begin_);
  pass_line_end();
  return outcome::record;
}

/// The same, with as much more of the text as it takes.
csv_reader::outcome csv_reader::whole_record(csv_record& record) {
  begin_ = at_;
  for (;;) {
    const auto result = tokenise(record);
    if (result != outcome::cut) return result;
    if (window_.size() - begin_ > record_limit) {
      at_ = begin_;
      return outcome::too_long;
    }
    at_ = begin_;
    grow(begin_);
  }
}

/// Reports what is wrong with a record, and goes on with the line after it.
void csv_reader::take_up_after(outcome wrong, const csv_record& record) {
  fault(wrong == outcome::open_quote ? "E-QUOTE" : "E-FIELD-SIZE", record.row);
  if (wrong == outcome::open_quote && read_again_ < read_again_limit) {
    read_again_ += at_ - quote_at_;
    at_ = quote_at_;
    row_ = quote_row_;
  }
  if (!next_line()) at_ = window_.size();
}

bool csv_reader::faulty_bytes(const csv_record& record) const {
  const auto& faults = source_.faults();
  if (faults.empty() || options_.by_record) return false;
  const auto at =
      std::lower_bound(faults.begin(), faults.end(), record.row,
                       [](const text_fault& f, std::int64_t row) { return f.row < row; });
  return at != faults.end() && at->row < std::max(row_, record.row + 1);
}

/// The fault of a record's bytes where no look through the text has found it by its line.
std::string_view csv_reader::wrong_by_itself(const csv_record& record) const {
  if (source_.can_restart() && (!options_.by_record || source_.faults().empty())) return {};
  if (record.text.find('\0') != std::string_view::npos) return "E-BYTE";
  return detail::is_utf8(record.text) ? std::string_view{} : "E-ENCODING";
}

bool csv_reader::next(csv_record& record) {
  if (header_.empty()) return false;
  for (;;) {
    const auto result = whole_record(record);
    if (result == outcome::end) {
      if (records_ == 0 && findings_.size() == 0) fault("E-EMPTY", -1);
      if (remarks_ > 0) {
        findings_.add(detail::catalogued("I-REMARK", -1, {}, {}, std::exchange(remarks_, 0)));
      }
      return false;
    }
    if (at_remark() && (result != outcome::record || record.fields.size() != header_.size())) {
      pass_remark(record);
      ++remarks_;
      continue;
    }
    if (result != outcome::record) {
      take_up_after(result, record);
      continue;
    }
    if (all_empty(record)) continue;
    const auto& fields = record.fields;
    if (faulty_bytes(record)) continue;
    if (const auto code = wrong_by_itself(record); !code.empty()) {
      fault(code, record.row);
      continue;
    }
    if (fields.size() != header_.size()) {
      const auto there = std::to_string(fields.size());
      const auto needed = std::to_string(header_.size());
      fault("E-FIELD-COUNT", record.row, there + ", not " + needed + ".",
            there + ", inte " + needed + ".");
      continue;
    }
    ++records_;
    return true;
  }
}

std::string header_key(std::string_view name) {
  // The letters that Swedish headers hold beyond ASCII, composed; combining marks are dropped.
  constexpr std::array<std::pair<std::string_view, char>, 8> letters{{{"å", 'a'},
                                                                      {"Å", 'a'},
                                                                      {"ä", 'a'},
                                                                      {"Ä", 'a'},
                                                                      {"ö", 'o'},
                                                                      {"Ö", 'o'},
                                                                      {"é", 'e'},
                                                                      {"É", 'e'}}};
  std::string key;
  for (std::size_t i = 0; i < name.size();) {
    const auto rest = name.substr(i);
    const auto letter = std::find_if(letters.begin(), letters.end(),
                                     [&](const auto& l) { return rest.starts_with(l.first); });
    if (letter != letters.end()) {
      key += letter->second;
      i += letter->first.size();
      continue;
    }
    const auto c = static_cast<unsigned char>(rest.front());
    const auto length = std::max<std::size_t>(detail::utf8_length(rest), 1);
    if (c >= 'A' && c <= 'Z') {
      key += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      key += static_cast<char>(c);
    } else if (c >= 0x80 && !rest.starts_with("\xCC\x8A") && !rest.starts_with("\xCC\x88") &&
               !rest.starts_with("\xCC\x81") && !rest.starts_with("\xC2\xA0") &&
               !rest.starts_with("\xE2\x80")) {
      key.append(rest.substr(0, length));  // another letter: kept as it is
    }
    i += length;
  }
  return key;
}

}  // namespace kohort
