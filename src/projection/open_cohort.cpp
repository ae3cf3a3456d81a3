#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <string>

#include <kohort/population/lexis.hpp>
#include <kohort/projection/open_cohort.hpp>
#include <kohort/support/error.hpp>

#include "lanes/open_cohort.hpp"

namespace kohort {

namespace {

constexpr int lanes = 32;  // runs side by side in a block

// What is refused as a mistake of units, since the work on a piece grows with the fastest rate.
constexpr double most_deaths = 20;          // per person and year
constexpr double most_moves_a_year = 1000;  // a mean stay of nine hours
constexpr int nodes = static_cast<int>(birth_nodes.size());

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// The states and moves of the projection, and where their rates stand.
struct structure_map {
  std::vector<std::string> names;  // none, then the living states of the model
  std::vector<state> original;     // state of the model, -1 for none
  std::vector<int> levels;         // positions of those who have support
  std::vector<transition> moves;   // sorted by `to`
  std::vector<int> source;         // per move: transition of the model, or -1 - level if from none
  std::vector<int> death;          // per state: transition of the model, or -1
  std::vector<int> into, from;     // as the kernel wants them
  int size = 0;
};

structure_map map_structure(const open_cohort_inputs& inputs) {
  const auto& m = inputs.structure;
  const auto refuse = [](const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
    reject("E-MODEL", "project", seen, needed, remedy);
  };
  if (!m.death()) {
    refuse("the model has no death", "a population forecast contains deaths",
           "Name the state that is entered by dying");
  }
  structure_map map;
  map.names.emplace_back("none");
  map.original.push_back(-1);
  std::vector<int> position(at(m.size()), -1);
  for (state s = 0; s < m.size(); ++s) {
    if (s == *m.death()) continue;
    if (m.name(s) == "none") {
      refuse("the model has a state 'none'", "the projection adds it: people without support",
             "Leave 'none' out of the model; entries come from incidence");
    }
    position[at(s)] = static_cast<int>(map.names.size());
    if (m.name(s) != inputs.ended) map.levels.push_back(position[at(s)]);
    map.names.push_back(m.name(s));
    map.original.push_back(s);
  }
  map.size = static_cast<int>(map.names.size());
  map.death.assign(at(map.size), -1);
  std::vector<std::pair<transition, int>> found;
  for (std::size_t j = 0; j < map.levels.size(); ++j) {
    found.push_back({{0, map.levels[j]}, -1 - static_cast<int>(j)});
  }
  for (int k = 0; k < static_cast<int>(m.transitions().size()); ++k) {
    const auto& move = m.transitions()[at(k)];
    if (move.to == *m.death()) {
      map.death[at(position[at(move.from)])] = k;
    } else {
      found.push_back({{position[at(move.from)], position[at(move.to)]}, k});
    }
  }
  for (int s = 1; s < map.size; ++s) {
    if (map.death[at(s)] >= 0) continue;
    refuse("nobody dies from '" + map.names[at(s)] + "'",
           "deaths must match the life table wherever people are",
           "Add the transition to '" + m.name(*m.death()) + "'");
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first.to < b.first.to; });
  for (const auto& [move, source] : found) {
    map.moves.push_back(move);
    map.source.push_back(source);
    map.from.push_back(move.from);
  }
  for (int s = 0; s <= map.size; ++s) {
    map.into.push_back(static_cast<int>(std::count_if(
        map.moves.begin(), map.moves.end(), [s](const transition& move) { return move.to < s; })));
  }
  if (map.size > detail::most_living_states ||
      static_cast<int>(map.moves.size()) > detail::most_moves) {
    refuse("the model has " + std::to_string(map.size) + " living states and " +
               std::to_string(map.moves.size()) + " moves",
           "a projection takes at most " + std::to_string(detail::most_living_states) + " and " +
               std::to_string(detail::most_moves),
           "Merge states");
  }
  if (map.levels.empty()) {
    refuse("the model has no level of support", "there must be one to come in at",
           "Name another state as `ended`");
  }
  return map;
}

/// Everything that is the same in all runs.
struct fixed_part {
  const open_cohort_inputs& in;
  const open_cohort_options& options;
  structure_map map;
  int T, A, S, K, draws;
  std::vector<double> prevalence;     // 2 x A x S, smoothed
  std::vector<double> start;          // 2 x A x S, persons
  std::vector<double> growth;         // T x 2 x A: g of the cohort aged a on 1 January
  std::vector<char> emptied, filled;  // T x 2 x A, by age at the end of the year: see header
  std::vector<notice> notices;

  double persons(int y, int sex, int a) const {
    return in.population.persons[at((y * 2 + sex) * A + a)];
  }
  /// Force of mortality in calendar year base + y.
  double mortality(int y, int sex, int a) const {
    const int row = options.mortality_change ? y : 0;
    return in.population.mortality[at((row * 2 + sex) * A + a)];
  }
  std::string cell(int sex, int a) const {
    return std::string(sex == 0 ? "men" : "women") + " of age " +
           std::to_string(in.population.first_age + a);
  }
  double rate(int draw, int sex, int a, int k) const {
    const int all = static_cast<int>(in.structure.transitions().size());
    return in.rates[at((draw * 2 + sex) * A + a) * at(all) + at(k)];
  }
};

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
  shape("the stock", in.stock.size(), at(2 * f.A * (f.S - 1)));
  if (f.draws < 1) shape("the table of rates", in.rates.size(), at(2 * f.A * all));
  shape("the table of rates", in.rates.size(), at(f.draws) * at(2 * f.A * all));
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
  f.prevalence.assign(at(2 * f.A * f.S), 0.0);
  f.start = f.prevalence;
  for (int sex = 0; sex < 2; ++sex) {
    for (int a = 0; a < f.A; ++a) {
      const double n = f.persons(0, sex, a);
      double with = 0;
      for (int s = 1; s < f.S; ++s) {
        const double x = f.in.stock[at((sex * f.A + a) * (f.S - 1) + s - 1)];
        if (!(x >= 0) || !std::isfinite(x)) {
          reject("E-NUM", "project", "the stock of " + f.cell(sex, a) + " is " + shown(x),
                 "a number of persons is finite and not negative", "Mend the stock");
        }
        f.start[at((sex * f.A + a) * f.S + s)] = x;
        with += x;
      }
      if (with > n * (1 + 1e-12)) {
        reject("E-STOCK-POPULATION", "project",
               shown(with) + " " + f.cell(sex, a) + " have or have had support",
               "the population has " + shown(n) + " of them",
               "Decisions and population must be of the same place and day");
      }
      f.start[at((sex * f.A + a) * f.S)] = std::max(0.0, n - with);
    }
    for (int a = 0; a < f.A; ++a) {
      std::vector<double> sum(at(f.S), 0.0);
      double people = 0;
      for (int wide = f.options.prevalence_window;; ++wide) {
        const int low = std::max(0, a - wide), high = std::min(f.A - 1, a + wide);
        std::fill(sum.begin(), sum.end(), 0.0);
        for (int b = low; b <= high; ++b) {
          for (int s = 0; s < f.S; ++s) sum[at(s)] += f.start[at((sex * f.A + b) * f.S + s)];
        }
        people = std::accumulate(sum.begin(), sum.end(), 0.0);
        if (people >= f.options.prevalence_persons || (low == 0 && high == f.A - 1)) break;
      }
      for (int s = 0; s < f.S; ++s) {
        f.prevalence[at((sex * f.A + a) * f.S + s)] =
            people > 0 ? sum[at(s)] / people : (s == 0 ? 1.0 : 0.0);
      }
    }
  }
}

/// Net migration of every cohort and year: known ahead, since forecast and deaths are.
void find_migration(fixed_part& f) {
  f.growth.assign(at(f.T * 2 * f.A), 0.0);
  f.emptied.assign(f.growth.size(), 0);
  f.filled = f.emptied;
  double emptied = 0, filled = 0, large = 0;
  for (int sex = 0; sex < 2; ++sex) {
    std::vector<double> now(at(f.A * nodes));
    for (int a = 0; a < f.A; ++a) {
      for (int i = 0; i < nodes; ++i) {
        now[at(a * nodes + i)] = birth_nodes[at(i)].weight * f.persons(0, sex, a);
      }
    }
    for (int y = 0; y < f.T; ++y) {
      std::vector<double> survived(at(f.A * nodes), 0.0), total(at(f.A), 0.0);
      double old_net = 0, old_people = 0;
      for (int a = 0; a < f.A; ++a) {
        const int b = std::min(a + 1, f.A - 1);
        for (int i = 0; i < nodes; ++i) {
          const double u = birth_nodes[at(i)].age;
          const double left =
              now[at(a * nodes + i)] *
              std::exp(-f.mortality(y + 1, sex, a) * (1 - u) - f.mortality(y + 1, sex, b) * u);
          survived[at(a * nodes + i)] = left;
          total[at(b)] += left;
        }
      }
      std::vector<double> next(at(f.A * nodes), 0.0);
      for (int i = 0; i < nodes; ++i) {
        next[at(i)] = birth_nodes[at(i)].weight * f.persons(y + 1, sex, 0);
      }
      for (int a = 0; a < f.A; ++a) {
        const int b = std::min(a + 1, f.A - 1);
        const double wanted = f.persons(y + 1, sex, b), have = total[at(b)];
        const std::size_t here = at((y * 2 + sex) * f.A + a), end = at((y * 2 + sex) * f.A + b);
        if (wanted > 0 && have > 0) {
          f.growth[here] = std::log(wanted / have);
          for (int i = 0; i < nodes; ++i) {
            next[at(b * nodes + i)] += survived[at(a * nodes + i)] * wanted / have;
          }
        } else if (have > 0) {
          if (!f.emptied[end]) emptied += have;
          f.emptied[end] = 1;
        } else if (wanted > 0 && !f.filled[end]) {
          filled += wanted;
          f.filled[end] = 1;
          for (int i = 0; i < nodes; ++i) {
            next[at(b * nodes + i)] = birth_nodes[at(i)].weight * wanted;
          }
        }
        if (f.in.population.first_age + b >= 80 && (a < f.A - 2 || a == f.A - 1)) {
          old_net += wanted - have;
          old_people += wanted;
        }
      }
      if (old_people > 0 && std::abs(old_net) > 0.01 * old_people) {
        large = std::max(large, std::abs(old_net) / old_people);
      }
      now = next;
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
                         "over in some year; the largest share is given",
                         large});
  }
}

/// The tables and people of up to `lanes` runs, side by side.
class block {
 public:
  block(const fixed_part& fixed, const std::vector<projection_run>& runs, int first,
        open_cohort_results& out)
      : f(fixed),
        runs_(runs),
        first_(first),
        count_(std::min(lanes, static_cast<int>(runs.size()) - first)),
        out_(out),
        M(static_cast<int>(f.map.moves.size())),
        G(out.groups),
        advance_(detail::advance_cohort_with(f.options.with)) {
    fill_tables();
  }

  void run() {
    fill_start();
    tally_persons(0);
    for (int y = 0; y < f.T; ++y) {
      step_year(y);
      tally_persons(y + 1);
    }
    write();
  }

  double scaled_cells = 0, scaled_runs = 0, least_scale = 1;

 private:
  using table = std::vector<double>;

  const projection_run& run_of(int lane) const {
    return runs_[at(first_ + std::min(lane, count_ - 1))];
  }
  int draw_of(int lane) const { return run_of(lane).draw; }

  /// Start of the `lanes` numbers of entry i of a table.
  static double* row(table& t, int i) { return &t[at(i) * lanes]; }

  void fill_tables() {
    const int S = f.S, A = f.A, L = static_cast<int>(f.map.levels.size());
    one_.assign(lanes, 1.0);
    rates_.assign(at(2 * A * M) * lanes, 0.0);
    ratios_.assign(at(2 * A * S) * lanes, 1.0);
    entries_.assign(at((f.T + 1) * 2 * A * L) * lanes, 0.0);
    std::vector<char> touched(lanes, 0);
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < A; ++a) {
        const int cell = sex * A + a;
        for (int lane = 0; lane < lanes; ++lane) {
          const int draw = draw_of(lane);
          for (int k = 0; k < M; ++k) {
            if (f.map.source[at(k)] >= 0) {
              row(rates_, cell * M + k)[lane] = f.rate(draw, sex, a, f.map.source[at(k)]);
            }
          }
          Eigen::VectorXd prevalence(S - 1), mortality(S - 1);
          for (int s = 1; s < S; ++s) {
            prevalence[s - 1] = f.prevalence[at(cell * S + s)];
            mortality[s - 1] =
                f.map.death[at(s)] < 0 ? 0.0 : f.rate(draw, sex, a, f.map.death[at(s)]);
          }
          const auto closed = ratios_to_unsupported(f.in.population.mortality[at(cell)], prevalence,
                                                    mortality, f.options.closure, f.options.floor);
          for (int s = 1; s < S; ++s) row(ratios_, cell * S + s)[lane] = closed.ratios[s - 1];
          if (closed.scale != 1 && lane < count_) {
            scaled_cells += 1;
            touched[at(lane)] = 1;
            least_scale = std::min(least_scale, closed.scale);
          }
          std::vector<double> rate(at(L));
          for (int y = 0; y <= f.T; ++y) {
            const auto& run = run_of(lane);
            f.in.entries.rates(f.in.entries.draws == 1 ? 0 : draw, sex, a, y, run.incidence_trend,
                               run.mix_trend, rate.data());
            for (int j = 0; j < L; ++j) {
              row(entries_, ((y * 2 + sex) * A + a) * L + j)[lane] = rate[at(j)];
            }
          }
        }
      }
    }
    for (int lane = 0; lane < count_; ++lane) scaled_runs += touched[at(lane)];
    drift_.assign(at(2 * A * nodes * 2) * lanes, 0.0);
    entering_drift_.assign(at(2 * nodes) * lanes, 0.0);
    persons_.assign(at((f.T + 1) * S * 2 * G) * lanes, 0.0);
    years_.assign(at(f.T * S * 2 * G) * lanes, 0.0);
    moved_.assign(at(f.T * M) * lanes, 0.0);
    died_.assign(at(f.T * S) * lanes, 0.0);
    migrated_ = reached_ = died_;
    force_.assign(lanes, 0.0);
    scratch_.assign(at(2 * S + M + 2 * S) * lanes, 0.0);
  }

  /// One node over one piece, with the rates of age a in forecast year `year` (0: base year).
  /// Person-years are added to group a of `into`; with `count` off nothing is kept but the people.
  void piece(int sex, int a, int year, double length, double m, double g, double* people,
             double* drift, bool count) {
    const int S = f.S, A = f.A, L = static_cast<int>(f.map.levels.size()), cell = sex * A + a;
    const double* rates[detail::most_moves];
    const double* ratios[detail::most_living_states];
    for (int k = 0; k < M; ++k) {
      const int source = f.map.source[at(k)];
      rates[k] = source >= 0 ? row(rates_, cell * M + k)
                             : row(entries_, ((year * 2 + sex) * A + a) * L + (-1 - source));
    }
    for (int s = 0; s < S; ++s) ratios[s] = row(ratios_, cell * S + s);
    const detail::cohort_piece what{
        S, M, f.map.into.data(),         f.map.from.data(), rates, ratios, lanes, length,
        m, g, std::exp((g - m) * length)};
    double* spare = scratch_.data();
    const int y = std::max(0, year - 1);
    if (!count) {
      advance_(what, {people, drift, spare, spare + S * lanes, spare + (S + M) * lanes,
                      spare + (2 * S + M) * lanes, force_.data()});
      return;
    }
    std::fill_n(spare, S * lanes, 0.0);
    advance_(what, {people, drift, spare, row(moved_, y * M), row(died_, y * S),
                    row(migrated_, y * S), force_.data()});
    const int group = f.options.group_of_age[at(a)];
    for (int s = 0; s < S; ++s) {
      double* years = row(years_, ((y * S + s) * 2 + sex) * G + group);
      for (int lane = 0; lane < lanes; ++lane) years[lane] += spare[s * lanes + lane];
    }
  }

  double* people(int sex, int a, int node) {
    return &people_[at((sex * f.A + a) * nodes + node) * at(f.S) * lanes];
  }

  void fill_start() {
    const int S = f.S, A = f.A;
    people_.assign(at(2 * A * nodes * S) * lanes, 0.0);
    table settled;
    bool any = false;
    for (int lane = 0; lane < count_; ++lane) any = any || run_of(lane).settled_start;
    if (any) settled = settle();
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < A; ++a) {
        const double n = f.persons(0, sex, a);
        for (int i = 0; i < nodes; ++i) {
          const double weight = birth_nodes[at(i)].weight;
          double* x = people(sex, a, i);
          for (int s = 0; s < S; ++s) {
            for (int lane = 0; lane < lanes; ++lane) {
              const double persons =
                  run_of(lane).settled_start
                      ? n * settled[at(((sex * A + a) * nodes + i) * S + s) * lanes + at(lane)]
                      : f.start[at((sex * A + a) * S + s)];
              x[s * lanes + lane] = weight * persons;
            }
          }
        }
      }
    }
  }

  /// Where base-year rates would settle: the boundary prevalence carried up the ages by node.
  table settle() {
    const int S = f.S, A = f.A;
    table shares(at(2 * A * nodes * S) * lanes, 0.0);
    std::vector<double> x(at(S * lanes)), drift(lanes), old(at(S * lanes));
    for (int sex = 0; sex < 2; ++sex) {
      for (int i = 0; i < nodes; ++i) {
        const double u = birth_nodes[at(i)].age;
        std::fill(drift.begin(), drift.end(), 0.0);
        for (int s = 0; s < S; ++s) {
          std::fill_n(&x[at(s * lanes)], lanes, f.prevalence[at(sex * A * S + s)]);
        }
        const auto base = [&](int a) { return f.in.population.mortality[at(sex * A + a)]; };
        const auto keep = [&](int a, const std::vector<double>& from) {
          for (int lane = 0; lane < lanes; ++lane) {
            double sum = 0;
            for (int s = 0; s < S; ++s) sum += from[at(s * lanes + lane)];
            for (int s = 0; s < S; ++s) {
              shares[at(((sex * A + a) * nodes + i) * S + s) * lanes + at(lane)] =
                  from[at(s * lanes + lane)] / sum;
            }
          }
        };
        piece(sex, 0, 0, u, base(0), 0, x.data(), drift.data(), false);
        keep(0, x);
        std::fill(old.begin(), old.end(), 0.0);
        for (int a = 0; a < A - 1 + 20; ++a) {  // the open age is fed for twenty more years
          const int now = std::min(a, A - 1), next = std::min(a + 1, A - 1);
          piece(sex, now, 0, 1 - u, base(now), 0, x.data(), drift.data(), false);
          piece(sex, next, 0, u, base(next), 0, x.data(), drift.data(), false);
          if (next < A - 1) {
            keep(next, x);
          } else {
            for (std::size_t j = 0; j < x.size(); ++j) old[j] += x[j];
          }
        }
        keep(A - 1, old);
      }
    }
    return shares;
  }

  void step_year(int y) {
    const int S = f.S, A = f.A, width = S * lanes;
    table next(people_.size(), 0.0);
    const auto next_people = [&](int sex, int a, int node) {
      return &next[at((sex * A + a) * nodes + node) * at(width)];
    };
    for (int sex = 0; sex < 2; ++sex) {
      for (int i = 0; i < nodes; ++i) {  // those who reach the lowest age this year
        const double u = birth_nodes[at(i)].age, m = f.mortality(y + 1, sex, 0);
        const double born = birth_nodes[at(i)].weight * f.persons(y + 1, sex, 0) * std::exp(m * u);
        double* x = next_people(sex, 0, i);
        for (int s = 0; s < S; ++s) {
          const double persons = born * f.prevalence[at(sex * A * S + s)];
          std::fill_n(x + s * lanes, lanes, persons);
          for (int lane = 0; lane < lanes; ++lane) row(reached_, y * S + s)[lane] += persons;
        }
        if (born > 0) {
          piece(sex, 0, y + 1, u, m, 0, x, row(entering_drift_, sex * nodes + i), true);
        }
      }
      for (int a = 0; a < A; ++a) {
        const int b = std::min(a + 1, A - 1);
        const double g = f.growth[at((y * 2 + sex) * A + a)];
        for (int i = 0; i < nodes; ++i) {
          double* x = people(sex, a, i);
          double alive = 0;
          for (int s = 0; s < S; ++s) alive += x[s * lanes];
          if (alive > 0) {
            const double u = birth_nodes[at(i)].age;
            double* drift = row(drift_, ((sex * A + a) * nodes + i) * 2);
            piece(sex, a, y + 1, 1 - u, f.mortality(y + 1, sex, a), g, x, drift, true);
            piece(sex, b, y + 1, u, f.mortality(y + 1, sex, b), g, x, drift + lanes, true);
          }
          double* to = next_people(sex, b, i);
          for (int j = 0; j < width; ++j) to[j] += x[j];
        }
      }
      for (int b = 1; b < A; ++b) {
        const std::size_t end = at((y * 2 + sex) * A + b);
        if (!f.emptied[end] && !f.filled[end]) continue;
        for (int i = 0; i < nodes; ++i) {
          double* x = next_people(sex, b, i);
          for (int s = 0; s < S; ++s) {
            const double put = f.filled[end]
                                   ? birth_nodes[at(i)].weight * f.persons(y + 1, sex, b) *
                                         f.prevalence[at((sex * A + b) * S + s)]
                                   : 0.0;
            for (int lane = 0; lane < lanes; ++lane) {
              row(migrated_, y * S + s)[lane] += put - x[s * lanes + lane];
              x[s * lanes + lane] = put;
            }
          }
        }
      }
    }
    people_.swap(next);
  }

  void tally_persons(int y) {
    const int S = f.S, A = f.A;
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < A; ++a) {
        for (int i = 0; i < nodes; ++i) {
          const double* x = people(sex, a, i);
          for (int s = 0; s < S; ++s) {
            double* to = row(persons_, ((y * S + s) * 2 + sex) * G + f.options.group_of_age[at(a)]);
            for (int lane = 0; lane < lanes; ++lane) to[lane] += x[s * lanes + lane];
          }
        }
      }
    }
  }

  void write() {
    const auto copy = [&](const table& from, std::vector<double>& to) {
      const std::size_t entries = from.size() / lanes;
      for (int lane = 0; lane < count_; ++lane) {
        double* out = &to[at(first_ + lane) * entries];
        for (std::size_t e = 0; e < entries; ++e) out[e] = from[e * lanes + at(lane)];
      }
    };
    if (!persons_.empty()) copy(persons_, out_.persons);
    if (years_.empty()) return;
    copy(years_, out_.person_years);
    copy(moved_, out_.moved);
    copy(died_, out_.died);
    copy(migrated_, out_.migrated);
    copy(reached_, out_.reached);
  }

  const fixed_part& f;
  const std::vector<projection_run>& runs_;
  int first_, count_;
  open_cohort_results& out_;
  int M, G;
  detail::advance_cohort_function advance_;
  table one_, rates_, ratios_, entries_, drift_, entering_drift_, people_, force_, scratch_;
  table persons_, years_, moved_, died_, migrated_, reached_;
};

/// Under the strict policy: every run must leave some deaths for those without support.
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
        for (int s = 1; s < f.S; ++s) {
          const double pi = f.prevalence[at(cell * f.S + s)];
          supported += pi;
          if (f.map.death[at(s)] >= 0) {
            with += pi * f.rate(run.draw, cell / f.A, cell % f.A, f.map.death[at(s)]);
          }
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

}  // namespace

open_cohort_results project_open_cohort(const open_cohort_inputs& inputs,
                                        const std::vector<projection_run>& runs,
                                        const open_cohort_options& options) {
  fixed_part f{inputs, options, map_structure(inputs), 0, 0, 0, 0, 0, {}, {}, {}, {}, {}, {}};
  f.T = inputs.population.years;
  f.A = inputs.population.ages;
  f.S = f.map.size;
  f.K = static_cast<int>(inputs.structure.transitions().size());
  f.draws = f.A > 0 && f.K > 0 ? static_cast<int>(inputs.rates.size() / at(2 * f.A * f.K)) : 0;
  check_inputs(f);
  if (!(options.floor > 0 && options.floor <= 1)) {
    reject("E-SETTING", "project", "the closure's floor is " + shown(options.floor),
           "those without support must die at a share of the life table's rate above 0 and at most "
           "1",
           "Choose 0.2, say");
  }
  for (const auto& run : runs) {
    if (run.draw >= 0 && run.draw < f.draws) continue;
    reject("E-SHAPE", "project", "run uses draw " + std::to_string(run.draw),
           "there are " + std::to_string(f.draws) + " draws", "Number them from 0");
  }
  smooth_prevalence(f);
  find_migration(f);
  check_closure(f, runs);

  open_cohort_results out;
  out.states = f.map.names;
  out.moves = f.map.moves;
  out.runs = static_cast<int>(runs.size());
  out.years = f.T;
  out.groups = 1 + *std::max_element(options.group_of_age.begin(), options.group_of_age.end());
  out.prevalence = f.prevalence;
  out.notices = f.notices;
  const std::size_t cells = at(f.S) * 2 * at(out.groups), n = runs.size();
  out.persons.assign(n * at(f.T + 1) * cells, 0.0);
  out.person_years.assign(n * at(f.T) * cells, 0.0);
  out.moved.assign(n * at(f.T) * f.map.moves.size(), 0.0);
  out.died.assign(n * at(f.T) * at(f.S), 0.0);
  out.migrated = out.reached = out.died;

  const std::size_t blocks = (n + lanes - 1) / lanes;
  std::vector<double> cells_scaled(blocks), runs_scaled(blocks), least(blocks, 1.0);
  for_each_block(
      blocks, options.threads,
      [&](std::size_t b) {
        block part(f, runs, static_cast<int>(b) * lanes, out);
        part.run();
        cells_scaled[b] = part.scaled_cells;
        runs_scaled[b] = part.scaled_runs;
        least[b] = part.least_scale;
      },
      options.report);
  for (std::size_t b = 0; b < blocks; ++b) {
    out.scaled_cells += cells_scaled[b];
    out.scaled_runs += runs_scaled[b];
    out.least_scale = std::min(out.least_scale, least[b]);
  }
  return out;
}

}  // namespace kohort
