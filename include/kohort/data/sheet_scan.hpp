#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kohort {

/// Goes through the XML of a sheet of a workbook, piece by piece, before anything opens it: how
/// far its cells reach, and what a table must not have. It keeps a few numbers, whatever the size.
///
/// A cell counts if it holds something. Cells without a name stand beside the one before them, as
/// the format has it.
class sheet_scan {
 public:
  void add(std::string_view piece);

  [[nodiscard]] std::int64_t cells() const { return cells_; }              // that hold something
  [[nodiscard]] std::int64_t last_row() const { return last_row_; }        // from 1
  [[nodiscard]] std::int64_t last_column() const { return last_column_; }  // from 1
  /// DOCTYPE, ENTITY: a workbook never needs them, and they can make it say or load anything.
  [[nodiscard]] bool declares() const { return declares_; }
  /// A row or cell whose name no sheet has, or a tag that could hide one: whatever opens the sheet
  /// might see something else in it, and take the room of a sheet that reaches as far as it likes.
  [[nodiscard]] bool misnamed() const { return misnamed_; }
  /// The cells with a formula whose value was not saved, "C17"; at most `most` are kept.
  [[nodiscard]] const std::vector<std::string>& formulas() const { return formulas_; }
  [[nodiscard]] std::int64_t formula_count() const { return formula_count_; }
  /// The cells that hold an error such as #N/A; at most `most` are kept.
  [[nodiscard]] const std::vector<std::string>& errors() const { return errors_; }
  /// Merged cells, "A1:B1"; at most `most` are kept.
  [[nodiscard]] const std::vector<std::string>& merged() const { return merged_; }

  static constexpr std::size_t most = 1000;
  static constexpr std::int64_t most_rows = 1'048'576, most_columns = 16'384;

 private:
  void tag(std::string_view inside);
  void end_cell();

  enum class place : std::uint8_t { text, tag, comment, characters, instruction };
  place place_ = place::text;
  char quote_ = 0;         // within a value of a tag
  std::string tag_;        // as far as it is known
  bool long_tag_ = false;  // longer than anything that matters
  std::string tail_;       // the last characters, to find the end of a comment

  bool in_cell_ = false, in_value_ = false, formula_ = false, value_ = false, text_cell_ = false,
       error_cell_ = false, reaches_ = false;
  std::int64_t row_ = 0, column_ = 0;
  std::string cell_;
  std::int64_t cells_ = 0, last_row_ = 0, last_column_ = 0, formula_count_ = 0;
  bool declares_ = false, misnamed_ = false;
  std::vector<std::string> formulas_, errors_, merged_;
};

/// "C" for 3, "AA" for 27.
std::string column_letters(std::int64_t column);

/// Row and column of "C17", both from 1; zeros if it is no such name.
std::pair<std::int64_t, std::int64_t> cell_position(std::string_view name);

}  // namespace kohort
