#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <kohort/data/csv.hpp>
#include <kohort/data/detail/decision_header.hpp>
#include <kohort/data/detail/decision_words.hpp>

namespace kohort::detail {

/// What records say, so that copies in another spelling are copies: dates, levels, numbers and
/// words as they are understood, not as they are written. The person is not part of it.
class record_meaning {
 public:
  /// @param header  whose columns are found by the time a record is asked about
  explicit record_meaning(const decision_header& header) : header_(header) {}

  /// A digest of a decision that holds from `facts[0]` to `facts[1]` and so on.
  ///
  /// @param has_id  a record with an id of its own is known by it: columns that are not used may
  ///                differ between copies. Without one, they tell decisions apart.
  std::uint64_t of(const csv_record& record, const std::array<std::int64_t, 4>& facts, bool has_id);

 private:
  const decision_header& header_;
  vocabulary<std::uint64_t> words_;
};

}  // namespace kohort::detail
