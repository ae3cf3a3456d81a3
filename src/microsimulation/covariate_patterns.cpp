#include <algorithm>
#include <type_traits>

#include <kohort/microsimulation/covariate_patterns.hpp>

namespace kohort {

namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// The distinct rows of a table, by hashing. Columns as a type, where there are few: a row is then
/// compared and hashed without a loop.
template <typename Columns>
covariate_patterns distinct_rows(const double* rows, std::size_t count, Columns columns) {
  covariate_patterns found;
  found.of_row.resize(count);
  int shift = 64 - 10;  // the upper bits of a product are the mixed ones
  std::vector<std::int32_t> table(std::size_t{1} << 10, -1);
  const auto first_slot = [&](const double* row) {
    std::uint64_t h = 0, factor = 0x9E3779B97F4A7C15U;
    for (std::size_t c = 0; c < columns; ++c, factor *= 0xBF58476D1CE4E5B9U) {
      std::uint64_t bits;
      const double value = row[c] + 0.0;  // -0 is 0
      __builtin_memcpy(&bits, &value, sizeof bits);
      h += (bits ^ bits >> 32) * factor;
    }
    return static_cast<std::size_t>(((h ^ h >> 29) * 0x94D049BB133111EBU) >> shift);
  };
  const auto same = [&](const double* row, std::int32_t pattern) {
    const double* other = found.values.data() + at(pattern) * columns;
    bool all = true;  // no way out early: what is guessed wrongly costs more than a comparison
    for (std::size_t c = 0; c < columns; ++c) all &= row[c] == other[c];
    return all;
  };
  for (std::size_t i = 0; i < count; ++i) {
    const double* row = rows + i * columns;
    // A long table comes from memory: the rows ahead are asked for before they are needed.
    __builtin_prefetch(rows + std::min(i + 32, count - 1) * columns);
    auto slot = first_slot(row);
    while (table[slot] >= 0 && !same(row, table[slot])) slot = (slot + 1) & (table.size() - 1);
    if (table[slot] < 0) {
      table[slot] = found.count++;
      found.values.insert(found.values.end(), row, row + columns);
      // A sparse table: rows that are met at once are not guessed.
      if (at(found.count) * 8 > table.size()) {
        shift -= 2;
        table.assign(4 * table.size(), -1);
        for (std::int32_t p = 0; p < found.count; ++p) {
          auto place = first_slot(&found.values[at(p) * columns]);
          while (table[place] >= 0) place = (place + 1) & (table.size() - 1);
          table[place] = p;
        }
      }
      found.of_row[i] = found.count - 1;
      continue;
    }
    found.of_row[i] = table[slot];
  }
  return found;
}

}  // namespace

covariate_patterns find_patterns(const double* rows, std::size_t count, std::size_t columns) {
  switch (columns) {
    case 1:
      return distinct_rows(rows, count, std::integral_constant<std::size_t, 1>{});
    case 2:
      return distinct_rows(rows, count, std::integral_constant<std::size_t, 2>{});
    case 3:
      return distinct_rows(rows, count, std::integral_constant<std::size_t, 3>{});
    case 4:
      return distinct_rows(rows, count, std::integral_constant<std::size_t, 4>{});
    default:
      return distinct_rows(rows, count, columns);
  }
}

}  // namespace kohort
