#include <kohort/microsimulation/places.hpp>

#include <algorithm>
#include <cmath>
#include <queue>
#include <set>
#include <string>
#include <tuple>

#include "world.hpp"

namespace kohort {

namespace {

using detail::life;
using detail::never;
using detail::tally;
using detail::world;

std::size_t at(long i) { return static_cast<std::size_t>(i); }

constexpr std::uint32_t nobody = 0xFFFFFFFFU, stock_index = 0xFFFFFFFFU,
                        arrival_index = 0xFFFFFFFEU;

/// One replicate under one strategy.
class run {
 public:
  run(const world& w, const place_rules& rules, const life_strategy* strategy,
      const life_settings& settings, std::uint32_t replicate)
      : w_(w),
        rules_(rules),
        strategy_(strategy),
        replicate_(replicate),
        asking_(settings.seed, purpose::placing),
        sums(w, settings),
        asked(at(settings.periods)),
        placed(asked),
        died(asked),
        left(asked),
        vacant(at(settings.periods)) {
    ratios_.by[detail::waiting] = rules.waiting_ratio;
    ratios_.by[detail::placed] = rules.placed_ratio;
  }

  void all(const life_starts& everybody, const life_starts& later) {
    people_.reserve(everybody.size() + later.size());
    const auto take = [&](const life_starts& list) {
      for (std::size_t i = 0; i < list.size(); ++i) {
        const auto id = static_cast<std::uint32_t>(people_.size());
        people_.push_back({w_.begin(list, i, id, replicate_),
                           {},
                           !list.newcomers.empty() && list.newcomers[i] != 0});
      }
    };
    take(everybody);
    take(later);
    for (std::size_t c = 1; c < rules_.from.size(); ++c) push(rules_.from[c], nobody, change, 0);
    begin();
    while (!events_.empty()) {
      const event next = events_.top();
      events_.pop();
      now_ = next.time;
      if (next.kind == change) {
        limit_ = rules_.places[at(++stage_)];
        admit();
      } else if (next.kind == ready) {
        --vacant_now_;
        note_vacant(-1);
        admit();
      } else if (next.kind == arrive) {
        come(next.id);
      } else if (next.version == people_[next.id].version) {
        next.kind == moves ? move(next.id) : offer_stock(next.id);
      }
    }
    for (const auto& place : queue_) end_wait(std::get<3>(place), w_.horizon, wait_end::waiting);
  }

 private:
  enum kinds : std::uint8_t { moves, offered, arrive, ready, change };
  struct event {
    double time;
    std::uint32_t id;
    kinds kind;
    std::uint32_t version;
    bool operator>(const event& other) const {
      return std::tie(time, id, kind) > std::tie(other.time, other.id, other.kind);
    }
  };
  struct person {
    life last;  // after the latest event
    life next;  // at the coming move
    bool newcomer = false, stock_due = false, from_start = false;
    std::uint32_t version = 0, order = 0;
    double asked = 0;
    int level = 0;
  };
  using place_in_queue = std::tuple<int, double, std::uint32_t, std::uint32_t>;

  void push(double time, std::uint32_t id, kinds kind, std::uint32_t version) {
    if (time < w_.horizon || (time == w_.horizon && kind == arrive))
      events_.push({time, id, kind, version});
  }
  [[nodiscard]] bool open() const {
    return strategy_ && now_ >= strategy_->enrols_from && now_ < strategy_->enrols_until;
  }
  [[nodiscard]] place_in_queue key(const person& p) const {
    const int rank = rules_.order == place_order::by_level ? rules_.rank[at(p.last.state)] : 0;
    return {-rank, p.asked, p.order, p.last.id};
  }
  [[nodiscard]] bool room() const { return limit_ < 0 || occupied_ + vacant_now_ < limit_; }

  /// Everybody who is there at time 0, and when the others come.
  void begin() {
    limit_ = rules_.places[0];
    const auto& asks = rules_.asks_at_start.empty() ? rules_.asks : rules_.asks_at_start;
    for (auto& p : people_) {
      if (p.last.now > 0) {
        push(p.last.now, p.last.id, arrive, 0);
        continue;
      }
      const auto drawn = asking_(replicate_, p.last.id, stock_index);
      if (asks[at(p.last.state)] > drawn[0]) {
        p.order = 1 + static_cast<std::uint32_t>(drawn[1] * 4e9);
        p.from_start = true;
        p.level = p.last.state;
        p.last.status = detail::waiting;
        queue_.insert(key(p));
      }
    }
    while (!queue_.empty() && room()) {
      auto& p = people_[std::get<3>(*queue_.begin())];
      queue_.erase(queue_.begin());
      p.last.status = detail::placed;
      ++occupied_;
    }
    for (const auto& place : queue_) {
      (void)place;
      asked[0] += 1;
    }
    for (auto& p : people_) {
      if (p.last.now > 0) continue;
      enter(p);
    }
  }

  /// A person begins to be counted, at his time of coming.
  void enter(person& p) {
    sums.add(w_.group(p.last.pattern), p.last.state, p.last.status, p.last.now, 1);
    if (p.last.now > 0) sums.entered[at(sums.period(p.last.now) * w_.states + p.last.state)] += 1;
    if (p.newcomer && open()) offer(p, strategy_->enrols_newcomers, arrival_index);
    p.stock_due = strategy_ && !strategy_->enrols_stock.empty() &&
                  (p.last.now < strategy_->enrols_from ||
                   (p.last.now == strategy_->enrols_from && !p.newcomer)) &&
                  strategy_->enrols_from < w_.horizon;
    plan(p);
  }

  void come(std::uint32_t id) {
    auto& p = people_[id];
    if (ask(p)) {
      const bool at_once = room();
      p.last.status = at_once ? detail::placed : detail::waiting;
      enter(p);
      settle_request(p, at_once);
      return;
    }
    enter(p);
  }

  [[nodiscard]] bool ask(const person& p) const {
    const double chance = rules_.asks[at(p.last.state)];
    return chance > 0 && asking_(replicate_, p.last.id, p.last.moves)[0] < chance;
  }

  /// Notes a request, made now, by one whose status has been set.
  void settle_request(person& p, bool at_once) {
    asked[at(sums.period(now_))] += 1;
    p.asked = now_;
    p.order = 0;
    p.level = p.last.state;
    p.from_start = false;
    if (at_once) {
      ++occupied_;
      end_wait(p.last.id, now_, wait_end::placed);
    } else {
      queue_.insert(key(p));
    }
  }

  void end_wait(std::uint32_t id, double time, wait_end how) {
    const auto& p = people_[id];
    waits.push_back({replicate_, p.asked, time - p.asked, p.level, how, p.from_start});
    const std::size_t period = at(sums.period(time));
    if (how == wait_end::placed) placed[period] += 1;
    if (how == wait_end::died) died[period] += 1;
    if (how == wait_end::left) left[period] += 1;
  }

  /// Finds the person's next event from where he stands.
  void plan(person& p) {
    ++p.version;
    if (w_.absorbing(p.last.state)) return;
    p.next = p.last;
    const double until = p.stock_due ? strategy_->enrols_from : w_.horizon;
    if (w_.advance(p.next, until, strategy_, &ratios_)) {
      push(p.next.now, p.last.id, moves, p.version);
    } else if (p.stock_due) {
      push(until, p.last.id, offered, p.version);
    }
  }

  void offer(person& p, const std::vector<double>& shares, std::uint32_t index) {
    const double share = shares.empty() ? 0 : shares[at(p.last.state)];
    if (p.last.enrolled < never || w_.absorbing(p.last.state) ||
        !w_.enrols(p.last, share, replicate_, index))
      return;
    p.last.enrolled = p.last.now;
    const std::size_t period = at(sums.period(p.last.now));
    sums.enrolments[period] += 1;
    sums.enrolled[period].count += 1;
    sums.enrolled[period].times += p.last.now;
  }

  void offer_stock(std::uint32_t id) {
    auto& p = people_[id];
    p.last = p.next;
    p.stock_due = false;
    offer(p, strategy_->enrols_stock, stock_index);
    plan(p);
  }

  void move(std::uint32_t id) {
    auto& p = people_[id];
    p.last = p.next;
    const int k = w_.choose(p.last, replicate_, strategy_, &ratios_);
    const int from = p.last.state, group = w_.group(p.last.pattern);
    const auto before = p.last.status;
    const auto old_place = before == detail::waiting ? key(p) : place_in_queue{};
    w_.move(p.last, k, replicate_);
    sums.add_move(k, now_);
    sums.add(group, from, before, now_, -1);
    const int to = p.last.state;
    const bool holds = rules_.holds[at(to)] != 0;
    bool given_back = false, requested = false, at_once = false;
    if (before == detail::waiting) {
      queue_.erase(old_place);
      if (holds) {
        queue_.insert(key(p));
      } else {
        p.last.status = detail::without;
        end_wait(id, now_, w_.absorbing(to) ? wait_end::died : wait_end::left);
      }
    } else if (before == detail::placed && !holds) {
      p.last.status = detail::without;
      given_back = true;
    } else if (before == detail::without && ask(p)) {
      requested = true;
      at_once = room();
      p.last.status = at_once ? detail::placed : detail::waiting;
    }
    sums.add(group, to, p.last.status, now_, 1);
    if (from == w_.in_.outside && open() && strategy_->on_entering)
      offer(p, strategy_->enrols_newcomers, p.last.moves);
    if (p.last.enrolled < never && w_.absorbing(to)) {
      auto& gone = sums.enrolled[at(sums.period(now_))];
      gone.count -= 1;
      gone.times -= now_;
    }
    plan(p);
    if (requested) settle_request(p, at_once);
    if (given_back) give_back();
  }

  void give_back() {
    --occupied_;
    if (rules_.vacancy > 0 && limit_ >= 0) {
      ++vacant_now_;
      note_vacant(1);
      push(now_ + rules_.vacancy, nobody, ready, 0);
    } else {
      admit();
    }
  }

  void note_vacant(double sign) {
    auto& cell = vacant[at(sums.period(now_))];
    cell.count += sign;
    cell.times += sign * now_;
  }

  /// Fills free places from the queue.
  void admit() {
    while (!queue_.empty() && room()) {
      auto& p = people_[std::get<3>(*queue_.begin())];
      queue_.erase(queue_.begin());
      ++occupied_;
      w_.advance(p.last, now_, strategy_, &ratios_);  // his next own event is later
      const int group = w_.group(p.last.pattern);
      sums.add(group, p.last.state, detail::waiting, now_, -1);
      p.last.status = detail::placed;
      sums.add(group, p.last.state, detail::placed, now_, 1);
      end_wait(p.last.id, now_, wait_end::placed);
      plan(p);
    }
  }

  const world& w_;
  const place_rules& rules_;
  const life_strategy* strategy_;
  std::uint32_t replicate_;
  detail::uniform_pairs asking_;
  detail::status_ratios ratios_;
  std::vector<person> people_;
  std::priority_queue<event, std::vector<event>, std::greater<>> events_;
  std::set<place_in_queue> queue_;
  double now_ = 0;
  int limit_ = -1, occupied_ = 0, vacant_now_ = 0;
  long stage_ = 0;

 public:
  tally sums;
  std::vector<double> asked, placed, died, left;
  std::vector<tally::sums> vacant;
  std::vector<wait_record> waits;
};

/// Years and numbers by whether a place is waited for or held.
void write_status(const run& r, const life_settings& settings, int status, std::size_t replicate,
                  std::vector<double>& years, std::vector<double>& dates) {
  const auto& sums = r.sums;
  const int T = sums.periods, S = sums.states, G = sums.groups;
  std::vector<double> present(at(S), 0.0);
  const auto cell = [&](int g, int s) { return at((g * S + s) * detail::statuses + status); };
  for (int g = 0; g < G; ++g) {
    for (int s = 0; s < S; ++s) present[at(s)] += sums.at_start[cell(g, s)].count;
  }
  for (int j = 0; j <= T; ++j) {
    double all = 0;
    for (const double n : present) all += n;
    dates[replicate * at(T + 1) + at(j)] = all;
    if (j == T) break;
    for (int s = 0; s < S; ++s) {
      double count = 0, times = 0;
      for (int g = 0; g < G; ++g) {
        const auto& flow = sums.flow[at(j * G * S * detail::statuses) + cell(g, s)];
        count += flow.count;
        times += flow.times;
      }
      years[(replicate * at(T) + at(j)) * at(S) + at(s)] =
          present[at(s)] * settings.step + count * (j + 1) * settings.step - times;
      present[at(s)] += count;
    }
  }
}

std::vector<double> available(const place_rules& rules, const life_settings& settings) {
  std::vector<double> years(at(settings.periods), 0.0);
  for (int j = 0; j < settings.periods; ++j) {
    const double begins = j * settings.step, ends = (j + 1) * settings.step;
    for (std::size_t c = 0; c < rules.from.size(); ++c) {
      const double first = std::max(begins, rules.from[c]);
      const double last = std::min(ends, c + 1 < rules.from.size() ? rules.from[c + 1] : never);
      if (last > first)
        years[at(j)] += rules.places[c] < 0 ? never : rules.places[c] * (last - first);
    }
  }
  return years;
}

}  // namespace

std::vector<place_results> simulate_places(const life_rates& rates, const life_starts& everybody,
                                           const life_arrivals& arrivals,
                                           const std::vector<life_strategy>& asked_for,
                                           const place_rules& rules,
                                           const life_settings& settings) {
  detail::check(rates, settings);
  detail::check(rates, everybody, "simulate_places");
  for (const auto& strategy : asked_for) detail::check(rates, strategy);
  const auto strategies = detail::without_idle_effects(asked_for);
  detail::check(rules, rates);
  const world w(rates, settings);
  const std::size_t arms = std::max<std::size_t>(1, strategies.size());
  const std::size_t R = settings.replicates, T = at(settings.periods), S = at(w.states);
  place_results empty;
  empty.lives = detail::empty_results(w, settings);
  empty.asked.assign(R * T, 0.0);
  empty.placed = empty.died_waiting = empty.left_waiting = empty.vacant_years = empty.asked;
  empty.waiting_years.assign(R * T * S, 0.0);
  empty.placed_years = empty.waiting_years;
  empty.queue.assign(R * (T + 1), 0.0);
  empty.occupied = empty.queue;
  empty.available_years = available(rules, settings);
  std::vector<place_results> out(arms, empty);
  std::vector<std::vector<wait_record>> waits(R * arms);
  for_each_block(
      R, settings.threads,
      [&](std::size_t r) {
        const auto replicate = settings.first_replicate + static_cast<std::uint32_t>(r);
        life_starts list;
        if (arrivals) list = arrivals(replicate);
        detail::check(rates, list, "simulate_places");
        for (std::size_t arm = 0; arm < arms; ++arm) {
          auto& to = out[arm];
          run one(w, rules, strategies.empty() ? nullptr : &strategies[arm], settings, replicate);
          one.all(everybody, list);
          detail::status_costs costs{&rules.waiting_cost, &rules.placed_cost};
          detail::write_results(one.sums, settings, static_cast<int>(r), to.lives, &costs);
          std::copy(one.asked.begin(), one.asked.end(),
                    to.asked.begin() + static_cast<long>(r * T));
          std::copy(one.placed.begin(), one.placed.end(),
                    to.placed.begin() + static_cast<long>(r * T));
          std::copy(one.died.begin(), one.died.end(),
                    to.died_waiting.begin() + static_cast<long>(r * T));
          std::copy(one.left.begin(), one.left.end(),
                    to.left_waiting.begin() + static_cast<long>(r * T));
          write_status(one, settings, detail::waiting, r, to.waiting_years, to.queue);
          write_status(one, settings, detail::placed, r, to.placed_years, to.occupied);
          double vacant = 0;
          for (std::size_t j = 0; j < T; ++j) {
            const auto& flow = one.vacant[j];
            to.vacant_years[r * T + j] = vacant * settings.step +
                                         flow.count * static_cast<double>(j + 1) * settings.step -
                                         flow.times;
            vacant += flow.count;
          }
          waits[arm * R + r] = std::move(one.waits);
        }
      },
      settings.report);
  for (std::size_t arm = 0; arm < arms; ++arm) {
    for (std::size_t r = 0; r < R; ++r) {
      const auto& part = waits[arm * R + r];
      out[arm].waits.insert(out[arm].waits.end(), part.begin(), part.end());
    }
  }
  return out;
}

}  // namespace kohort
