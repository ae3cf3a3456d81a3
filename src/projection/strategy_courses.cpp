#include <algorithm>
#include <cmath>

#include "cohort_block.hpp"

// What strategies make of the people of a block. Everything here is linear: the mortality of those
// without support and migration are those of usual care.

namespace kohort::detail {

namespace {

constexpr double no_time = 1e-12;     // years: pieces shorter than this are none
constexpr double same_period = 1e-9;  // years

}  // namespace

void cohort_block::start_courses() {
  std::vector<char> wanted(f.plans.size(), 0);
  for (int lane = 0; lane < count_; ++lane) {
    for (const int run : shared_[at(first_ + lane)].runs) {
      const int number = runs_[at(run)].strategy;
      if (number >= 0) wanted[at(number)] = 1;
    }
  }
  for (int number = 0; number < static_cast<int>(f.plans.size()); ++number) {
    if (!wanted[at(number)]) continue;
    const auto& plan = f.plans[at(number)];
    const auto& what = *plan.what;
    course k;
    k.number = number;
    k.difference.assign(at(2 * (f.A + 1) * nodes * f.W) * at(lanes), 0.0);
    if (plan.newcomers) k.pool.assign(at(2 * (f.A + 1) * nodes) * at(lanes), 0.0);
    k.people.resize(plan.groups.size());
    for (const auto& e : what.effects) {
      int move = -1 - e.from;
      for (int m = 0; m < M; ++m) {
        if (f.map.moves[at(m)].from == e.from && f.map.moves[at(m)].to == e.to) move = m;
      }
      k.move.push_back(move);
      const std::size_t steps = e.log_ratio.size() / at(e.draws);
      k.extra.emplace_back();
      for (std::size_t i = 0; i < steps; ++i) {
        table extra(lanes);
        for (int lane = 0; lane < lanes; ++lane) {
          const std::size_t draw = e.draws == 1 ? 0 : at(usual(lane).draw);
          extra[at(lane)] = std::expm1(e.log_ratio[draw * steps + i]);
        }
        const bool idle = std::all_of(extra.begin(), extra.end(), [](double r) { return r == 0; });
        k.extra.back().push_back(idle ? table() : extra);
      }
    }
    for (const auto& move : f.map.moves) {
      k.share.push_back(plan.newcomers && move.from == 0 ? plan.arrivals[at(move.to)] : 0.0);
    }
    k.uptake.assign(lanes, 1.0);
    for (int lane = 0; lane < lanes && !what.uptakes.empty(); ++lane) {
      k.uptake[at(lane)] = what.uptakes[at(usual(lane).draw)];
    }
    k.persons.assign(u.persons.size(), 0.0);
    k.years.assign(u.years.size(), 0.0);
    k.moved.assign(u.moved.size(), 0.0);
    k.died.assign(u.died.size(), 0.0);
    k.migrated = k.enrolled = k.died;
    courses_.push_back(std::move(k));
  }
}

/// Room for the groups that are carried in this year, and for no other.
void cohort_block::open_year(course& k, int y) {
  const auto& plan = f.plans[at(k.number)];
  for (int g = 0; g < static_cast<int>(plan.groups.size()); ++g) {
    const auto& group = plan.groups[at(g)];
    const double ends = g == 0 ? plan.calendar_ends : group.ends;
    const bool here = y >= group.year && ends > y + no_time;
    auto& people = k.people[at(g)];
    if (here && people.empty()) people.assign(k.difference.size(), 0.0);
    if (!here && !people.empty()) table().swap(people);
  }
}

/// Puts people into a group, and counts them unless they have to wait. Without shares they are
/// those who have accepted already.
void cohort_block::enrol(course& k, const cohort_year& c, int group, const double* people,
                         const double* share, int period) {
  const int S = f.S;
  auto& of_group = k.people[at(group)];
  const auto& times = f.plans[at(k.number)].groups[at(group)];
  const bool waits = times.at > times.joins;
  double* to = of_group.empty() ? nullptr : row(of_group, place(c.sex, c.age, c.node) * f.W);
  for (int w = 0; w < f.W; ++w) {
    const int s = w % S;
    const double part = share ? share[s] : 1.0;
    if (part == 0) continue;
    double* count = row(k.enrolled, period * S + s);
    for (int lane = 0; lane < lanes; ++lane) {
      const double taken = share ? part * k.uptake[at(lane)] : 1.0;
      const double joining = taken * people[w * lanes + lane];
      if (!waits) count[lane] += joining;
      if (to) to[w * lanes + lane] += joining;
    }
  }
}

/// Those who have waited start where it is offered; others have left the queue.
void cohort_block::start_waiting(course& k, const cohort_year& c, int group, int period) {
  auto& people = k.people[at(group)];
  if (people.empty()) return;
  const auto& offered = f.plans[at(k.number)].arrivals;
  double* here = row(people, place(c.sex, c.age, c.node) * f.W);
  for (int w = 0; w < f.W; ++w) {
    const int s = w % f.S;
    double* count = row(k.enrolled, period * f.S + s);
    for (int lane = 0; lane < lanes; ++lane) {
      double& n = here[w * lanes + lane];
      if (offered[at(s)] > 0) {
        count[lane] += n;
      } else {
        n = 0;
      }
    }
  }
}

/// The clock of some who have started begins anew: they go on in a group of their own.
void cohort_block::boost(course& k, const cohort_year& c, int group, double time) {
  const auto& plan = f.plans[at(k.number)];
  const int node = place(c.sex, c.age, c.node) * f.W;
  double* to = row(k.people[at(group)], node);
  for (std::size_t g = 1; g < plan.groups.size(); ++g) {
    if (static_cast<int>(g) == group || k.people[g].empty()) continue;
    if (plan.groups[g].at >= time - no_time) continue;
    double* from = row(k.people[g], node);
    for (int w = 0; w < f.W; ++w) {
      const double share = plan.what->boosted[at(w % f.S)];
      if (share == 0) continue;
      for (int j = w * lanes; j < (w + 1) * lanes; ++j) {
        const double moved = share * from[j];
        to[j] += moved;
        from[j] -= moved;
      }
    }
  }
}

/// Those in `none` who are not enrolled, from the start of the year, of enrolment or of the cohort.
///
/// @return  that time, or 2 if it is not in this year
double cohort_block::start_pool(course& k, const cohort_year& c) {
  const auto& plan = f.plans[at(k.number)];
  if (!plan.newcomers || c.year + 1 <= plan.from() || c.year >= plan.until()) return 2;
  double* pool = row(k.pool, place(c.sex, c.age, c.node));
  const double from = plan.from() - c.year;
  const auto set = [&](const table& people, double enrolled) {
    for (int lane = 0; lane < lanes; ++lane) {
      pool[lane] = people[at(lane)] * (1 - enrolled * k.uptake[at(lane)]);
    }
  };
  if (c.age < 0 && c.birthday >= from) {
    set(c.arrived, c.year + c.birthday < plan.until() ? plan.arrivals[0] : 0.0);
    return c.birthday;
  }
  if (plan.starts_in < c.year) return 0;
  const auto& cuts = f.cuts[at(c.year)];
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    if (std::abs(cuts[i] - from) < 1e-9) set(c.found[i], plan.stock[0]);
  }
  return from;
}

/// The pool from one time to another, and the newcomers among those who leave it.
void cohort_block::drain(course& k, const cohort_year& c, double from, double to,
                         double* enrolled) {
  for (std::size_t i = 0; i < c.count; ++i) {
    const auto& part = c.pieces[i];
    const double length = std::min(to, part.to) - std::max(from, part.from);
    if (length < no_time) continue;
    carrying_.drain({M, f.map.from.data(), part.rates.data(), part.force.data(), part.migration,
                     lanes, length, row(k.pool, place(c.sex, c.age, c.node)), f.map.to.data(),
                     k.share.data(), k.uptake.data(), enrolled});
  }
}

/// Newcomers of each of the year's groups: those who come while it is open.
void cohort_block::gather_newcomers(course& k, const cohort_year& c, double pool_from) {
  const int S = f.S, W = f.W;
  const auto& plan = f.plans[at(k.number)];
  std::size_t used = 0;
  table unused;
  double now = pool_from;
  const auto& groups = plan.groups;
  const auto drain_to = [&](double to, table& came) {
    if (pool_from > 1 || to <= now) return;
    drain(k, c, now, to, came.data());
    now = to;
  };
  for (std::size_t g = 2; g < groups.size(); ++g) {
    if (groups[g].year != c.year || groups[g].boost) continue;
    if (newcomers_.size() <= used) newcomers_.emplace_back();
    auto& came = newcomers_[used++];
    came.assign(at(W) * at(lanes), 0.0);
    drain_to(groups[g].closes - c.year, came);
    // Who comes of age while it is open, but before it enrols.
    const double birthday = c.year + c.birthday;
    if (c.age < 0 && groups[g].opens <= birthday && birthday < groups[g].joins) {
      for (int w = 0; w < W; ++w) {
        for (int lane = 0; lane < lanes; ++lane) {
          came[at(w * lanes + lane)] +=
              plan.arrivals[at(w % S)] * k.uptake[at(lane)] * c.arrived[at(w * lanes + lane)];
        }
      }
    }
    if (groups[g].room != 1) {
      for (double& n : came) n *= groups[g].room;
    }
  }
  unused.assign(at(S) * at(lanes), 0.0);
  drain_to(1, unused);
}

void cohort_block::carry_course(course& k, cohort_year& c) {
  const auto& plan = f.plans[at(k.number)];
  if (c.year < plan.starts_in) return;
  const double arrival = c.age < 0 ? c.birthday : 0.0;
  const double pool_from = start_pool(k, c);
  if (plan.by_clock) gather_newcomers(k, c, pool_from);
  std::size_t first_born = 2;
  while (first_born < plan.groups.size() && plan.groups[first_born].year < c.year) ++first_born;
  const auto& cuts = f.cuts[at(c.year)];
  std::size_t begun = 0;  // pieces whose clock has turned
  const auto begin_until = [&](double time) {
    while (begun < c.count && c.pieces[begun].from <= time + no_time) {
      if (c.pieces[begun].turns) turn_course(k, c, c.pieces[begun]);
      ++begun;
    }
  };
  for (const auto& now : plan.years[at(c.year)]) {
    if (now.to <= arrival + no_time) continue;
    begin_until(std::max(now.from, arrival));
    const int stock_group = plan.by_clock ? 1 : 0;
    if (now.stock && (c.age >= 0 || arrival < plan.from() - c.year)) {
      for (std::size_t i = 0; i < cuts.size(); ++i) {
        if (std::abs(cuts[i] - now.from) > 1e-9) continue;
        enrol(k, c, stock_group, c.found[i].data(), plan.stock.data(), now.period);
      }
    }
    for (const int g : now.born) {  // those who come of age later join it as they do
      if (c.age < 0 && plan.groups[at(g)].joins <= c.year + arrival) continue;
      enrol(k, c, g, newcomers_[at(g) - first_born].data(), nullptr, now.period);
    }
    if (now.from >= arrival) {
      for (const int g : now.starts) start_waiting(k, c, g, now.period);
      for (const int g : now.boosts) boost(k, c, g, c.year + now.from);
    }
    const double start = std::max(now.from, arrival);
    if (c.age < 0 && start == arrival && c.year + arrival >= plan.from() &&
        c.year + arrival < plan.until()) {
      int group = plan.by_clock ? -1 : 0;
      for (std::size_t g = 2; plan.by_clock && g < plan.groups.size(); ++g) {
        const auto& of = plan.groups[g];
        if (of.joins <= c.year + arrival && c.year + arrival < of.closes) {
          group = static_cast<int>(g);
        }
      }
      if (group >= 0) {
        auto came = c.arrived;
        for (double& n : came) n *= plan.groups[at(group)].room;
        enrol(k, c, group, came.data(), plan.arrivals.data(), period_of_coming(c.year, arrival));
        if (plan.by_clock) {
          enrol(k, c, group, newcomers_[at(group) - first_born].data(), nullptr,
                std::max(now.period, period_of(c.year, arrival)));
        }
      }
    }
    for (std::size_t i = 0; i < c.count; ++i) {
      const auto& part = c.pieces[i];
      const double from = std::max(start, part.from), to = std::min(now.to, part.to);
      if (to - from <= no_time) continue;
      begin_until(from);
      carry_piece(k, c, part, now, from, to);
      for (const double mark :
           now.marks) {  // on the birthday, or where the clock since entry turns
        if (std::abs(mark - to) <= no_time && k.acted) add_difference(k, c, mark);
      }
    }
    const int P = f.options.periods_a_year;
    const double end = now.to * P;
    if (k.acted && now.to < 1 - no_time && std::abs(end - std::round(end)) < 1e-9 * P) {
      add_difference(k, c, now.to);
    }
    for (const int g : now.over) {  // from here on only effects on the calendar act on them
      auto& people = k.people[at(g)];
      if (people.empty()) continue;
      double* from = row(people, place(c.sex, c.age, c.node) * f.W);
      double* to =
          k.people[0].empty() ? nullptr : row(k.people[0], place(c.sex, c.age, c.node) * f.W);
      for (int j = 0; j < f.W * lanes; ++j) {
        if (to) to[j] += from[j];
        from[j] = 0;
      }
    }
  }
}

/// What the strategy makes of everyone at the end of a period within the year.
void cohort_block::add_difference(course& k, const cohort_year& c, double time) const {
  const int end = c.year * f.options.periods_a_year +
                  static_cast<int>(std::round(time * f.options.periods_a_year));
  const int age = c.pieces[time >= c.birthday ? c.count - 1 : 0].age;
  add_persons(end, c.sex, age, row(k.difference, place(c.sex, c.age, c.node) * f.W), k.persons);
}

/// The clock since entry turns, for the enrolled and for what is made of everyone.
void cohort_block::turn_course(course& k, const cohort_year& c, const piece& part) {
  const auto& event = *event_at(part.from);
  const int here = place(c.sex, c.age, c.node) * f.W;
  turn(row(k.difference, here), event);
  for (auto& people : k.people) {
    if (!people.empty()) turn(row(people, here), event);
  }
}

/// One stretch of time in which nothing changes for this cohort.
void cohort_block::carry_piece(course& k, cohort_year& c, const piece& part, const interval& now,
                               double from, double to) {
  for (int cell = 0; cell < f.C; ++cell) carry_cell(k, c, part, now, from, to, cell);
}

/// Those in one cell of the clock since entry, all there are if there is no such clock.
void cohort_block::carry_cell(course& k, cohort_year& c, const piece& part, const interval& now,
                              double from, double to, int cell) {
  const int S = f.S;
  const auto& plan = f.plans[at(k.number)];
  const auto& effects = plan.what->effects;
  const int node = place(c.sex, c.age, c.node), here = node * f.W + cell * S;
  const int age = f.in.population.first_age + part.age;
  const int band = f.clock.band(cell, (part.from + part.to) / 2);
  groups_.clear();
  changes_.clear();
  spans_.clear();
  std::size_t mixed = 0;
  bool pooled = false;
  for (std::size_t i = 0; i < now.live.size(); ++i) {
    const int g = now.live[i];
    // Whoever was enrolled in an earlier year is older than those who come of age now.
    if (g > 0 && c.age + 1 < c.year - plan.groups[at(g)].year) continue;
    if (f.C > 1 && cell > 0 && !anybody(row(k.people[at(g)], here))) continue;
    const std::size_t first = changes_.size();
    for (const auto& act : now.acts[i]) {
      const auto& e = effects[at(act.effect)];
      if (age < e.first_age || age > e.last_age || (e.sex >= 0 && e.sex != c.sex)) continue;
      const int move = k.move[at(act.effect)];
      if (cell > 0 && (move >= 0 ? f.map.from[at(move)] : -1 - move) == 0) continue;
      const auto& extra = k.extra[at(act.effect)][at(act.step)];
      if (extra.empty()) continue;
      bool alone = true;
      for (std::size_t j = first; j < changes_.size(); ++j) {
        if (changes_[j].move != move) continue;
        alone = false;  // two effects on one move multiply
        if (mixed_.size() <= mixed) mixed_.resize(mixed + 1);
        auto& both = mixed_[mixed++];
        both.resize(lanes);
        for (int lane = 0; lane < lanes; ++lane) {
          const double one = changes_[j].extra[lane], other = extra[at(lane)];
          both[at(lane)] = one + other + one * other;
        }
        changes_[j].extra = both.data();
      }
      if (alone) changes_.push_back({move, extra.data()});
    }
    spans_.emplace_back(first, changes_.size());
    groups_.push_back({row(k.people[at(g)], here), 0, nullptr});
    if (g == 0) pooled = true;
  }
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    groups_[i].changes = static_cast<int>(spans_[i].second - spans_[i].first);
    groups_[i].change = changes_.data() + spans_[i].first;
  }
  k.acted = k.acted || !changes_.empty();
  const bool open = cell == 0 && now.open && pooled && from + c.year >= plan.from() - no_time;
  auto& times = times_;  // at which periods end
  times.clear();
  for (const double mark : now.marks) {
    if (mark > from + no_time && mark < to - no_time) times.push_back(mark);
  }
  if (cell == 0 && now.open && !pooled) {
    double start = from;
    for (std::size_t i = 0; i <= times.size(); ++i) {
      const double end = i < times.size() ? times[i] : to;
      drain(k, c, start, end, row(k.enrolled, period_of(c.year, (start + end) / 2) * S));
      start = end;
    }
  }
  if (groups_.empty() && !k.acted) return;
  if (cell > 0 && groups_.empty() && !anybody(row(k.difference, here))) return;
  auto& stretch = stretches(c.year, from, to, times);
  for (std::size_t i = 0; i < stretch.flows.size(); ++i) {
    const int period = stretch.period[i];
    stretch.flows[i] = {row(k.years, group_cell(period, c.sex, part.age)), row(k.moved, period * M),
                        row(k.died, period * S), row(k.migrated, period * S),
                        row(k.enrolled, period * S)};
  }
  carrying_.carry({S, M, cell == 0 ? plan.first : 1, f.map.from.data(), f.map.to.data(),
                   part.rates.data() + band * M, part.ratios.data() + band * S, part.force.data(),
                   part.migration, lanes, to - from, static_cast<int>(groups_.size()),
                   groups_.data(), open ? row(k.pool, node) : nullptr, k.share.data(),
                   k.uptake.data(), static_cast<int>(times.size()), stretch.share.data()},
                  {row(k.difference, here), stretch.flows.data(), stretch.found.data()});
  for (std::size_t i = 0; k.acted && i < times.size(); ++i) {
    add_persons(period_of(c.year, times[i] + same_period), c.sex, part.age,
                &stretch.found[i * at(S * lanes)], k.persons);
  }
}

/// Nothing is left to do after the year but to forget the groups that are over.
void cohort_block::close_year(course& k, int y) {
  const auto& plan = f.plans[at(k.number)];
  for (std::size_t g = 1; g < plan.groups.size(); ++g) {
    if (plan.groups[g].ends <= y + 1 + no_time) table().swap(k.people[g]);
  }
  if (plan.calendar_ends <= y + 1 + no_time) table().swap(k.people[0]);
}

/// Where the forecast has nobody, or somebody where the model has nobody: those who leave leave
/// their group, and those who appear are not enrolled.
void cohort_block::empty_cell(course& k, int sex, int a, int node, bool filled) {
  const int W = f.W, here = place(sex, a, node);
  std::fill_n(row(k.difference, here * W), W * lanes, 0.0);
  for (auto& people : k.people) {
    if (!people.empty()) std::fill_n(row(people, here * W), W * lanes, 0.0);
  }
  if (k.pool.empty()) return;
  if (filled) {
    std::copy_n(row(people_, here * W), lanes, row(k.pool, here));
  } else {
    std::fill_n(row(k.pool, here), lanes, 0.0);
  }
}

}  // namespace kohort::detail
