#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <kohort/data/detail/utf8.hpp>
#include <kohort/data/encoded_text.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr std::size_t piece_size = std::size_t{1} << 20;
constexpr std::size_t most_rows = std::size_t{1} << 20;  // of one kind that are kept

/// Letters of the bytes 0x80 to 0x9F; 0: the byte means nothing in Windows-1252.
constexpr std::array<char16_t, 32> windows_letters{
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

[[noreturn]] void unreadable(const std::filesystem::path& path) {
  reject("E-FILE", "read", "the file '" + path.filename().string() + "' cannot be read",
         "it must exist and be readable", "Check its name and folder");
}

/// Rows, each once, of which there may be too many to keep.
class row_list {
 public:
  void add(std::int64_t row) {
    if (row == last_) return;
    last_ = row;
    ++count_;
    if (rows_.size() < most_rows) rows_.push_back(row);
  }
  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] const std::vector<std::int64_t>& rows() const { return rows_; }

 private:
  std::vector<std::int64_t> rows_;
  std::int64_t last_ = -1, count_ = 0;
};

/// Counts rows and looks for bytes that are no text, in a text of one byte a letter or UTF-8.
class byte_look {
 public:
  void add(std::string_view piece) {
    if (!rest_.empty()) {
      const auto taken = std::min<std::size_t>(piece.size(), 8);
      auto joint = rest_ + std::string(piece.substr(0, taken));
      const auto before = rest_.size();
      rest_.clear();
      const auto used = look(joint, piece.size() > taken ? before : joint.size());
      if (used < before) {  // still cut: the piece was very short
        rest_ = joint.substr(used);
        return;
      }
      piece.remove_prefix(std::min(used - before, piece.size()));
    }
    const auto used = look(piece, piece.size());
    rest_ = piece.substr(used);
  }

  void finish() {
    last_ = true;
    const auto rest = std::exchange(rest_, {});
    look(rest, rest.size());
  }

  row_list utf8, not_utf8, not_windows, nul;

 private:
  /// Looks at letters that begin before `until`. @return  bytes looked at; fewer than `until` if
  /// the last letter may be cut
  std::size_t look(std::string_view text, std::size_t until) {
    std::size_t i = 0;
    while (i < until) {
      if (i + 8 <= until) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, text.data() + i, 8);
        // Eight letters or digits at a time: no high bit, none below 0x10 (line ends, NUL).
        if (((eight | (eight - 0x1010101010101010u)) & 0x8080808080808080u) == 0) {
          i += 8;
          after_return_ = false;
          continue;
        }
      }
      const char c = text[i];
      if (static_cast<signed char>(c) >= 0) {
        if (c == '\n' && !after_return_) ++row_;
        if (c == '\r') ++row_;
        after_return_ = c == '\r';
        if (c == '\0') nul.add(row_);
        ++i;
        continue;
      }
      after_return_ = false;
      const auto rest = text.substr(i);
      const auto length = detail::utf8_length(rest);
      if (length == 0 && !last_ && rest.size() < 4 && detail::may_be_cut(rest)) return i;
      if (length == 0) {
        not_utf8.add(row_);
      } else {
        utf8.add(row_);
      }
      for (std::size_t k = 0; k < std::max<std::size_t>(length, 1); ++k) {
        const auto byte = static_cast<unsigned char>(rest[k]);
        if (byte < 0xA0 && windows_letters[byte - 0x80] == 0) not_windows.add(row_);
      }
      i += std::max<std::size_t>(length, 1);
    }
    return i;
  }

  std::int64_t row_ = 1;
  bool after_return_ = false, last_ = false;
  std::string rest_;
};

/// The same for UTF-16.
class utf16_look {
 public:
  explicit utf16_look(bool big) : big_(big) {}

  void add(std::string_view piece) {
    for (const char c : piece) {
      if (half_ < 0) {
        half_ = static_cast<unsigned char>(c);
        continue;
      }
      const auto low = static_cast<unsigned>(big_ ? static_cast<unsigned char>(c) : half_);
      const auto high = static_cast<unsigned>(big_ ? half_ : static_cast<unsigned char>(c));
      unit(high << 8 | low);
      half_ = -1;
    }
  }

  void finish() {
    if (half_ >= 0 || awaits_) faulty.add(row_);
  }

  row_list faulty, nul;

 private:
  void unit(unsigned value) {
    const bool second = value >= 0xDC00 && value <= 0xDFFF;
    if (second != awaits_) faulty.add(row_);
    awaits_ = value >= 0xD800 && value <= 0xDBFF;
    if (value == '\r' || (value == '\n' && !after_return_)) ++row_;
    after_return_ = value == '\r';
    if (value == 0) nul.add(row_);
  }

  bool big_, awaits_ = false, after_return_ = false;
  int half_ = -1;
  std::int64_t row_ = 1;
};

void append_letter(std::string& to, std::uint32_t letter) {
  const auto put = [&](std::uint32_t byte) { to += static_cast<char>(byte); };
  if (letter < 0x80) {
    put(letter);
  } else if (letter < 0x800) {
    put(0xC0 | letter >> 6);
    put(0x80 | (letter & 0x3F));
  } else if (letter < 0x10000) {
    put(0xE0 | letter >> 12);
    put(0x80 | (letter >> 6 & 0x3F));
    put(0x80 | (letter & 0x3F));
  } else {
    put(0xF0 | letter >> 18);
    put(0x80 | (letter >> 12 & 0x3F));
    put(0x80 | (letter >> 6 & 0x3F));
    put(0x80 | (letter & 0x3F));
  }
}

void append_windows(std::string& to, std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto plain = i;
    while (plain < bytes.size() && static_cast<signed char>(bytes[plain]) >= 0) ++plain;
    to.append(bytes.substr(i, plain - i));
    if ((i = plain) == bytes.size()) return;
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (byte >= 0xA0) {
      append_letter(to, byte);
    } else if (const auto letter = windows_letters[byte - 0x80u]; letter != 0) {
      append_letter(to, letter);
    } else {
      append_letter(to, byte);  // the row is reported, and not read
    }
  }
}

/// @return  bytes that were understood; the rest belongs to a letter that is cut
std::size_t append_utf16(std::string& to, std::string_view bytes, bool big) {
  const auto unit = [&](std::size_t i) {
    const auto a = static_cast<unsigned char>(bytes[i]);
    const auto b = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<std::uint32_t>(big ? a << 8 | b : b << 8 | a);
  };
  std::size_t i = 0;
  while (i + 2 <= bytes.size()) {
    const auto first = unit(i);
    if (first >= 0xD800 && first <= 0xDBFF) {
      if (i + 4 > bytes.size()) break;
      const auto second = unit(i + 2);
      if (second >= 0xDC00 && second <= 0xDFFF) {
        append_letter(to, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
        i += 4;
        continue;
      }
    }
    append_letter(to, first);  // one half alone: the row is reported, and not read
    i += 2;
  }
  return i;
}

/// UTF-16 without a mark: one half of the bytes of the beginning is zero, of the other none.
std::optional<text_encoding> utf16_by_its_zeros(std::string_view beginning) {
  std::array<std::size_t, 2> zeros{};
  const auto looked = std::min<std::size_t>(beginning.size(), 4096) / 2 * 2;
  for (std::size_t i = 0; i < looked; ++i) zeros[i % 2] += beginning[i] == '\0' ? 1 : 0;
  if (looked < 4) return {};
  if (zeros[0] == 0 && zeros[1] * 4 > looked) return text_encoding::utf_16_le;
  if (zeros[1] == 0 && zeros[0] * 4 > looked) return text_encoding::utf_16_be;
  return {};
}

void add_faults(std::vector<text_fault>& faults, const row_list& rows, std::string_view code,
                std::string_view detail = {}, std::string_view detail_sv = {}) {
  for (const auto row : rows.rows()) faults.push_back({row, code, detail, detail_sv});
}

}  // namespace

std::string_view name_of(text_encoding encoding) {
  constexpr std::array<std::string_view, 4> names{"UTF-8", "UTF-16LE", "UTF-16BE", "Windows-1252"};
  return names[static_cast<std::size_t>(encoding)];
}

encoded_text::encoded_text(std::string_view bytes, std::optional<text_encoding> declared)
    : bytes_(bytes), size_(bytes.size()) {
  settle(declared);
}

encoded_text::encoded_text(const std::filesystem::path& path, std::optional<text_encoding> declared)
    : path_(path), from_file_(true) {
  std::error_code none;
  size_ = std::filesystem::file_size(path, none);
  if (none) unreadable(path);
  file_.open(path, std::ios::binary);
  if (!file_) unreadable(path);
  settle(declared);
}

encoded_text::encoded_text(supplier next_piece) : next_piece_(std::move(next_piece)) {}

std::optional<std::string_view> encoded_text::whole() const {
  if (from_file_ || next_piece_ || encoding_ != text_encoding::utf_8) return {};
  return bytes_.substr(mark_);
}

void encoded_text::restart() {
  rest_.clear();
  done_ = mark_;
  if (!from_file_) return;
  file_.clear();
  file_.seekg(static_cast<std::streamoff>(mark_));
}

std::string_view encoded_text::raw_piece() {
  if (next_piece_) {
    const auto piece = next_piece_();
    done_ += piece.size();
    return piece;
  }
  if (from_file_) {
    raw_.resize(piece_size);
    file_.read(raw_.data(), static_cast<std::streamsize>(raw_.size()));
    if (file_.bad()) unreadable(path_);
    raw_.resize(static_cast<std::size_t>(file_.gcount()));
    done_ += raw_.size();
    return raw_;
  }
  const auto piece = bytes_.substr(static_cast<std::size_t>(done_), piece_size);
  done_ += piece.size();
  return piece;
}

/// The mark, the encoding and the faults, in one pass over everything.
void encoded_text::settle(std::optional<text_encoding> declared) {
  using enum text_encoding;
  restart();
  auto piece = raw_piece();
  std::optional<text_encoding> marked;
  if (piece.starts_with("\xEF\xBB\xBF")) {
    marked = utf_8;
    mark_ = 3;
  } else if (piece.starts_with("\xFF\xFE")) {
    marked = utf_16_le;
    mark_ = 2;
  } else if (piece.starts_with("\xFE\xFF")) {
    marked = utf_16_be;
    mark_ = 2;
  }
  std::optional<text_encoding> known = marked ? marked : declared;
  if (!known) known = utf16_by_its_zeros(piece);
  restart();
  if (known == utf_16_le || known == utf_16_be) {
    encoding_ = *known;
    utf16_look look(encoding_ == utf_16_be);
    while (!(piece = raw_piece()).empty()) look.add(piece);
    look.finish();
    add_faults(faults_, look.faulty, "E-ENCODING");
    add_faults(faults_, look.nul, "E-BYTE");
  } else {
    byte_look look;
    while (!(piece = raw_piece()).empty()) look.add(piece);
    look.finish();
    // Without a mark or a declaration, the kind of letters on most rows is the file's.
    const bool mixed = look.utf8.count() > 0 && look.not_utf8.count() > 0;
    encoding_ = known.value_or(look.not_utf8.count() > look.utf8.count() ? windows_1252 : utf_8);
    if (encoding_ == utf_8) {
      if (known || !mixed) {
        add_faults(faults_, look.not_utf8, "E-ENCODING");
      } else {
        add_faults(faults_, look.not_utf8, "E-ENCODING",
                   "Other rows are UTF-8; this one looks like Windows-1252.",
                   "Andra rader är UTF-8; den här ser ut som Windows-1252.");
      }
    } else {
      add_faults(faults_, look.not_windows, "E-ENCODING");
      if (!known) {
        add_faults(faults_, look.utf8, "E-ENCODING",
                   "Other rows are Windows-1252; this one looks like UTF-8.",
                   "Andra rader är Windows-1252; den här ser ut som UTF-8.");
      }
    }
    add_faults(faults_, look.nul, "E-BYTE");
  }
  std::stable_sort(faults_.begin(), faults_.end(),
                   [](const text_fault& a, const text_fault& b) { return a.row < b.row; });
  faults_.erase(std::unique(faults_.begin(), faults_.end(),
                            [](const text_fault& a, const text_fault& b) {
                              return a.row == b.row && a.code == b.code;
                            }),
                faults_.end());
  restart();
}

bool encoded_text::append_piece(std::string& to) {
  const auto piece = raw_piece();
  if (piece.empty()) {
    rest_.clear();  // half a letter: reported
    return false;
  }
  switch (encoding_) {
    case text_encoding::utf_8:
      to += piece;
      break;
    case text_encoding::windows_1252:
      append_windows(to, piece);
      break;
    default: {
      rest_ += piece;
      const auto used = append_utf16(to, rest_, encoding_ == text_encoding::utf_16_be);
      rest_.erase(0, used);
    }
  }
  return true;
}

}  // namespace kohort
