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
    const double flow = users(p, p.usual.persons, y), share = users(p, p.share_persons, y);
    const double flow_cost = users(p, p.usual.persons, y, &in.cost);
    CHECK_THAT(sum_of(p.difference_users, y), WithinAbs(flow - share, 1e-12 * flow));
    if (y > 0) {
      double cost = 0, constant = 0;
      for (int i = 0; i < 5; ++i) {
        cost += p.usual.cost[3][static_cast<std::size_t>((y - 1) * 5 + i)];
        constant += p.share_cost[static_cast<std::size_t>((y - 1) * 5 + i)];
      }
      CHECK_THAT(sum_of(p.difference_cost, y), WithinAbs(cost - constant, 1e-12 * cost));
    }
    CHECK_THAT(sum_of(p.usual.growth_users, y),
               WithinAbs(flow - users(p, p.usual.persons, 0), 1e-12 * flow));
    CHECK_THAT(sum_of(p.share_growth_users, y),
               WithinAbs(share - users(p, p.share_persons, 0), 1e-12 * share));
    CHECK_THAT(sum_of(p.usual.growth_cost, y),
               WithinAbs(flow_cost - users(p, p.usual.persons, 0, &in.cost), 1e-11 * flow_cost));
  }
  // Both start from the same people; constant shares change neither share nor mix nor price.
  CHECK_THAT(users(p, p.usual.persons, 0), WithinRel(users(p, p.share_persons, 0), 1e-14));
  for (int i = 1; i < 4; ++i) {
    CHECK_THAT(p.share_growth_users[static_cast<std::size_t>(4 * 5 + i)], WithinAbs(0, 1e-10));
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
    const auto row = p.usual.cost[static_cast<std::size_t>(convention)].begin() + 5 * y;
    return std::accumulate(row, row + 5, 0.0);
  };
  for (int y = 0; y < 5; ++y) {
    CHECK_THAT(year(2, y), WithinRel((year(0, y) + year(1, y)) / 2, 1e-13));
    CHECK(std::abs(year(3, y) / year(2, y) - 1) < 0.01);
    CHECK(year(3, y) != year(2, y));
  }
  CHECK_THAT(year(1, 4), WithinRel(1.5 * users(p, p.usual.persons, 5, &in.cost), 1e-12));
  in.cost *= 2;
  CHECK(kohort::project(in, constructed::by_single_age()).usual.cost[3][1] ==
        2 * p.usual.cost[3][1]);
  in.cost.setZero();
  CHECK(kohort::project(in, constructed::by_single_age()).usual.cost[3][1] == 0);
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
  const std::size_t size = p.usual.draws_cost.size() / 3;
  for (std::size_t i = 0; i < size; ++i) {
    double cost = 0;
    for (std::size_t s = 0; s < 5; ++s) cost += p.usual.cost[3][5 * i + s];
    CHECK_THAT(p.usual.draws_cost[i], WithinRel(cost, 1e-12));
    CHECK(p.usual.draws_cost[i] == p.usual.draws_cost[2 * size + i]);
  }
  CHECK(std::equal(p.usual.new_users.begin(), p.usual.new_users.end(),
                   p.usual.draws_new_users.begin()));
}

TEST_CASE("draws differ, stay near the estimate, and do not see the threads", "[projection]") {
  const auto in = inputs(40);
  auto options = constructed::by_single_age();
  const auto one = kohort::project(in, options);
  options.threads = 4;
  const auto four = kohort::project(in, options);
  CHECK(one.usual.draws_cost == four.usual.draws_cost);
  CHECK(one.usual.draws_persons == four.usual.draws_persons);
  CHECK(one.usual.draws_users == four.usual.draws_users);
  CHECK(one.usual.draws_cost[4] != one.usual.draws_cost[9]);
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
              p.usual.person_years[static_cast<std::size_t>(((y * 5 + s) * 2 + sex) * 7 + a)];
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

namespace {

kohort::strategy prevention() {
  kohort::intensity_effect e;
  e.from = 1;
  e.to = 2;
  e.log_ratio = kohort::fading_log_ratios(0.5, 0.9, 12);
  e.clock = kohort::effect_clock::since_enrolment;
  kohort::strategy s;
  s.name = "prevention";
  s.effects = {e};
  s.enrols_newcomers = {0, 1, 1, 1, 0};
  s.enrols_from = 2;
  return s;
}

}  // namespace

TEST_CASE("each draw has each strategy, in pairs", "[projection]") {
  auto in = inputs(6);
  in.point.strategies = {prevention(), prevention()};
  in.point.strategies[1].name = "again";
  auto options = constructed::by_single_age();
  const auto p = kohort::project(in, options);
  REQUIRE(p.strategies.size() == 2);
  CHECK(p.strategies[0].name == "prevention");
  CHECK(p.strategies[0].draws_cost == p.strategies[1].draws_cost);
  CHECK(p.strategies[0].draws_persons == p.strategies[1].draws_persons);
  for (std::size_t d = 0; d < 6; ++d) {
    for (std::size_t y = 0; y < 5; ++y) {
      const double here = p.strategies[0].draws_cost[d * 5 + y],
                   usual = p.usual.draws_cost[d * 5 + y];
      if (y < 2) CHECK(here == usual);  // nobody is enrolled yet
      if (y >= 2) CHECK(here < usual);
    }
  }
  // Moves of a draw add up as those of the point estimate do: enrolled are new users.
  const std::size_t M = p.moves.size();
  double enrolled = 0, came = 0, older = 0;
  for (std::size_t s = 1; s < 4; ++s) enrolled += p.strategies[0].draws_enrolled[4 * 5 + s];
  for (std::size_t k = 0; k < M; ++k) {
    if (p.moves[k].from == 0) came += p.strategies[0].draws_moved[4 * M + k];
  }
  for (std::size_t s = 1; s < 4; ++s) older += p.usual.reached[4 * 5 + s];
  CHECK_THAT(enrolled, WithinRel(came + older, 1e-12));
  // The growth of the strategy's users is of its own population.
  const double grown = users(p, p.strategies[0].persons, 5) - users(p, p.usual.persons, 0);
  CHECK_THAT(sum_of(p.strategies[0].growth_users, 5), WithinAbs(grown, 1e-10));
  auto without = in;
  without.point.strategies.clear();
  const auto alone = kohort::project(without, options);
  CHECK(alone.usual.draws_cost == p.usual.draws_cost);
  CHECK(alone.difference_users == p.difference_users);
}

TEST_CASE("effects may differ from draw to draw", "[projection]") {
  auto in = inputs(3);
  in.point.strategies = in.draw_strategies = {prevention()};
  auto& e = in.draw_strategies[0].effects[0];
  e.draws = 3;
  e.step = 1;
  e.log_ratio = {0, -0.5, 0.5};
  const auto p = kohort::project(in, constructed::by_single_age());
  const auto cost = [&](const kohort::projected_course& c, std::size_t d) {
    return c.draws_cost[d * 5 + 4];
  };
  CHECK(cost(p.strategies[0], 0) == cost(p.usual, 0));
  CHECK(cost(p.strategies[0], 1) < cost(p.usual, 1));
  CHECK(cost(p.strategies[0], 2) > cost(p.usual, 2));
  in.draw_strategies.clear();
  in.point.strategies[0].effects = {e};
  CHECK_THROWS_AS(kohort::project(in, constructed::by_single_age()), kohort::invalid_input);
}

TEST_CASE("a population of its own in each draw scales what depends on it", "[projection]") {
  auto in = inputs(2);
  const std::size_t one = in.point.population.persons.size();
  in.draw_paths.assign(2 * one, 0.0);
  std::fill(in.draw_paths.begin() + static_cast<std::ptrdiff_t>(one), in.draw_paths.end(),
            std::log(1.2));
  const auto wide = kohort::project(in, constructed::by_single_age());
  in.draw_paths.clear();
  const auto plain = kohort::project(in, constructed::by_single_age());
  for (std::size_t y = 0; y < 5; ++y) {
    CHECK(wide.usual.draws_cost[y] == plain.usual.draws_cost[y]);
    CHECK_THAT(wide.usual.draws_cost[5 + y], WithinRel(1.2 * plain.usual.draws_cost[5 + y], 1e-12));
  }
  in.draw_paths.assign(one, 0.0);
  CHECK_THROWS_AS(kohort::project(in, constructed::by_single_age()), kohort::invalid_input);
}

TEST_CASE("months stand beside the years and add up to them", "[projection]") {
  auto in = inputs(2);
  in.point.strategies = {prevention()};
  auto options = constructed::by_single_age();
  const auto yearly = kohort::project(in, options);
  CHECK(yearly.periods == 0);
  CHECK(yearly.usual.period_persons.empty());
  options.periods_a_year = 12;
  const auto p = kohort::project(in, options);
  CHECK(p.periods == 60);
  for (const auto* course : {&p.usual, &p.strategies[0]}) {
    const std::size_t row = 5 * 2 * 7;
    REQUIRE(course->period_persons.size() == 61 * row);
    REQUIRE(course->draws_period_persons.size() == 2 * 61 * 5);
    double sum = 0, year = 0;
    for (std::size_t i = 0; i < 12 * row; ++i) sum += course->period_person_years[2 * 12 * row + i];
    for (std::size_t i = 0; i < row; ++i) year += course->person_years[2 * row + i];
    CHECK_THAT(sum, WithinRel(year, 1e-12));
    for (std::size_t i = 0; i < row; ++i) {
      CHECK(course->period_persons[24 * row + i] == course->persons[2 * row + i]);
    }
  }
  double worst = 0;
  for (std::size_t i = 0; i < p.usual.draws_cost.size(); ++i) {
    worst = std::max(
        worst, std::abs(p.strategies[0].draws_cost[i] / yearly.strategies[0].draws_cost[i] - 1));
  }
  CHECK(worst < 1e-12);
}

TEST_CASE("healthy ageing puts need off as life becomes longer", "[projection]") {
  auto in = inputs(0);
  const auto full = kohort::project(in, constructed::by_single_age());
  in.healthy_share = 0;
  const auto none = kohort::project(in, constructed::by_single_age());
  CHECK(none.healthy_persons == none.share_persons);
  CHECK(none.healthy_cost == none.share_cost);
  in.healthy_share = 0.5;
  const auto half = kohort::project(in, constructed::by_single_age());
  // Mortality falls by 1 % a year and prevalence rises with age: fewer users, by half as much.
  const double constant = users(full, full.share_persons, 5);
  const double most = constant - users(full, full.healthy_persons, 5);
  const double some = constant - users(half, half.healthy_persons, 5);
  CHECK(most > 0.001 * constant);
  CHECK(some > 0.4 * most);
  CHECK(some < 0.6 * most);
  CHECK_THAT(users(full, full.healthy_persons, 0),
             WithinRel(users(full, full.share_persons, 0), 1e-14));
  // Everybody is somewhere.
  for (int y = 0; y <= 5; ++y) {
    double all = 0, forecast = 0;
    for (int i = 0; i < 5 * 14; ++i)
      all += full.healthy_persons[static_cast<std::size_t>(y * 70 + i)];
    for (int c = 0; c < 14; ++c)
      forecast += in.point.population.persons[static_cast<std::size_t>(y * 14 + c)];
    CHECK_THAT(all, WithinRel(forecast, 1e-12));
  }
  in.healthy_share = 2;
  CHECK_THROWS_AS(kohort::project(in, constructed::by_single_age()), kohort::invalid_input);
}
