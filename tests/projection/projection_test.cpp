#include <kohort/projection/projection.hpp>  // first, so the header must stand on its own

#include <numeric>

#include <kohort/support/error.hpp>

#include "catch.hpp"
#include "projection/small_municipality.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

kohort::projection_inputs inputs(int draws = 20) {
  kohort::projection_inputs in{constructed::municipality(3), {}, {}, {}, {}, 80, 84};
  const auto drawn = constructed::municipality(3, draws + 1);
  const std::size_t one = in.point.rates.size();
  in.draw_rates.assign(drawn.rates.begin() + static_cast<std::ptrdiff_t>(one), drawn.rates.end());
  in.draw_entries = in.point.entries;
  in.cost = (Eigen::VectorXd(5) << 0, 20000, 80000, 240000, 0).finished();
  return in;
}

double users(const kohort::projection& p, const std::vector<double>& persons, int y,
             const Eigen::VectorXd* cost = nullptr) {
  double sum = 0;
  for (const int s : p.levels) {
    for (int c = 0; c < 2 * p.groups; ++c) {
      sum += persons[static_cast<std::size_t>(
                 (y * static_cast<int>(p.states.size()) + s) * 2 * p.groups + c)] *
             (cost ? (*cost)[s] : 1);
    }
  }
  return sum;
}

double sum_of(const std::vector<double>& parts, int y) {
  const auto row = parts.begin() + 4 * y;
  return std::accumulate(row, row + 4, 0.0);
}

}  // namespace

TEST_CASE("growth and difference add up, for people and for money", "[projection]") {
  const auto in = inputs(0);
  const auto p = kohort::project(in, constructed::by_single_age());
  for (int y = 0; y <= 5; ++y) {
    CAPTURE(y);
    const double flow = users(p, p.persons, y), share = users(p, p.share_persons, y);
    const double flow_cost = users(p, p.persons, y, &in.cost);
    CHECK_THAT(sum_of(p.difference_users, y), WithinAbs(flow - share, 1e-12 * flow));
    if (y > 0) {
      double cost = 0, constant = 0;
      for (int i = 0; i < 5; ++i) {
        cost += p.cost[3][static_cast<std::size_t>((y - 1) * 5 + i)];
        constant += p.share_cost[static_cast<std::size_t>((y - 1) * 5 + i)];
      }
      CHECK_THAT(sum_of(p.difference_cost, y), WithinAbs(cost - constant, 1e-12 * cost));
    }
    CHECK_THAT(sum_of(p.growth_users[0], y),
               WithinAbs(flow - users(p, p.persons, 0), 1e-12 * flow));
    CHECK_THAT(sum_of(p.growth_users[1], y),
               WithinAbs(share - users(p, p.share_persons, 0), 1e-12 * share));
    CHECK_THAT(sum_of(p.growth_cost[0], y),
               WithinAbs(flow_cost - users(p, p.persons, 0, &in.cost), 1e-11 * flow_cost));
  }
  // Both start from the same people; constant shares change neither share nor mix nor price.
  CHECK_THAT(users(p, p.persons, 0), WithinRel(users(p, p.share_persons, 0), 1e-14));
  for (int i = 1; i < 4; ++i) {
    CHECK_THAT(p.growth_users[1][static_cast<std::size_t>(4 * 5 + i)], WithinAbs(0, 1e-10));
  }
}

TEST_CASE("without trends only the unsettled stock is left", "[projection]") {
  auto in = inputs(0);
  in.point.entries.incidence_trend = {0};
  in.point.entries.mix_trend = {0, 0, 0};
  auto options = constructed::by_single_age();
  options.mortality_change = false;
  const auto p = kohort::project(in, options);
  for (int y = 1; y <= 5; ++y) {
    for (int i = 1; i < 4; ++i) CHECK(p.difference_users[static_cast<std::size_t>(4 * y + i)] == 0);
    CHECK(std::abs(p.difference_users[static_cast<std::size_t>(4 * y)]) > 0.01);
  }
}

TEST_CASE("each trend shows up as its own part", "[projection]") {
  auto in = inputs(0);
  in.point.entries.mix_trend = {0, 0, 0};
  in.point.entries.incidence_trend = {0.05};
  const auto p = kohort::project(in, constructed::by_single_age());
  CHECK(p.difference_users[4 * 5 + 1] > 1);   // more come in
  CHECK(p.difference_users[4 * 5 + 2] == 0);  // no drift of the mix
  CHECK(p.difference_users[4 * 5 + 3] != 0);  // mortality falls 1 % a year
}

TEST_CASE("the four conventions are of one projection", "[projection]") {
  auto in = inputs(0);
  in.price_index = {1, 1.1, 1.2, 1.3, 1.4, 1.5};
  const auto p = kohort::project(in, constructed::by_single_age());
  const auto year = [&](int convention, int y) {
    const auto row = p.cost[static_cast<std::size_t>(convention)].begin() + 5 * y;
    return std::accumulate(row, row + 5, 0.0);
  };
  for (int y = 0; y < 5; ++y) {
    CHECK_THAT(year(2, y), WithinRel((year(0, y) + year(1, y)) / 2, 1e-13));
    CHECK(std::abs(year(3, y) / year(2, y) - 1) < 0.01);
    CHECK(year(3, y) != year(2, y));
  }
  CHECK_THAT(year(1, 4), WithinRel(1.5 * users(p, p.persons, 5, &in.cost), 1e-12));
  in.cost *= 2;
  CHECK(kohort::project(in, constructed::by_single_age()).cost[3][1] == 2 * p.cost[3][1]);
  in.cost.setZero();
  CHECK(kohort::project(in, constructed::by_single_age()).cost[3][1] == 0);
  in.price_index.pop_back();
  CHECK_THROWS_AS(kohort::project(in, constructed::by_single_age()), kohort::invalid_input);
}

TEST_CASE("draws that are all the point estimate give it in every draw", "[projection]") {
  auto in = inputs(0);
  for (int d = 0; d < 3; ++d) {
    in.draw_rates.insert(in.draw_rates.end(), in.point.rates.begin(), in.point.rates.end());
  }
  auto options = constructed::by_single_age();
  const auto p = kohort::project(in, options);
  REQUIRE(p.draws == 3);
  const std::size_t size = p.draws_cost.size() / 3;
  for (std::size_t i = 0; i < size; ++i) {
    double cost = 0;
    for (std::size_t s = 0; s < 5; ++s) cost += p.cost[3][5 * i + s];
    CHECK_THAT(p.draws_cost[i], WithinRel(cost, 1e-12));
    CHECK(p.draws_cost[i] == p.draws_cost[2 * size + i]);
  }
  CHECK(std::equal(p.new_users.begin(), p.new_users.end(), p.draws_new_users.begin()));
}

TEST_CASE("draws differ, stay near the estimate, and do not see the threads", "[projection]") {
  const auto in = inputs(40);
  auto options = constructed::by_single_age();
  const auto one = kohort::project(in, options);
  options.threads = 4;
  const auto four = kohort::project(in, options);
  CHECK(one.draws_cost == four.draws_cost);
  CHECK(one.draws_persons == four.draws_persons);
  CHECK(one.draws_users == four.draws_users);
  CHECK(one.draws_cost[4] != one.draws_cost[9]);
}

TEST_CASE("ages outside the fit are counted in person-years", "[projection]") {
  auto in = inputs(0);
  const auto p = kohort::project(in, constructed::by_single_age());
  double inside = 0, all = 0;
  for (int y = 0; y < 5; ++y) {
    for (const int s : p.levels) {
      for (int sex = 0; sex < 2; ++sex) {
        for (int a = 0; a < 7; ++a) {
          const double lived =
              p.person_years[static_cast<std::size_t>(((y * 5 + s) * 2 + sex) * 7 + a)];
          all += lived;
          if (a <= 4) inside += lived;
        }
      }
    }
  }
  CHECK_THAT(p.extrapolated, WithinRel(1 - inside / all, 1e-12));
  REQUIRE_FALSE(p.notices.empty());
  CHECK(p.notices.back().code == "W-EXTRAPOLATE");
  in.fitted_to = 120;
  CHECK(kohort::project(in, constructed::by_single_age()).extrapolated == 0);
}
