#include <kohort/projection/open_cohort.hpp>

#include <cmath>
#include <numeric>

#include "catch.hpp"
#include "projection/slow_projection.hpp"
#include "projection/small_municipality.hpp"
#include "projection/teams.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using constructed::effect;
using constructed::fading;
using constructed::largest_difference;
using constructed::of_run;
using constructed::since;
using constructed::team;
using constructed::with;
using kohort::project_open_cohort;

namespace {

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
