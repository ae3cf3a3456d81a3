#include <kohort/interventions/ratio_split.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("the shower study: fewer with home help, and less for each", "[interventions]") {
  // Printed: 34 against 75 % granted; home help 14 700 against 141 540 kronor for 25 + 25 people.
  const auto found = kohort::split_difference({25, 0.75, 141'540}, {25, 0.34, 14'700});
  CHECK_THAT(found.share_ratio, WithinAbs(0.453, 5e-4));
  CHECK_THAT(found.share_difference, WithinAbs(0.41, 1e-12));
  CHECK_THAT(found.needed_to_treat, WithinAbs(2.4, 0.05));
  CHECK_THAT(found.each_after / 3, WithinAbs(576, 0.5));  // a month
  CHECK_THAT(found.each_before / 3, WithinAbs(2516, 0.5));
  CHECK_THAT(found.each_ratio, WithinAbs(0.23, 0.005));
  CHECK_THAT(found.cost_ratio, WithinAbs(0.104, 5e-4));
  CHECK_THAT(found.log_part_of_users, WithinAbs(0.35, 0.005));
}

TEST_CASE("the parts make the whole", "[interventions]") {
  const kohort::group_cost before{40, GENERATE(0.3, 0.9), 50'000}, after{25, 0.5, 20'000};
  const auto found = kohort::split_difference(before, after);
  CHECK_THAT(found.cost_ratio, WithinRel((20'000.0 / 25) / (50'000.0 / 40), 1e-13));
  CHECK_THAT(found.saved_by_fewer + found.saved_by_less_each,
             WithinRel(50'000.0 / 40 - 20'000.0 / 25, 1e-12));
  const auto back = kohort::split_difference(after, before);
  CHECK_THAT(back.log_part_of_users, WithinRel(found.log_part_of_users, 1e-12));
  CHECK_THAT(back.saved_by_fewer, WithinRel(-found.saved_by_fewer, 1e-12));
}

TEST_CASE("groups that cannot be are refused", "[interventions]") {
  CHECK_THROWS_AS(kohort::split_difference({25, 0, 1}, {25, 0.5, 1}), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::split_difference({25, 0.5, 1}, {25, 1.5, 1}), kohort::invalid_input);
}
