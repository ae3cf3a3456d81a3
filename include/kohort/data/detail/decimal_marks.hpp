#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kohort/data/findings.hpp>

namespace kohort::detail {

/// Numbers of one column, and the marks that they are written with.
class decimal_marks {
 public:
  /// @param declared   ',' or '.'; 0: each number's own mark
  /// @param thousands  whether the column's numbers can be 1,000 or more
  decimal_marks(char declared, bool thousands) : declared_(declared), thousands_(thousands) {}

  /// A cell's number. If a mark was declared, the other one may stand between thousands.
  std::optional<double> read(std::string_view text);

  /// The mark that was seen; 0: none.
  [[nodiscard]] char seen() const { return point_ ? '.' : comma_ ? ',' : '\0'; }

  /// `E-DIALECT` if the numbers have both marks, or if three digits follow every mark, so that it
  /// may stand between thousands.
  [[nodiscard]] std::optional<finding> fault(std::int64_t header_row,
                                             const std::string& column) const;

 private:
  char declared_;
  bool thousands_;
  bool comma_ = false, point_ = false;
  std::int64_t doubtful_ = 0, certain_ = 0;
};

}  // namespace kohort::detail
