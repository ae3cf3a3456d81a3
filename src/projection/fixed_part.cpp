#include <algorithm>
#include <cmath>
#include <numeric>

#include <kohort/population/detail/cohorts_of_forecast.hpp>
#include <kohort/support/error.hpp>

#include "fixed_part.hpp"

namespace kohort::detail {

namespace {

// What is refused as a mistake of units, since the work on a piece grows with the fastest rate.
constexpr double most_deaths = 20;          // per person and year
constexpr double most_moves_a_year = 1000;  // a mean stay of nine hours

void check_inputs(fixed_part& f) {
  const auto& in = f.in;
  const auto& p = in.population;
  const int all = static_cast<int>(in.structure.transitions().size());
  const auto shape = [](const std::string& what, std::size_t seen, std::size_t needed) {
    if (seen == needed) return;
    reject("E-SHAPE", "project", what + " has " + std::to_string(seen) + " entries",
           std::to_string(needed) + " are needed",
           "Ages, years and states must be the same everywhere");
  };
  if (f.T < 0 || f.A < 2) {
    reject("E-SHAPE", "project",
           std::to_string(f.T) + " years and " + std::to_string(f.A) + " ages",
           "at least two ages are needed, the last one open", "Give a population by single age");
  }
  shape("the population", p.persons.size(), at((f.T + 1) * 2 * f.A));
  shape("the mortality", p.mortality.size(), at((f.T + 1) * 2 * f.A));
  shape("the stock", in.stock.size(), at(2 * f.A * f.clock.stock_parts() * (f.S - 1)));
  const std::size_t of_draw = at(2 * f.A * f.B * all);
  shape("the table of rates", in.rates.size(), at(std::max(1, f.draws)) * of_draw);
  shape("the age groups", f.options.group_of_age.size(), at(f.A));
  if (in.entries.ages != f.A || in.entries.levels != static_cast<int>(f.map.levels.size()) ||
      (in.entries.draws != 1 && in.entries.draws != f.draws)) {
    reject("E-SHAPE", "project",
           "the entries have " + std::to_string(in.entries.ages) + " ages, " +
               std::to_string(in.entries.levels) + " levels and " +
               std::to_string(in.entries.draws) + " draws",
           "the projection has " + std::to_string(f.A) + ", " +
               std::to_string(f.map.levels.size()) + " and " + std::to_string(f.draws),
           "Entries must come in at every level of the model but `ended`");
  }
  for (int y = 0; y <= f.T; ++y) {
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < f.A; ++a) {
        const double n = f.persons(y, sex, a), m = p.mortality[at((y * 2 + sex) * f.A + a)];
        const std::string where =
            f.cell(sex, a) + " on 31 December " + std::to_string(p.base_year + y);
        if (!(n >= 0) || !std::isfinite(n)) {
          reject("E-POP-MISSING", "project", "the population has " + shown(n) + " for " + where,
                 "every cell is needed", "Complete the forecast; nothing is extrapolated");
        }
        if (!(m > 0) || !std::isfinite(m)) {
          reject("E-POP-MISSING", "project", "the mortality of " + where + " is " + shown(m),
                 "it must be positive and finite", "Complete the life table");
        }
        if (m > most_deaths) {
          reject("E-MORTALITY", "project", "the mortality of " + where + " is " + shown(m),
                 "a death rate is per person and year, and above " + shown(most_deaths) +
                     " nobody lives for three weeks",
                 "Divide by 1,000 if the rates are per 1,000");
        }
      }
    }
  }
  for (const double q : in.rates) {
    if (q >= 0 && q <= most_moves_a_year) continue;
    reject("E-NUM", "project", "a rate is " + shown(q),
           "it must be finite, not negative and at most " + shown(most_moves_a_year) + " a year",
           "Look at the fit at the youngest and oldest ages");
  }
}

/// Prevalence in a window of ages that is widened until it holds enough people.
void smooth_prevalence(fixed_part& f) {
  f.prevalence.assign(at(2 * f.A * f.W), 0.0);
  const int parts = f.clock.stock_parts(), living = f.S - 1;
  f.start = f.prevalence;
  for (int sex = 0; sex < 2; ++sex) {
    for (int a = 0; a < f.A; ++a) {
      const double n = f.persons(0, sex, a);
      double with = 0;
      for (int i = 0; i < parts * living; ++i) {
        const double x = f.in.stock[at((sex * f.A + a) * parts * living + i)];
        if (!(x >= 0) || !std::isfinite(x)) {
          reject("E-NUM", "project", "the stock of " + f.cell(sex, a) + " is " + shown(x),
                 "a number of persons is finite and not negative", "Mend the stock");
        }
        const int cell = f.clock.cell_of_stock(i / living);
        f.start[at((sex * f.A + a) * f.W + cell * f.S + i % living + 1)] = x;
        with += x;
      }
      if (with > n * (1 + 1e-12)) {
        reject("E-STOCK-POPULATION", "project",
               shown(with) + " " + f.cell(sex, a) + " have or have had support",
               "the population has " + shown(n) + " of them",
               "Decisions and population must be of the same place and day");
      }
      f.start[at((sex * f.A + a) * f.W)] = std::max(0.0, n - with);
    }
    for (int a = 0; a < f.A; ++a) {
      std::vector<double> sum(at(f.W), 0.0);
      double people = 0;
      for (int wide = f.options.prevalence_window;; ++wide) {
        const int low = std::max(0, a - wide), high = std::min(f.A - 1, a + wide);
        std::fill(sum.begin(), sum.end(), 0.0);
        for (int b = low; b <= high; ++b) {
          for (int w = 0; w < f.W; ++w) sum[at(w)] += f.start[at((sex * f.A + b) * f.W + w)];
        }
        people = std::accumulate(sum.begin(), sum.end(), 0.0);
        if (people >= f.options.prevalence_persons || (low == 0 && high == f.A - 1)) break;
      }
      for (int w = 0; w < f.W; ++w) {
        f.prevalence[at((sex * f.A + a) * f.W + w)] =
            people > 0 ? sum[at(w)] / people : (w == 0 ? 1.0 : 0.0);
      }
    }
  }
}

/// Where the forecast has nobody left, they leave at the end of the year: see header.
std::vector<double> within_the_year(std::vector<double> growth) {
  for (double& g : growth) {
    if (std::isinf(g)) g = 0;
  }
  return growth;
}

/// Net migration of every cohort and year: known ahead, since forecast and deaths are.
void find_migration(fixed_part& f) {
  const auto& forecast = f.in.population;
  f.surviving = surviving_shares(forecast.mortality, f.T, f.A, f.options.mortality_change);
  auto found = follow_cohorts(forecast.persons, f.surviving, f.T, f.A);
  f.growth = within_the_year(std::move(found.growth));
  f.emptied.assign(f.growth.size(), 0);
  f.filled = f.emptied;
  double emptied = 0, filled = 0, large = 0;
  for (int sex = 0; sex < 2; ++sex) {
    for (int y = 0; y < f.T; ++y) {
      double old_net = 0, old_people = 0;
      for (int b = 1; b < f.A; ++b) {
        const std::size_t end = at((y * 2 + sex) * f.A + b);
        const double wanted = f.persons(y + 1, sex, b), have = found.survivors[end];
        if (have > 0 && wanted <= 0) {
          emptied += have;
          f.emptied[end] = 1;
        } else if (wanted > 0 && have <= 0) {
          filled += wanted;
          f.filled[end] = 1;
        }
        if (forecast.first_age + b >= 80) {
          old_net += wanted - have;
          old_people += wanted;
        }
      }
      if (old_people > 0 && std::abs(old_net) > 0.01 * old_people) {
        large = std::max(large, std::abs(old_net) / old_people);
      }
    }
  }
  if (emptied > 0) {
    f.notices.push_back({"I-POP-EMPTIED",
                         "persons leave at the end of a year because the forecast has nobody of "
                         "their age and sex",
                         emptied});
  }
  if (filled > 0) {
    f.notices.push_back({"I-POP-FILLED",
                         "persons appear where the model has nobody of their age and sex; they get "
                         "the smoothed prevalence of the base year",
                         filled});
  }
  if (large > 0 && f.options.mortality_change) {
    f.notices.push_back({"W-MIGRATION-LARGE",
                         "forecast and life table differ by more than 1 % of those aged 80 and "
                         "over in some year, by " +
                             shown(std::round(1000 * large) / 10) + " % at the most",
                         large});
  }
}

void check_enrolments(const open_cohort_options& o) {
  if (o.enrolments_a_year >= 1 && o.enrolments_a_year <= 366) return;
  reject("E-SETTING", "project", std::to_string(o.enrolments_a_year) + " enrolments a year",
         "between 1 and 366 are possible", "Choose 12, or 4 for speed");
}

/// Strategies, paths and the points of time at which anything is asked for.
void plan_strategies(fixed_part& f) {
  const auto& o = f.options;
  if (o.periods_a_year != 1 && o.periods_a_year != 4 && o.periods_a_year != 12) {
    reject("E-GRID", "project", std::to_string(o.periods_a_year) + " periods a year",
           "results are by year, quarter or month: 1, 4 or 12", "Choose one of them");
  }
  std::vector<std::vector<bool>> moves(at(f.S), std::vector<bool>(at(f.S), false));
  for (const auto& move : f.map.moves) moves[at(move.from)][at(move.to)] = true;
  for (const auto& what : f.in.strategies) {
    check_strategy(what, f.map.names, moves, f.draws);
    f.plans.push_back(plan(what, f.S, f.T, o.periods_a_year, o.enrolments_a_year));
  }
  for (int y = 0; y < f.T; ++y) {
    auto times = stock_times(f.plans, y);
    // With a clock since entry pieces are cut where periods end as well.
    for (int p = 1; f.C > 1 && p < o.periods_a_year; ++p) {
      const double t = static_cast<double>(p) / o.periods_a_year;
      bool there = false;
      for (const double s : times) there = there || std::abs(s - t) < 1e-9;
      if (!there) times.push_back(t);
    }
    std::sort(times.begin(), times.end());
    f.cuts.push_back(times);
  }
  const auto& paths = f.in.population_paths;
  const std::size_t one = at((f.T + 1) * 2 * f.A);
  f.paths = static_cast<int>(paths.size() / one);
  if (paths.size() != at(f.paths) * one) {
    reject("E-SHAPE", "project",
           "the population paths have " + std::to_string(paths.size()) + " entries",
           std::to_string(one) + " are needed for each path",
           "Give logarithms of factors by year (the base year first), sex and age");
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (std::isfinite(paths[i]) && std::abs(paths[i]) < 7) continue;
    reject("E-NUM", "project",
           "path " + std::to_string(i / one) + " has the log factor " + shown(paths[i]),
           "it must be finite, and the factor below 1,000", "Mend the population's variants");
  }
}

}  // namespace

std::vector<double> growth_of_path(const fixed_part& f, int path) {
  auto persons = f.in.population.persons;
  for (std::size_t i = 0; i < persons.size(); ++i) {
    persons[i] *= std::exp(f.in.population_paths[at(path) * persons.size() + i]);
  }
  return within_the_year(follow_cohorts(persons, f.surviving, f.T, f.A).growth);
}

void check_closure(const fixed_part& f, const std::vector<projection_run>& runs) {
  if (f.options.closure != closure_policy::strict) return;
  double failed_runs = 0;
  std::string first;
  double missing = 0;
  std::vector<char> seen(at(f.draws), 0), bad(at(f.draws), 0);
  for (const auto& run : runs) {
    if (!seen[at(run.draw)]) {
      seen[at(run.draw)] = 1;
      for (int cell = 0; cell < 2 * f.A; ++cell) {
        double with = 0, supported = 0;
        for (int w = 1; w < f.W; ++w) {
          const int s = w % f.S;
          if (s == 0) continue;
          const double pi = f.prevalence[at(cell * f.W + w)];
          supported += pi;
          with += pi * f.rate(run.draw, cell / f.A, cell % f.A, f.band_of_stock(w / f.S),
                              f.map.death[at(s)]);
        }
        const double m = f.in.population.mortality[at(cell)];
        if (m > with && supported < 1) continue;
        bad[at(run.draw)] = 1;
        if (first.empty()) {
          first = f.cell(cell / f.A, cell % f.A);
          missing = (with - m) * f.persons(0, cell / f.A, cell % f.A);
        }
      }
    }
    failed_runs += bad[at(run.draw)];
  }
  if (first.empty()) return;
  reject("D-CLOSURE-NEGATIVE", "project",
         "in " + shown(100 * failed_runs / static_cast<double>(runs.size())) +
             " % of the runs people with support account for more deaths than the life table, "
             "first among " +
             first + " in " + std::to_string(f.in.population.base_year) + ", by " + shown(missing) +
             " deaths a year",
         "some must be left for those without support",
         "Use the closure policy `scale`, which scales the levels' mortality and says by how much");
}

fixed_part prepare(const open_cohort_inputs& inputs, const open_cohort_options& options) {
  fixed_part f{inputs, options, map_structure(inputs),
               0,      0,       0,
               0,      0,       {},
               1,      1,       0,
               {},     {},      {},
               {},     {},      {},
               {},     {},      {},
               {},     0};
  f.T = inputs.population.years;
  f.A = inputs.population.ages;
  f.S = f.map.size;
  f.K = static_cast<int>(inputs.structure.transitions().size());
  check_enrolments(options);
  f.clock = entry_clock(inputs.entry_cuts, options.enrolments_a_year);
  f.B = f.clock.bands();
  f.C = f.clock.cells();
  f.W = f.C * f.S;
  f.banded = by_band(f.map, f.B);
  const int of_draw = 2 * f.A * f.B * f.K;
  f.draws = of_draw > 0 ? static_cast<int>(inputs.rates.size() / at(of_draw)) : 0;
  check_inputs(f);
  if (!(options.floor > 0 && options.floor <= 1)) {
    reject("E-SETTING", "project", "the closure's floor is " + shown(options.floor),
           "those without support must die at a share of the life table's rate above 0 and at most "
           "1",
           "Choose 0.2, say");
  }
  smooth_prevalence(f);
  find_migration(f);
  plan_strategies(f);
  return f;
}

}  // namespace kohort::detail
