#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kohort::detail {

/// Distinct rows of doubles, numbered as they come; 0 and -0 are one value.
class distinct_rows {
 public:
  /// The number of a row, which is a new one if the row was not there.
  std::int32_t find(const std::vector<double>& row);

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] const std::vector<double>& row(std::int32_t number) const {
    return rows_[static_cast<std::size_t>(number)];
  }

  /// Their numbers, in ascending order of the rows.
  [[nodiscard]] std::vector<std::int32_t> ascending() const;

  /// Appends the rows in ascending order, and tells where each number has its place there.
  std::vector<std::int32_t> write(std::vector<double>& to) const;

 private:
  struct slot {
    std::uint64_t hash;
    std::int32_t number;  // -1: free
  };
  /// Where a row of this hash stands, or is to stand.
  [[nodiscard]] std::size_t place(std::uint64_t hash, const std::vector<double>& row) const;
  void grow();

  std::vector<slot> slots_;  // a power of two of them, at most half of them taken
  std::vector<std::vector<double>> rows_;
};

/// A place for each number, given the numbers in the order of their places.
std::vector<std::int32_t> places(const std::vector<std::int32_t>& order);

}  // namespace kohort::detail
