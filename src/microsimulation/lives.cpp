#include <kohort/microsimulation/lives.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

#include <kohort/support/error.hpp>

#include "lanes/life_kernel.hpp"
#include "world.hpp"

namespace kohort {

namespace {

using detail::life;
using detail::tally;
using detail::world;

std::size_t at(long i) { return static_cast<std::size_t>(i); }

constexpr std::size_t persons_a_block = 8192;
constexpr std::size_t persons_by_blocks = 100'000;  // with more, a replicate is shared by threads
constexpr std::uint32_t stock_index = 0xFFFFFFFFU, arrival_index = 0xFFFFFFFEU;

double share_of(const std::vector<double>& shares, int state) {
  return shares.empty() ? 0 : shares[at(state)];
}

/// One person's life, one move after the other.
void follow(const world& w, const life_strategy* strategy, std::uint32_t replicate, life p,
            bool newcomer, tally& sums) {
  const auto& moves = w.in_.structure.transitions();
  const int group = w.group(p.pattern);
  sums.add(group, p.state, 0, p.now, 1);
  if (p.now > 0) sums.entered[at(sums.period(p.now) * w.states + p.state)] += 1;
  const auto offer = [&](const std::vector<double>& shares, std::uint32_t index) {
    if (p.enrolled < detail::never || w.absorbing(p.state) ||
        !w.enrols(p, share_of(shares, p.state), replicate, index)) {
      return;
    }
    p.enrolled = p.now;
    const std::size_t period = at(sums.period(p.now));
    sums.enrolments[period] += 1;
    sums.enrolled[period].count += 1;
    sums.enrolled[period].times += p.now;
  };
  const auto open = [&] {
    return strategy && p.now >= strategy->enrols_from && p.now < strategy->enrols_until;
  };
  if (newcomer && open()) offer(strategy->enrols_newcomers, arrival_index);
  // Who enters at that very time has been asked as a newcomer.
  bool stock_due =
      strategy && !strategy->enrols_stock.empty() &&
      (p.now < strategy->enrols_from || (p.now == strategy->enrols_from && !newcomer)) &&
      strategy->enrols_from < w.horizon;
  while (p.now < w.horizon && !w.absorbing(p.state)) {
    const double until = stock_due ? strategy->enrols_from : w.horizon;
    if (w.advance(p, until, strategy, nullptr)) {
      const int k = w.choose(p, replicate, strategy, nullptr);
      const int from = p.state;
      w.move(p, k, replicate);
      sums.add_move(k, p.now);
      sums.add(group, from, 0, p.now, -1);
      sums.add(group, moves[at(k)].to, 0, p.now, 1);
      if (from == w.in_.outside && open() && strategy->on_entering)
        offer(strategy->enrols_newcomers, p.moves);
      if (p.enrolled < detail::never && w.absorbing(p.state)) {
        auto& gone = sums.enrolled[at(sums.period(p.now))];
        gone.count -= 1;
        gone.times -= p.now;
      }
    } else if (stock_due) {
      stock_due = false;
      offer(strategy->enrols_stock, stock_index);
    }
  }
}

/// The tables of the vector kernel, for rates that never change.
struct lane_tables {
  int ways = 1, stride = 4;
  std::vector<double> choices;
  std::vector<detail::life_move> moves_on;
  int rows = 0, cell_count = 0;

  /// Whether places of rows and cells are numbers of 31 bits.
  static bool fit(const world& w, int periods) {
    const double places = w.transitions + 4.0, most = 0x1p31;
    return w.in_.patterns * (w.states * places) < most &&
           (periods + 1.0) * w.groups * w.transitions < most;
  }

  explicit lane_tables(const world& w) : rows(w.in_.patterns * w.states) {
    const auto& moves = w.in_.structure.transitions();
    std::vector<std::vector<int>> out(at(w.states));
    for (int k = 0; k < w.transitions; ++k) out[at(moves[at(k)].from)].push_back(k);
    for (const auto& ways_out : out) ways = std::max(ways, static_cast<int>(ways_out.size()));
    cell_count = w.groups * w.transitions;
    stride = (ways + 3) / 4 * 4;
    choices.assign(at(rows) * at(stride), 2.0);
    moves_on.assign(at(rows) * at(stride), {-1, 0});
    for (int pattern = 0; pattern < w.in_.patterns; ++pattern) {
      const double* rates = &w.in_.rates[at(pattern) * at(w.transitions)];
      for (int s = 0; s < w.states; ++s) {
        const int row = pattern * w.states + s;
        double sum = 0;
        int last = 0;
        for (std::size_t i = 0; i < out[at(s)].size(); ++i) {
          const double rate = rates[out[at(s)][i]];
          sum += rate;
          if (rate > 0) last = static_cast<int>(i);
        }
        double* choice = &choices[at(row) * at(stride)];
        choice[0] = sum > 0 ? 1 / sum : detail::never;
        double passed = 0;
        for (int i = 0; i < static_cast<int>(out[at(s)].size()); ++i) {
          const int k = out[at(s)][at(i)];
          const int to = moves[at(k)].to, next = (pattern * w.states + to) * stride;
          passed += rates[k];
          if (i < last) choice[1 + i] = passed / sum;
          moves_on[at(row) * at(stride) + at(i)] = {w.absorbing(to) ? -1 - next : next,
                                                    w.group(pattern) * w.transitions + k};
        }
      }
    }
  }
};

/// A block of persons in the vector kernel.
void follow_in_lanes(const world& w, const lane_tables& tables, const life_settings& settings,
                     const life_starts& list, std::size_t first, std::size_t end,
                     std::uint32_t id_of_first, std::uint32_t replicate, tally& sums) {
  const auto& moves = w.in_.structure.transitions();
  std::vector<std::int32_t> rows(detail::life_chunk);
  std::vector<double> counted(4 * (at(sums.periods) + 1) * at(tables.cell_count), 0.0);
  detail::life_batch batch{};
  const detail::uniform_pairs chances(settings.seed, purpose::lives);
  batch.key[0] = chances.key[0];
  batch.key[1] = chances.key[1];
  batch.replicate = replicate;
  batch.rows = rows.data();
  batch.ways = tables.ways;
  batch.choices = tables.choices.data();
  batch.moves = tables.moves_on.data();
  batch.cell_count = tables.cell_count;
  batch.horizon = w.horizon;
  batch.a_year = sums.a_year;
  batch.force = sums.force;
  batch.last_period = sums.periods - 1;
  batch.sums = counted.data();
  const auto run = detail::live_batch_with(settings.with);
  const bool late = !list.times.empty();
  std::vector<double> present(at(w.groups) * at(w.states), 0.0);
  for (std::size_t chunk = first; chunk < end; chunk += detail::life_chunk) {
    const std::size_t count = std::min<std::size_t>(detail::life_chunk, end - chunk);
    for (std::size_t i = 0; i < count; ++i) {
      const int s = list.states[chunk + i];
      const int pattern = list.patterns.empty() ? 0 : list.patterns[chunk + i];
      rows[i] = w.absorbing(s) ? -1 : (pattern * w.states + s) * tables.stride;
      const int group = w.group(pattern);
      if (late && list.times[chunk + i] > 0) {
        const double time = list.times[chunk + i];
        if (time > w.horizon) continue;
        sums.add(group, s, 0, time, 1);
        sums.entered[at(sums.period(time) * w.states + s)] += 1;
      } else {
        present[at(group * w.states + s)] += 1;
      }
    }
    batch.first_person = id_of_first + static_cast<std::uint32_t>(chunk - first);
    batch.count = static_cast<int>(count);
    batch.times = late ? &list.times[chunk] : nullptr;
    run(batch);
  }
  for (int c = 0; c < w.groups * w.states; ++c)
    sums.at_start[at(c * detail::statuses)].count += present[at(c)];
  for (int j = 0; j < sums.periods; ++j) {
    for (int c = 0; c < tables.cell_count; ++c) {
      const double* seen = &counted[4 * at(j * tables.cell_count + c)];
      const int group = c / w.transitions, k = c % w.transitions;
      sums.moves[at(j * w.transitions + k)] += seen[0];
      sums.worths[at(j * w.transitions + k)] += seen[2];
      for (const double sign : {-1.0, 1.0}) {
        const int s = sign < 0 ? moves[at(k)].from : moves[at(k)].to;
        auto& cell = sums.flow[at(((j * w.groups + group) * w.states + s) * detail::statuses)];
        cell.count += sign * seen[0];
        cell.times += sign * seen[1];
        cell.worths += sign * seen[2];
      }
    }
  }
}

}  // namespace

void life_starts::append(const life_starts& others) {
  const std::size_t before = size(), after = before + others.size();
  const auto join = [&](auto& mine, const auto& theirs, auto otherwise) {
    if (mine.empty() && theirs.empty()) return;
    mine.resize(before, otherwise);
    mine.insert(mine.end(), theirs.begin(), theirs.end());
    mine.resize(after, otherwise);
  };
  join(patterns, others.patterns, std::int32_t{0});
  join(times, others.times, 0.0);
  join(ages, others.ages, std::int32_t{0});
  join(to_birthday, others.to_birthday, 1.0);
  join(since_entry, others.since_entry, 0.0);
  join(in_state, others.in_state, 0.0);
  join(factors, others.factors, 1.0);
  join(newcomers, others.newcomers, char{0});
  states.insert(states.end(), others.states.begin(), others.states.end());
}

std::vector<life_results> simulate_lives(const life_rates& rates, const life_starts& everybody,
                                         const life_arrivals& arrivals,
                                         const std::vector<life_strategy>& asked_for,
                                         const life_settings& settings) {
  detail::check(rates, settings);
  detail::check(rates, everybody, "simulate_lives");
  for (const auto& strategy : asked_for) detail::check(rates, strategy);
  const auto strategies = detail::without_idle_effects(asked_for);
  const world w(rates, settings);
  const std::size_t arms = std::max<std::size_t>(1, strategies.size());
  std::vector<life_results> out(arms, detail::empty_results(w, settings));
  const double longest = std::log1p(settings.discount) * w.horizon;
  bool alone = true;  // two arms must not differ by which kernel they took
  for (const auto& strategy : strategies)
    alone = alone && strategy.effects.empty() && strategy.enrols_newcomers.empty() &&
            strategy.enrols_stock.empty();
  const bool lanes = alone && settings.allow_lanes && w.constant_for_life() &&
                     everybody.factors.empty() && longest >= 0 && longest < 600 &&
                     lane_tables::fit(w, settings.periods);
  std::optional<lane_tables> tables;
  if (lanes) tables.emplace(w);

  const auto run = [&](const life_starts& list, std::size_t first, std::size_t end,
                       std::size_t offset, std::size_t arm, std::uint32_t replicate, tally& sums) {
    const life_strategy* strategy = strategies.empty() ? nullptr : &strategies[arm];
    if (strategy && strategy->effects.empty() && strategy->enrols_newcomers.empty() &&
        strategy->enrols_stock.empty()) {
      strategy = nullptr;
    }
    const auto id = static_cast<std::uint32_t>(offset + first);
    if (lanes && !strategy && list.factors.empty()) {
      follow_in_lanes(w, *tables, settings, list, first, end, id, replicate, sums);
      return;
    }
    for (std::size_t i = first; i < end; ++i) {
      life p = w.begin(list, i, id + static_cast<std::uint32_t>(i - first), replicate);
      if (p.now > w.horizon) continue;
      follow(w, strategy, replicate, p, !list.newcomers.empty() && list.newcomers[i] != 0, sums);
    }
  };
  const auto come = [&](std::uint32_t replicate) {
    life_starts list;
    if (arrivals) list = arrivals(replicate);
    detail::check(rates, list, "simulate_lives");
    return list;
  };

  if (everybody.size() <= persons_by_blocks) {
    for_each_block(
        settings.replicates, settings.threads,
        [&](std::size_t r) {
          const auto replicate = settings.first_replicate + static_cast<std::uint32_t>(r);
          const auto list = come(replicate);
          for (std::size_t arm = 0; arm < arms; ++arm) {
            tally sums(w, settings);
            run(everybody, 0, everybody.size(), 0, arm, replicate, sums);
            run(list, 0, list.size(), everybody.size(), arm, replicate, sums);
            detail::write_results(sums, settings, static_cast<int>(r), out[arm]);
          }
        },
        settings.report);
    return out;
  }
  const std::size_t blocks = (everybody.size() + persons_a_block - 1) / persons_a_block;
  const std::size_t total = blocks * arms * settings.replicates;
  std::size_t before = 0;
  for (std::uint32_t r = 0; r < settings.replicates; ++r) {
    const auto replicate = settings.first_replicate + r;
    const auto list = come(replicate);
    for (std::size_t arm = 0; arm < arms; ++arm, before += blocks) {
      std::vector<tally> parts(blocks);
      progress report;
      if (settings.report)
        report = [&](std::size_t done, std::size_t) {
          return settings.report(before + done, total);
        };
      for_each_block(
          blocks, settings.threads,
          [&](std::size_t b) {
            parts[b] = tally(w, settings);
            const std::size_t first = b * persons_a_block;
            run(everybody, first, std::min(first + persons_a_block, everybody.size()), 0, arm,
                replicate, parts[b]);
          },
          report);
      tally sums(w, settings);
      for (const auto& part : parts) sums.add(part);
      run(list, 0, list.size(), everybody.size(), arm, replicate, sums);
      detail::write_results(sums, settings, static_cast<int>(r), out[arm]);
    }
  }
  return out;
}

}  // namespace kohort
