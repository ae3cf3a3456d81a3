#include "usual_care.hpp"

#include <algorithm>
#include <cmath>

#include "cohort_block.hpp"

// Usual care of a block: where people start, and each birth node over a year. The mortality of
// those without support is solved piece by piece; strategies are carried beside it with what was
// found.

namespace kohort::detail {

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
          source >= 0 ? row(u.rates, (cell * f.B + b) * M + k)
                      : row(u.entries, ((year * 2 + sex) * A + a) * L + (-1 - source));
    }
    for (int s = 0; s < f.S; ++s) {
      now.ratios[at(b * f.S + s)] = row(u.ratios, (cell * f.B + b) * f.S + s);
    }
  }
}

/// One node over one piece, solved so that its deaths are those of the life table. Flows are added
/// to the year `year` counted from 0; with `count` off nothing is kept but the people.
void cohort_block::advance(piece& now, double mortality, double* people, double* drift, int year,
                           bool count, int sex) {
  const int S = f.S;
  const double length = now.to - now.from;
  if (u.any_path) {
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
  if (!count) {
    double* spare = scratch_.data();
    advance_(what, {people, drift, spare, spare + S * lanes, spare + (S + M) * lanes,
                    spare + (2 * S + M) * lanes, force_.data()});
  } else {
    advance_(what,
             {people, drift, row(u.years, group_cell(year, sex, now.age)), row(u.moved, year * M),
              row(u.died, year * S), row(u.migrated, year * S), force_.data()});
  }
  now.force = force_;
}

void cohort_block::fill_start() {
  const int W = f.W, A = f.A;
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
      const double born_at = birth_nodes[at(i)].age;
      std::fill(drift.begin(), drift.end(), 0.0);
      std::fill(x.begin(), x.end(), 0.0);
      come_of_age(sex, 1 - born_at, [&](int w, double share) {
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
      live(0, 1 - born_at, 1, true);
      keep(0, x);
      std::fill(old.begin(), old.end(), 0.0);
      for (int a = 0; a < A - 1 + 20; ++a) {  // the open age is fed for twenty more years
        const int next = std::min(a + 1, A - 1);
        live(std::min(a, A - 1), 0, 1 - born_at);
        live(next, 1 - born_at, 1);
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

/// Those of a node who turn the lowest age in the year.
void cohort_block::let_in(const cohort_year& c, double* people) {
  const double born_at = birth_nodes[at(c.node)].age, m = f.mortality(c.year + 1, c.sex, 0);
  const double born =
      birth_nodes[at(c.node)].weight * f.persons(c.year + 1, c.sex, 0) * std::exp(m * born_at);
  const int period = period_of_coming(c.year, 1 - born_at);
  std::fill_n(people, f.W * lanes, 0.0);
  come_of_age(c.sex, 1 - born_at, [&](int w, double share) {
    for (int lane = 0; lane < lanes; ++lane) {
      const int path = usual(lane).path;
      const double came = path < 0 ? born : born * std::exp(f.path(path, c.year + 1, c.sex, 0));
      people[w * lanes + lane] += came * share;
      row(u.reached, period * f.S + w % f.S)[lane] += came * share;
    }
  });
}

/// Usual care over one year of one node.
void cohort_block::step_cohort(cohort_year& c, double* people) {
  const int A = f.A, a = c.age, b = std::min(a + 1, A - 1), y = c.year, sex = c.sex;
  const bool coming = a < 0;
  c.birthday = 1 - birth_nodes[at(c.node)].age;
  c.count = 0;
  for (int side = coming ? 1 : 0; side < 2; ++side) {
    const int age = side == 0 ? a : b;
    const double from = side == 0 ? 0.0 : c.birthday, to = side == 0 ? c.birthday : 1.0;
    const double* migration = coming ? still_.data() : row(u.growth, (y * 2 + sex) * A + a);
    double* drift = nullptr;
    if (!u.there) {
      drift = coming ? row(entering_drift_, 2 * (sex * nodes + c.node))
                     : row(drift_, 2 * (((sex * A + a) * nodes + c.node) * 2 + side));
    }
    if (f.C > 1) {
      live_by_clock(c, age, from, to, migration, people, drift);
      continue;
    }
    auto& now = c.next();
    set_piece(now, sex, age, y + 1);
    now.from = from;
    now.to = to;
    now.migration = migration;
    const int here = piece_place(c, side);
    if (u.there) {
      const double* force = row(u.force, here);
      now.force.assign(force, force + lanes);
      find_stock(c, now, row(u.people, here * f.S));
      continue;
    }
    if (u.kept) std::copy_n(people, f.S * lanes, row(u.people, here * f.S));
    const bool by_year = f.options.periods_a_year == 1;
    const auto& cuts = f.cuts[at(y)];
    const bool walked = !by_year || std::any_of(cuts.begin(), cuts.end(), [&](double cut) {
      return cut >= from && cut < to;
    });
    if (walked) std::copy_n(people, f.S * lanes, walking_.data());
    advance(now, f.mortality(y + 1, sex, age), people, drift, y, by_year, sex);
    if (u.kept) std::copy_n(now.force.data(), lanes, row(u.force, here));
    if (walked) find_stock(c, now, walking_.data());
    if (!by_year) walk(c, now, walking_.data());
  }
}

/// Usual care from the beginning of a piece, its force of mortality known.
void cohort_block::follow(const piece& part, double length, stretched& stretch,
                          double* people) const {
  carrying_.carry(
      {f.S, M, 0, f.map.from.data(), f.map.to.data(), part.rates.data(), part.ratios.data(),
       part.force.data(), part.migration, lanes, length, 0, nullptr, nullptr, nullptr, nullptr,
       static_cast<int>(stretch.share.size()), stretch.share.data()},
      {people, stretch.flows.data(), stretch.found.data()});
}

/// Flows by quarter or month, and people at the ends of those inside the piece.
void cohort_block::walk(const cohort_year& c, const piece& part, double* people) {
  const int S = f.S, P = f.options.periods_a_year;
  std::vector<double> times;
  for (int p = 1; p < P; ++p) {
    const double end = static_cast<double>(p) / P;
    if (end == part.from) add_persons(c.year * P + p, c.sex, part.age, people, u.persons);
    if (end > part.from && end < part.to) times.push_back(end);
  }
  auto& stretch = stretches(c.year, part.from, part.to, times);
  for (std::size_t i = 0; i < stretch.flows.size(); ++i) {
    const int period = stretch.period[i];
    auto& to = stretch.flows[i];
    to.person_years = row(u.years, group_cell(period, c.sex, part.age));
    to.moved = row(u.moved, period * M);
    to.died = row(u.died, period * S);
    to.migrated = row(u.migrated, period * S);
  }
  follow(part, part.to - part.from, stretch, people);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const int end = c.year * P + static_cast<int>(std::round(times[i] * P));
    add_persons(end, c.sex, part.age, &stretch.found[i * at(S * lanes)], u.persons);
  }
}

/// People at the times inside a piece at which strategies enrol the stock.
void cohort_block::find_stock(cohort_year& c, const piece& part, const double* people) {
  const auto& cuts = f.cuts[at(c.year)];
  std::vector<std::size_t> inside;
  std::vector<double> times;
  for (std::size_t k = 0; k < cuts.size(); ++k) {
    if (cuts[k] < part.from || cuts[k] >= part.to) continue;
    if (cuts[k] == part.from) {
      std::copy_n(people, f.S * lanes, c.found[k].data());
    } else {
      inside.push_back(k);
      times.push_back(cuts[k]);
    }
  }
  if (times.empty()) return;
  const double end = times.back();
  times.pop_back();
  auto& last = c.found[inside.back()];
  std::copy_n(people, f.S * lanes, last.data());
  auto& stretch = stretches(c.year, part.from, end, times);
  follow(part, end - part.from, stretch, last.data());
  for (std::size_t i = 0; i < times.size(); ++i) {
    std::copy_n(&stretch.found[i * at(f.S * lanes)], f.S * lanes, c.found[inside[i]].data());
  }
}

}  // namespace kohort::detail
