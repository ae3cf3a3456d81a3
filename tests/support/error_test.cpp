#include <kohort/support/error.hpp>  // first, so the header must stand on its own

#include <string>

#include "catch.hpp"

TEST_CASE("a refusal says where, what was seen, what is needed and how to mend it", "[support]") {
  try {
    kohort::reject("E-TIME", "transition_probability", "t is -1", "time runs forward",
                   "Give a time of at least 0");
    FAIL("nothing was thrown");
  } catch (const kohort::invalid_input& error) {
    CHECK(error.code() == "E-TIME");
    CHECK(std::string(error.what()) ==
          "transition_probability: t is -1, but time runs forward. Give a time of at least 0 "
          "[E-TIME]");
  }
}

TEST_CASE("an interruption is no invalid input", "[support]") {
  CHECK_THROWS_AS(throw kohort::interrupted(), std::runtime_error);
  CHECK(std::string(kohort::interrupted().what()).find("interrupted") != std::string::npos);
}
