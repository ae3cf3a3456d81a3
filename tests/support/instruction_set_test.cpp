#include <kohort/support/instruction_set.hpp>  // first, so the header must stand on its own

#include <fstream>
#include <sstream>
#include <string>

#include "catch.hpp"

TEST_CASE("the instruction set is one that the processor has", "[support]") {
  std::ifstream file("/proc/cpuinfo");
  std::stringstream text;
  text << file.rdbuf();
  const auto has = [&](const std::string& flag) {
    return (text.str() + " ").find(" " + flag + " ") != std::string::npos;
  };
  const auto best = kohort::best_instruction_set();
  CAPTURE(static_cast<int>(best));
  if (best == kohort::instruction_set::avx512) {
    CHECK((has("avx512f") && has("avx512dq") && has("avx512vl") && has("avx512bw")));
  } else if (best == kohort::instruction_set::avx2) {
    CHECK((has("avx2") && has("fma")));
  } else {
    CHECK_FALSE((has("avx2") && has("fma") && has("bmi2")));
  }
}
