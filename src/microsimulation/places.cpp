#include <kohort/microsimulation/places.hpp>

#include <algorithm>
#include <utility>

#include "place_run.hpp"

namespace kohort {

namespace {

using detail::never;
using detail::tally;
using detail::world;

std::size_t at(long i) { return static_cast<std::size_t>(i); }

/// Years and numbers by whether a place is waited for or held.
void write_status(const tally& sums, const life_settings& settings, int status,
                  std::size_t replicate, std::vector<double>& years, std::vector<double>& dates) {
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
          detail::place_run one(w, rules, strategies.empty() ? nullptr : &strategies[arm], settings,
                                replicate);
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
          write_status(one.sums, settings, detail::waiting, r, to.waiting_years, to.queue);
          write_status(one.sums, settings, detail::placed, r, to.placed_years, to.occupied);
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
