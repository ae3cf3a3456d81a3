#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kohort/data/detail/finding_list.hpp>
#include <kohort/data/encoded_text.hpp>
#include <kohort/data/findings.hpp>

namespace kohort {

/// How a file is to be read, where looking at it does not settle that.
struct csv_options {
  char delimiter = 0;                              // ';', ',' or '\t'; 0: see from the file
  char decimal = 0;                                // ',' or '.'; 0: see from the numbers
  std::size_t field_limit = std::size_t{1} << 20;  // bytes in one field
  std::optional<text_encoding> encoding{};         // nothing: see from the bytes
  std::int64_t header_row = 0;  // the physical line of the header; 0: the first that is not blank
  bool by_record = false;      // rows are numbered by record, line ends within a field not counted,
  std::int64_t first_row = 1;  // and the first one has this number
};

/// One record. Its views hold until the next record is read.
struct csv_record {
  std::int64_t row = 0;                  // the physical line on which it begins, from 1
  std::string_view text;                 // as it stands in the file, without its line end
  std::vector<std::string_view> fields;  // without quotes, spaces at the ends trimmed
};

/// Goes through a delimited text record by record, and collects every fault by its physical row.
///
/// In any encoding that `encoded_text` knows; lines end with LF, CR LF or CR; a field in double
/// quotes may hold delimiters, line ends and doubled quotes; blank lines are passed over, records
/// that have nothing but delimiters, too, and so are remarks: lines that begin with `#`, above the
/// header unless its line is declared, and below it if they have not as many fields as it (these
/// are counted, `I-REMARK`).
/// A first line `sep=;`, which Excel writes, tells the delimiter.
/// Otherwise it is the one of `;`, tab and `,` with which the records have as many fields as the
/// header; if that does not tell, or a file separated by commas also holds numbers with a decimal
/// comma, `E-DIALECT` asks for it to be declared.
///
/// Only a piece of the text is kept, however long it is. Records with a fault are not returned;
/// after a quote that is never closed the reading goes on with the next line. Faults:
/// `E-ENCODING`, `E-BYTE` (a NUL), `E-EMPTY`, `E-DIALECT`, `E-FIELD-COUNT`, `E-FIELD-SIZE`,
/// `E-QUOTE`.
class csv_reader {
 public:
  /// @param bytes  the whole file; it must outlive the reader
  /// @param file   its name, for the findings
  csv_reader(std::string_view bytes, std::string file, const csv_options& options = {});
  csv_reader(encoded_text text, std::string file, const csv_options& options = {});

  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }
  [[nodiscard]] std::int64_t header_row() const { return header_row_; }
  [[nodiscard]] char delimiter() const { return delimiter_; }
  [[nodiscard]] const encoded_text& source() const { return source_; }
  [[nodiscard]] const std::vector<finding>& findings() const { return findings_.findings(); }

  /// Reads the next record without a fault.
  /// @return  false at the end of the file
  bool next(csv_record& record);

 private:
  enum class outcome : std::uint8_t { record, end, cut, open_quote, too_long };

  outcome tokenise(csv_record& record);
  outcome quoted_field(csv_record& record);
  outcome whole_record(csv_record& record);
  [[nodiscard]] bool faulty_bytes(const csv_record& record) const;
  [[nodiscard]] std::string_view wrong_by_itself(const csv_record& record) const;
  void take_up_after(outcome fault, const csv_record& record);
  void pass_separator_line();
  bool choose_delimiter();
  void find_header();
  void fault(std::string_view code, std::int64_t row, std::string_view detail = {},
             std::string_view detail_sv = {});
  [[nodiscard]] bool at_line_end() const;
  bool grow(std::size_t keep_from);
  void go_to_beginning();
  [[nodiscard]] bool at_remark() const;
  void pass_remark(const csv_record& record);
  bool next_line();
  void pass_line_end();

  encoded_text source_;
  std::string file_;
  csv_options options_;
  char delimiter_ = 0;
  std::array<bool, 256> ends_field_{};
  bool silent_ = false;  // while trying a delimiter
  std::string buffer_;
  std::string_view window_;  // the part of the text that is in memory
  bool all_here_ = false;    // and reaches to its end
  std::size_t at_ = 0;
  std::size_t begin_ = 0;       // of the record that is being read
  std::size_t quote_at_ = 0;    // of the quote that opened last
  std::int64_t row_ = 1;        // of the line that `at_` is on
  std::int64_t quote_row_ = 1;  // of the line that `quote_at_` is on
  std::size_t read_again_ = 0;  // bytes, after quotes that were never closed
  std::int64_t header_row_ = 0, records_ = 0, remarks_ = 0;
  std::vector<std::string> header_;
  detail::finding_list findings_;
  std::deque<std::string> unquoted_;  // fields of this record that differ from the file's bytes
};

/// A name from a header in the form in which headers are compared: lower case, without spaces,
/// punctuation and accents, so that "Från datum", "fran_datum" and "FRÅN-DATUM" are one (letters
/// with a combining mark as well as composed ones).
std::string header_key(std::string_view name);

}  // namespace kohort
