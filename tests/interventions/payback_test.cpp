#include <kohort/interventions/payback.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <numeric>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

kohort::programme worked() {  // worked number 15
  kohort::programme p;
  p.fixed_cost = 300'000;
  p.hours = 8;
  p.hour_cost = 500;    // s0 - v = 4000
  p.hours_avoided = 3;  // 1500 a month
  p.months_avoided = 12;
  p.stay = 3;
  return p;
}

}  // namespace

TEST_CASE("money arrives later than it is earned", "[interventions]") {
  auto p = worked();
  CHECK(kohort::saving_after_discharge(p) == 18'000);
  const auto full = kohort::full_at_once(45, 3, 36);
  CHECK(full.discharged.front() == 15);
  CHECK(kohort::pay_back(p, full).cash_month == 12);
  CHECK(kohort::pay_back(p, full).accrual_month == 1);
  p.start_up = 600'000;
  const auto found = kohort::pay_back(p, full);
  CHECK(found.cash_month == 16);
  CHECK(found.cash_for_good == 16);
  CHECK(found.accrual_month == 4);
  CHECK(found.deepest == 600'000 + 6 * 120'000 - 22'500 * (1 + 2 + 3 + 4 + 5));
}

TEST_CASE("in the long run cash and accrual are the same a month", "[interventions]") {
  auto p = worked();
  p.fade = 0.9;
  p.staying = 0.97;
  p.deferred_housing = 700;
  const auto found = kohort::pay_back(p, kohort::full_at_once(45, 3, 60));
  CHECK_THAT(found.cash.back(), WithinRel(found.accrual.back(), 1e-12));
  CHECK(found.cash.front() < found.accrual.front());
  CHECK_THAT(found.accrual.back(), WithinRel(kohort::net_per_month(p, 45), 1e-12));
}

TEST_CASE("a programme that loses never pays back", "[interventions]") {
  auto p = worked();
  const auto found = kohort::pay_back(p, kohort::full_at_once(10, 3, 120));
  CHECK(found.cash_month == 0);
  CHECK(found.cash_for_good == 0);
  CHECK(found.accrual_month == 0);
}

TEST_CASE("what was paid back may be lost again", "[interventions]") {
  auto p = worked();
  p.hours = 14;
  kohort::ramp_up months = kohort::full_at_once(45, 3, 24);
  for (int t = 2; t < 24; ++t) months.enrolled[t] = months.discharged[t] = 0;
  p.hours_avoided = 0;
  const auto found = kohort::pay_back(p, months);
  CHECK(found.cash_month == 1);
  CHECK(found.cash_for_good == 0);
}

TEST_CASE("filling up keeps everybody", "[interventions]") {
  const double stay = GENERATE(0.5, 1.0, 2.6, 3.0), growing = GENERATE(0.0, 1.5, 6.0);
  const auto months = kohort::fill_up(15, stay, growing, 40);
  CAPTURE(stay, growing);
  // Steady state, and nobody out before a stay is over.
  CHECK_THAT(months.enrolled.back(), WithinRel(15 * stay, 1e-12));
  CHECK_THAT(months.discharged.back(), WithinRel(15.0, 1e-12));
  for (int t = 0; t + 1 <= stay; ++t) CHECK(months.discharged[t] == 0);
  // Person-months: those discharged, and those still there, were there as long as they say.
  const double started = 15 * (40 - growing / 2);
  const double out = std::accumulate(months.discharged.begin(), months.discharged.end(), 0.0);
  CHECK_THAT(started - out, WithinRel(15 * stay, 1e-12));
  if (growing == 0 && stay == 3) {  // by hand: starts are 15 a month, so 7.5 in the first
    CHECK_THAT(months.enrolled[0], WithinRel(7.5, 1e-12));
    CHECK_THAT(months.enrolled[1], WithinRel(22.5, 1e-12));
    CHECK_THAT(months.enrolled[3], WithinRel(45.0, 1e-12));
  }
}

TEST_CASE("a caseload is the starts of the last stay", "[interventions]") {
  const double stay = GENERATE(0.4, 1.0, 2.6, 30.0);
  const std::vector<double> even(40, 15);
  const auto same = kohort::fill_up(15, stay, 0, 40).enrolled;
  const auto found = kohort::caseload(even, stay);
  for (int t = 0; t < 40; ++t) CHECK_THAT(found[t], WithinAbs(same[t], 1e-10));
  std::vector<double> once(12, 0);
  once[2] = 10;  // person-months: ten persons stay as long as they say, if there is time
  const auto some = kohort::caseload(once, stay);
  const double sum = std::accumulate(some.begin(), some.end(), 0.0);
  if (stay < 9) CHECK_THAT(sum, WithinRel(10 * stay, 1e-12));
  CHECK(some[1] == 0);
}

TEST_CASE("tables that do not fit are refused", "[interventions]") {
  const auto p = worked();
  CHECK_THROWS_AS(kohort::pay_back(p, {{1, 2}, {1}}), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::pay_back(p, {{-1}, {1}}), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::pay_back(p, {{1}, {1}}, 0), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::fill_up(15, 0, 0, 3), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::full_at_once(-1, 1, 3), kohort::invalid_input);
}
