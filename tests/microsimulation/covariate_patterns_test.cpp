#include <kohort/microsimulation/covariate_patterns.hpp>  // first, so the header must stand alone

#include <algorithm>
#include <cstddef>
#include <map>
#include <vector>

#include "catch.hpp"

using kohort::find_patterns;

TEST_CASE("patterns are numbered in the order of their first rows", "[microsimulation]") {
  const std::vector<double> rows{3, 1, 0.0, 2, 3, 1, -0.0, 2, 3, 2};
  const auto found = find_patterns(rows.data(), 5, 2);
  CHECK(found.count == 3);
  CHECK(found.of_row == std::vector<std::int32_t>{0, 1, 0, 1, 2});
  CHECK(found.values == std::vector<double>{3, 1, 0, 2, 3, 2});
}

TEST_CASE("every row has the values of its pattern, however many there are", "[microsimulation]") {
  const auto columns = GENERATE(std::size_t{1}, 2, 3, 4, 7);
  CAPTURE(columns);
  const std::size_t count = 20'000;
  std::vector<double> rows;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t c = 0; c < columns; ++c)
      rows.push_back(static_cast<double>((i * 7919 + c * 13) % 3001) / 8);
  }
  const auto found = find_patterns(rows.data(), count, columns);
  std::map<std::vector<double>, std::int32_t> slow;
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<double> row(&rows[i * columns], &rows[i * columns] + columns);
    const auto number = slow.try_emplace(row, static_cast<std::int32_t>(slow.size())).first->second;
    if (found.of_row[i] != number) FAIL_CHECK("row " << i);
    const auto from = found.values.begin() + number * static_cast<std::ptrdiff_t>(columns);
    if (!std::equal(row.begin(), row.end(), from)) FAIL_CHECK("pattern of row " << i);
  }
  CHECK(found.count == static_cast<int>(slow.size()));
}
