#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include <kohort/data/csv.hpp>
#include <kohort/data/detail/catalogue.hpp>
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

/// Length of the UTF-8 sequence at the start of the text, or 0 if there is none that is valid.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const auto lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;  // shorter form exists
    if (lead == 0xED && byte(1) > 0x9F) return 0;  // surrogates
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (lead == 0xF0 && byte(1) < 0x90) return 0;
    if (lead == 0xF4 && byte(1) > 0x8F) return 0;
    return follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
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

csv_reader::csv_reader(std::string_view bytes, std::string file, const csv_options& options)
    : bytes_(bytes), file_(std::move(file)), options_(options) {
  if (bytes_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  look_at_bytes();
  while (at_ < bytes_.size() && bytes_[at_] == '#') {  // remarks above the header
    while (!at_line_end()) ++at_;
    pass_line_end();
  }
  if (bytes_.starts_with("\xFF\xFE") || bytes_.starts_with("\xFE\xFF")) {
    at_ = bytes_.size();  // UTF-16: nothing here can be read
    return;
  }
  if (!choose_delimiter()) {
    at_ = bytes_.size();  // every row would be reported as ragged
    return;
  }
  csv_record record;
  bool faulty = false;
  while (tokenise(record, faulty)) {
    if (faulty) continue;
    header_.assign(record.fields.begin(), record.fields.end());
    break;
  }
  // A header alone is as empty as nothing at all.
  std::size_t rest = at_;
  while (rest < bytes_.size() && (bytes_[rest] == '\n' || bytes_[rest] == '\r' ||
                                  bytes_[rest] == ' ' || bytes_[rest] == '\t')) {
    ++rest;
  }
  if (rest == bytes_.size()) fault("E-EMPTY", -1);
}

void csv_reader::fault(std::string_view code, std::int64_t row, std::string_view detail,
                       std::string_view detail_sv) {
  if (silent_) return;
  auto f = detail::catalogued(code, row);
  f.file = file_;
  if (!detail.empty()) f.message += " " + std::string(detail);
  if (!detail_sv.empty()) f.message_sv += " " + std::string(detail_sv);
  findings_.push_back(std::move(f));
}

void csv_reader::look_at_bytes() {
  if (bytes_.starts_with("\xFF\xFE") || bytes_.starts_with("\xFE\xFF")) {
    fault("E-ENCODING", 1, "It looks like UTF-16.", "Den ser ut att vara UTF-16.");
    return;
  }
  std::int64_t row = 1, invalid = 0, nul = 0;  // the rows reported last
  for (std::size_t i = at_; i < bytes_.size();) {
    std::uint64_t eight = 0;
    if (i + 8 <= bytes_.size()) {
      std::memcpy(&eight, bytes_.data() + i, 8);
      // Eight letters or digits at a time: no high bit, and none below 0x10 (line ends, NUL).
      if ((eight & 0x8080808080808080u) == 0 &&
          ((eight - 0x1010101010101010u) & 0x8080808080808080u) == 0) {
        i += 8;
        continue;
      }
    }
    const char c = bytes_[i];
    if (c == '\n' || (c == '\r' && !(i + 1 < bytes_.size() && bytes_[i + 1] == '\n'))) ++row;
    if (c == '\0' && nul != row) fault("E-BYTE", nul = row);
    const auto length = utf8_length(bytes_.substr(i));
    if (length == 0 && invalid != row) fault("E-ENCODING", invalid = row);
    i += std::max<std::size_t>(length, 1);
  }
}

/// False: no delimiter makes sense of the file.
bool csv_reader::choose_delimiter() {
  constexpr int sample = 200;
  const auto start = at_;
  const auto start_row = row_;
  if (options_.delimiter != 0) {
    delimiter_ = options_.delimiter;
    return true;
  }
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
    csv_record record;
    bool faulty = false;
    while (t.records < sample && tokenise(record, faulty)) {
      if (faulty) continue;
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

bool csv_reader::at_line_end() const {
  return at_ >= bytes_.size() || bytes_[at_] == '\n' || bytes_[at_] == '\r';
}

void csv_reader::pass_line_end() {
  if (at_ >= bytes_.size()) return;
  if (bytes_[at_] == '\r' && at_ + 1 < bytes_.size() && bytes_[at_ + 1] == '\n') ++at_;
  ++at_;
  ++row_;
}

/// Reads the field whose opening quote is next. False: the quote is never closed, or text follows.
bool csv_reader::quoted_field(csv_record& record) {
  ++at_;
  const auto start = at_;
  std::string* owned = nullptr;
  auto piece = start;
  for (;;) {
    const auto quote = bytes_.find('"', at_);
    const auto stop = std::min(quote, bytes_.size());
    for (auto i = at_; i < stop; ++i) {
      if (bytes_[i] == '\n' || (bytes_[i] == '\r' && !(i + 1 < stop && bytes_[i + 1] == '\n'))) {
        ++row_;
      }
    }
    if (quote == std::string_view::npos) {
      at_ = bytes_.size();
      return false;
    }
    if (quote + 1 < bytes_.size() && bytes_[quote + 1] == '"') {
      if (!owned) owned = &unquoted_.emplace_back();
      owned->append(bytes_.substr(piece, quote + 1 - piece));
      at_ = piece = quote + 2;
      continue;
    }
    if (owned) owned->append(bytes_.substr(piece, quote - piece));
    record.fields.push_back(
        trimmed(owned ? std::string_view(*owned) : bytes_.substr(start, quote - start)));
    at_ = quote + 1;
    while (at_ < bytes_.size() && bytes_[at_] == ' ' && delimiter_ != ' ') ++at_;
    return at_line_end() || bytes_[at_] == delimiter_;
  }
}

bool csv_reader::tokenise(csv_record& record, bool& faulty) {
  faulty = false;
  record.fields.clear();
  unquoted_.clear();
  for (;;) {  // pass over blank lines
    const auto start = at_;
    while (at_ < bytes_.size() && bytes_[at_] == ' ') ++at_;
    if (at_ >= bytes_.size()) return false;
    if (!at_line_end()) {
      at_ = start;
      break;
    }
    pass_line_end();
  }
  record.row = row_;
  const auto start = at_;
  for (;;) {
    auto field = at_;
    while (field < bytes_.size() && bytes_[field] == ' ') ++field;
    if (field < bytes_.size() && bytes_[field] == '"') {
      at_ = field;
      if (!quoted_field(record)) {
        fault("E-QUOTE", record.row);
        faulty = true;
        while (!at_line_end()) ++at_;
        break;
      }
    } else {
      field = at_;
      while (!at_line_end() && bytes_[at_] != delimiter_) ++at_;
      record.fields.push_back(trimmed(bytes_.substr(field, at_ - field)));
    }
    if (record.fields.back().size() > options_.field_limit) {
      fault("E-FIELD-SIZE", record.row);
      faulty = true;
    }
    if (at_line_end()) break;
    ++at_;  // the delimiter
  }
  record.text = bytes_.substr(start, at_ - start);
  pass_line_end();
  return true;
}

bool csv_reader::next(csv_record& record) {
  bool faulty = false;
  while (tokenise(record, faulty)) {
    if (faulty) continue;
    if (record.fields.size() != header_.size()) {
      const auto there = std::to_string(record.fields.size());
      const auto needed = std::to_string(header_.size());
      fault("E-FIELD-COUNT", record.row, there + ", not " + needed + ".",
            there + ", inte " + needed + ".");
      continue;
    }
    return true;
  }
  return false;
}

std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code none;
  const auto size = std::filesystem::file_size(path, none);
  if (!file || none) {
    reject("E-FILE", "read_bytes", "the file '" + path.filename().string() + "' cannot be read",
           "it must exist and be readable", "Check its name and folder");
  }
  std::string bytes(size, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return bytes;
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
    const auto length = std::max<std::size_t>(utf8_length(rest), 1);
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
