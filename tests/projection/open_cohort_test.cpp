#include <kohort/projection/open_cohort.hpp>  // first, so the header must stand on its own

#include <limits>

#include <kohort/population/lexis.hpp>
#include <kohort/support/error.hpp>

#include "catch.hpp"
#include "projection/slow_projection.hpp"
#include "projection/small_municipality.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::project_open_cohort;

namespace {

/// The part of a table that belongs to one run.
std::vector<double> of_run(const std::vector<double>& table, int run, int runs) {
  const auto size = static_cast<std::ptrdiff_t>(table.size()) / runs;
  return {table.begin() + run * size, table.begin() + (run + 1) * size};
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::abs(a[i] - b[i]) / std::max(1.0, std::abs(a[i])));
  }
  return worst;
}

std::string refusal(const kohort::open_cohort_inputs& in,
                    kohort::open_cohort_options options = {}) {
  if (options.group_of_age.empty()) {
    options.group_of_age.assign(static_cast<std::size_t>(in.population.ages), 0);
  }
  try {
    project_open_cohort(in, {{}}, options);
    return "accepted";
  } catch (const kohort::invalid_input& error) {
    return error.code() + " " + error.what();
  }
}

}  // namespace

TEST_CASE("a slow second implementation gives the same open population", "[projection]") {
  const int seed = GENERATE(0, 1, 2);
  const bool trend = GENERATE(true, false);
  CAPTURE(seed, trend);
  const auto in = constructed::municipality(seed, 2, 3, 5);
  const kohort::projection_run run{.draw = 1, .incidence_trend = trend};
  const auto fast = project_open_cohort(in, {run}, constructed::by_single_age(5));
  slow::projection truth(in, run);
  truth.project();
  for (int y = 0; y <= 3; ++y) {
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < 5; ++a) {
        for (int s = 0; s < 5; ++s) {
          CAPTURE(y, sex, a, s);
          CHECK_THAT(constructed::cell(fast, fast.persons, 4, 0, y, s, sex, a),
                     WithinRel(static_cast<double>(truth.persons[static_cast<std::size_t>(
                                   y)][static_cast<std::size_t>(sex * 5 + a)][s]),
                               1e-11));
        }
      }
    }
  }
}

TEST_CASE("users, those without support and those whose support ended are the forecast",
          "[projection]") {
  const auto in = constructed::municipality(4, 40, 10, 9);
  std::vector<kohort::projection_run> runs;
  for (int d = 0; d < 40; ++d) runs.push_back({.draw = d});
  const auto out = project_open_cohort(in, runs, constructed::by_single_age(9));
  const int S = static_cast<int>(out.states.size());
  CHECK(out.states == std::vector<std::string>{"none", "light", "moderate", "high", "ended"});
  double worst = 0, least = 1;
  for (int run = 0; run < 40; ++run) {
    for (int y = 0; y <= 10; ++y) {
      for (int sex = 0; sex < 2; ++sex) {
        for (int a = 0; a < 9; ++a) {
          double sum = 0;
          for (int s = 0; s < S; ++s) {
            const double x = constructed::cell(out, out.persons, 11, run, y, s, sex, a);
            sum += x;
            least = std::min(least, x);
          }
          const double forecast =
              in.population.persons[static_cast<std::size_t>((y * 2 + sex) * 9 + a)];
          worst = std::max(worst, std::abs(sum - forecast) / forecast);
        }
      }
    }
  }
  CHECK(worst < 1e-12);
  CHECK(least >= 0);
}

TEST_CASE("every state balances, and the deaths are those of the life table", "[projection]") {
  const auto in = constructed::municipality(5, 3, 4, 6);
  const auto out = project_open_cohort(in, {{.draw = 0}, {.draw = 1}, {.draw = 2}},
                                       constructed::by_single_age(6));
  const int S = 5, T = 4, M = static_cast<int>(out.moves.size());
  for (int run = 0; run < 3; ++run) {
    for (int y = 0; y < T; ++y) {
      for (int s = 0; s < S; ++s) {
        double before = 0, after = 0;
        for (int sex = 0; sex < 2; ++sex) {
          for (int a = 0; a < 6; ++a) {
            before += constructed::cell(out, out.persons, T + 1, run, y, s, sex, a);
            after += constructed::cell(out, out.persons, T + 1, run, y + 1, s, sex, a);
          }
        }
        const auto flow = static_cast<std::size_t>((run * T + y) * S + s);
        double change = out.migrated[flow] + out.reached[flow] - out.died[flow];
        for (int k = 0; k < M; ++k) {
          const double moved = out.moved[static_cast<std::size_t>((run * T + y) * M + k)];
          if (out.moves[static_cast<std::size_t>(k)].to == s) change += moved;
          if (out.moves[static_cast<std::size_t>(k)].from == s) change -= moved;
        }
        CAPTURE(run, y, s);
        CHECK_THAT(after - before, WithinAbs(change, 1e-9));
      }
    }
  }
  // Migration is known before the model is run, so it is the same in every run.
  for (int y = 0; y < T; ++y) {
    double total[3] = {0, 0, 0}, deaths[3] = {0, 0, 0};
    for (int run = 0; run < 3; ++run) {
      for (int s = 0; s < S; ++s) {
        total[run] += out.migrated[static_cast<std::size_t>((run * T + y) * S + s)];
        deaths[run] += out.died[static_cast<std::size_t>((run * T + y) * S + s)];
      }
    }
    CHECK_THAT(total[1] - deaths[1], WithinRel(total[0] - deaths[0], 1e-10));
    CHECK_THAT(deaths[2], WithinRel(deaths[0], 1e-3));
  }
}

TEST_CASE("no run depends on its neighbours, on threads, or (to 1e-12) on the instruction set",
          "[projection]") {
  const auto in = constructed::municipality(6, 70, 3, 5);
  std::vector<kohort::projection_run> runs;
  for (int d = 0; d < 70; ++d) runs.push_back({.draw = d});
  auto options = constructed::by_single_age(5);
  const auto one = project_open_cohort(in, runs, options);
  options.threads = 4;
  const auto four = project_open_cohort(in, runs, options);
  CHECK(one.persons == four.persons);
  CHECK(one.person_years == four.person_years);
  CHECK(one.moved == four.moved);

  const auto alone = project_open_cohort(in, {{.draw = 41}}, options);
  const std::size_t size = alone.persons.size();
  CHECK(std::equal(alone.persons.begin(), alone.persons.end(),
                   one.persons.begin() + static_cast<std::ptrdiff_t>(41 * size)));

  options.with = kohort::instruction_set::baseline;
  const auto baseline = project_open_cohort(in, runs, options);
  double worst = 0;
  for (std::size_t i = 0; i < one.persons.size(); ++i) {
    worst = std::max(worst, std::abs(one.persons[i] - baseline.persons[i]) / one.persons[i]);
  }
  CHECK(worst < 1e-12);
}

TEST_CASE("twice the people are twice the result", "[projection]") {
  auto in = constructed::municipality(7);
  const auto once = project_open_cohort(in, {{}}, constructed::by_single_age());
  for (auto& n : in.population.persons) n *= 2;
  for (auto& n : in.stock) n *= 2;
  const auto twice = project_open_cohort(in, {{}}, constructed::by_single_age());
  for (std::size_t i = 0; i < once.persons.size(); ++i) {
    CHECK_THAT(twice.persons[i], WithinRel(2 * once.persons[i], 1e-13));
  }
}

TEST_CASE("a settled start changes nobody's number, and base-year rates keep it", "[projection]") {
  // A stationary population without trends: one that starts settled stays settled, up to what
  // survival tilts the birth nodes inside an age (3e-4 of the users).
  auto in = constructed::municipality(8, 1, 3, 12);
  const int A = 12;
  for (int y = 0; y <= 3; ++y) {
    for (int sex = 0; sex < 2; ++sex) {
      double alive = 500;
      for (int a = 0; a < A; ++a) {
        const auto i = static_cast<std::size_t>((y * 2 + sex) * A + a);
        in.population.mortality[i] = 0.05 + 0.01 * a;
        in.population.persons[i] =
            a + 1 == A ? alive / (1 - std::exp(-in.population.mortality[i])) : alive;
        alive *= std::exp(-(0.05 + 0.01 * (a + .5)));
      }
    }
  }
  in.entries.incidence_trend = {0};
  in.entries.mix_trend = {0, 0, 0};
  const auto out =
      project_open_cohort(in, {{.settled_start = true}}, constructed::by_single_age(A));
  for (int s = 0; s < 5; ++s) {
    double before = 0, after = 0;
    for (int a = 0; a < A - 1; ++a) {
      before += constructed::cell(out, out.persons, 4, 0, 0, s, 1, a);
      after += constructed::cell(out, out.persons, 4, 0, 3, s, 1, a);
    }
    CHECK_THAT(after, WithinRel(before, 2e-3));
  }
}

TEST_CASE("a forecast without people of an age empties it, and says so", "[projection]") {
  auto in = constructed::municipality(9, 1, 3, 5);
  in.population.persons[static_cast<std::size_t>((1 * 2 + 0) * 5 + 2)] =
      0;  // men, third age, year 1
  const auto out = project_open_cohort(in, {{}}, constructed::by_single_age(5));
  double gone = 0, back = 0;
  for (int s = 0; s < 5; ++s) {
    gone += constructed::cell(out, out.persons, 4, 0, 1, s, 0, 2);
    back += constructed::cell(out, out.persons, 4, 0, 2, s, 0, 3);
  }
  CHECK(gone == 0);
  CHECK_THAT(back, WithinRel(in.population.persons[static_cast<std::size_t>(4 * 5 + 3)], 1e-12));
  std::string codes;
  for (const auto& notice : out.notices) codes += notice.code + " ";
  CHECK_THAT(codes,
             kohort_tests::contains("I-POP-EMPTIED") && kohort_tests::contains("I-POP-FILLED"));
}

TEST_CASE("inputs that cannot be are refused, with their cell", "[projection]") {
  const auto good = constructed::municipality();
  const auto changed = [&](const auto& change) {
    auto in = constructed::municipality();
    change(in);
    return refusal(in);
  };
  CHECK(refusal(good) == "accepted");
  CHECK_THAT(changed([](auto& in) { in.population.persons[23] = std::nan(""); }),
             kohort_tests::contains("E-POP-MISSING") &&
                 kohort_tests::contains("women of age 82 on 31 December 2025"));
  CHECK_THAT(changed([](auto& in) { in.population.persons.pop_back(); }),
             kohort_tests::contains("E-SHAPE"));
  CHECK_THAT(changed([](auto& in) { in.population.mortality[0] = 0; }),
             kohort_tests::contains("E-POP-MISSING"));
  CHECK_THAT(changed([](auto& in) { in.stock[0] = 1e6; }),
             kohort_tests::contains("E-STOCK-POPULATION"));
  CHECK_THAT(changed([](auto& in) { in.rates[5] = -1; }), kohort_tests::contains("E-NUM"));
  CHECK_THAT(changed([](auto& in) { in.structure = kohort::model({"a", "b"}, {{"a", "b"}}); }),
             kohort_tests::contains("E-MODEL"));
  CHECK_THAT(changed([](auto& in) {
               in.structure =
                   kohort::model({"a", "b", "dead"}, {{"a", "b"}, {"a", "dead"}}, "dead");
             }),
             kohort_tests::contains("E-MODEL") && kohort_tests::contains("nobody dies from 'b'"));
  CHECK_THAT(changed([](auto& in) { in.population.mortality[4] = 20.5; }),
             kohort_tests::contains("E-MORTALITY") && kohort_tests::contains("per 1,000"));
  CHECK_THAT(changed([](auto& in) { in.rates[5] = 1001; }), kohort_tests::contains("E-NUM"));
}

TEST_CASE("levels that outdie the life table are refused, or scaled and counted", "[projection]") {
  auto in = constructed::municipality(10, 2);
  const auto& moves = in.structure.transitions();
  for (std::size_t i = 0; i < in.rates.size(); ++i) {
    const bool second = i >= in.rates.size() / 2;
    if (second && in.structure.name(moves[i % moves.size()].to) == "dead") in.rates[i] *= 8;
  }
  auto options = constructed::by_single_age();
  try {
    project_open_cohort(in, {{.draw = 0}, {.draw = 1}}, options);
    FAIL("accepted");
  } catch (const kohort::invalid_input& error) {
    CHECK(error.code() == "D-CLOSURE-NEGATIVE");
    CHECK_THAT(std::string(error.what()), kohort_tests::contains("in 50 % of the runs"));
  }
  options.closure = kohort::closure_policy::scale;
  const auto scaled = project_open_cohort(in, {{.draw = 0}, {.draw = 1}}, options);
  CHECK(scaled.scaled_runs == 1);
  CHECK(scaled.scaled_cells > 0);
  CHECK(scaled.least_scale < 1);
  double total = 0, forecast = 0;
  for (int s = 0; s < 5; ++s) {
    total += constructed::cell(scaled, scaled.persons, 6, 1, 5, s, 1, 3);
  }
  forecast = in.population.persons[static_cast<std::size_t>((5 * 2 + 1) * 7 + 3)];
  CHECK_THAT(total, WithinRel(forecast, 1e-12));
}

TEST_CASE("a population path is the forecast it makes", "[projection]") {
  auto in = constructed::municipality(20, 1, 4);
  auto other = in;
  std::vector<double> path;
  for (std::size_t i = 0; i < in.population.persons.size(); ++i) {
    const std::size_t y = i / 14;
    path.push_back(y == 0 ? 0.0 : 0.02 * static_cast<double>(y) * std::sin(static_cast<double>(i)));
    other.population.persons[i] *= std::exp(path[i]);
  }
  in.population_paths.assign(path.size(), 0.0);
  in.population_paths.insert(in.population_paths.end(), path.begin(), path.end());
  in.strategies = other.strategies = {
      kohort::for_everybody("all", {{.from = 1, .to = 2, .log_ratio = {-0.7}, .step = 2}}, 5)};
  const auto options = constructed::by_single_age();
  const auto out =
      project_open_cohort(in, {{}, {.path = 0}, {.path = 1}, {.strategy = 0, .path = 1}}, options);
  const auto truth = project_open_cohort(other, {{}, {.strategy = 0}}, options);
  CHECK(of_run(out.persons, 1, 4) == of_run(out.persons, 0, 4));
  for (const int k : {0, 1}) {
    CHECK(largest_difference(of_run(out.persons, 2 + k, 4), of_run(truth.persons, k, 2)) < 1e-12);
    CHECK(largest_difference(of_run(out.moved, 2 + k, 4), of_run(truth.moved, k, 2)) < 1e-12);
  }
  in.population_paths.pop_back();
  CHECK_THROWS_AS(project_open_cohort(in, {{}}, options), kohort::invalid_input);
}

TEST_CASE("a population path may begin elsewhere, with the same prevalence", "[projection]") {
  auto in = constructed::municipality(21, 1, 2);
  in.population_paths.assign(in.population.persons.size(), std::log(1.1));
  const auto out = project_open_cohort(in, {{}, {.path = 0}}, constructed::by_single_age());
  const auto usual = of_run(out.persons, 0, 2), more = of_run(out.persons, 1, 2);
  for (std::size_t i = 0; i < usual.size(); ++i) {
    CHECK_THAT(more[i], WithinRel(1.1 * usual[i], 1e-12));
  }
}

TEST_CASE("another order of the states is another order of the results", "[projection]") {
  const auto in = constructed::municipality(22, 1, 3);
  const std::vector<std::string> order{"high", "ended", "light", "moderate"};
  auto other = in;
  std::vector<std::pair<std::string, std::string>> moves;
  const auto& before = in.structure.transitions();
  std::vector<std::size_t> from_move;
  for (std::size_t k = before.size(); k-- > 0;) {
    moves.emplace_back(in.structure.name(before[k].from), in.structure.name(before[k].to));
  }
  other.structure = kohort::model({"high", "ended", "light", "moderate", "dead"}, moves, "dead");
  for (const auto& move : other.structure.transitions()) {
    for (std::size_t k = 0; k < before.size(); ++k) {
      if (in.structure.name(before[k].from) == other.structure.name(move.from) &&
          in.structure.name(before[k].to) == other.structure.name(move.to)) {
        from_move.push_back(k);
      }
    }
  }
  const std::size_t K = before.size();
  REQUIRE(from_move.size() == K);
  const std::size_t was[] = {2, 3, 0, 1}, level_was[] = {2, 0, 1};  // high, light, moderate
  for (std::size_t cell = 0; cell < 14; ++cell) {
    for (std::size_t k = 0; k < K; ++k)
      other.rates[cell * K + k] = in.rates[cell * K + from_move[k]];
    for (std::size_t s = 0; s < 4; ++s) other.stock[cell * 4 + s] = in.stock[cell * 4 + was[s]];
    for (std::size_t j = 0; j < 3; ++j) {
      other.entries.log_odds[cell * 3 + j] = in.entries.log_odds[cell * 3 + level_was[j]];
    }
  }
  for (std::size_t j = 0; j < 3; ++j)
    other.entries.mix_trend[j] = in.entries.mix_trend[level_was[j]];
  const auto options = constructed::by_single_age();
  const auto one = project_open_cohort(in, {{}}, options);
  const auto two = project_open_cohort(other, {{}}, options);
  double worst = 0;
  for (int y = 0; y <= 3; ++y) {
    for (int s = 0; s < 5; ++s) {
      for (int c = 0; c < 14; ++c) {
        const double there = constructed::cell(two, two.persons, 4, 0, y, s, c / 7, c % 7);
        const int here = s == 0 ? 0 : 1 + static_cast<int>(was[s - 1]);
        worst = std::max(
            worst,
            std::abs(there / constructed::cell(one, one.persons, 4, 0, y, here, c / 7, c % 7) - 1));
      }
    }
  }
  CHECK(worst < 1e-12);
}

// Laws of event models that hold for an open population as well: V12, V15 and V23 of our list.

namespace {

constexpr int ages = 9, years = 4, states = 5;

/// The constructed municipality where the forecast is each cohort's own people at this growth, and
/// everybody dies at this rate.
kohort::open_cohort_inputs steady(double growth, double mortality, bool more_come = true) {
  auto in = constructed::municipality(5, 1, years, ages);
  auto& p = in.population;
  std::fill(p.mortality.begin(), p.mortality.end(), mortality);
  const auto n = [&](int y, int sex, int a) -> double& {
    return p.persons[static_cast<std::size_t>((y * 2 + sex) * ages + a)];
  };
  for (int y = 0; y < years; ++y) {
    for (int sex = 0; sex < 2; ++sex) {
      if (!more_come) n(y + 1, sex, 0) = 0;
      for (int a = 0; a + 1 < ages; ++a) n(y + 1, sex, a + 1) = n(y, sex, a) * std::exp(growth);
      n(y + 1, sex, ages - 1) += n(y, sex, ages - 1) * std::exp(growth);
    }
  }
  return in;
}

void set_rates(kohort::open_cohort_inputs& in, double dying, double moving) {
  const auto& moves = in.structure.transitions();
  for (std::size_t i = 0; i < in.rates.size(); ++i) {
    const bool dies = moves[i % moves.size()].to == *in.structure.death();
    in.rates[i] = dies ? dying : moving;
  }
}

void nobody_enters(kohort::open_cohort_inputs& in) {
  std::fill(in.entries.log_incidence.begin(), in.entries.log_incidence.end(),
            -std::numeric_limits<double>::infinity());
}

/// Persons of a cohort of the start, which neither came in nor reached the open age.
double persons(const kohort::open_cohort_results& out, int y, int s, int sex, int a) {
  return constructed::cell(out, out.persons, years + 1, 0, y, s, sex, a + y);
}

}  // namespace

TEST_CASE("V12: where nearly everybody dies at once, nobody is left to cost anything",
          "[projection]") {
  // The largest death rate that a life table may have: two in a thousand million live for a year.
  // Nobody turns the lowest age.
  auto in = steady(-20, 20, false);
  set_rates(in, 20, 0.2);
  const auto out = project_open_cohort(in, {{}}, constructed::by_single_age(ages));
  double before = 0, first = 0, later = 0;
  for (int s = 1; s < states; ++s) {
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < ages; ++a) {
        before += constructed::cell(out, out.persons, years + 1, 0, 0, s, sex, a);
        first += constructed::cell(out, out.persons, years + 1, 0, 1, s, sex, a);
        for (int y = 1; y < years; ++y) {
          later += constructed::cell(out, out.person_years, years, 0, y, s, sex, a);
        }
      }
    }
  }
  CHECK(first <= 3e-9 * before);  // e^-20 of them, and who came meanwhile
  CHECK(first > 0);
  CHECK(later <= 1e-9 * before);
}

TEST_CASE("V12: a level that is left by death at once holds nobody but those just come",
          "[projection]") {
  auto in = constructed::municipality(5, 1, years, ages);
  const int high = 3;
  kohort::intensity_effect dying;
  dying.from = high;
  dying.to = states;  // death
  dying.log_ratio = {std::log(1000.0)};
  dying.step = 100;
  in.strategies = {kohort::for_everybody("huge", {dying}, states)};
  const auto out = project_open_cohort(in, {{.strategy = 0}}, constructed::by_single_age(ages));
  REQUIRE(out.states[high] == "high");
  for (int y = 1; y <= years; ++y) {
    double there = 0, came = 0;
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < ages; ++a) {
        there += constructed::cell(out, out.persons, years + 1, 0, y, high, sex, a);
      }
    }
    for (std::size_t k = 0; k < out.moves.size(); ++k) {
      if (out.moves[k].to == high) {
        came += out.moved[static_cast<std::size_t>(y - 1) * out.moves.size() + k];
      }
    }
    CHECK(came > 1);
    CHECK(there < 0.015 * came);  // they die at more than 100 a year
  }
}

TEST_CASE("V15: where nothing happens everybody stays where he or she was", "[projection]") {
  auto in = steady(0, 1e-300);
  set_rates(in, 0, 0);
  nobody_enters(in);
  const auto out = project_open_cohort(in, {{}}, constructed::by_single_age(ages));
  for (int y = 1; y <= years; ++y) {
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a + y < ages - 1; ++a) {
        for (int s = 0; s < states; ++s) {
          const double start = persons(out, 0, s, sex, a);
          // The weights of three birth nodes add up to 1 within a rounding.
          CHECK_THAT(persons(out, y, s, sex, a), WithinRel(start, 4e-16 * (1 + y)));
        }
      }
    }
  }
  for (const double n : out.moved) CHECK(n == 0);
}

TEST_CASE("V23: a steady inflow from empty is the time that each spends in a state",
          "[projection]") {
  // Those without support move in as fast as they come to need it and die, so that they stay as
  // many: the inflow is the same at all times. Everybody moves in at that rate.
  constexpr double m = 0.06, incidence = 0.04;
  auto in = steady(incidence, m);
  std::fill(in.stock.begin(), in.stock.end(), 0.0);
  auto& e = in.entries;
  std::fill(e.log_incidence.begin(), e.log_incidence.end(), std::log(incidence));
  std::fill(e.incidence_trend.begin(), e.incidence_trend.end(), 0.0);
  std::fill(e.mix_trend.begin(), e.mix_trend.end(), 0.0);
  const double odds[3] = {0, -0.7, -1.4};
  for (std::size_t i = 0; i < e.log_odds.size(); ++i) e.log_odds[i] = odds[i % 3];
  const auto& moves = in.structure.transitions();
  Eigen::MatrixXd Q = Eigen::MatrixXd::Zero(4, 4);
  for (std::size_t k = 0; k < moves.size(); ++k) {
    const bool dies = moves[k].to == *in.structure.death();
    const double rate = dies ? m : 0.1 + 0.05 * static_cast<double>(k % 5);
    for (std::size_t row = 0; row < in.rates.size() / moves.size(); ++row) {
      in.rates[row * moves.size() + k] = rate;
    }
    if (!dies) Q(moves[k].from, moves[k].to) = rate;
  }
  for (int s = 0; s < 4; ++s) Q(s, s) = -Q.row(s).sum() - m;
  const auto out = project_open_cohort(in, {{}}, constructed::by_single_age(ages));
  double sum = 0;
  for (const double x : odds) sum += std::exp(x);
  for (int T = 1; T <= years; ++T) {
    const auto spent = slow::integrals(Q, T, -(m + incidence)).J;
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 1; a + T < ages - 1; ++a) {
        const double none = persons(out, 0, 0, sex, a);
        CHECK_THAT(persons(out, T, 0, sex, a), WithinRel(none, 1e-12));
        for (int s = 0; s < 4; ++s) {
          double expected = 0;
          for (int j = 0; j < 3; ++j) {
            expected +=
                none * incidence * std::exp(odds[j]) / sum * static_cast<double>(spent(j, s));
          }
          CHECK_THAT(persons(out, T, s + 1, sex, a), WithinRel(expected, 1e-12));
        }
      }
    }
  }
}
