#include <kohort/data/detail/distinct_rows.hpp>

#include "catch.hpp"

#include <algorithm>
#include <vector>

using kohort::detail::distinct_rows;

TEST_CASE("distinct rows are numbered as they come and written in ascending order", "[data]") {
  distinct_rows rows;
  CHECK(rows.find({2, 1}) == 0);
  CHECK(rows.find({1, 5}) == 1);
  CHECK(rows.find({2, 1}) == 0);
  CHECK(rows.find({1, -3}) == 2);
  CHECK(rows.size() == 3);
  CHECK(rows.row(1) == std::vector<double>{1, 5});
  CHECK(rows.ascending() == std::vector<std::int32_t>{2, 1, 0});
  std::vector<double> written = {7};
  CHECK(rows.write(written) == std::vector<std::int32_t>{2, 1, 0});
  CHECK(written == std::vector<double>{7, 1, -3, 1, 5, 2, 1});
}

TEST_CASE("0 and -0 are one value, and a row of none is a row", "[data]") {
  distinct_rows rows;
  CHECK(rows.find({0.0, 1}) == rows.find({-0.0, 1}));
  CHECK(rows.find({}) == 1);
  CHECK(rows.find({}) == 1);
}

TEST_CASE("thousands of rows keep their numbers as the table of them grows", "[data]") {
  std::vector<std::vector<double>> drawn;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const double a = i % 97, b = (i * 31U) % 89U;
    drawn.push_back({a, b, a - b});
  }
  distinct_rows rows;
  std::vector<std::int32_t> numbers;
  for (const auto& row : drawn) numbers.push_back(rows.find(row));
  auto sorted = drawn;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  CHECK(rows.size() == sorted.size());
  std::vector<double> written;
  const auto place = rows.write(written);
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    CHECK(rows.find(drawn[i]) == numbers[i]);
    CHECK(sorted[static_cast<std::size_t>(place[static_cast<std::size_t>(numbers[i])])] ==
          drawn[i]);
  }
}
