#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include <kohort/data/dates.hpp>
#include <kohort/data/findings.hpp>

namespace kohort::detail {

/// Dates that a file writes as day numbers of Excel, which count from 1900 or from 1904.
class date_serials {
 public:
  /// Takes one, read as counted from 1900.
  ///
  /// @param past  whether such a date is no later than the extract
  void note(day_number day, std::int64_t row, const std::string& column, bool past);

  /// Nothing if there are none. `I-DATE-SERIAL` if those of 1904 would be later than the extract
  /// itself, and otherwise `E-DATE-FORMAT`: they may be either.
  [[nodiscard]] std::optional<finding> told(std::optional<day_number> extraction) const;

 private:
  std::int64_t count_ = 0, first_row_ = -1;
  std::string first_column_;
  day_number last_ = std::numeric_limits<day_number>::min() / 2;
};

}  // namespace kohort::detail
