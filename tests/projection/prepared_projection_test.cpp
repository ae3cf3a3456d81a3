#include <kohort/projection/prepared_projection.hpp>  // first, so the header must stand on its own

#include <thread>

#include <kohort/support/error.hpp>

#include "catch.hpp"
#include "projection/small_municipality.hpp"

namespace {

constexpr int draws = 40;  // more than one block of runs

kohort::projection_inputs inputs() {
  kohort::projection_inputs in{constructed::municipality(3), {}, {}, {}, {}, 80, 84};
  const auto drawn = constructed::municipality(3, draws + 1);
  const std::size_t one = in.point.rates.size();
  in.draw_rates.assign(drawn.rates.begin() + static_cast<std::ptrdiff_t>(one), drawn.rates.end());
  in.draw_entries = in.point.entries;
  in.cost = (Eigen::VectorXd(5) << 0, 20000, 80000, 240000, 0).finished();
  return in;
}

kohort::strategy strategy(double from, kohort::effect_clock clock) {
  kohort::strategy s;
  s.name = "prevention";
  kohort::intensity_effect e;
  e.from = 1;
  e.to = 2;
  e.clock = clock;
  e.step = 1.5;
  e.log_ratio = {-0.4, -0.2};
  if (clock == kohort::effect_clock::calendar) e.starts = from;
  s.effects = {e};
  s.enrols_newcomers = {0, 1, 1, 1, 0};
  s.enrols_stock = {0, 0.5, 0.5, 0, 0};
  s.enrols_from = from;
  return s;
}

void check_equal(const kohort::projected_course& a, const kohort::projected_course& b) {
  CHECK(a.name == b.name);
  CHECK(a.persons == b.persons);
  CHECK(a.person_years == b.person_years);
  CHECK(a.new_users == b.new_users);
  CHECK(a.deaths == b.deaths);
  CHECK(a.migration == b.migration);
  CHECK(a.moved == b.moved);
  CHECK(a.enrolled == b.enrolled);
  CHECK(a.cost == b.cost);
  CHECK(a.growth_cost == b.growth_cost);
  CHECK(a.draws_persons == b.draws_persons);
  CHECK(a.draws_person_years == b.draws_person_years);
  CHECK(a.draws_users == b.draws_users);
  CHECK(a.draws_moved == b.draws_moved);
  CHECK(a.draws_deaths == b.draws_deaths);
  CHECK(a.draws_enrolled == b.draws_enrolled);
  CHECK(a.draws_cost == b.draws_cost);
  CHECK(a.period_persons == b.period_persons);
  CHECK(a.period_person_years == b.period_person_years);
  CHECK(a.period_enrolled == b.period_enrolled);
  CHECK(a.draws_period_persons == b.draws_period_persons);
  CHECK(a.draws_period_person_years == b.draws_period_person_years);
}

void check_equal(const kohort::projection& a, const kohort::projection& b) {
  check_equal(a.usual, b.usual);
  REQUIRE(a.strategies.size() == b.strategies.size());
  for (std::size_t k = 0; k < a.strategies.size(); ++k) {
    CAPTURE(k);
    check_equal(a.strategies[k], b.strategies[k]);
  }
  CHECK(a.share_persons == b.share_persons);
  CHECK(a.difference_cost == b.difference_cost);
  CHECK(a.scaled_cells == b.scaled_cells);
  CHECK(a.scaled_runs == b.scaled_runs);
  CHECK(a.least_scale == b.least_scale);
  REQUIRE(a.notices.size() == b.notices.size());
  for (std::size_t i = 0; i < a.notices.size(); ++i) CHECK(a.notices[i].code == b.notices[i].code);
}

}  // namespace

TEST_CASE("what is prepared gives the bytes of a projection, whatever strategy is asked for",
          "[projection]") {
  auto in = inputs();
  const bool emptied = GENERATE(false, true);
  if (emptied) {  // nobody of an age in two of the years, somebody again after them
    for (const int y : {2, 3}) {
      in.point.population.persons[static_cast<std::size_t>((y * 2 + 1) * 7 + 4)] = 0;
    }
  }
  auto options = constructed::by_single_age();
  options.closure = kohort::closure_policy::scale;
  options.periods_a_year = GENERATE(1, 12);
  options.threads = GENERATE(1, 3);
  CAPTURE(emptied, options.periods_a_year, options.threads);
  const kohort::prepared_projection prepared(in, options);
  using kohort::effect_clock;
  for (const double from : {0.0, 1.3, 2.0}) {
    CAPTURE(from);
    const auto calendar = strategy(from, effect_clock::calendar);
    auto own = strategy(from, effect_clock::since_enrolment);
    own.name = "team";
    in.point.strategies = {calendar, own};
    check_equal(prepared.project(in.point.strategies), kohort::project(in, options));
  }
  in.point.strategies.clear();
  check_equal(prepared.project({}), kohort::project(in, options));
}

TEST_CASE("what is prepared serves several threads, draws' own effects and populations",
          "[projection]") {
  auto in = inputs();
  const auto& p = in.point.population;
  const std::size_t one = static_cast<std::size_t>((p.years + 1) * 2 * p.ages);
  for (std::size_t i = 0; i < draws * one; ++i) {
    in.draw_paths.push_back(0.01 * std::sin(static_cast<double>(i)));
  }
  const kohort::prepared_projection prepared(in, constructed::by_single_age());
  in.point.strategies = {strategy(1, kohort::effect_clock::calendar)};
  in.draw_strategies = in.point.strategies;
  auto& e = in.draw_strategies[0].effects[0];
  e.draws = draws;
  e.log_ratio.resize(2 * draws);
  for (std::size_t i = 0; i < e.log_ratio.size(); ++i) {
    e.log_ratio[i] = -0.3 * static_cast<double>(i % 7);
  }
  const auto whole = kohort::project(in, constructed::by_single_age());
  std::vector<kohort::projection> found(3);
  std::vector<std::thread> callers;
  for (auto& each : found) {
    callers.emplace_back([&] { each = prepared.project(in.point.strategies, in.draw_strategies); });
  }
  for (auto& caller : callers) caller.join();
  for (const auto& each : found) check_equal(each, whole);
}

TEST_CASE("a strategy that cannot be is refused as by a projection", "[projection]") {
  const kohort::prepared_projection prepared(inputs(), constructed::by_single_age());
  auto wrong = strategy(0, kohort::effect_clock::calendar);
  wrong.uptake = 2;
  CHECK_THROWS_AS(prepared.project({wrong}), kohort::invalid_input);
}
