#pragma once

// Catch2 3 where there is one, Debian's 2.13 otherwise. Tests use neither Approx nor BENCHMARK,
// which differ between the two; a matcher whose name differs gets one name here.
#include <string>

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
namespace kohort_tests {
inline auto contains(const std::string& part) { return Catch::Matchers::ContainsSubstring(part); }
}  // namespace kohort_tests
#else
#include <catch2/catch.hpp>
namespace kohort_tests {
inline auto contains(const std::string& part) { return Catch::Matchers::Contains(part); }
}  // namespace kohort_tests
#endif
