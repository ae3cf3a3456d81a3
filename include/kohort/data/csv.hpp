#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <kohort/data/findings.hpp>

namespace kohort {

/// How a file is to be read, where looking at it does not settle that.
struct csv_options {
  char delimiter = 0;                              // ';', ',' or '\t'; 0: see from the file
  char decimal = 0;                                // ',' or '.'; 0: see from the numbers
  std::size_t field_limit = std::size_t{1} << 20;  // bytes in one field
};

/// One record. Its views hold until the next record is read.
struct csv_record {
  std::int64_t row = 0;                  // the physical line on which it begins, from 1
  std::string_view text;                 // as it stands in the file, without its line end
  std::vector<std::string_view> fields;  // without quotes, spaces at the ends trimmed
};

/// Goes through a delimited text record by record, and collects every fault by its physical row.
///
/// UTF-8, with or without a byte order mark; lines end with LF, CR LF or CR; a field in double
/// quotes may hold delimiters, line ends and doubled quotes; blank lines are passed over, and so
/// are lines above the header that begin with `#`. The delimiter is the one of `;`, tab and `,`
/// with which the records have as many fields as the header; if that does not tell, or a file
/// separated by commas also holds numbers with a decimal comma, `E-DIALECT` asks for it to be
/// declared.
///
/// Records with a fault are not returned. Faults: `E-ENCODING`, `E-BYTE` (a NUL), `E-EMPTY`,
/// `E-DIALECT`, `E-FIELD-COUNT`, `E-FIELD-SIZE`, `E-QUOTE`.
class csv_reader {
 public:
  /// @param bytes  the whole file; it must outlive the reader
  /// @param file   its name, for the findings
  csv_reader(std::string_view bytes, std::string file, const csv_options& options = {});

  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }
  [[nodiscard]] char delimiter() const { return delimiter_; }
  [[nodiscard]] const std::vector<finding>& findings() const { return findings_; }

  /// Reads the next record without a fault.
  /// @return  false at the end of the file
  bool next(csv_record& record);

 private:
  bool tokenise(csv_record& record, bool& faulty);
  bool quoted_field(csv_record& record);
  void look_at_bytes();
  bool choose_delimiter();
  void fault(std::string_view code, std::int64_t row, std::string_view detail = {},
             std::string_view detail_sv = {});
  [[nodiscard]] bool at_line_end() const;
  void pass_line_end();

  std::string_view bytes_;
  std::string file_;
  csv_options options_;
  char delimiter_ = 0;
  bool silent_ = false;  // while trying a delimiter
  std::size_t at_ = 0;
  std::int64_t row_ = 1;
  std::vector<std::string> header_;
  std::vector<finding> findings_;
  std::deque<std::string> unquoted_;  // fields of this record that differ from the file's bytes
};

/// The bytes of a file.
/// @throws invalid_input  `E-FILE` if it cannot be read
std::string read_bytes(const std::filesystem::path& path);

/// A name from a header in the form in which headers are compared: lower case, without spaces,
/// punctuation and accents, so that "Från datum", "fran_datum" and "FRÅN-DATUM" are one (letters
/// with a combining mark as well as composed ones).
std::string header_key(std::string_view name);

}  // namespace kohort
