#include <kohort/population/shares.hpp>  // first, so the header must stand on its own

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using kohort::checked_shares;

TEST_CASE("published shares that sum to 1.01 are refused with their sum", "[population]") {
  const Eigen::VectorXd slide = (Eigen::VectorXd(4) << 0.53, 0.17, 0.24, 0.07).finished();
  try {
    checked_shares(slide, "entry_mix");
    FAIL("accepted");
  } catch (const kohort::invalid_input& error) {
    CHECK(error.code() == "E-INIT-SUM");
    CHECK_THAT(std::string(error.what()), kohort_tests::contains("sum to 1.01"));
  }
  const auto normalised = checked_shares(slide, "entry_mix", true);
  CHECK_THAT(normalised.factor, WithinAbs(1.01, 1e-15));
  CHECK_THAT(normalised.values.sum(), WithinAbs(1.0, 1e-15));
}

TEST_CASE("shares may not be negative, and nothing divides by zero", "[population]") {
  const Eigen::VectorXd odd = (Eigen::VectorXd(2) << 1.5, -0.5).finished();
  CHECK_THROWS_AS(checked_shares(odd, "entry_mix", true), kohort::invalid_input);
  CHECK_THROWS_AS(checked_shares(Eigen::VectorXd::Zero(3), "entry_mix", true),
                  kohort::invalid_input);
}
