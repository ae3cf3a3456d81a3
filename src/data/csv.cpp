#include <algorithm>
#include <cstring>
#include <utility>

#include <kohort/data/csv.hpp>
#include <kohort/data/detail/catalogue.hpp>
#include <kohort/data/detail/utf8.hpp>
#include <kohort/data/numbers.hpp>

namespace kohort {

namespace {

constexpr std::size_t record_limit = std::size_t{1} << 23;      // bytes
constexpr std::size_t most_fields = std::size_t{1} << 14;       // in a record
constexpr std::size_t read_again_limit = std::size_t{1} << 26;  // bytes, after open quotes

std::string_view without_spaces(std::string_view field) {
  const auto plain = [](char c) { return c > ' '; };  // ASCII and no space
  if (!field.empty() && plain(field.front()) && plain(field.back())) return field;
  return trimmed(field);
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
  if (silent_ || findings_.counted(code, row)) return;
  auto f = detail::catalogued(code, row);
  f.file = file_;
  if (!detail.empty()) f.message += " " + std::string(detail);
  if (!detail_sv.empty()) f.message_sv += " " + std::string(detail_sv);
  findings_.add(std::move(f));
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

}  // namespace kohort
