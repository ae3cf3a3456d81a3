#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <kohort/data/findings.hpp>

namespace kohort::detail {

/// People who have a value in common before it is shown.
inline constexpr std::size_t shown_from = 5;

/// Whether a value that many people share may be shown: short enough for a code or the name of a
/// unit, and no personal number.
bool can_be_a_name(std::string_view text);

/// Values of a column that the level rule does not know, listed if enough people have them.
class unknown_codes {
 public:
  void note(std::string_view value, std::string_view person);

  /// One finding with those that may be shown, the most frequent first; nothing if none may be.
  [[nodiscard]] std::optional<finding> listed(const std::string& column) const;

 private:
  static constexpr std::size_t most = 200;  // more, and the column is another one

  struct code {
    std::string shown;
    std::int64_t rows = 0;
    std::set<std::string> persons;
  };
  static bool may_be_shown(const code& seen);

  std::map<std::string, code> codes_;
};

}  // namespace kohort::detail
