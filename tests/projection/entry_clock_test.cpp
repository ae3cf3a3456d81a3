#include <kohort/projection/entry_clock.hpp>  // first, so the header must stand on its own

#include <kohort/projection/open_cohort.hpp>
#include <kohort/projection/phased.hpp>
#include <kohort/support/error.hpp>

#include "catch.hpp"
#include "projection/banded_municipality.hpp"
#include "projection/slow_clock.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using constructed::die_alike;
using constructed::with_bands;
using kohort::entry_clock;
using kohort::project_open_cohort;

namespace {

kohort::strategy team(kohort::effect_clock clock) {
  kohort::strategy s;
  s.name = "team";
  s.effects = {{1, 2, 0, 1000, -1, clock, 0.25, {-0.5, -0.4, -0.3, -0.2}, 0.25, 1},
               {0, 1, 82, 1000, -1, kohort::effect_clock::calendar, 0.5, {-0.2}, 2.0, 1}};
  s.enrols_newcomers = {0, 0.5, 0.5, 0, 0};
  s.enrols_stock = {0, 0.3, 0.2, 0, 0};
  s.enrols_from = 0.5;
  s.enrols_until = 2.5;
  if (clock == kohort::effect_clock::calendar) {
    s.enrols_newcomers[0] = s.enrols_stock[0] = 0.4;
  } else {
    s.effects.pop_back();
  }
  return s;
}

double largest(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::abs(a[i] - b[i]) / std::max(1.0, std::abs(b[i])));
  }
  return worst;
}

}  // namespace

TEST_CASE("people pass a cut in the middle of their part, and wait in cells until they do",
          "[projection]") {
  const entry_clock none;
  CHECK(none.bands() == 1);
  CHECK(none.cells() == 1);
  CHECK(none.stock_parts() == 1);
  CHECK(none.events().empty());

  const entry_clock clock({0.5, 2}, 4);
  CHECK(clock.bands() == 3);
  // Parts 0 .. 8 since the last cut is 8 parts away, and those who have passed it.
  CHECK(clock.cells() == 10);
  CHECK(clock.stock_parts() == 9);
  REQUIRE(clock.events().size() == 8);
  for (int k = 0; k < 4; ++k) {
    CHECK(clock.events()[static_cast<std::size_t>(2 * k)].time == 0.25 * k);
    CHECK(clock.events()[static_cast<std::size_t>(2 * k)].shifts);
    CHECK_FALSE(clock.events()[static_cast<std::size_t>(2 * k)].passes);
    CHECK_THAT(clock.events()[static_cast<std::size_t>(2 * k + 1)].time,
               WithinAbs(0.25 * k + 0.125, 1e-15));
    CHECK(clock.events()[static_cast<std::size_t>(2 * k + 1)].passes);
  }
  CHECK(clock.band(1, 0.3) == 0);
  CHECK(clock.band(2, 0.3) == 0);  // they entered in the second quarter before: not half a year yet
  CHECK(clock.band(2, 0.4) == 1);
  CHECK(clock.band(3, 0.3) == 1);
  CHECK(clock.band(8, 0.3) == 1);
  CHECK(clock.band(8, 0.4) == 2);
  CHECK(clock.band(9, 0.3) == 2);
  CHECK(clock.cell_of_stock(0) == 0);
  CHECK(clock.cell_of_stock(7) == 7);
  CHECK(clock.cell_of_stock(8) == 9);
  CHECK(clock.cell_at(0, 0.25) == 1);  // the clock has turned
  CHECK(clock.cell_at(0, 0.45) == 0);
  CHECK(clock.cell_at(7, 0.3) == 8);
  CHECK(clock.cell_at(8, 0.3) == 9);
}

TEST_CASE("a clock that cannot be is refused", "[projection]") {
  CHECK_THROWS_WITH(entry_clock({2, 1}, 12), kohort_tests::contains("begins at 1 years"));
  CHECK_THROWS_WITH(entry_clock({0.0}, 12), kohort_tests::contains("begins at 0 years"));
  CHECK_THROWS_WITH(entry_clock({0.02}, 12), kohort_tests::contains("more often than 12"));
  CHECK_THROWS_WITH(entry_clock({100.0}, 12), kohort_tests::contains("more rarely"));
  CHECK_THROWS_WITH(entry_clock({1.0}, 0), kohort_tests::contains("0 parts"));
}

TEST_CASE("bands that leave alike are no bands", "[projection]") {
  const auto clock_of =
      GENERATE(kohort::effect_clock::calendar, kohort::effect_clock::since_enrolment);
  const int periods = GENERATE(1, 12);
  // A cut that is no whole number of parts, and two that are.
  const auto cuts = GENERATE(std::vector<double>{0.5, 2}, std::vector<double>{0.3});
  auto plain = constructed::municipality(3, 2, 3, 7);
  auto banded = with_bands(cuts, std::vector<double>(cuts.size() + 1, 1.0), 4, 3, 0.4, 2);
  plain.strategies = banded.strategies = {team(clock_of)};
  die_alike(plain, 2);
  die_alike(banded, 2);
  auto options = constructed::by_single_age(7);
  options.periods_a_year = periods;
  options.enrolments_a_year = 4;
  const std::vector<kohort::projection_run> runs{
      {.draw = 1}, {.draw = 0, .settled_start = true}, {.draw = 1, .strategy = 0}};
  const auto a = project_open_cohort(banded, runs, options);
  const auto b = project_open_cohort(plain, runs, options);
  CHECK(largest(a.persons, b.persons) < 1e-10);
  CHECK(largest(a.person_years, b.person_years) < 1e-10);
  CHECK(largest(a.moved, b.moved) < 1e-10);
  CHECK(largest(a.died, b.died) < 1e-10);
  CHECK(largest(a.enrolled, b.enrolled) < 1e-10);
  CHECK(largest(a.reached, b.reached) < 1e-12);
  CHECK(largest(a.prevalence, b.prevalence) < 1e-12);
}

TEST_CASE("with time since entry everyone together is the forecast, and states balance",
          "[projection]") {
  auto in = with_bands({0.5, 2}, {1.3, 0.9, 0.7}, 12, 4);
  in.strategies = {team(kohort::effect_clock::calendar)};
  const auto options = constructed::by_single_age(7);
  const auto out = project_open_cohort(in, {{}, {.strategy = 0}}, options);
  const int S = 5;
  for (int y = 0; y <= 4; ++y) {
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < 7; ++a) {
        double sum = 0;
        for (int s = 0; s < S; ++s) {
          sum += constructed::cell(out, out.persons, 5, 0, y, s, sex, a);
        }
        CHECK_THAT(sum,
                   WithinRel(in.population.persons[static_cast<std::size_t>((y * 2 + sex) * 7 + a)],
                             1e-12));
      }
    }
  }
  const auto people = [&](int run, int y, int s) {
    double sum = 0;
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < 7; ++a) sum += constructed::cell(out, out.persons, 5, run, y, s, sex, a);
    }
    return sum;
  };
  const int M = static_cast<int>(out.moves.size());
  for (const int run : {0, 1}) {
    for (int y = 0; y < 4; ++y) {
      for (int s = 0; s < S; ++s) {
        double change = 0;
        for (int k = 0; k < M; ++k) {
          const double n = out.moved[static_cast<std::size_t>((run * 4 + y) * M + k)];
          change += (out.moves[static_cast<std::size_t>(k)].to == s) * n -
                    (out.moves[static_cast<std::size_t>(k)].from == s) * n;
        }
        const auto at = static_cast<std::size_t>((run * 4 + y) * S + s);
        change += out.reached[at] + out.migrated[at] - out.died[at];
        // A state's years, of which moves and deaths are a share, enter by a line through two
        // trials of the closure.
        CHECK_THAT(people(run, y + 1, s) - people(run, y, s), WithinAbs(change, 1e-6));
      }
    }
  }
}

TEST_CASE("time since entry agrees with everybody followed alone, better with the square of parts",
          "[projection]") {
  const std::vector<double> cuts{0.5, 1.5}, factors{1.6, 0.9, 0.6};
  constexpr int T = 3, A = 9, age = 2;
  constexpr double dt = 1.0 / 384;
  const int sex = GENERATE(0, 1);
  // The truth has the stock in parts of dt.
  const auto fine = with_bands(cuts, factors, 12, T, 0.4, 1, A);
  const auto whole = constructed::municipality(3, 1, T, A);
  const int recent = static_cast<int>(cuts.back() / dt);
  std::vector<std::vector<double>> stock;
  for (int i = 0; i <= recent; ++i) {
    stock.emplace_back();
    for (int s = 0; s < 4; ++s) {
      stock.back().push_back((i < recent ? 0.4 / recent : 0.6) *
                             whole.stock[static_cast<std::size_t>((sex * A + age) * 4 + s)]);
    }
  }
  const auto truth = slow::clocked_cohort(fine, sex, age, stock, dt).run();
  std::vector<double> off;
  for (const int parts : {4, 8, 16}) {
    const auto in = with_bands(cuts, factors, parts, T, 0.4, 1, A);
    auto options = constructed::by_single_age(A);
    options.prevalence_window = 0;
    options.enrolments_a_year = parts;
    const auto out = project_open_cohort(in, {{}}, options);
    double worst = 0;
    for (int y = 1; y <= T; ++y) {
      for (int s = 0; s < 5; ++s) {
        const double wanted = truth[static_cast<std::size_t>(y)][s];
        const double found = constructed::cell(out, out.persons, T + 1, 0, y, s, sex, age + y);
        CAPTURE(parts, y, s, found, wanted);
        CHECK_THAT(found, WithinRel(wanted, 0.01 / (parts * parts)));
        worst = std::max(worst, std::abs(found / wanted - 1));
      }
    }
    off.push_back(worst);
  }
  CAPTURE(off[0], off[1], off[2]);
  CHECK(off[1] < off[0] / 3);
  CHECK(off[2] < off[1] / 3);
  CHECK(off[2] < 1e-4);
}

TEST_CASE("what does not follow time since entry refuses it", "[projection]") {
  const auto in = with_bands({1}, {1, 2}, 12);
  CHECK_THROWS_WITH(kohort::split_stock(in, {0, 1, 2, 3}, {}),
                    kohort_tests::contains("2 bands of time since entry"));
  auto many = in;
  many.entry_cuts = {1, 2, 3, 4, 5, 6};
  CHECK_THROWS_WITH(project_open_cohort(many, {{}}, constructed::by_single_age(7)),
                    kohort_tests::contains("7 bands"));
  auto coarse = constructed::by_single_age(7);
  coarse.enrolments_a_year = 4;  // the stock is by months
  CHECK_THROWS_WITH(project_open_cohort(in, {{}}, coarse), kohort_tests::contains("the stock has"));
}
