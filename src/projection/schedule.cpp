#include "schedule.hpp"

#include <algorithm>
#include <cmath>

namespace kohort::detail {

namespace {

constexpr double same_time = 1e-9;  // years: a thirtieth of a second

double share_of(const std::vector<double>& offered, int s, double uptake) {
  return offered.empty() ? 0.0 : uptake * offered[at(s)];
}

int steps_of(const intensity_effect& e) {
  return static_cast<int>(e.log_ratio.size() / at(e.draws));
}

/// Times on the effect's clock at which its ratio changes in any draw.
std::vector<double> changes_of(const intensity_effect& e) {
  const int steps = steps_of(e);
  std::vector<double> times;
  for (int i = 0; i <= steps; ++i) {
    bool differs = false;
    for (int d = 0; d < e.draws && !differs; ++d) {
      const double before = i == 0 ? 0.0 : e.log_ratio[at(d * steps + i - 1)];
      const double after = i == steps ? 0.0 : e.log_ratio[at(d * steps + i)];
      differs = before != after;
    }
    if (differs) times.push_back(e.starts + i * e.step);
  }
  return times;
}

/// The entry of the effect's series at a time of its clock, or -1: the ratio is 1.
int step_at(const intensity_effect& e, double clock) {
  const double steps = (clock - e.starts) / e.step;
  return steps >= 0 && steps < steps_of(e) ? static_cast<int>(steps) : -1;
}

void merge(std::vector<double>& times) {
  std::sort(times.begin(), times.end());
  std::vector<double> kept;
  for (const double t : times) {
    if (kept.empty() || t > kept.back() + same_time) kept.push_back(t);
  }
  times = kept;
}

double of_month(const std::vector<double>& list, int month) {
  return list[std::min(at(month), list.size() - 1)];
}

/// How long those wait who come at a time: between the middles of months along a straight line, so
/// that parts shorter than a month start one after the other.
double wait_at(const std::vector<double>& waits, double time) {
  if (waits.empty()) return 0;
  const double since = std::max(0.0, 12 * time - 0.5);
  const int month = static_cast<int>(since);
  const double before = of_month(waits, month), after = of_month(waits, month + 1);
  return before == after ? before : before + (since - month) * (after - before);
}

/// Into how many pieces a part is cut where waits grow within it, so that those of one piece, who
/// start together, would start within half a month; 1 if nobody starts within the projection.
int pieces_of(const std::vector<double>& waits, double opens, double closes, int years) {
  if (waits.empty()) return 1;
  const double first = opens + wait_at(waits, opens), last = closes + wait_at(waits, closes);
  if (first >= years || last - first <= closes - opens + same_time) return 1;
  const double most = std::max(1.0, 96 * (closes - opens));  // none shorter than four days
  return static_cast<int>(std::clamp(std::ceil(24 * (last - first) - 1e-9), 1.0, std::ceil(most)));
}

/// The share that gets a place of those who come between two times.
double room_between(const std::vector<double>& room, double opens, double closes) {
  if (room.empty()) return 1;
  double sum = 0;
  for (int month = static_cast<int>(12 * opens + 1e-9); month < 12 * closes - 1e-9; ++month) {
    const double length = std::min(closes, (month + 1) / 12.0) - std::max(opens, month / 12.0);
    sum += length * of_month(room, month);
  }
  return std::min(1.0, sum / (closes - opens));
}

/// Whether nothing but time divides two intervals.
bool goes_on(const interval& before, const interval& now) {
  return before.to == now.from && before.over.empty() && !now.stock && now.born.empty() &&
         now.starts.empty() && now.boosts.empty() && before.open == now.open &&
         before.live == now.live && before.acts == now.acts;
}

}  // namespace

schedule plan(const strategy& what, int states, int years, int periods_a_year,
              int enrolments_a_year) {
  schedule plan;
  plan.what = &what;
  plan.starts_in = what.enrols_from >= years ? years : static_cast<int>(what.enrols_from);
  for (int s = 0; s < states; ++s) {
    const double uptake = what.uptakes.empty() ? what.uptake : 1.0;
    plan.stock.push_back(share_of(what.enrols_stock, s, uptake));
    plan.arrivals.push_back(share_of(what.enrols_newcomers, s, uptake));
    if (s > 0 && plan.arrivals.back() > 0) plan.newcomers = true;
  }
  if (plan.stock[0] > 0 || plan.arrivals[0] > 0) {
    // Who is in `none` has been asked there: coming to a level is no second offer.
    plan.first = 0;
    plan.newcomers = false;
  }
  double longest = 0;
  std::vector<double> calendar, own;  // changes on either clock
  for (const auto& e : what.effects) {
    const auto times = changes_of(e);
    if (times.empty()) continue;  // 1 throughout
    if (e.clock == effect_clock::calendar) {
      calendar.insert(calendar.end(), times.begin(), times.end());
      plan.calendar_ends = std::max(plan.calendar_ends, times.back());
    } else {
      plan.by_clock = true;
      own.insert(own.end(), times.begin(), times.end());
      longest = std::max(longest, times.back());
    }
  }
  merge(calendar);
  merge(own);
  if (!plan.by_clock && (!what.room.empty() || !what.waits.empty())) {
    plan.by_clock = true;  // newcomers are put together, since parts of the year differ
    longest = 1.0 / enrolments_a_year;
    own = {longest};
  }
  double tracked = 0;  // so long nobody is forgotten, as a booster may still come
  for (const double t : what.boosters) {
    if (t < years) tracked = std::max(tracked, t + longest);
  }

  // Who enrols when.
  const double from = plan.from(), until = std::min(plan.until(), static_cast<double>(years));
  const auto add = [&](enrolment_group group) {
    group.ends = std::max(group.at + longest, tracked);
    plan.groups.push_back(group);
  };
  plan.groups.push_back({.at = from,
                         .joins = from,
                         .opens = from,
                         .closes = until,
                         .ends = from,
                         .year = plan.starts_in});
  if (plan.by_clock) {
    add({.at = from, .joins = from, .opens = from, .closes = from, .year = plan.starts_in});
    bool anybody = plan.newcomers || plan.arrivals[0] > 0;
    for (int k = 0; anybody && k < years * enrolments_a_year; ++k) {
      const double opens = std::max(from, static_cast<double>(k) / enrolments_a_year);
      const double closes = std::min(until, static_cast<double>(k + 1) / enrolments_a_year);
      if (closes <= opens + same_time) continue;
      const int pieces = pieces_of(what.waits, opens, closes, years);
      for (int i = 0; i < pieces; ++i) {
        const double opened = opens + i * (closes - opens) / pieces;
        const double closed = i + 1 < pieces ? opens + (i + 1) * (closes - opens) / pieces : closes;
        const double middle = (opened + closed) / 2;
        add({.at = middle + wait_at(what.waits, middle),
             .joins = middle,
             .opens = opened,
             .closes = closed,
             .year = k / enrolments_a_year,
             .room = room_between(what.room, opened, closed)});
      }
    }
    for (const double t : what.boosters) {
      if (t < from || t >= years) continue;
      add({.at = t,
           .joins = t,
           .opens = t,
           .closes = t,
           .year = static_cast<int>(t),
           .boost = true});
    }
  }

  for (int y = 0; y < years; ++y) {
    plan.years.emplace_back();
    if (y < plan.starts_in) continue;
    std::vector<double> times{0, 1};
    const auto note = [&](double t) {
      if (t > y + same_time && t < y + 1 - same_time) times.push_back(t - y);
    };
    for (int p = 1; p < periods_a_year; ++p)
      times.push_back(static_cast<double>(p) / periods_a_year);
    for (const double t : calendar) note(t);
    note(from);
    if (!plan.by_clock) note(until);
    if (plan.by_clock) {
      for (std::size_t g = 1; g < plan.groups.size(); ++g) {
        const auto& group = plan.groups[g];
        if (group.year > y || group.ends < y) continue;
        note(group.joins);
        note(group.at);
        note(group.ends);
        for (const double t : own) note(group.at + t);
      }
    }
    merge(times);
    for (std::size_t i = 0; i + 1 < times.size(); ++i) {
      interval now;
      now.from = times[i];
      now.to = times[i + 1];
      const double middle = y + (now.from + now.to) / 2;
      if (middle < from) continue;
      now.period = y * periods_a_year + static_cast<int>((now.from + now.to) / 2 * periods_a_year);
      now.stock = std::abs(y + now.from - from) <= same_time;
      now.open = !plan.by_clock && plan.newcomers && middle < until;
      for (int g = 0; g < static_cast<int>(plan.groups.size()); ++g) {
        const auto& group = plan.groups[at(g)];
        if (g > 0 && (middle < group.joins || middle > group.ends)) continue;
        // Group 0 holds whom only effects on the calendar act on: nobody, once these are over.
        if (g == 0 && middle > plan.calendar_ends) continue;
        now.live.push_back(g);
        now.acts.emplace_back();
        for (int e = 0; e < static_cast<int>(what.effects.size()); ++e) {
          const auto& effect = what.effects[at(e)];
          const bool calendar_clock = effect.clock == effect_clock::calendar;
          if (g == 0 && !calendar_clock) continue;
          const int step = step_at(effect, calendar_clock ? middle : middle - group.at);
          if (step >= 0) now.acts.back().push_back({e, step});
        }
        const auto begins = [&](double t) { return std::abs(y + now.from - t) <= same_time; };
        if (g > 1 && begins(group.joins)) (group.boost ? now.boosts : now.born).push_back(g);
        if (g > 1 && group.at > group.joins && begins(group.at)) now.starts.push_back(g);
        if (g > 0 && std::abs(y + now.to - group.ends) <= same_time) now.over.push_back(g);
      }
      // A period that ends while nothing else happens is a mark, and no interval of its own.
      auto& all = plan.years.back();
      if (!all.empty() && goes_on(all.back(), now)) {
        const double period = now.from * periods_a_year;
        if (std::abs(period - std::round(period)) < same_time * periods_a_year) {
          all.back().marks.push_back(now.from);
        }
        all.back().to = now.to;
        all.back().over = std::move(now.over);
      } else {
        all.push_back(std::move(now));
      }
    }
  }
  return plan;
}

std::vector<double> stock_times(const std::vector<schedule>& all, int year) {
  std::vector<double> times;
  for (const auto& plan : all) {
    if (plan.starts_in == year) times.push_back(plan.from() - year);
  }
  merge(times);
  return times;
}

}  // namespace kohort::detail
