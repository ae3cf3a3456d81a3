#include <kohort/interventions/programme_draws.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <numeric>
#include <vector>

#include <kohort/support/error.hpp>

#include "catch.hpp"
#include "constructed_team.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::fieller_shape;
using kohort::uncertainty_shape;
using kohort_tests::constructed;

TEST_CASE("Fieller's interval and the chance of gain, as computed elsewhere", "[interventions]") {
  const auto found = kohort::fieller(10'000, 9e6, 300'000, 2.25e8);  // worked number 16
  CHECK(found.shape == fieller_shape::interval);
  CHECK_THAT(found.low, WithinAbs(18.6479238412, 1e-9));
  CHECK_THAT(found.high, WithinAbs(73.0575168090, 1e-9));
  CHECK_THAT(kohort::normal_chance_of_gain(40, 10'000, 9e6, 300'000, 2.25e8),
             WithinAbs(0.7958526268006, 1e-12));
  CHECK_THAT(1 - kohort::normal_chance_of_gain(1, 10'000, 9e6, 0, 0),
             WithinAbs(0.0004290603332, 1e-12));
  const auto open = kohort::fieller(10'000, 3.6e7, 300'000, 2.25e8);
  CHECK(open.shape == fieller_shape::outside);
  CHECK(open.low < 0);
  CHECK_THAT(open.high, WithinAbs(13.6643223259, 1e-9));
}

TEST_CASE("on the edge of Fieller's set the deviation is z standard errors", "[interventions]") {
  const double z2 = 3.841458820694124;
  const double se_m = GENERATE(500.0, 3'000.0, 6'000.0), rho = GENERATE(-0.5, 0.0, 0.5);
  const double m = GENERATE(10'000.0, -4'000.0), F = 300'000, V_F = 15'000.0 * 15'000;
  const double C = rho * se_m * 15'000;
  const auto found = kohort::fieller(m, se_m * se_m, F, V_F, C);
  if (found.shape == fieller_shape::everywhere) return;
  for (const double N : {found.low, found.high}) {
    const double left = (N * m - F) * (N * m - F);
    const double right = z2 * (N * N * se_m * se_m - 2 * N * C + V_F);
    CHECK_THAT(left, WithinRel(right, 1e-8));
  }
  const double inside = F / m;  // the estimate itself is never ruled out
  const bool between = inside >= found.low && inside <= found.high;
  CHECK(between == (found.shape == fieller_shape::interval));
}

TEST_CASE("with nothing known of the saving nothing is ruled out", "[interventions]") {
  CHECK(kohort::fieller(100, 1e10, 300'000, 2.25e12).shape == fieller_shape::everywhere);
  const auto exact = kohort::fieller(10'000, 0, 300'000, 0);
  CHECK(exact.shape == fieller_shape::interval);
  CHECK(exact.low == 30);
  CHECK(exact.high == 30);
}

TEST_CASE("draws have the moments asked for, and none where nothing is uncertain",
          "[interventions]") {
  const std::vector<kohort::uncertain_input> uncertain = {
      {"fixed_cost", uncertainty_shape::gamma, 300'000, 15'000},
      {"double_work", uncertainty_shape::beta, 0.25, 0.1},
      {"hours_avoided", uncertainty_shape::normal, 2, 5},
      {"hour_cost", uncertainty_shape::uniform, 400, 600},
      {"enrolled", uncertainty_shape::gamma, 35, 4}};
  const int n = 20'000;
  const auto draws = kohort::draw_programmes(constructed(), 35, uncertain, n, 7);
  const auto moments = [&](auto value, double mean, double sd) {
    double sum = 0, squares = 0;
    for (int k = 0; k < n; ++k) sum += value(k);
    for (int k = 0; k < n; ++k) squares += std::pow(value(k) - sum / n, 2);
    CHECK_THAT(sum / n, WithinAbs(mean, 4 * sd / std::sqrt(n)));
    CHECK_THAT(std::sqrt(squares / n), WithinRel(sd, 0.03));
  };
  moments([&](int k) { return draws.programmes[k].fixed_cost; }, 300'000, 15'000);
  moments([&](int k) { return draws.programmes[k].double_work; }, 0.25, 0.1);
  moments([&](int k) { return draws.programmes[k].hours_avoided; }, 2, 5);
  moments([&](int k) { return draws.programmes[k].hour_cost; }, 500, 200 / std::sqrt(12));
  moments([&](int k) { return draws.enrolled[k]; }, 35, 4);
  CHECK(draws.programmes[5].hours == 40);
  SECTION("an input's draws do not depend on which others there are, nor on how many draws") {
    const auto alone =
        kohort::draw_programmes(constructed(), 35, std::span(&uncertain[1], 1), 9, 7);
    CHECK(alone.programmes[8].double_work == draws.programmes[8].double_work);
    CHECK(alone.programmes[8].fixed_cost == 300'000);
    CHECK(alone.enrolled[8] == 35);
  }
}

TEST_CASE("intervals by draws agree with Fieller where m is well away from 0", "[interventions]") {
  const std::vector<kohort::uncertain_input> uncertain = {
      {"fixed_cost", uncertainty_shape::normal, 300'000, 15'000},
      {"variable_cost", uncertainty_shape::normal, 2'000, 300}};  // s - v has this error then
  const int n = 40'000;
  const auto draws = kohort::draw_programmes(constructed(), 40, uncertain, n, 3);
  std::vector<double> m, F;
  for (const auto& p : draws.programmes) {
    m.push_back(kohort::net_saving(p));
    F.push_back(p.fixed_cost);
  }
  const std::vector<double> K = {INFINITY};
  const auto found = kohort::interval_of_break_even(m, F, K);
  const auto exact = kohort::fieller(10'000, 9e4, 300'000, 2.25e8);
  CHECK_THAT(found.low, WithinRel(exact.low, 0.005));
  CHECK_THAT(found.high, WithinRel(exact.high, 0.005));
  CHECK(found.never == 0);
  CHECK_THAT(found.median, WithinRel(30.0, 0.003));
  const std::vector<double> at = {25, 40};
  const auto chance = kohort::chance_of_gain(draws, at);
  CHECK_THAT(chance[0], WithinAbs(kohort::normal_chance_of_gain(25, 1e4, 9e4, 3e5, 2.25e8), 0.005));
  CHECK(chance[1] > 0.999);
  const auto bands = kohort::net_by_enrolled(draws, at, std::vector<double>{0.025, 0.5, 0.975});
  CHECK_THAT(bands(1, 1), WithinAbs(100'000, 600));
  CHECK_THAT(bands(2, 1) - bands(0, 1), WithinRel(2 * 1.96 * std::sqrt(1600 * 9e4 + 2.25e8), 0.02));
  CHECK_THAT(kohort::net_of(draws)[4], WithinRel(40 * m[4] - F[4], 1e-12));
}

TEST_CASE("draws without a saving count as never, and open the interval", "[interventions]") {
  std::vector<double> m(1000), F(1000, 300.0);
  for (int k = 0; k < 1000; ++k) m[k] = k < 30 ? -1 : 10;  // 3 % never
  const std::vector<double> K = {100};
  auto found = kohort::interval_of_break_even(m, F, K);
  CHECK(found.never == 0.03);
  CHECK(std::isinf(found.high));
  CHECK(found.low == 30);
  CHECK(kohort::interval_of_break_even(m, F, K, 0.9).high == 30);
  for (int k = 30; k < 60; ++k) m[k] = 2;  // 150 enrolled, more than a team can have
  found = kohort::interval_of_break_even(m, F, K);
  CHECK(found.no_saving == 0.03);
  CHECK(found.beyond_capacity == 0.03);
  CHECK(found.never == 0.06);
  CHECK(std::isinf(kohort::interval_of_break_even(m, F, K, 0.9).high));
  F[0] = 0;
  CHECK_THROWS_AS(kohort::interval_of_break_even(m, F, K), kohort::invalid_input);
}

TEST_CASE("ways are compared draw by draw", "[interventions]") {
  const Eigen::MatrixXd net =
      (Eigen::MatrixXd(4, 3) << 1, 0, 2, 3, 0, 3, -1, 0, -2, 5, 0, 1).finished();
  const auto found = kohort::compare_ways(net);
  CHECK(found.best == std::vector<double>{(0.5 + 1) / 4, 0.25, (1 + 0.5) / 4});
  CHECK(found.better(0, 1) == 0.75);
  CHECK(found.better(0, 2) == 0.5);
  CHECK(found.regret ==
        std::vector<double>{(1.0 + 0 + 1 + 0) / 4, (2.0 + 3 + 0 + 5) / 4, (0.0 + 0 + 2 + 4) / 4});
}

TEST_CASE("distributions that cannot be are refused", "[interventions]") {
  const auto code = [](kohort::uncertain_input u) -> std::string {
    try {
      kohort::draw_programmes(constructed(), 30, std::span(&u, 1), 100, 1);
      return "accepted";
    } catch (const kohort::invalid_input& error) {
      return error.code();
    }
  };
  CHECK(code({"double_work", uncertainty_shape::beta, 0.25, 0.5}) == "E-SETTING");
  CHECK(code({"double_work", uncertainty_shape::normal, 0.25, 0.5}) == "E-SETTING");
  CHECK(code({"hours", uncertainty_shape::gamma, 0, 1}) == "E-SETTING");
  CHECK(code({"hours", uncertainty_shape::uniform, 3, 1}) == "E-SETTING");
  CHECK(code({"hours", uncertainty_shape::gamma, NAN, 1}) == "E-NUM");
  CHECK(code({"wages", uncertainty_shape::gamma, 1, 1}) == "E-SETTING");
  CHECK(code({"hours", uncertainty_shape::gamma, 40, 0}) == "accepted");
}
