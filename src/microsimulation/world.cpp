#include "world.hpp"

#include <algorithm>

#include <kohort/support/error.hpp>

namespace kohort::detail {

namespace {

std::size_t at(long i) { return static_cast<std::size_t>(i); }

constexpr std::uint32_t most_moves = 1'000'000;

/// The ratio of an effect at a time, and when it next changes.
double ratio_at(const life_effect& effect, const life& person, double& holds) {
  const double begins = effect.since_enrolment ? person.enrolled + effect.starts : effect.starts;
  const double now = person.now;
  if (now < begins) {
    holds = std::min(holds, begins);
    return 1;
  }
  const auto steps = static_cast<long>(effect.log_ratio.size());
  auto j = static_cast<long>((now - begins) / effect.step);
  while (j > 0 && begins + static_cast<double>(j) * effect.step > now) --j;
  while (j < steps && begins + static_cast<double>(j + 1) * effect.step <= now) ++j;
  if (j >= steps) return 1;
  holds = std::min(holds, begins + static_cast<double>(j + 1) * effect.step);
  return std::exp(effect.log_ratio[at(j)]);
}

}  // namespace

world::world(const life_rates& rates, const life_settings& settings)
    : in_(rates),
      states(rates.structure.size()),
      transitions(static_cast<int>(rates.structure.transitions().size())),
      groups(1),
      horizon(settings.periods * settings.step),
      chances_(settings.seed, purpose::lives),
      enrolment_(settings.seed, purpose::enrolling) {
  for (const int g : rates.group_of_pattern) groups = std::max(groups, g + 1);
  const auto& moves = rates.structure.transitions();
  for (int s = 0; s <= states; ++s) {
    out_starts_.push_back(static_cast<int>(out_.size()));
    for (int k = 0; s < states && k < transitions; ++k) {
      if (moves[at(k)].from == s) out_.push_back(k);
    }
  }
  const int ages = rates.by_cohort ? rates.ages + 1 : std::max(1, rates.ages);
  last_age_ = ages - 1;
  state_stride_ = at(transitions);
  entry_stride_ = state_stride_ * (rates.in_state_cuts.size() + 1);
  half_stride_ = entry_stride_ * (rates.since_entry_cuts.size() + 1);
  age_stride_ = half_stride_ * (rates.by_cohort ? 2 : 1);
  year_stride_ = age_stride_ * at(ages);
  pattern_stride_ = year_stride_ * at(rates.years);
}

life world::begin(const life_starts& list, std::size_t i, std::uint32_t id,
                  std::uint32_t replicate) const {
  life p;
  p.id = id;
  p.state = list.states[i];
  p.pattern = list.patterns.empty() ? 0 : list.patterns[i];
  p.now = list.times.empty() ? 0 : list.times[i];
  p.factor = list.factors.empty() ? 1 : list.factors[i];
  p.entered = p.now - (list.since_entry.empty() ? 0 : list.since_entry[i]);
  p.in_state_since = p.now - (list.in_state.empty() ? 0 : list.in_state[i]);
  p.year = static_cast<int>(p.now);
  if (in_.years > 1 || in_.by_cohort) p.next_january = p.year + 1;
  if (in_.ages > 0) {
    p.age = list.ages.empty() ? in_.first_age : list.ages[i];
    p.next_birthday = p.now + (list.to_birthday.empty() ? 1 : list.to_birthday[i]);
    p.half = p.next_birthday > p.next_january ? 1 : 0;
  }
  p.patience = patience(p, replicate);
  return p;
}

/// Rates of leaving the person's state into `out`; returns their sum. `holds`: until when.
double world::rates_now(const life& p, const life_strategy* strategy, const status_ratios* ratios,
                        double* out, double& holds) const {
  holds = std::min(p.next_birthday, p.next_january);
  std::size_t cell =
      at(p.pattern) * pattern_stride_ + at(std::min(p.year, in_.years - 1)) * year_stride_;
  if (in_.by_cohort) {
    const int on_1_january = p.age - p.half - in_.first_age + 1;
    cell += at(std::clamp(on_1_january, 0, last_age_)) * age_stride_ + at(p.half) * half_stride_;
  } else {
    cell += at(std::clamp(p.age - in_.first_age, 0, last_age_)) * age_stride_;
  }
  const auto pass = [&](const std::vector<double>& cuts, double since, std::size_t stride) {
    std::size_t c = 0;
    while (c < cuts.size() && since + cuts[c] <= p.now) ++c;
    if (c < cuts.size()) holds = std::min(holds, since + cuts[c]);
    cell += c * stride;
  };
  if (!in_.since_entry_cuts.empty()) pass(in_.since_entry_cuts, p.entered, entry_stride_);
  if (!in_.in_state_cuts.empty()) pass(in_.in_state_cuts, p.in_state_since, state_stride_);
  const double* table = &in_.rates[cell];
  const std::vector<double>* by_status = ratios ? &ratios->by[p.status] : nullptr;
  if (by_status && by_status->empty()) by_status = nullptr;
  const bool treated = strategy && p.enrolled <= p.now;
  double sum = 0;
  const int first = out_starts_[at(p.state)], end = out_starts_[at(p.state) + 1];
  for (int w = first; w < end; ++w) {
    const int k = out_[at(w)];
    double rate = table[k];
    if (p.factor != 1 && (in_.frail.empty() || in_.frail[at(k)])) rate *= p.factor;
    if (by_status) rate *= (*by_status)[at(k)];
    if (treated) {
      for (const auto& effect : strategy->effects) {
        if (effect.transition != k || p.age < effect.first_age || p.age > effect.last_age ||
            (!effect.patterns.empty() && !effect.patterns[at(p.pattern)])) {
          continue;
        }
        rate *= ratio_at(effect, p, holds);
      }
    }
    out[w - first] = rate;
    sum += rate;
  }
  return sum;
}

/// Whether the forecast has nobody left of the person's kind at the end of this year.
bool world::leaves_now(const life& p) const {
  if (p.year >= in_.years) return false;
  const int on_1_january = std::clamp(p.age - p.half - in_.first_age + 1, 0, last_age_);
  return in_.leaves_at_year_end[(at(p.pattern) * at(in_.years) + at(p.year)) * at(last_age_ + 1) +
                                at(on_1_january)] != 0 &&
         in_.way_away[at(p.state)] >= 0;
}

bool world::advance(life& p, double until, const life_strategy* strategy,
                    const status_ratios* ratios) const {
  double rates[64];
  const int ways = out_starts_[at(p.state) + 1] - out_starts_[at(p.state)];
  if (ways == 0) {
    p.now = until;
    return false;
  }
  while (true) {
    double holds;
    const double leaving = rates_now(p, strategy, ratios, rates, holds);
    const double end = std::min(holds, until);
    const double passed = leaving * (end - p.now);
    if (p.patience <= passed && leaving > 0) {
      p.now = std::min(p.now + p.patience / leaving, end);
      p.patience = 0;
      return true;
    }
    p.patience -= passed;
    p.now = end;
    if (p.next_birthday <= end) {
      ++p.age;
      p.next_birthday += 1;
      p.half = 1;
    }
    if (p.next_january <= end) {
      if (!in_.leaves_at_year_end.empty() && leaves_now(p)) {
        p.forced = in_.way_away[at(p.state)];
        return true;
      }
      ++p.year;
      p.next_january += 1;
      p.half = 0;
    }
    if (end >= until) return false;
  }
}

int world::choose(const life& p, std::uint32_t replicate, const life_strategy* strategy,
                  const status_ratios* ratios) const {
  if (p.forced >= 0) return p.forced;
  double rates[64], holds;
  const double leaving = rates_now(p, strategy, ratios, rates, holds);
  const int first = out_starts_[at(p.state)], ways = out_starts_[at(p.state) + 1] - first;
  const double drawn = chances_(replicate, p.id, p.moves)[1];
  double passed = 0;
  int chosen = -1;
  for (int w = 0; w < ways; ++w) {
    if (rates[w] == 0) continue;
    chosen = w;  // rounding may leave a crumb behind the last way: then it is the last one
    passed += rates[w];
    if (drawn < passed / leaving) break;
  }
  return out_[at(first + chosen)];
}

void world::move(life& p, int transition, std::uint32_t replicate) const {
  const auto& moves = in_.structure.transitions();
  if (p.state == in_.outside) p.entered = p.now;
  p.state = moves[at(transition)].to;
  p.in_state_since = p.now;
  p.forced = -1;
  if (++p.moves >= most_moves) {
    reject("E-MODEL", "simulate_lives", "a person has moved " + std::to_string(p.moves) + " times",
           "rates this high leave no lives to look at", "Measure time in years");
  }
  p.patience = patience(p, replicate);
}

tally::tally(const world& w, const life_settings& settings)
    : periods(settings.periods),
      groups(w.groups),
      states(w.states),
      transitions(w.transitions),
      step(settings.step),
      a_year(1 / settings.step),
      force(std::log1p(settings.discount)),
      flow(at(periods) * at(groups) * at(states) * statuses),
      at_start(at(groups) * at(states) * statuses),
      moves(at(periods) * at(transitions)),
      worths(at(periods) * at(transitions)),
      entered(at(periods) * at(states)),
      enrolled(at(periods)),
      enrolments(at(periods)) {}

void tally::add(int group, int state, int status, double time, double sign) {
  if (time <= 0) {
    at_start[at((group * states + state) * statuses + status)].count += sign;
    return;
  }
  auto& cell = flow[at(((period(time) * groups + group) * states + state) * statuses + status)];
  cell.count += sign;
  cell.times += sign * time;
  cell.worths += sign * worth(time);
}

void tally::add_move(int transition, double time) {
  const std::size_t cell = at(period(time) * transitions + transition);
  moves[cell] += 1;
  worths[cell] += worth(time);
}

void tally::add(const tally& other) {
  const auto join = [](std::vector<sums>& to, const std::vector<sums>& from) {
    for (std::size_t i = 0; i < to.size(); ++i) {
      to[i].count += from[i].count;
      to[i].times += from[i].times;
      to[i].worths += from[i].worths;
    }
  };
  const auto join_numbers = [](std::vector<double>& to, const std::vector<double>& from) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
  };
  join(flow, other.flow);
  join(at_start, other.at_start);
  join(enrolled, other.enrolled);
  join_numbers(moves, other.moves);
  join_numbers(worths, other.worths);
  join_numbers(entered, other.entered);
  join_numbers(enrolments, other.enrolments);
}

life_results empty_results(const world& w, const life_settings& settings) {
  life_results out;
  out.replicates = static_cast<int>(settings.replicates);
  out.periods = settings.periods;
  out.groups = w.groups;
  out.states = w.states;
  out.transitions = w.transitions;
  const std::size_t R = settings.replicates, T = at(settings.periods),
                    cells = at(w.groups) * at(w.states);
  out.occupancy.assign(R * (T + 1) * cells, 0.0);
  out.person_years.assign(R * T * cells, 0.0);
  out.moves.assign(R * T * at(w.transitions), 0.0);
  out.entered.assign(R * T * at(w.states), 0.0);
  out.cost.assign(R * T, 0.0);
  out.enrolled = out.enrolled_years = out.cost;
  return out;
}

void write_results(const tally& sums, const life_settings& settings, int replicate,
                   life_results& out, const status_costs* costs) {
  const int T = sums.periods, G = sums.groups, S = sums.states, K = sums.transitions;
  const double force = sums.force;
  const auto cost_of = [&](int s, int status) {
    const std::vector<double>* own = nullptr;
    if (costs && status == waiting) own = costs->waits;
    if (costs && status == placed) own = costs->has;
    if (own && !own->empty()) return (*own)[at(s)];
    return settings.cost.empty() ? 0.0 : settings.cost[at(s)];
  };
  std::vector<double> present(at(G * S * statuses));
  for (std::size_t c = 0; c < present.size(); ++c) present[c] = sums.at_start[c].count;
  const auto write_present = [&](int date) {
    for (int c = 0; c < G * S; ++c) {
      double all = 0;
      for (int status = 0; status < statuses; ++status) all += present[at(c * statuses + status)];
      out.occupancy[(at(replicate) * at(T + 1) + at(date)) * at(G * S) + at(c)] = all;
    }
  };
  write_present(0);
  double enrolled = 0;
  for (int j = 0; j < T; ++j) {
    const double begins = j * sums.step, ends = (j + 1) * sums.step;
    const double first = sums.worth(begins), last = sums.worth(ends);
    const double whole = force == 0 ? sums.step : -first * std::expm1(-force * sums.step) / force;
    double cost = 0;
    for (int c = 0; c < G * S; ++c) {
      double lived = 0;
      for (int status = 0; status < statuses; ++status) {
        double& here = present[at(c * statuses + status)];
        const auto& change = sums.flow[at((j * G * S + c) * statuses + status)];
        const double years = here * sums.step + change.count * ends - change.times;
        const double worth =
            force == 0 ? years : here * whole + (change.worths - change.count * last) / force;
        lived += years;
        cost += cost_of(c % S, status) * worth;
        here += change.count;
      }
      out.person_years[(at(replicate) * at(T) + at(j)) * at(G * S) + at(c)] = lived;
    }
    write_present(j + 1);
    for (int k = 0; k < K; ++k) {
      const std::size_t cell = at(j * K + k);
      out.moves[at(replicate) * at(T * K) + cell] = sums.moves[cell];
      if (!settings.move_cost.empty()) cost += settings.move_cost[at(k)] * sums.worths[cell];
    }
    for (int s = 0; s < S; ++s)
      out.entered[at(replicate) * at(T * S) + at(j * S + s)] = sums.entered[at(j * S + s)];
    const std::size_t here = at(replicate) * at(T) + at(j);
    out.cost[here] = cost;
    const auto& change = sums.enrolled[at(j)];
    out.enrolled[here] = sums.enrolments[at(j)];
    out.enrolled_years[here] = enrolled * sums.step + change.count * ends - change.times;
    enrolled += change.count;
  }
}

}  // namespace kohort::detail
