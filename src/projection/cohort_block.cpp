#include "cohort_block.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace kohort::detail {

cohort_block::cohort_block(const fixed_part& fixed, const std::vector<projection_run>& runs,
                           const std::vector<shared_run>& shared, int first, usual_care& usual,
                           open_cohort_results& out)
    : f(fixed),
      u(usual),
      runs_(runs),
      shared_(shared),
      first_(first),
      count_(std::min(lanes_in_block(fixed), static_cast<int>(shared.size()) - first)),
      lanes((count_ + 7) / 8 * 8),
      out_(out),
      M(static_cast<int>(f.map.moves.size())),
      G(out.groups),
      N(f.T * f.options.periods_a_year),
      advance_(advance_cohort_with(f.options.with)),
      carrying_(carrying_with(f.options.with)) {
  people_.assign(at(2 * (f.A + 1) * nodes * f.W) * at(lanes), 0.0);
  still_.assign(lanes, 0.0);
  scratch_.assign(at(5 * f.S + M) * at(lanes), 0.0);
  walking_.assign(at(f.S) * at(lanes), 0.0);
  if (!u.there) fill_tables();
  start_courses();
}

void cohort_block::run() {
  if (!u.there) {
    fill_start();
    tally_persons(0, people_, u.persons);
  }
  for (int y = 0; y < f.T; ++y) {
    for (auto& k : courses_) open_year(k, y);
    step_year(y);
    const int end = (y + 1) * f.options.periods_a_year;
    if (!u.there) tally_persons(end, people_, u.persons);
    for (auto& k : courses_) {
      close_year(k, y);
      if (k.acted) tally_persons(end, k.difference, k.persons);
    }
  }
  write();
  if (u.kept && !u.there) u.there = true;  // others may be reading it
}

void cohort_block::fill_tables() {
  const int S = f.S, A = f.A, L = static_cast<int>(f.map.levels.size());
  u.rates.assign(at(2 * A * f.B * M) * at(lanes), 0.0);
  u.ratios.assign(at(2 * A * f.B * S) * at(lanes), 1.0);
  u.entries.assign(at((f.T + 1) * 2 * A * L) * at(lanes), 0.0);
  std::vector<char> touched(lanes, 0);
  std::vector<double> rate(at(L));
  for (int sex = 0; sex < 2; ++sex) {
    for (int a = 0; a < A; ++a) {
      const int cell = sex * A + a;
      for (int lane = 0; lane < lanes; ++lane) {
        const auto& run = usual(lane);
        const int living = S - 1;
        Eigen::VectorXd prevalence = Eigen::VectorXd::Zero(living * f.B), mortality = prevalence;
        for (int b = 0; b < f.B; ++b) {
          for (int k = 0; k < M; ++k) {
            const int source = f.map.source[at(k)];
            if (source < 0) continue;
            row(u.rates, (cell * f.B + b) * M + k)[lane] = f.rate(run.draw, sex, a, b, source);
          }
          for (int s = 1; s < S; ++s) {
            mortality[b * living + s - 1] = f.rate(run.draw, sex, a, b, f.map.death[at(s)]);
          }
        }
        for (int w = 1; w < f.W; ++w) {
          const int s = w % S;
          if (s > 0) {
            prevalence[f.band_of_stock(w / S) * living + s - 1] += f.prevalence[at(cell * f.W + w)];
          }
        }
        const auto closed = ratios_to_unsupported(f.in.population.mortality[at(cell)], prevalence,
                                                  mortality, f.options.closure, f.options.floor);
        for (int b = 0; b < f.B; ++b) {
          for (int s = 1; s < S; ++s) {
            row(u.ratios, (cell * f.B + b) * S + s)[lane] = closed.ratios[b * living + s - 1];
          }
        }
        if (closed.scale != 1 && lane < count_) {
          u.scaled_cells += 1;
          touched[at(lane)] = 1;
          u.least_scale = std::min(u.least_scale, closed.scale);
        }
        for (int y = 0; y <= f.T; ++y) {
          f.in.entries.rates(f.in.entries.draws == 1 ? 0 : run.draw, sex, a, y, run.incidence_trend,
                             run.mix_trend, rate.data());
          for (int j = 0; j < L; ++j) {
            row(u.entries, ((y * 2 + sex) * A + a) * L + j)[lane] = rate[at(j)];
          }
        }
      }
    }
  }
  for (int lane = 0; lane < count_; ++lane) u.scaled_runs += touched[at(lane)];
  u.growth.assign(f.growth.size() * lanes, 0.0);
  for (int lane = 0; lane < lanes; ++lane) {
    const int path = usual(lane).path;
    u.any_path = u.any_path || path >= 0;
    const auto own = path < 0 ? std::vector<double>() : growth_of_path(f, path);
    const auto& growth = path < 0 ? f.growth : own;
    for (std::size_t i = 0; i < growth.size(); ++i) u.growth[i * lanes + at(lane)] = growth[i];
  }
  drift_.assign(at(2 * 2 * A * nodes * 2) * at(lanes), 0.0);
  entering_drift_.assign(at(2 * 2 * nodes) * at(lanes), 0.0);
  u.persons.assign(at((N + 1) * S * 2 * G) * at(lanes), 0.0);
  u.years.assign(at(N * S * 2 * G) * at(lanes), 0.0);
  u.moved.assign(at(N * M) * at(lanes), 0.0);
  u.died.assign(at(N * S) * at(lanes), 0.0);
  u.migrated = u.reached = u.died;
  force_.assign(lanes, 0.0);
  survivors_ = force_;
  if (u.kept) {
    const std::size_t pieces = at(f.T * 2 * (A + 1) * nodes * 2) * at(lanes);
    u.people.assign(pieces * at(S), 0.0);
    u.force.assign(pieces, 0.0);
  }
  if (f.C > 1) {
    banded_.assign(at(f.banded.size) * at(lanes), 0.0);
    const int moves = static_cast<int>(f.banded.from.size());
    banded_tally_.assign(at(3 * f.banded.size + moves) * at(lanes), 0.0);
  }
}

void cohort_block::step_year(int y) {
  const int S = f.S, A = f.A, W = f.W;
  cohort_year c;
  c.year = y;
  c.arrived.assign(at(W) * at(lanes), 0.0);
  c.found.assign(f.cuts[at(y)].size(), table(at(W) * at(lanes), 0.0));
  for (int sex = 0; sex < 2; ++sex) {
    c.sex = sex;
    for (int a = A - 1; a >= -1; --a) {
      c.age = a;
      for (int i = 0; i < nodes; ++i) {
        c.node = i;
        double* x = u.there ? row(u.people, piece_place(c, a < 0 ? 1 : 0) * W)
                            : row(people_, place(sex, a, i) * W);
        if (a < 0) {
          if (!u.there) let_in(c, x);
          std::copy_n(x, W * lanes, c.arrived.data());
        }
        double alive = 0;
        for (int w = 0; w < W; ++w) alive += x[w * lanes];
        if (alive > 0) {
          step_cohort(c, x);
          for (auto& k : courses_) carry_course(k, c);
        }
      }
    }
    grow_older(sex);
    for (int b = 1; b < A; ++b) {
      const std::size_t end = at((y * 2 + sex) * A + b);
      if (!f.emptied[end] && !f.filled[end]) continue;
      const int period = (y + 1) * f.options.periods_a_year - 1;
      for (int i = 0; i < nodes; ++i) {
        double* x = row(people_, place(sex, b, i) * W);
        for (int w = 0; w < W; ++w) {
          const double put = f.filled[end] ? birth_nodes[at(i)].weight * f.persons(y + 1, sex, b) *
                                                 f.prevalence[at((sex * A + b) * W + w)]
                                           : 0.0;
          for (int lane = 0; lane < lanes; ++lane) {
            const int path = usual(lane).path;
            const double persons = path < 0 ? put : put * std::exp(f.path(path, y + 1, sex, b));
            if (!u.there) {
              row(u.migrated, period * S + w % S)[lane] += persons - x[w * lanes + lane];
            }
            x[w * lanes + lane] = persons;
          }
        }
        for (auto& k : courses_) empty_cell(k, sex, b, i, f.filled[end] != 0);
      }
    }
  }
}

/// Room for what happens from one to the next of some times inside a piece; nothing but the sums is
/// kept of the flows until they are told where to go.
cohort_block::stretched& cohort_block::stretches(int year, double from, double to,
                                                 const std::vector<double>& times) {
  const std::size_t one = at(f.S * lanes), n = times.size() + 1;
  auto& s = stretch_;
  s.share.clear();
  s.period.clear();
  s.flows.clear();
  s.found.assign(n * one, 0.0);  // a strategy may leave out `none`
  double* spare = scratch_.data();
  double before = from;
  for (std::size_t i = 0; i < n; ++i) {
    const double end = i < times.size() ? times[i] : to;
    if (i < times.size()) s.share.push_back((end - from) / (to - from));
    s.period.push_back(period_of(year, (before + end) / 2));
    s.flows.push_back({spare, spare + one, spare + one + M * lanes, spare + 2 * one + M * lanes,
                       spare + 3 * one + M * lanes});
    before = end;
  }
  return s;
}

/// After the year: everyone is an age older, and those of the last two ages are of the last.
void cohort_block::grow_older(int sex) {
  if (!u.there) merge_oldest(people_, sex, f.W);
  for (auto& k : courses_) {
    merge_oldest(k.difference, sex, f.W);
    merge_oldest(k.pool, sex, 1);
    for (auto& group : k.people) merge_oldest(group, sex, f.W);
  }
  youngest_[at(sex)] = (youngest_[at(sex)] + f.A) % (f.A + 1);
}

/// Leaves the place of the oldest empty, for those who come in next.
void cohort_block::merge_oldest(table& people, int sex, int numbers) const {
  if (people.empty()) return;
  const int all = nodes * numbers * lanes;
  double* oldest = row(people, place(sex, f.A - 1, 0) * numbers);
  double* next = row(people, place(sex, f.A - 2, 0) * numbers);
  for (int j = 0; j < all; ++j) next[j] += oldest[j];
  std::fill_n(oldest, all, 0.0);
}

void cohort_block::add_persons(int end, int sex, int a, const double* people,
                               table& persons) const {
  double* to = row(persons, group_cell(end, sex, a));
  for (int c = 0; c < f.C; ++c) {
    for (int j = 0; j < f.S * lanes; ++j) to[j] += people[c * f.S * lanes + j];
  }
}

void cohort_block::tally_persons(int end, const table& people, table& persons) const {
  for (int sex = 0; sex < 2; ++sex) {
    for (int a = 0; a < f.A; ++a) {
      for (int i = 0; i < nodes; ++i) {
        add_persons(end, sex, a, row(people, place(sex, a, i) * f.W), persons);
      }
    }
  }
}

/// Tables to results: runs stand side by side in these, one after the other in those. It is done
/// period by period, so that what is read for one run is still near for the next.
///
/// @param usual   null: of strategies alone
/// @param change  what strategies add; null: nothing
/// @param order   where each number of a period of the results stands in one of the tables
/// @param people  none are fewer than 0
void cohort_block::copy(const std::vector<told_run>& told, const table* usual,
                        table course::* change, const std::vector<int>& order, bool people,
                        std::vector<double>& to) const {
  const int size = static_cast<int>(order.size());
  const int periods = static_cast<int>(to.size() / (at(size) * runs_.size()));
  for (int period = 0; period < periods; ++period) {
    for (const auto& one : told) {
      const table* more = one.strategy && change ? &(one.strategy->*change) : nullptr;
      double* out = to.data() + (at(one.run) * at(periods) + at(period)) * at(size);
      for (const int entry : order) {
        const std::size_t place = at((period * size + entry) * lanes + one.lane);
        double value = usual ? (*usual)[place] : 0.0;
        if (more) value += (*more)[place];
        *out++ = more && people ? std::max(0.0, value) : value;
      }
    }
  }
}

void cohort_block::write() {
  std::vector<told_run> told;
  for (int lane = 0; lane < count_; ++lane) {
    for (const int run : shared_[at(first_ + lane)].runs) {
      told.push_back({lane, run, nullptr});
      for (const auto& each : courses_) {
        if (each.number == runs_[at(run)].strategy) told.back().strategy = &each;
      }
    }
  }
  std::vector<int> states(at(f.S)), moves(at(M)), cells;
  std::iota(states.begin(), states.end(), 0);
  std::iota(moves.begin(), moves.end(), 0);
  for (int s = 0; s < f.S; ++s) {  // results have states before sexes and groups
    for (int c = 0; c < 2 * G; ++c) cells.push_back(c * f.S + s);
  }
  copy(told, &u.persons, &course::persons, cells, true, out_.persons);
  copy(told, &u.years, &course::years, cells, true, out_.person_years);
  copy(told, &u.moved, &course::moved, moves, true, out_.moved);
  copy(told, &u.died, &course::died, states, true, out_.died);
  copy(told, &u.migrated, &course::migrated, states, false, out_.migrated);
  copy(told, &u.reached, nullptr, states, false, out_.reached);
  copy(told, nullptr, &course::enrolled, states, false, out_.enrolled);
}

}  // namespace kohort::detail
