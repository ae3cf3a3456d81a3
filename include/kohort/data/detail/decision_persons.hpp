#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <kohort/data/detail/decision_header.hpp>
#include <kohort/data/detail/decision_rows.hpp>

namespace kohort::detail {

/// What the rows of a file told beside the decisions themselves.
struct told_by_rows {
  struct decision_id {
    std::uint64_t id, more;  // 128 bits that tell ids apart
    std::int64_t row;
    std::int32_t person;
    std::uint64_t said;  // a digest of what the record says
  };
  /// A decision that gives no level: it still cannot be before a birth or after a death.
  struct decision_aside {
    std::int32_t person;
    day_number start;
    std::int64_t row;
  };
  std::vector<std::pair<day_number, bool>> numbers;  // birth and male, as each person's number says
  std::vector<std::int64_t> century_rows;            // whose number has a doubtful century
  std::vector<decision_id> ids;
  std::vector<decision_aside> aside;
};

/// Checks the persons of a file and its rows against each other, and puts both in order: facts that
/// personal numbers tell, facts that are missing or cannot be, copies, ids that stand twice,
/// decisions of the future, and what decisions cost.
void settle_persons(decision_file& file, told_by_rows told, const decision_header& header,
                    const level_rule& rule, const decision_settings& settings);

}  // namespace kohort::detail
