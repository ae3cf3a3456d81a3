#include <kohort/projection/strategy.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <functional>
#include <numeric>

#include <kohort/projection/open_cohort.hpp>
#include <kohort/support/error.hpp>

#include "catch.hpp"
#include "projection/slow_projection.hpp"
#include "projection/small_municipality.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::effect_clock;
using kohort::project_open_cohort;

namespace {

// States of the small municipality: 0 none, 1 light, 2 moderate, 3 high, 4 ended; death is 5.
kohort::intensity_effect effect(int from, int to, double ratio, double starts = 0,
                                double years = 100) {
  kohort::intensity_effect e;
  e.from = from;
  e.to = to;
  e.log_ratio = {std::log(ratio)};
  e.step = years;
  e.starts = starts;
  return e;
}

kohort::intensity_effect since(kohort::intensity_effect e) {
  e.clock = effect_clock::since_enrolment;
  return e;
}

kohort::intensity_effect fading(int from, int to, double first, double starts = 0) {
  auto e = effect(from, to, 1, starts);
  e.log_ratio = kohort::fading_log_ratios(first, 0.9, 12);
  e.step = 1.0 / 12;
  return e;
}

kohort::strategy team(std::vector<kohort::intensity_effect> effects, double from = 0) {
  kohort::strategy s;
  s.name = "team";
  s.effects = std::move(effects);
  s.uptake = 0.6;
  s.enrols_newcomers = {0, 1, .9, .5, 0};
  s.enrols_stock = {0, .2, .3, .4, .1};
  s.enrols_from = from;
  return s;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::abs(a[i] - b[i]) / std::max(1.0, std::abs(a[i])));
  }
  return worst;
}

/// Results of a municipality under usual care (run 0) and its strategies, in their order.
kohort::open_cohort_results with(kohort::open_cohort_inputs& in,
                                 std::vector<kohort::strategy> strategies,
                                 kohort::open_cohort_options options, int draw = 0) {
  in.strategies = std::move(strategies);
  std::vector<kohort::projection_run> runs{{.draw = draw}};
  for (int k = 0; k < static_cast<int>(in.strategies.size()); ++k) {
    runs.push_back({.draw = draw, .strategy = k});
  }
  return project_open_cohort(in, runs, options);
}

/// The part of a table that belongs to one run.
std::vector<double> of_run(const std::vector<double>& table, int run, int runs) {
  const auto size = static_cast<std::ptrdiff_t>(table.size()) / runs;
  return {table.begin() + run * size, table.begin() + (run + 1) * size};
}

/// As if nobody there had another need: everyone in the first level, no way out but death.
kohort::open_cohort_inputs one_way(double incidence, int years) {
  kohort::open_cohort_inputs in{
      kohort::model({"light", "dead"}, {{"light", "dead"}}, "dead"), "ended", {}, {}, {}, {}};
  auto& p = in.population;
  p.first_age = 80;
  p.ages = 3;
  p.years = years;
  for (int y = 0; y <= years; ++y) {
    for (int cell = 0; cell < 6; ++cell) {
      p.mortality.push_back(1e-13);
      p.persons.push_back(1000);
    }
  }
  in.stock.assign(6, 0.0);
  in.rates.assign(6, 1e-13);
  in.entries = kohort::entry_table(Eigen::MatrixXd::Constant(2, 3, incidence),
                                   std::vector<double>(6, 1.0), 1);
  return in;
}

}  // namespace

TEST_CASE("a slow second implementation gives the same strategies", "[projection]") {
  auto in = constructed::municipality(11, 2, 2, 4);
  const auto by_age = [](kohort::intensity_effect e) {
    e.first_age = 82;
    e.sex = 1;
    return e;
  };
  auto until = team({effect(0, 2, 0.7, 0.4, 1.3), effect(2, 5, 0.8), fading(1, 2, 0.5, 0.6)}, 0.3);
  until.enrols_until = 1.45;
  until.effects[0].from = 4;
  auto asked = until;
  asked.effects[0].from = 0;
  asked.enrols_stock[0] = 0.5;
  auto everyone = kohort::for_everybody(
      "all", {effect(0, 1, 0.6), by_age(effect(1, 2, 1.7)), effect(3, 5, 1.4, 1)}, 5);
  auto own = team({since(fading(1, 2, 0.5)), since(effect(2, 1, 1.4, 0.25, 0.5))}, 0.55);
  own.enrols_newcomers[0] = 0.3;
  auto both = team({since(effect(1, 2, 0.5, 0, 0.5)), effect(1, 2, 0.8, 1), effect(3, 2, 2)});
  in.strategies = {until, everyone, own, both, asked};
  const int which = GENERATE(0, 1, 2, 3, 4);
  CAPTURE(which);
  auto options = constructed::by_single_age(4);
  options.enrolments_a_year = 3;
  const kohort::projection_run run{.draw = 1, .strategy = which};
  const auto fast = project_open_cohort(in, {{.draw = 1}, run}, options);
  slow::projection truth(in, run, 3);
  truth.project();
  double worst = 0, least = 1;
  for (int y = 0; y <= 2; ++y) {
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < 4; ++a) {
        for (int s = 0; s < 5; ++s) {
          const auto expected = static_cast<double>(
              truth.persons[static_cast<std::size_t>(y)][static_cast<std::size_t>(sex * 4 + a)][s]);
          const double got = constructed::cell(fast, fast.persons, 3, 1, y, s, sex, a);
          const double usual = constructed::cell(fast, fast.persons, 3, 0, y, s, sex, a);
          worst = std::max(worst, std::abs(got / expected - 1));
          if (y == 2 && s > 0) least = std::min(least, std::abs(got / usual - 1));
        }
      }
    }
  }
  CHECK(worst < 1e-9);
  CHECK(least > 1e-6);  // it is not usual care that was compared
}

TEST_CASE("the treated and the untreated are two groups, never blended", "[projection]") {
  // Worked number 13: uptake .6, ratio .5, rate .3, two years.
  auto in = one_way(0.3, 2);
  auto mixed = kohort::for_everybody("mixed", {effect(0, 1, 0.5)}, 2);
  mixed.uptake = 0.6;
  auto blended = kohort::for_everybody("blended", {effect(0, 1, 1 + 0.6 * (0.5 - 1))}, 2);
  const auto out = with(in, {mixed, blended}, constructed::by_single_age(3));
  const auto still_without = [&](int run) {
    double sum = 0;
    for (int a = 2; a < 3; ++a) {  // who were there at the start
      sum += constructed::cell(out, out.persons, 3, run, 2, 0, 0, a);
    }
    return sum;
  };
  // The open age is fed by cohorts that have all lived the two years under the strategy.
  const double there = 1000;
  CHECK_THAT(still_without(0) / there, WithinRel(std::exp(-0.6), 1e-11));
  CHECK_THAT(still_without(1) / there, WithinAbs(0.6640155868466, 1e-11));
  CHECK_THAT(still_without(2) / there, WithinAbs(0.6570468198151, 1e-11));
}

TEST_CASE("an effect that fades is felt by each from his or her own enrolment", "[projection]") {
  auto in = one_way(0.3, 1);
  const auto calendar = kohort::for_everybody("all", {fading(0, 1, 0.5)}, 2);
  const auto own = kohort::for_everybody("own", {since(fading(0, 1, 0.5))}, 2);
  const auto out = with(in, {calendar, own}, constructed::by_single_age(3));
  for (const int run : {1, 2}) {
    CHECK_THAT(constructed::cell(out, out.persons, 2, run, 1, 0, 0, 2) / 1000,
               WithinAbs(std::exp(-0.2044263447521), 1e-11));
  }
}

TEST_CASE("before anything starts, increments are exactly 0 in every draw", "[projection]") {
  auto in = constructed::municipality(12, 40, 5);
  in.strategies = {team({effect(1, 2, 0.5, 3), since(fading(2, 3, 0.5, 3))}),
                   team({since(fading(2, 3, 0.5)), effect(1, 5, 0.9)}, 3)};
  std::vector<kohort::projection_run> runs;
  for (int d = 0; d < 40; ++d) {
    for (int k = -1; k < 2; ++k) runs.push_back({.draw = d, .strategy = k});
  }
  const auto out = project_open_cohort(in, runs, constructed::by_single_age());
  const auto start = [&](const std::vector<double>& table, int run, int periods, int of) {
    const auto size = static_cast<std::ptrdiff_t>(table.size()) / out.runs;
    const auto begin = table.begin() + run * size;
    return std::vector<double>(begin, begin + size / of * periods);
  };
  for (int d = 0; d < 40; ++d) {
    for (int k = 1; k < 3; ++k) {
      const int usual = 3 * d, run = 3 * d + k;
      CHECK(start(out.persons, run, 4, 6) == start(out.persons, usual, 4, 6));
      CHECK(start(out.person_years, run, 3, 5) == start(out.person_years, usual, 3, 5));
      CHECK(start(out.moved, run, 3, 5) == start(out.moved, usual, 3, 5));
      CHECK(start(out.died, run, 3, 5) == start(out.died, usual, 3, 5));
      CHECK(of_run(out.persons, run, out.runs) != of_run(out.persons, usual, out.runs));
    }
  }
}

TEST_CASE("a ratio of 1 is usual care, and equal strategies are equal, bit for bit",
          "[projection]") {
  auto in = constructed::municipality(13);
  auto drawn = effect(1, 2, 1);
  const auto out = with(in,
                        {team({effect(1, 2, 1), since(fading(2, 3, 1)), drawn}),
                         team({since(fading(1, 2, 0.5)), effect(3, 5, 2)}),
                         team({since(fading(1, 2, 0.5)), effect(3, 5, 2)}),
                         team({effect(1, 2, 0.5), effect(1, 2, 2)})},
                        constructed::by_single_age());
  const auto tables = {out.persons, out.person_years, out.moved, out.died, out.migrated};
  for (const auto& table : tables) {
    CHECK(of_run(table, 1, 5) == of_run(table, 0, 5));
    CHECK(of_run(table, 2, 5) == of_run(table, 3, 5));
    CHECK(of_run(table, 2, 5) != of_run(table, 0, 5));
    CHECK(largest_difference(of_run(table, 4, 5), of_run(table, 0, 5)) < 1e-13);
  }
  // The null trial enrols as many as any other.
  CHECK_THAT(std::accumulate(out.enrolled.begin(), out.enrolled.end(), 0.0), !WithinAbs(0, 1));
  CHECK(largest_difference(of_run(out.enrolled, 1, 5), of_run(out.enrolled, 2, 5)) < 1e-12);
  CHECK(of_run(out.enrolled, 0, 5) == std::vector<double>(of_run(out.enrolled, 0, 5).size()));
}

TEST_CASE("as many enrol as are offered it and accept", "[projection]") {
  auto in = constructed::municipality(14, 1, 4);
  auto own = team({since(fading(1, 2, 0.5))}, 1.25);
  own.enrols_until = 3;
  auto calendar = team({effect(1, 2, 0.5)}, 1.25);
  calendar.enrols_until = 3;
  auto whole = team({effect(1, 2, 0.5)}, 1);
  const auto out = with(in, {own, calendar, whole}, constructed::by_single_age());
  CHECK(largest_difference(of_run(out.enrolled, 1, 4), of_run(out.enrolled, 2, 4)) < 1e-12);
  // From whole years on: .6 of the share offered of new users, and of the stock on that day, and
  // of those who turn 80.
  for (int y = 0; y < 4; ++y) {
    for (int s = 1; s < 4; ++s) {
      const double offered[] = {0, 1, .9, .5}, stocked[] = {0, .2, .3, .4};
      double expected = 0;
      for (std::size_t k = 0; k < out.moves.size(); ++k) {
        if (out.moves[k].from == 0 && out.moves[k].to == s) {
          expected +=
              .6 * offered[s] * out.moved[static_cast<std::size_t>(y) * out.moves.size() + k];
        }
      }
      expected += .6 * offered[s] * out.reached[static_cast<std::size_t>(y * 5 + s)];
      for (int c = 0; c < 14 && y == 1; ++c) {
        expected += .6 * stocked[s] * constructed::cell(out, out.persons, 5, 0, 1, s, c / 7, c % 7);
      }
      if (y == 0) expected = 0;
      CAPTURE(y, s);
      CHECK_THAT(out.enrolled[static_cast<std::size_t>((3 * 4 + y) * 5 + s)],
                 WithinRel(expected, 1e-12));
    }
  }
}

TEST_CASE("every state balances under a strategy, and lives are saved", "[projection]") {
  auto in = constructed::municipality(15, 1, 4);
  auto options = constructed::by_single_age();
  options.periods_a_year = GENERATE(1, 4);
  const auto out = with(in,
                        {team({since(fading(1, 2, 0.5)), since(effect(2, 5, 0.5, 0, 0.7))}, 0.4),
                         team({effect(2, 5, 0.5), effect(4, 1, 0.5)})},
                        options);
  const int N = out.periods, M = static_cast<int>(out.moves.size());
  for (int run = 1; run < 3; ++run) {
    double worst = 0;
    for (int p = 0; p < N; ++p) {
      for (int s = 0; s < 5; ++s) {
        double change = 0, before = 0;
        for (int c = 0; c < 14; ++c) {
          before += constructed::cell(out, out.persons, N + 1, run, p, s, c / 7, c % 7);
          change += constructed::cell(out, out.persons, N + 1, run, p + 1, s, c / 7, c % 7);
        }
        change -= before;
        const auto flow = static_cast<std::size_t>((run * N + p) * 5 + s);
        change -= out.migrated[flow] + out.reached[flow] - out.died[flow];
        for (int k = 0; k < M; ++k) {
          const double moved = out.moved[static_cast<std::size_t>((run * N + p) * M + k)];
          if (out.moves[static_cast<std::size_t>(k)].to == s) change -= moved;
          if (out.moves[static_cast<std::size_t>(k)].from == s) change += moved;
        }
        worst = std::max(worst, std::abs(change) / before);
      }
    }
    CHECK(worst < 1e-12);
    double alive[2] = {0, 0};
    for (int s = 0; s < 5; ++s) {
      for (int c = 0; c < 14; ++c) {
        alive[0] += constructed::cell(out, out.persons, N + 1, 0, N, s, c / 7, c % 7);
        alive[1] += constructed::cell(out, out.persons, N + 1, run, N, s, c / 7, c % 7);
      }
    }
    CHECK(alive[1] > alive[0] * 1.001);
  }
}

TEST_CASE("equal pieces are one piece, and the order of unequal pieces matters", "[projection]") {
  auto in = constructed::municipality(23, 1, 3);
  auto whole = effect(1, 2, 0.5, 0.25, 1), halves = whole, rising = whole, falling = whole;
  halves.log_ratio.assign(4, whole.log_ratio[0]);
  halves.step = 0.25;
  rising.log_ratio = {-0.2, -0.9};
  falling.log_ratio = {-0.9, -0.2};
  rising.step = falling.step = 0.5;
  std::vector<kohort::strategy> all;
  for (const auto& e : {whole, halves, rising, falling}) all.push_back(team({e, since(e)}));
  const auto out = with(in, all, constructed::by_single_age());
  CHECK(largest_difference(of_run(out.persons, 1, 5), of_run(out.persons, 2, 5)) < 1e-13);
  CHECK(largest_difference(of_run(out.persons, 3, 5), of_run(out.persons, 4, 5)) > 1e-6);
}

TEST_CASE("more deaths in a state are fewer life-years, and none is everybody alive longer",
          "[projection]") {
  auto in = constructed::municipality(24, 1, 4);
  std::vector<kohort::strategy> all;
  for (int s = 1; s < 5; ++s) {
    all.push_back(kohort::for_everybody("more", {effect(s, 5, 1.5)}, 5));
    all.push_back(kohort::for_everybody("none", {effect(s, 5, 0)}, 5));
  }
  const auto out = with(in, all, constructed::by_single_age());
  const auto lived = [&](int run) {
    const auto years = of_run(out.person_years, run, out.runs);
    return std::accumulate(years.begin(), years.end(), 0.0);
  };
  for (int k = 0; k < 4; ++k) {
    CAPTURE(k);
    CHECK(lived(1 + 2 * k) < lived(0) - 0.1);
    CHECK(lived(2 + 2 * k) > lived(0) + 0.1);
    for (int y = 0; y < 4; ++y) {
      CHECK(out.died[static_cast<std::size_t>(((2 + 2 * k) * 4 + y) * 5 + k + 1)] < 1e-12);
    }
  }
}

TEST_CASE("quarters and months add up to the same years", "[projection]") {
  auto in = constructed::municipality(16, 1, 3);
  const std::vector<kohort::strategy> all{
      team({since(fading(1, 2, 0.5)), since(effect(2, 5, 0.5, 0, 0.7))}, 0.4),
      team({effect(1, 2, 0.5, 0.3)})};
  auto options = constructed::by_single_age();
  const auto yearly = with(in, all, options);
  const int P = GENERATE(4, 12);
  options.periods_a_year = P;
  const auto finer = with(in, all, options);
  CHECK(finer.periods == 3 * P);
  double worst = 0;
  const auto compare = [&](const std::vector<double>& whole, const std::vector<double>& parts) {
    const std::size_t rows = whole.size() / 9, runs = 3;
    for (std::size_t i = 0; i < runs * 3 * rows; ++i) {
      const std::size_t run = i / (3 * rows), y = i / rows % 3, c = i % rows;
      double sum = 0;
      for (std::size_t p = 0; p < static_cast<std::size_t>(P); ++p) {
        sum += parts[((run * 3 + y) * static_cast<std::size_t>(P) + p) * rows + c];
      }
      worst = std::max(worst, std::abs(sum - whole[i]) / std::max(1e-3, std::abs(whole[i])));
    }
  };
  compare(yearly.person_years, finer.person_years);
  compare(yearly.moved, finer.moved);
  compare(yearly.died, finer.died);
  compare(yearly.migrated, finer.migrated);
  compare(yearly.reached, finer.reached);
  compare(yearly.enrolled, finer.enrolled);
  CHECK(worst < 1e-12);
  worst = 0;
  const std::size_t row = 5 * 2 * 7;
  for (std::size_t run = 0; run < 3; ++run) {
    for (std::size_t y = 0; y <= 3; ++y) {
      for (std::size_t c = 0; c < row; ++c) {
        const auto p = static_cast<std::size_t>(P);
        worst = std::max(worst, std::abs(finer.persons[(run * (3 * p + 1) + y * p) * row + c] -
                                         yearly.persons[(run * 4 + y) * row + c]));
      }
    }
  }
  CHECK(worst < 1e-11);
}

TEST_CASE("twice the people are twice the increments", "[projection]") {
  auto in = constructed::municipality(17);
  const std::vector<kohort::strategy> all{team({since(fading(1, 2, 0.5)), effect(4, 1, .8)})};
  const auto once = with(in, all, constructed::by_single_age());
  for (auto& n : in.population.persons) n *= 2;
  for (auto& n : in.stock) n *= 2;
  const auto twice = with(in, all, constructed::by_single_age());
  double worst = 0;
  for (std::size_t i = 0; i < once.persons.size(); ++i) {
    worst = std::max(worst, std::abs(twice.persons[i] / (2 * once.persons[i]) - 1));
  }
  CHECK(worst < 1e-13);
}

TEST_CASE("strategies act on groups alone: increments of parts add up", "[projection]") {
  // Linear: enrolling a tenth and enrolling two tenths of everybody are 1 and 2 increments.
  auto in = constructed::municipality(18);
  auto tenth = kohort::for_everybody("tenth", {since(fading(1, 2, 0.5)), effect(2, 5, 0.7)}, 5);
  tenth.uptake = 0.1;
  auto fifth = tenth;
  fifth.uptake = 0.2;
  const auto out = with(in, {tenth, fifth}, constructed::by_single_age());
  const auto usual = of_run(out.persons, 0, 3), one = of_run(out.persons, 1, 3),
             two = of_run(out.persons, 2, 3);
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < usual.size(); ++i) {
    worst = std::max(worst, std::abs(two[i] - usual[i] - 2 * (one[i] - usual[i])));
    largest = std::max(largest, std::abs(two[i] - usual[i]));
  }
  CHECK(worst < 1e-11);
  CHECK(largest > 0.1);
}

TEST_CASE("no strategy depends on the others, on neighbours, threads or (1e-12) instructions",
          "[projection]") {
  auto in = constructed::municipality(19, 70, 3, 5);
  auto drawn = effect(1, 2, 0.7);
  drawn.draws = 70;
  drawn.log_ratio.clear();
  for (int d = 0; d < 70; ++d) drawn.log_ratio.push_back(-0.01 * d);
  in.strategies = {team({drawn}), team({since(fading(1, 2, 0.5))}, 0.5)};
  std::vector<kohort::projection_run> runs;
  for (int d = 0; d < 70; ++d) {
    for (int k = -1; k < 2; ++k) runs.push_back({.draw = d, .strategy = k});
  }
  auto options = constructed::by_single_age(5);
  const auto one = project_open_cohort(in, runs, options);
  options.threads = 4;
  CHECK(project_open_cohort(in, runs, options).persons == one.persons);
  for (const int run : {3 * 41 + 1, 3 * 41 + 2}) {
    const auto alone = project_open_cohort(in, {runs[static_cast<std::size_t>(run)]}, options);
    CHECK(alone.persons == of_run(one.persons, run, one.runs));
    CHECK(alone.enrolled == of_run(one.enrolled, run, one.runs));
  }
  CHECK(of_run(one.persons, 1, 210) == of_run(one.persons, 0, 210));  // draw 0: a ratio of 1
  int parts = 0;
  const auto rest = kohort::project_open_cohort_in_parts(
      in, runs, options, 50, [&](int first, const kohort::open_cohort_results& part) {
        ++parts;
        CHECK(first % 3 == 0);
        CHECK(of_run(part.moved, 0, part.runs) == of_run(one.moved, first, one.runs));
        CHECK(of_run(part.persons, part.runs - 1, part.runs) ==
              of_run(one.persons, first + part.runs - 1, one.runs));
      });
  CHECK(parts > 3);
  CHECK(rest.states == one.states);
  options.with = kohort::instruction_set::baseline;
  CHECK(largest_difference(one.persons, project_open_cohort(in, runs, options).persons) < 1e-12);
}

TEST_CASE("strategies that cannot be are refused before any work", "[projection]") {
  auto in = constructed::municipality();
  const auto refused = [&](kohort::strategy s, kohort::projection_run run = {}) {
    in.strategies = {std::move(s)};
    auto options = constructed::by_single_age();
    try {
      project_open_cohort(in, {run}, options);
      return std::string("accepted");
    } catch (const kohort::invalid_input& error) {
      return error.code() + " " + error.what();
    }
  };
  CHECK(refused(team({effect(1, 2, 0.5)})) == "accepted");
  CHECK_THAT(refused(team({effect(3, 1, 0.5)})),
             kohort_tests::contains("E-STRATEGY") && kohort_tests::contains("'high' -> 'light'"));
  CHECK_THAT(refused(team({}), {.strategy = 1}), kohort_tests::contains("E-SHAPE"));
  CHECK_THAT(refused(team({}), {.path = 0}), kohort_tests::contains("population path 0"));
  auto options = constructed::by_single_age();
  options.periods_a_year = 2;
  CHECK_THROWS_AS(project_open_cohort(in, {{}}, options), kohort::invalid_input);
  options.periods_a_year = 1;
  options.enrolments_a_year = 0;
  CHECK_THROWS_AS(project_open_cohort(in, {{}}, options), kohort::invalid_input);
}

namespace {

const std::vector<std::string> states{"none", "light", "high"};
const std::vector<std::vector<bool>> moves{
    {false, true, true}, {false, false, true}, {false, true, false}};

kohort::intensity_effect halving(int from, int to, std::vector<double> log_ratio = {-0.5}) {
  kohort::intensity_effect e;
  e.from = from;
  e.to = to;
  e.log_ratio = std::move(log_ratio);
  return e;
}

std::string refusal(const kohort::strategy& s, int draws = 1) {
  try {
    kohort::check_strategy(s, states, moves, draws);
    return "accepted";
  } catch (const kohort::invalid_input& error) {
    return error.code() + " " + error.what();
  }
}

template <typename Change>
std::string changed(Change change) {
  auto s = kohort::for_everybody("team", {halving(1, 2)}, 3);
  change(s);
  return refusal(s);
}

}  // namespace

TEST_CASE("an effect that fades keeps its cumulative intensity", "[projection]") {
  // R0 = .5, of which .9 is kept each month, on a rate of .3 a year: worked number 13.
  const auto ratios = kohort::fading_log_ratios(0.5, 0.9, 12);
  double cumulative = 0;
  for (const double x : ratios) cumulative += 0.3 / 12 * std::exp(x);
  CHECK_THAT(cumulative, WithinAbs(0.2044263447521, 1e-12));
  CHECK(std::is_sorted(ratios.begin(), ratios.end()));
  CHECK(ratios.back() < 0);
  const auto lasting = kohort::fading_log_ratios(2, 1, 3);
  for (const double x : lasting) CHECK(x == std::log(2.0));
  for (const double x : kohort::fading_log_ratios(1, 0.5, 4)) CHECK(x == 0);
  // In half as long steps the same effect has the same mean over each pair.
  const auto halves = kohort::fading_log_ratios(0.5, std::sqrt(0.9), 24);
  for (std::size_t i = 0; i < 12; ++i) {
    CHECK_THAT((std::exp(halves[2 * i]) + std::exp(halves[2 * i + 1])) / 2,
               WithinRel(std::exp(ratios[i]), 1e-14));
  }
  for (const double wrong : {0.0, -1.0, std::nan(""), 2000.0}) {
    CHECK_THROWS_AS(kohort::fading_log_ratios(wrong, 0.9, 12), kohort::invalid_input);
  }
  CHECK_THROWS_AS(kohort::fading_log_ratios(0.5, 1.1, 12), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::fading_log_ratios(0.5, 0.9, 0), kohort::invalid_input);
}

TEST_CASE("a strategy that cannot be is refused, by name", "[projection]") {
  using kohort_tests::contains;
  CHECK(refusal(kohort::for_everybody("team", {halving(1, 2), halving(0, 1), halving(2, 3)}, 3)) ==
        "accepted");
  CHECK(changed([](auto& s) { s.effects[0].log_ratio = {-INFINITY}; }) == "accepted");
  CHECK(refusal({}) == "accepted");  // usual care by another name
  CHECK_THAT(changed([](auto& s) { s.effects[0] = halving(1, 0); }),
             contains("E-STRATEGY") && contains("strategy 'team'") &&
                 contains("'light' -> 'none'") && contains("no such move"));
  CHECK_THAT(changed([](auto& s) {
               s.effects[0] = halving(0, 3);
               s.effects[0].sex = 2;
             }),
             contains("'none' -> death") && contains("sex 2"));
  CHECK_THAT(changed([](auto& s) { s.effects[0] = halving(7, 1); }), contains("state 7"));
  CHECK_THAT(changed([](auto& s) { s.uptake = 1.2; }), contains("uptake of 1.2"));
  CHECK_THAT(changed([](auto& s) { s.enrols_stock.pop_back(); }), contains("has 2 shares"));
  CHECK_THAT(changed([](auto& s) { s.enrols_stock[1] = -.1; }), contains("'light'"));
  CHECK_THAT(changed([](auto& s) { s.enrols_stock = s.enrols_newcomers = {}; }),
             contains("no share of anybody is enrolled"));
  CHECK_THAT(changed([](auto& s) {
               s.effects[0].from = 0;
               s.enrols_stock = s.enrols_newcomers = {0, 1, 1};
             }),
             contains("can act on nobody") && contains("enrol those without support"));
  CHECK_THAT(changed([](auto& s) { s.enrols_until = -1; }), contains("ends no earlier"));
  CHECK_THAT(changed([](auto& s) { s.effects[0].step = 0; }), contains("a month is 1/12"));
  CHECK_THAT(changed([](auto& s) { s.effects[0].starts = -1; }), contains("starts at -1"));
  CHECK_THAT(changed([](auto& s) { s.effects[0].log_ratio = {}; }), contains("has 0 ratios"));
  CHECK_THAT(changed([](auto& s) { s.effects[0].draws = 7; }), contains("for 7 draws"));
  CHECK_THAT(changed([](auto& s) { s.effects[0].log_ratio = {std::nan("")}; }),
             contains("E-EFFECT-RANGE"));
  CHECK_THAT(changed([](auto& s) { s.effects[0].log_ratio = {7}; }), contains("E-EFFECT-RANGE"));
}

TEST_CASE("each draw has its own uptake", "[projection]") {
  auto in = constructed::municipality(21, 3, 3);
  const auto options = constructed::by_single_age();
  const auto effects = GENERATE(std::vector{since(fading(1, 2, 0.5))},
                                std::vector{effect(1, 2, 0.5), effect(2, 3, 0.7, 1)});
  const bool whole = GENERATE(false, true);  // those in `none` are asked as well
  auto drawn = team(effects, 0.5);
  if (whole) drawn.enrols_newcomers = drawn.enrols_stock = std::vector<double>(5, 0.8);
  const double uptakes[] = {0.2, 0.9, 0.55};
  drawn.uptakes = {uptakes, uptakes + 3};
  for (int draw = 0; draw < 3; ++draw) {
    auto plain = drawn;
    plain.uptakes.clear();
    plain.uptake = uptakes[draw];
    const auto out = with(in, {drawn, plain}, options, draw);
    CHECK(largest_difference(of_run(out.persons, 1, 3), of_run(out.persons, 2, 3)) < 1e-13);
    CHECK(largest_difference(of_run(out.enrolled, 1, 3), of_run(out.enrolled, 2, 3)) < 1e-13);
    CHECK(largest_difference(of_run(out.moved, 1, 3), of_run(out.moved, 0, 3)) > 1e-3);
  }
}

TEST_CASE("limited places: a share that gets one, and a wait for it", "[projection]") {
  auto in = constructed::municipality(22, 1, 4);
  const auto options = constructed::by_single_age();
  const auto helped = since(fading(1, 2, 0.4));
  // As many as there is room for are as many as accept.
  auto roomy = team({helped}, 0.25);
  roomy.enrols_stock.clear();
  auto half = roomy, fewer = roomy;
  half.room = {0.5};
  fewer.uptake = 0.3;
  // Who waits is helped later, where it is offered in every state; nobody is lost or lingers.
  auto late = roomy, delayed = roomy;
  late.enrols_newcomers = delayed.enrols_newcomers = {0, 1, 1, 1, 1};
  late.waits = {0.375};
  delayed.effects[0].starts = 0.375;
  // No room in the first year, all of it after.
  auto closed = roomy, second = roomy;
  closed.room.assign(12, 0.0);
  closed.room.push_back(1.0);
  second.enrols_from = 1;
  const auto out = with(in, {half, fewer, late, delayed, closed, second}, options);
  const auto same = [&](int a, int b, double within) {
    CHECK(largest_difference(of_run(out.persons, a, 7), of_run(out.persons, b, 7)) < within);
    CHECK(largest_difference(of_run(out.moved, a, 7), of_run(out.moved, b, 7)) < within);
  };
  same(1, 2, 1e-13);
  CHECK(largest_difference(of_run(out.enrolled, 1, 7), of_run(out.enrolled, 2, 7)) < 1e-13);
  same(3, 4, 1e-12);
  same(5, 6, 1e-12);
  // Those who wait are counted when they start, and some have left by then.
  double started = 0, joined = 0, years = 0;
  for (const double n : of_run(out.enrolled, 3, 7)) started += n;
  for (const double n : of_run(out.enrolled, 4, 7)) joined += n;
  for (const double n : of_run(out.enrolled, 5, 7)) years += n;
  CHECK(started < joined * 0.97);
  CHECK(started > joined * 0.8);
  CHECK(years < joined);
  // Effects on the calendar alone, the same for everybody: room is a share of the uptake.
  auto calendar = team({effect(1, 2, 0.5)}, 0);
  calendar.enrols_stock.clear();
  auto part = calendar, small = calendar;
  part.room = {0.5};
  small.uptake = 0.3;
  // Put together by parts of the year, or as they come: the nearer the more parts there are.
  double off[2];
  for (const int finer : {0, 1}) {
    auto by_parts = options;
    by_parts.enrolments_a_year = finer ? 48 : 12;
    const auto alike = with(in, {part, small}, by_parts);
    off[finer] = largest_difference(of_run(alike.persons, 1, 3), of_run(alike.persons, 2, 3));
    CHECK(largest_difference(of_run(alike.persons, 1, 3), of_run(alike.persons, 0, 3)) >
          5 * off[finer]);
  }
  CHECK(off[1] < off[0] / 3);
}

TEST_CASE("a booster begins the effect anew for those in some states", "[projection]") {
  auto in = constructed::municipality(23, 1, 4);
  const auto options = constructed::by_single_age();
  auto pulse = since(effect(1, 2, 1, 0, 0.25));
  pulse.log_ratio = {-0.9, -0.5, -0.2};
  auto stock = team({pulse});
  stock.enrols_newcomers.clear();
  // For all of the stock, a booster after a year and a quarter is the same series once more.
  auto boosted = stock, series = stock;
  boosted.boosters = {1.25};
  boosted.boosted = {1, 1, 1, 1, 1};
  series.effects[0].log_ratio = {-0.9, -0.5, -0.2, 0, 0, -0.9, -0.5, -0.2};
  // A booster may come before the effect is over.
  auto early = stock, cut = stock;
  early.boosters = {0.5};
  early.boosted = boosted.boosted;
  cut.effects[0].log_ratio = {-0.9, -0.5, -0.9, -0.5, -0.2};
  // Of some states, or of a share: parts add up.
  auto first = boosted, others = boosted, third = boosted;
  first.boosted = {0, 1, 0, 0, 0};
  others.boosted = {1, 0, 1, 1, 1};
  third.boosted.assign(5, 1.0 / 3);
  const auto out = with(in, {stock, boosted, series, early, cut, first, others, third}, options);
  const auto people = [&](int run) { return of_run(out.persons, run, 9); };
  CHECK(largest_difference(people(2), people(3)) < 1e-12);
  CHECK(largest_difference(people(4), people(5)) < 1e-12);
  const auto none = people(1), all = people(2), one = people(6), rest = people(7), part = people(8);
  double worst = 0, shared = 0, most = 0;
  for (std::size_t i = 0; i < none.size(); ++i) {
    worst = std::max(worst, std::abs(one[i] + rest[i] - none[i] - all[i]));
    shared = std::max(shared, std::abs(part[i] - none[i] - (all[i] - none[i]) / 3));
    most = std::max(most, std::abs(all[i] - none[i]));
  }
  CHECK(worst < 1e-11);
  CHECK(shared < 1e-11);
  CHECK(most > 0.01);
  // Newcomers who came before it are boosted as well; and nobody twice enrolled.
  auto newcomers = team({pulse});
  auto again = newcomers;
  again.boosters = {1.0, 2.5};
  again.boosted = {0, 1, 1, 1, 0};
  const auto two = with(in, {newcomers, again}, options);
  CHECK(of_run(two.enrolled, 1, 3) == of_run(two.enrolled, 2, 3));
  double helped = 0;
  const auto with_it = of_run(two.moved, 2, 3), without = of_run(two.moved, 1, 3);
  for (std::size_t k = 0; k < two.moves.size(); ++k) {
    if (two.moves[k].from != 1 || two.moves[k].to != 2) continue;
    for (std::size_t y = 1; y < 4; ++y) {
      helped += without[y * two.moves.size() + k] - with_it[y * two.moves.size() + k];
    }
  }
  CHECK(helped > 0.1);
}

TEST_CASE("limits, boosters and uptakes that cannot be are refused", "[projection]") {
  const auto refused = [](const std::function<void(kohort::strategy&)>& change, int draws = 1) {
    auto s = team({since(effect(1, 2, 0.5, 0, 1))});
    change(s);
    std::vector<std::vector<bool>> moves(5, std::vector<bool>(5, true));
    try {
      check_strategy(s, {"none", "light", "moderate", "high", "ended"}, moves, draws);
      return std::string("accepted");
    } catch (const kohort::invalid_input& error) {
      return std::string(error.what());
    }
  };
  using kohort_tests::contains;
  CHECK(refused([](auto& s) { s.uptakes = {0.5, 0.6}; }, 2) == "accepted");
  CHECK_THAT(refused([](auto& s) { s.uptakes = {0.5}; }, 2), contains("there are 2"));
  CHECK_THAT(refused([](auto& s) { s.uptakes = {1.5}; }), contains("between 0 and 1"));
  CHECK_THAT(refused([](auto& s) { s.room = {-0.1}; }), contains("between 0 and 1"));
  CHECK_THAT(refused([](auto& s) { s.waits = {-1}; }), contains("a wait or a booster at -1"));
  CHECK_THAT(refused([](auto& s) {
               s.room = {0.5};
               s.enrols_stock[0] = 0.1;
             }),
             contains("microsimulate it with Places"));
  CHECK_THAT(refused([](auto& s) { s.boosters = {1}; }), contains("a share for some state"));
  CHECK_THAT(refused([](auto& s) {
               s.effects = {effect(1, 2, 0.5)};
               s.boosters = {1};
               s.boosted = {0, 1, 1, 1, 1};
             }),
             contains("effects since enrolment"));
}
