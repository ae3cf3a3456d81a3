#include "cohort_block.hpp"

#include <algorithm>
#include <cmath>

namespace kohort::detail {

cohort_block::cohort_block(const fixed_part& fixed, const std::vector<projection_run>& runs,
                           const std::vector<shared_run>& shared, int first,
                           open_cohort_results& out)
    : f(fixed),
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
  fill_tables();
  start_courses();
}

void cohort_block::run() {
  fill_start();
  tally_persons(0, people_, persons_);
  for (int y = 0; y < f.T; ++y) {
    for (auto& k : courses_) open_year(k, y);
    step_year(y);
    const int end = (y + 1) * f.options.periods_a_year;
    tally_persons(end, people_, persons_);
    for (auto& k : courses_) {
      close_year(k, y);
      if (k.acted) tally_persons(end, k.difference, k.persons);
    }
  }
  write();
}

void cohort_block::fill_tables() {
  const int S = f.S, A = f.A, L = static_cast<int>(f.map.levels.size());
  rates_.assign(at(2 * A * f.B * M) * at(lanes), 0.0);
  ratios_.assign(at(2 * A * f.B * S) * at(lanes), 1.0);
  entries_.assign(at((f.T + 1) * 2 * A * L) * at(lanes), 0.0);
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
            row(rates_, (cell * f.B + b) * M + k)[lane] = f.rate(run.draw, sex, a, b, source);
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
            row(ratios_, (cell * f.B + b) * S + s)[lane] = closed.ratios[b * living + s - 1];
          }
        }
        if (closed.scale != 1 && lane < count_) {
          scaled_cells += 1;
          touched[at(lane)] = 1;
          least_scale = std::min(least_scale, closed.scale);
        }
        for (int y = 0; y <= f.T; ++y) {
          f.in.entries.rates(f.in.entries.draws == 1 ? 0 : run.draw, sex, a, y, run.incidence_trend,
                             run.mix_trend, rate.data());
          for (int j = 0; j < L; ++j) {
            row(entries_, ((y * 2 + sex) * A + a) * L + j)[lane] = rate[at(j)];
          }
        }
      }
    }
  }
  for (int lane = 0; lane < count_; ++lane) scaled_runs += touched[at(lane)];
  growth_.assign(f.growth.size() * lanes, 0.0);
  for (int lane = 0; lane < lanes; ++lane) {
    const int path = usual(lane).path;
    any_path_ = any_path_ || path >= 0;
    const auto own = path < 0 ? std::vector<double>() : growth_of_path(f, path);
    const auto& growth = path < 0 ? f.growth : own;
    for (std::size_t i = 0; i < growth.size(); ++i) growth_[i * lanes + at(lane)] = growth[i];
  }
  still_.assign(lanes, 0.0);
  drift_.assign(at(2 * 2 * A * nodes * 2) * at(lanes), 0.0);
  entering_drift_.assign(at(2 * 2 * nodes) * at(lanes), 0.0);
  persons_.assign(at((N + 1) * S * 2 * G) * at(lanes), 0.0);
  years_.assign(at(N * S * 2 * G) * at(lanes), 0.0);
  moved_.assign(at(N * M) * at(lanes), 0.0);
  died_.assign(at(N * S) * at(lanes), 0.0);
  migrated_ = reached_ = died_;
  force_.assign(lanes, 0.0);
  survivors_ = force_;
  scratch_.assign(at(5 * S + M) * at(lanes), 0.0);
  walking_.assign(at(S) * at(lanes), 0.0);
  if (f.C > 1) {
    banded_.assign(at(f.banded.size) * at(lanes), 0.0);
    const int moves = static_cast<int>(f.banded.from.size());
    banded_tally_.assign(at(3 * f.banded.size + moves) * at(lanes), 0.0);
  }
}

/// The intensities at age a in forecast year `year` (0: base year).
void cohort_block::set_piece(piece& now, int sex, int a, int year) const {
  const int A = f.A, L = static_cast<int>(f.map.levels.size()), cell = sex * A + a;
  now.age = a;
  now.rates.resize(at(f.B * M));
  now.ratios.resize(at(f.B * f.S));
  for (int b = 0; b < f.B; ++b) {
    for (int k = 0; k < M; ++k) {
      const int source = f.map.source[at(k)];
      now.rates[at(b * M + k)] =
          source >= 0 ? row(rates_, (cell * f.B + b) * M + k)
                      : row(entries_, ((year * 2 + sex) * A + a) * L + (-1 - source));
    }
    for (int s = 0; s < f.S; ++s) {
      now.ratios[at(b * f.S + s)] = row(ratios_, (cell * f.B + b) * f.S + s);
    }
  }
}

/// One node over one piece, solved so that its deaths are those of the life table. Flows are added
/// to the year `year` counted from 0; with `count` off nothing is kept but the people.
void cohort_block::advance(piece& now, double mortality, double* people, double* drift, int year,
                           bool count, int sex) {
  const int S = f.S;
  const double length = now.to - now.from;
  if (any_path_) {
    for (int lane = 0; lane < lanes; ++lane) {
      survivors_[at(lane)] = std::exp((now.migration[lane] - mortality) * length);
    }
  } else {
    std::fill(survivors_.begin(), survivors_.end(),
              std::exp((now.migration[0] - mortality) * length));
  }
  if (f.C > 1) return advance_by_clock(now, mortality, people, drift, year, count, sex);
  const cohort_piece what{
      S,     M,      f.map.into.data(), f.map.from.data(), now.rates.data(), now.ratios.data(),
      lanes, length, mortality,         now.migration,     survivors_.data()};
  double* spare = scratch_.data();
  if (!count) {
    advance_(what, {people, drift, spare, spare + S * lanes, spare + (S + M) * lanes,
                    spare + (2 * S + M) * lanes, force_.data()});
  } else {
    std::fill_n(spare, S * lanes, 0.0);
    advance_(what, {people, drift, spare, row(moved_, year * M), row(died_, year * S),
                    row(migrated_, year * S), force_.data()});
    const int group = f.options.group_of_age[at(now.age)];
    for (int s = 0; s < S; ++s) {
      double* years = row(years_, ((year * S + s) * 2 + sex) * G + group);
      for (int lane = 0; lane < lanes; ++lane) years[lane] += spare[s * lanes + lane];
    }
  }
  now.force = force_;
}

void cohort_block::fill_start() {
  const int W = f.W, A = f.A;
  people_.assign(at(2 * (A + 1) * nodes * W) * at(lanes), 0.0);
  table settled;
  bool any = false;
  for (int lane = 0; lane < count_; ++lane) any = any || usual(lane).settled_start;
  if (any) settled = settle();
  for (int lane = 0; lane < lanes; ++lane) {
    const auto& run = usual(lane);
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < A; ++a) {
        const double factor = run.path < 0 ? 1.0 : std::exp(f.path(run.path, 0, sex, a));
        const double n = f.persons(0, sex, a);
        for (int i = 0; i < nodes; ++i) {
          for (int w = 0; w < W; ++w) {
            const double persons =
                run.settled_start
                    ? n * settled[at(((sex * A + a) * nodes + i) * W + w) * lanes + at(lane)]
                    : f.start[at((sex * A + a) * W + w)];
            row(people_, place(sex, a, i) * W + w)[lane] =
                factor * birth_nodes[at(i)].weight * persons;
          }
        }
      }
    }
  }
}

/// Those who turn the lowest age, share by place: as people about that age are in the base year.
template <class Put>
void cohort_block::come_of_age(int sex, double birthday, const Put& put) const {
  const double* share = &f.prevalence[at(sex * f.A * f.W)];
  for (int i = 0; i < f.clock.stock_parts(); ++i) {
    const int from = f.clock.cell_of_stock(i), to = f.clock.cell_at(i, birthday);
    for (int s = 0; s < f.S; ++s) {
      if (s == 0 && i > 0) continue;
      put(s == 0 ? 0 : to * f.S + s, share[s == 0 ? 0 : from * f.S + s]);
    }
  }
}

/// Where base-year rates would settle: the boundary prevalence carried up the ages by node.
cohort_block::table cohort_block::settle() {
  const int W = f.W, A = f.A;
  table shares(at(2 * A * nodes * W) * at(lanes), 0.0);
  table x(at(W * lanes)), drift(at(2 * lanes)), old(at(W * lanes));
  piece now;
  now.migration = still_.data();
  for (int sex = 0; sex < 2; ++sex) {
    for (int i = 0; i < nodes; ++i) {
      const double u = birth_nodes[at(i)].age;
      std::fill(drift.begin(), drift.end(), 0.0);
      std::fill(x.begin(), x.end(), 0.0);
      come_of_age(sex, 1 - u, [&](int w, double share) {
        for (int lane = 0; lane < lanes; ++lane) x[at(w * lanes + lane)] += share;
      });
      const auto live = [&](int a, double from, double to, bool turned = false) {
        set_piece(now, sex, a, 0);
        const auto times = stops(from, to, {});
        for (std::size_t k = 0; k + 1 < times.size(); ++k) {
          const auto* event = k == 0 && turned ? nullptr : event_at(times[k]);
          if (event) turn(x.data(), *event);
          now.from = times[k];
          now.to = times[k + 1];
          advance(now, f.in.population.mortality[at(sex * A + a)], x.data(), drift.data(), 0, false,
                  sex);
        }
      };
      const auto keep = [&](int a, const table& from) {
        for (int lane = 0; lane < lanes; ++lane) {
          double sum = 0;
          for (int w = 0; w < W; ++w) sum += from[at(w * lanes + lane)];
          for (int w = 0; w < W; ++w) {
            shares[at(((sex * A + a) * nodes + i) * W + w) * lanes + at(lane)] =
                from[at(w * lanes + lane)] / sum;
          }
        }
      };
      live(0, 1 - u, 1, true);
      keep(0, x);
      std::fill(old.begin(), old.end(), 0.0);
      for (int a = 0; a < A - 1 + 20; ++a) {  // the open age is fed for twenty more years
        const int next = std::min(a + 1, A - 1);
        live(std::min(a, A - 1), 0, 1 - u);
        live(next, 1 - u, 1);
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

void cohort_block::step_year(int y) {
  const int S = f.S, A = f.A, W = f.W;
  cohort_year c;
  c.year = y;
  c.arrived.assign(at(W) * at(lanes), 0.0);
  c.found.assign(f.cuts[at(y)].size(), table(at(W) * at(lanes), 0.0));
  for (int sex = 0; sex < 2; ++sex) {
    c.sex = sex;
    // The oldest first, so that everyone can move up an age in place.
    for (int a = A - 1; a >= -1; --a) {
      c.age = a;
      for (int i = 0; i < nodes; ++i) {
        c.node = i;
        double* x = row(people_, place(sex, a, i) * W);
        if (a < 0) {
          const double u = birth_nodes[at(i)].age, m = f.mortality(y + 1, sex, 0);
          const double born =
              birth_nodes[at(i)].weight * f.persons(y + 1, sex, 0) * std::exp(m * u);
          const int period = period_of_coming(y, 1 - u);
          std::fill_n(x, W * lanes, 0.0);
          come_of_age(sex, 1 - u, [&](int w, double share) {
            for (int lane = 0; lane < lanes; ++lane) {
              const int path = usual(lane).path;
              const double came = path < 0 ? born : born * std::exp(f.path(path, y + 1, sex, 0));
              x[w * lanes + lane] += came * share;
              row(reached_, period * S + w % S)[lane] += came * share;
            }
          });
          std::copy_n(x, W * lanes, c.arrived.data());
        }
        double alive = 0;
        for (int w = 0; w < W; ++w) alive += x[w * lanes];
        if (alive > 0) {
          step_cohort(c, x);
          for (auto& k : courses_) carry_course(k, c);
        }
        shift(people_, sex, a, i, W);
        for (auto& k : courses_) {
          shift(k.difference, sex, a, i, W);
          shift(k.pool, sex, a, i, 1);
          for (auto& group : k.people) shift(group, sex, a, i, W);
        }
      }
    }
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
            row(migrated_, period * S + w % S)[lane] += persons - x[w * lanes + lane];
            x[w * lanes + lane] = persons;
          }
        }
        for (auto& k : courses_) empty_cell(k, sex, b, i, f.filled[end] != 0);
      }
    }
  }
}

/// Usual care over one year of one node.
void cohort_block::step_cohort(cohort_year& c, double* people) {
  const int A = f.A, a = c.age, b = std::min(a + 1, A - 1), y = c.year, sex = c.sex;
  const double u = birth_nodes[at(c.node)].age;
  const bool coming = a < 0;
  c.birthday = 1 - u;
  c.count = 0;
  const bool cut = !f.cuts[at(y)].empty(), by_year = f.options.periods_a_year == 1;
  for (int side = coming ? 1 : 0; side < 2; ++side) {
    const int age = side == 0 ? a : b;
    const double from = side == 0 ? 0.0 : c.birthday, to = side == 0 ? c.birthday : 1.0;
    const double* migration = coming ? still_.data() : row(growth_, (y * 2 + sex) * A + a);
    double* drift = coming ? row(entering_drift_, 2 * (sex * nodes + c.node))
                           : row(drift_, 2 * (((sex * A + a) * nodes + c.node) * 2 + side));
    if (f.C > 1) {
      live_by_clock(c, age, from, to, migration, people, drift);
      continue;
    }
    auto& now = c.next();
    set_piece(now, sex, age, y + 1);
    now.from = from;
    now.to = to;
    now.migration = migration;
    if (cut) std::copy_n(people, f.S * lanes, walking_.data());
    advance(now, f.mortality(y + 1, sex, age), people, drift, y, by_year, sex);
    if (cut) walk(c, now, walking_.data());
  }
}

/// Follows usual care through a piece, its force of mortality known, to the points of time inside.
void cohort_block::walk(cohort_year& c, const piece& part, double* people) {
  const int S = f.S, P = f.options.periods_a_year;
  const auto& cuts = f.cuts[at(c.year)];
  const auto keep = [&](std::size_t k, const double* there) {
    std::copy_n(there, S * lanes, c.found[k].data());
    const double period = cuts[k] * P;
    if (cuts[k] > 0 && P > 1 && std::abs(period - std::round(period)) < 1e-9 * P) {
      add_persons(c.year * P + static_cast<int>(std::round(period)), c.sex, part.age, there,
                  persons_);
    }
  };
  std::vector<std::size_t> inside;
  std::vector<double> times;
  for (std::size_t k = 0; k < cuts.size(); ++k) {
    if (cuts[k] < part.from || cuts[k] >= part.to) continue;
    if (cuts[k] == part.from) {
      keep(k, people);
    } else {
      inside.push_back(k);
      times.push_back(cuts[k]);
    }
  }
  double end = part.to;
  if (P == 1) {  // the year's sums are there already
    if (times.empty()) return;
    end = times.back();
    times.pop_back();
  }
  auto& stretch = stretches(c.year, part.from, end, times);
  if (P > 1) {
    for (std::size_t i = 0; i < stretch.flows.size(); ++i) {
      const int period = stretch.period[i];
      auto& to = stretch.flows[i];
      to.moved = row(moved_, period * M);
      to.died = row(died_, period * S);
      to.migrated = row(migrated_, period * S);
    }
  }
  const carried_piece what{S,
                           M,
                           0,
                           f.map.from.data(),
                           f.map.to.data(),
                           part.rates.data(),
                           part.ratios.data(),
                           part.force.data(),
                           part.migration,
                           lanes,
                           end - part.from,
                           0,
                           nullptr,
                           nullptr,
                           nullptr,
                           nullptr,
                           static_cast<int>(stretch.share.size()),
                           stretch.share.data()};
  carrying_.carry(what, {people, stretch.flows.data(), stretch.found.data()});
  if (P > 1) add_years(stretch, 0, c.sex, part.age, years_);
  for (std::size_t i = 0; i < inside.size(); ++i) {
    keep(inside[i], i < times.size() ? &stretch.found[i * at(S * lanes)] : people);
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
  s.years.assign(n * one, 0.0);
  s.found.assign(n * one, 0.0);  // a strategy may leave out `none`
  double* spare = scratch_.data();
  double before = from;
  for (std::size_t i = 0; i < n; ++i) {
    const double end = i < times.size() ? times[i] : to;
    if (i < times.size()) s.share.push_back((end - from) / (to - from));
    s.period.push_back(period_of(year, (before + end) / 2));
    s.flows.push_back({&s.years[i * one], spare, spare + M * lanes, spare + (M + f.S) * lanes,
                       spare + (M + 2 * f.S) * lanes});
    before = end;
  }
  return s;
}

/// Adds the person-years of each stretch of time, from state `first` on.
void cohort_block::add_years(const stretched& s, int first, int sex, int a, table& years) const {
  const int group = f.options.group_of_age[at(a)];
  for (std::size_t i = 0; i < s.period.size(); ++i) {
    for (int r = first; r < f.S; ++r) {
      double* to = row(years, ((s.period[i] * f.S + r) * 2 + sex) * G + group);
      const double* lived = &s.years[(i * at(f.S) + at(r)) * at(lanes)];
      for (int lane = 0; lane < lanes; ++lane) to[lane] += lived[lane];
    }
  }
}

/// Moves those of age a on 1 January to the age they have at the end of the year.
void cohort_block::shift(table& people, int sex, int a, int node, int numbers) const {
  if (people.empty() || a == f.A - 1) return;
  double* from = row(people, place(sex, a, node) * numbers);
  double* to = row(people, place(sex, a + 1, node) * numbers);
  for (int j = 0; j < numbers * lanes; ++j) {
    to[j] = a + 1 == f.A - 1 ? to[j] + from[j] : from[j];
    from[j] = 0;
  }
}

void cohort_block::add_persons(int end, int sex, int a, const double* people,
                               table& persons) const {
  for (int w = 0; w < f.W; ++w) {
    const int s = w % f.S;
    double* to = row(persons, ((end * f.S + s) * 2 + sex) * G + f.options.group_of_age[at(a)]);
    for (int lane = 0; lane < lanes; ++lane) to[lane] += people[w * lanes + lane];
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

/// One lane of a table, with what a strategy changes, to its place among the results.
void cohort_block::copy(const table& from, const table* change, bool positive, int lane, int run,
                        std::vector<double>& to) const {
  const std::size_t entries = from.size() / lanes;
  double* out = to.data() + at(run) * entries;
  for (std::size_t e = 0; e < entries; ++e) {
    double value = from[e * lanes + at(lane)];
    if (change) value += (*change)[e * lanes + at(lane)];
    out[e] = positive ? std::max(0.0, value) : value;
  }
}

void cohort_block::write() {
  for (int lane = 0; lane < count_; ++lane) {
    for (const int run : shared_[at(first_ + lane)].runs) {
      const course* k = nullptr;
      for (const auto& each : courses_) {
        if (each.number == runs_[at(run)].strategy) k = &each;
      }
      const auto changed = [&](const table course::* which) { return k ? &(k->*which) : nullptr; };
      copy(persons_, changed(&course::persons), k != nullptr, lane, run, out_.persons);
      copy(years_, changed(&course::years), k != nullptr, lane, run, out_.person_years);
      copy(moved_, changed(&course::moved), k != nullptr, lane, run, out_.moved);
      copy(died_, changed(&course::died), k != nullptr, lane, run, out_.died);
      copy(migrated_, changed(&course::migrated), false, lane, run, out_.migrated);
      copy(reached_, nullptr, false, lane, run, out_.reached);
      if (k) copy(k->enrolled, nullptr, false, lane, run, out_.enrolled);
    }
  }
}

}  // namespace kohort::detail
