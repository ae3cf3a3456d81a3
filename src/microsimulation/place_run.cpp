#include <tuple>

#include "place_run.hpp"

namespace kohort::detail {

namespace {

constexpr std::uint32_t nobody = 0xFFFFFFFFU, stock_index = 0xFFFFFFFFU,
                        arrival_index = 0xFFFFFFFEU;

}  // namespace

place_run::place_run(const world& w, const place_rules& rules, const life_strategy* strategy,
                     const life_settings& settings, std::uint32_t replicate)
    : sums(w, settings),
      asked(at(settings.periods)),
      placed(asked),
      died(asked),
      left(asked),
      vacant(at(settings.periods)),
      w_(w),
      rules_(rules),
      strategy_(strategy),
      replicate_(replicate),
      asking_(settings.seed, purpose::placing) {
  ratios_.by[waiting] = rules.waiting_ratio;
  ratios_.by[place_status::placed] = rules.placed_ratio;
}

void place_run::all(const life_starts& everybody, const life_starts& later) {
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

void place_run::push(double time, std::uint32_t id, kinds kind, std::uint32_t version) {
  if (time < w_.horizon || (time == w_.horizon && kind == arrive))
    events_.push({time, id, kind, version});
}

place_run::place_in_queue place_run::key(const person& p) const {
  const int rank = rules_.order == place_order::by_level ? rules_.rank[at(p.last.state)] : 0;
  return {-rank, p.asked, p.order, p.last.id};
}

void place_run::begin() {
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
      p.last.status = waiting;
      queue_.insert(key(p));
    }
  }
  while (!queue_.empty() && room()) {
    auto& p = people_[std::get<3>(*queue_.begin())];
    queue_.erase(queue_.begin());
    p.last.status = place_status::placed;
    ++occupied_;
  }
  asked[0] += static_cast<double>(queue_.size());
  for (auto& p : people_) {
    if (p.last.now > 0) continue;
    enter(p);
  }
}

void place_run::enter(person& p) {
  sums.add(w_.group(p.last.pattern), p.last.state, p.last.status, p.last.now, 1);
  if (p.last.now > 0) sums.entered[at(sums.period(p.last.now) * w_.states + p.last.state)] += 1;
  if (p.newcomer && open()) offer(p, strategy_->enrols_newcomers, arrival_index);
  p.stock_due = strategy_ && !strategy_->enrols_stock.empty() &&
                (p.last.now < strategy_->enrols_from ||
                 (p.last.now == strategy_->enrols_from && !p.newcomer)) &&
                strategy_->enrols_from < w_.horizon;
  plan(p);
}

void place_run::come(std::uint32_t id) {
  auto& p = people_[id];
  if (ask(p)) {
    const bool at_once = room();
    p.last.status = at_once ? place_status::placed : waiting;
    enter(p);
    settle_request(p, at_once);
    return;
  }
  enter(p);
}

bool place_run::ask(const person& p) const {
  const double chance = rules_.asks[at(p.last.state)];
  return chance > 0 && asking_(replicate_, p.last.id, p.last.moves)[0] < chance;
}

void place_run::settle_request(person& p, bool at_once) {
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

void place_run::end_wait(std::uint32_t id, double time, wait_end how) {
  const auto& p = people_[id];
  waits.push_back({replicate_, p.asked, time - p.asked, p.level, how, p.from_start});
  const std::size_t period = at(sums.period(time));
  if (how == wait_end::placed) placed[period] += 1;
  if (how == wait_end::died) died[period] += 1;
  if (how == wait_end::left) left[period] += 1;
}

void place_run::plan(person& p) {
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

void place_run::offer(person& p, const std::vector<double>& shares, std::uint32_t index) {
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

void place_run::offer_stock(std::uint32_t id) {
  auto& p = people_[id];
  p.last = p.next;
  p.stock_due = false;
  offer(p, strategy_->enrols_stock, stock_index);
  plan(p);
}

void place_run::move(std::uint32_t id) {
  auto& p = people_[id];
  p.last = p.next;
  const int k = w_.choose(p.last, replicate_, strategy_, &ratios_);
  const int from = p.last.state, group = w_.group(p.last.pattern);
  const auto before = p.last.status;
  const auto old_place = before == waiting ? key(p) : place_in_queue{};
  w_.move(p.last, k, replicate_);
  sums.add_move(k, now_);
  sums.add(group, from, before, now_, -1);
  const int to = p.last.state;
  const bool holds = rules_.holds[at(to)] != 0;
  bool given_back = false, requested = false, at_once = false;
  if (before == waiting) {
    queue_.erase(old_place);
    if (holds) {
      queue_.insert(key(p));
    } else {
      p.last.status = without;
      end_wait(id, now_, w_.absorbing(to) ? wait_end::died : wait_end::left);
    }
  } else if (before == place_status::placed && !holds) {
    p.last.status = without;
    given_back = true;
  } else if (before == without && ask(p)) {
    requested = true;
    at_once = room();
    p.last.status = at_once ? place_status::placed : waiting;
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

void place_run::give_back() {
  --occupied_;
  if (rules_.vacancy > 0 && limit_ >= 0) {
    ++vacant_now_;
    note_vacant(1);
    push(now_ + rules_.vacancy, nobody, ready, 0);
  } else {
    admit();
  }
}

void place_run::note_vacant(double sign) {
  auto& cell = vacant[at(sums.period(now_))];
  cell.count += sign;
  cell.times += sign * now_;
}

void place_run::admit() {
  while (!queue_.empty() && room()) {
    auto& p = people_[std::get<3>(*queue_.begin())];
    queue_.erase(queue_.begin());
    ++occupied_;
    w_.advance(p.last, now_, strategy_, &ratios_);  // his next own event is later
    const int group = w_.group(p.last.pattern);
    sums.add(group, p.last.state, waiting, now_, -1);
    p.last.status = place_status::placed;
    sums.add(group, p.last.state, place_status::placed, now_, 1);
    end_wait(p.last.id, now_, wait_end::placed);
    plan(p);
  }
}

}  // namespace kohort::detail
