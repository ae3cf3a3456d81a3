#include <kohort/support/random.hpp>  // first, so the header must stand on its own

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <vector>

#include "catch.hpp"

using kohort::philox;
using kohort::purpose;
using kohort::random_stream;
using words = std::array<std::uint32_t, 4>;

TEST_CASE("Philox gives the published words", "[support]") {  // Random123's kat_vectors
  CHECK(philox({0, 0}, {0, 0, 0, 0}) == words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint32_t ones = 0xffffffff;
  CHECK(philox({ones, ones}, {ones, ones, ones, ones}) ==
        words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0xa4093822, 0x299f31d0}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}) ==
        words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("every part of a draw's name changes it, and nothing else does", "[support]") {
  const random_stream stream(1, purpose::parameters);
  const double here = stream.uniform(2, 3, 4);
  CHECK(stream.uniform(2, 3, 4) == here);
  CHECK(random_stream(1, purpose::parameters).uniform(2, 3, 4) == here);
  std::set<double> others{here};
  others.insert(stream.uniform(3, 3, 4));
  others.insert(stream.uniform(2, 4, 4));
  others.insert(stream.uniform(2, 3, 5));
  others.insert(random_stream(2, purpose::parameters).uniform(2, 3, 4));
  others.insert(random_stream(1 + (std::uint64_t{1} << 32), purpose::parameters).uniform(2, 3, 4));
  others.insert(random_stream(1, purpose::entries).uniform(2, 3, 4));
  others.insert(random_stream(1, purpose::histories).uniform(2, 3, 4));
  CHECK(others.size() == 8);
}

TEST_CASE("the outermost words stay inside the unit interval", "[support]") {
  CHECK(kohort::inside_unit(0) == 0x1p-53);
  CHECK(kohort::inside_unit(~std::uint64_t{0}) == 1 - 0x1p-53);
  CHECK(kohort::inside_unit(std::uint64_t{1} << 63) == 0.5 + 0x1p-53);
}

TEST_CASE("uniform numbers are uniform and never 0 or 1", "[support]") {
  const random_stream stream(7, purpose::histories);
  constexpr int n = 100000;
  std::vector<double> draws;
  double sum = 0, neighbours = 0, last = 0.5;
  for (std::uint32_t i = 0; i < n; ++i) {
    const double u = stream.uniform(0, i / 100, i % 100);
    REQUIRE((u > 0 && u < 1));
    neighbours += (u - 0.5) * (last - 0.5);
    sum += u;
    last = u;
    draws.push_back(u);
  }
  std::sort(draws.begin(), draws.end());
  double distance = 0;  // Kolmogorov-Smirnov
  for (std::size_t i = 0; i < draws.size(); ++i) {
    distance = std::max({distance, (static_cast<double>(i) + 1) / n - draws[i],
                         draws[i] - static_cast<double>(i) / n});
  }
  CHECK(distance < 1.95 / std::sqrt(n));                            // passed by 999 of 1,000
  CHECK(std::abs(sum / n - 0.5) < 3.3 / std::sqrt(12.0 * n));       // likewise
  CHECK(std::abs(neighbours) * 12 / n < 3.3 / std::sqrt(1.0 * n));  // likewise
}

TEST_CASE("normal numbers are the quantiles of the uniform ones", "[support]") {
  const random_stream stream(7, purpose::parameters);
  constexpr int n = 20000;
  double mean = 0, square = 0, fourth = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    const double z = stream.normal(i, 0, 0), u = stream.uniform(i, 0, 0);
    REQUIRE(std::abs(0.5 * std::erfc(-z / std::sqrt(2.0)) - u) < 1e-14);
    mean += z / n;
    square += z * z / n;
    fourth += z * z * z * z / n;
  }
  CHECK(std::abs(mean) < 3.3 / std::sqrt(n));
  CHECK(std::abs(square - 1) < 3.3 * std::sqrt(2.0 / n));
  CHECK(std::abs(fourth - 3) < 3.3 * std::sqrt(96.0 / n));
}
