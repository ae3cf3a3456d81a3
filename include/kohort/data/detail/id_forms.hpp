#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kohort/data/dates.hpp>
#include <kohort/data/findings.hpp>

namespace kohort::detail {

/// Records at the beginning of a file whose ids tell what ids are.
inline constexpr std::size_t looked_at = 1000;

/// Whether nearly all of the different ids are personal numbers, or numbers that a spreadsheet has
/// made of them: four of five.
bool are_personal_numbers(std::vector<std::string> ids, std::optional<day_number> reference);

/// Counts the personal numbers among ids that are read as they are.
class id_forms {
 public:
  void note(std::string_view id, std::optional<day_number> reference);

  /// `E-ID-KIND` if one of five ids or more is a personal number.
  [[nodiscard]] std::optional<finding> fault(std::size_t persons) const;

 private:
  std::int64_t numbers_ = 0;
};

}  // namespace kohort::detail
