#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kohort/support/error.hpp>

namespace kohort {

/// One thing to know about the data (or, from estimation, about the fit): a rule, where it was
/// broken, and what to do about it.
///
/// Nobody's identity, name or free text ever stands in a finding: rows and columns do, so that
/// whoever has the file can look it up.
struct finding {
  std::string code;       // the rule: "E-OVERLAP", "W-DUP-ROW", "I-GAP", "D-BOUNDARY-ZERO" ...
  char severity = 'E';    // E stops, W counts, I informs, D model diagnostic
  std::string file{};     // as the user named it; empty for a table handed over in memory
  std::int64_t row = -1;  // physical row in the file (the header is 1); in a table from 0; -1: none
  std::vector<std::int64_t> related{};  // other rows that take part, ascending
  std::string column{};                 // the user's own name of the column; empty: the whole row
  std::string message{};                // what was seen, in English
  std::string message_sv{};             // the same in Swedish
  std::string remedy{};                 // one sentence, what to do
  std::string remedy_sv{};
  std::int64_t count = 1;  // how many rows, persons or days it stands for
  std::string cell{};      // in a workbook: "Blad1!C17", or "Blad1!17:17" for the whole row

  friend bool operator==(const finding&, const finding&) = default;
};

/// Whether any of the findings stops the work.
bool has_errors(const std::vector<finding>& findings);

/// The order in which findings are shown: errors, warnings, information, diagnostics; within each
/// by row, code and column. It does not depend on the order in which they were found.
void sort_findings(std::vector<finding>& findings);

/// Findings as text, one a line, for people. Warnings and information begin with their count.
///
/// @param language  "en" or "sv"
/// @param cap       lines of findings at most; a last line then says how many more there are
std::string findings_text(const std::vector<finding>& findings, std::string_view language = "en",
                          std::size_t cap = 1000);

/// Findings as JSON lines: one object a line with `code, severity, file, row, cell, related,
/// column, message, message_sv, remedy, remedy_sv, count`; all of them, without a cap.
std::string findings_json(const std::vector<finding>& findings);

/// Data that cannot be used, with every fault that was found, not only the first.
///
/// In Python this is `kohort.DataRefused`. `code()` is the code of the first error.
class data_refused : public invalid_input {
 public:
  /// @pre  at least one of the findings is an error
  explicit data_refused(std::vector<finding> findings);

  [[nodiscard]] const std::vector<finding>& findings() const noexcept { return findings_; }

 private:
  std::vector<finding> findings_;
};

}  // namespace kohort
