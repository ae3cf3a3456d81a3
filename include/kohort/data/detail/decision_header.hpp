#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <kohort/data/csv.hpp>
#include <kohort/data/decisions.hpp>
#include <kohort/data/detail/finding_list.hpp>
#include <kohort/data/detail/plain_words.hpp>

namespace kohort::detail {

/// What a column of a file of decisions is, in the order of `decision_columns`.
enum class role : std::uint8_t {
  person,
  decision,
  start,
  end,
  level,
  support,
  hours,
  event,
  death,
  exit,
  sex,
  birth,
  period,
  cost,
  unit
};
inline constexpr std::size_t roles = 15;

std::string_view name_of(role which);

/// The column that a level rule reads.
role source_role(level_source source);

/// Which column of a file is what, by its header.
class decision_header {
 public:
  decision_header() { where_.fill(absent); }

  /// Looks the roles up in a header.
  ///
  /// @param row       of the header, for the findings
  /// @param declared  role -> header, where it is unusual
  /// @param findings  gets an `E-HEADER` for each role that is needed and missing, or unclear
  /// @return          whether every role is clear
  bool find(const std::vector<std::string>& header, std::int64_t row, level_source source,
            const std::map<std::string, std::string>& declared, finding_list& findings);

  [[nodiscard]] bool has(role which) const { return column(which) != absent; }

  /// The user's name of a role's column as it may be shown (where its words are not known ones, the
  /// column's place); the role's if there is none.
  [[nodiscard]] std::string name(role which) const {
    return has(which) ? shown_header(heads_[column(which)], column(which) + 1)
                      : std::string(name_of(which));
  }

  /// A record's cell, or nothing if there is no such column.
  [[nodiscard]] std::string_view cell(const csv_record& record, role which) const {
    const auto at = column(which);
    return at == absent ? std::string_view{} : record.fields[at];
  }

  /// The columns that are read as nothing, and what tells each of them from the others.
  [[nodiscard]] const std::vector<std::size_t>& unused() const { return unused_; }
  [[nodiscard]] std::uint64_t seed(std::size_t unused) const { return seeds_[unused]; }

  /// Whether the person column is called as if it held personal numbers.
  [[nodiscard]] bool says_personal_number() const;

  /// Whether rows say what was in force in a month, with neither start nor end.
  [[nodiscard]] bool monthly() const { return has(role::period) && !has(role::start); }

 private:
  static constexpr std::size_t absent = static_cast<std::size_t>(-1);
  [[nodiscard]] std::size_t column(role which) const {
    return where_[static_cast<std::size_t>(which)];
  }
  /// Whether what stands for the header is the first person's row; then that is said, once.
  [[nodiscard]] bool is_missing(const std::vector<role>& needed, std::int64_t row,
                                finding_list& findings) const;
  [[nodiscard]] finding fault(std::int64_t row, const std::string& detail,
                              const std::string& detail_sv) const;

  std::vector<std::string> heads_;
  std::array<std::size_t, roles> where_{};
  std::vector<std::size_t> unused_;
  std::vector<std::uint64_t> seeds_;
};

}  // namespace kohort::detail
