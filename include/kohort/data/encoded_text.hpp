#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kohort {

/// How the letters of a text are written as bytes.
enum class text_encoding : std::uint8_t { utf_8, utf_16_le, utf_16_be, windows_1252 };

/// "UTF-8", "UTF-16LE", "UTF-16BE", "Windows-1252"
std::string_view name_of(text_encoding encoding);

/// A row whose bytes are no text.
struct text_fault {
  std::int64_t row = 0;          // physical, from 1
  std::string_view code{};       // E-ENCODING, or E-BYTE for a NUL
  std::string_view detail{};     // a sentence more, if there is one to say
  std::string_view detail_sv{};  // the same in Swedish
  friend bool operator==(const text_fault&, const text_fault&) = default;
};

/// A text from a file, from memory or from a supplier, given out as UTF-8 piece by piece, so that
/// a text larger than the memory can be read.
///
/// A byte order mark tells the encoding; otherwise it is the declared one; otherwise a first pass
/// over the bytes settles it: UTF-16 if every other byte of the beginning is zero, UTF-8 if
/// everything is valid UTF-8, Windows-1252 if nothing beyond ASCII is. Where both occur, the rows
/// of the rarer kind are faults: no letter is ever replaced by a guess.
///
/// The faults of a file and of a text in memory are known from the start. A supplier's text is
/// taken for what it says it is.
class encoded_text {
 public:
  /// Gives the next piece, in UTF-8 that may be cut anywhere; nothing at the end.
  using supplier = std::function<std::string_view()>;

  /// @param bytes  they must outlive this object
  explicit encoded_text(std::string_view bytes, std::optional<text_encoding> declared = {});

  /// @throws invalid_input  `E-FILE` if the file cannot be read
  explicit encoded_text(const std::filesystem::path& path,
                        std::optional<text_encoding> declared = {});

  explicit encoded_text(supplier next_piece);

  [[nodiscard]] text_encoding encoding() const { return encoding_; }
  [[nodiscard]] const std::vector<text_fault>& faults() const { return faults_; }

  /// The whole text, if it stands in memory as UTF-8: then nothing need be copied.
  [[nodiscard]] std::optional<std::string_view> whole() const;

  /// Appends the next piece, which may be cut anywhere.
  /// @return  false at the end, and nothing is appended
  /// @throws invalid_input  `E-FILE` if the file cannot be read any further
  bool append_piece(std::string& to);

  [[nodiscard]] bool can_restart() const { return !next_piece_; }

  /// Back to the beginning.
  /// @pre  `can_restart()`
  void restart();

  /// Bytes given out, and in all; the latter is 0 if a supplier does not tell.
  [[nodiscard]] std::uint64_t done() const { return done_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  std::string_view raw_piece();
  void settle(std::optional<text_encoding> declared);

  std::string_view bytes_;
  std::filesystem::path path_;
  std::ifstream file_;
  supplier next_piece_;
  bool from_file_ = false;
  text_encoding encoding_ = text_encoding::utf_8;
  std::size_t mark_ = 0;  // bytes of a byte order mark
  std::uint64_t done_ = 0, size_ = 0;
  std::string raw_;   // the piece of a file
  std::string rest_;  // bytes of a UTF-16 letter that was cut
  std::vector<text_fault> faults_;
};

}  // namespace kohort
