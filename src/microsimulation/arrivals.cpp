#include <kohort/microsimulation/arrivals.hpp>

#include <algorithm>
#include <cmath>
#include <string>

#include <kohort/microsimulation/municipality.hpp>
#include <kohort/population/lexis.hpp>
#include <kohort/support/error.hpp>

#include "poisson.hpp"

namespace kohort {

namespace {

constexpr int nodes = static_cast<int>(birth_nodes.size());

std::size_t at(long i) { return static_cast<std::size_t>(i); }

int pick(const double* weights, int count, double total, double drawn) {
  double left = drawn * total;
  int chosen = 0;
  for (int i = 0; i < count; ++i) {
    if (weights[i] <= 0) continue;
    chosen = i;
    left -= weights[i];
    if (left < 0) break;
  }
  return chosen;
}

}  // namespace

life_starts draw_entries(const life_entries& entries, double horizon, std::uint64_t seed,
                         std::uint32_t replicate) {
  const std::size_t n = entries.states.size(), years = at(entries.years);
  if (entries.years < 1 || entries.rates.size() != n * years ||
      (!entries.patterns.empty() && entries.patterns.size() != n) ||
      (!entries.ages.empty() && entries.ages.size() != n)) {
    reject("E-SHAPE", "draw_entries", std::to_string(entries.rates.size()) + " rates",
           std::to_string(n) + " rows of " + std::to_string(entries.years) + " years are needed",
           "Give one for each row and year");
  }
  for (const double rate : entries.rates) {
    if (!(rate >= 0 && rate <= 1e9))
      reject("E-NUM", "draw_entries", "a rate is " + shown(rate),
             "persons a year are finite and not negative", "Mend it");
  }
  const detail::uniform_pairs random(seed, purpose::arriving);
  life_starts list;
  for (std::size_t row = 0; row < n; ++row) {
    for (long y = 0; static_cast<double>(y) < horizon; ++y) {
      const double rate = entries.rates[row * years + std::min(at(y), years - 1)];
      const auto cell = static_cast<std::uint32_t>(row) * 4096U + static_cast<std::uint32_t>(y);
      const long count = detail::poisson(random, replicate, 0x80000000U + cell, rate);
      for (long i = 0; i < count; ++i) {
        const auto drawn = random(replicate, 0x80000000U + cell, static_cast<std::uint32_t>(i));
        const double time = static_cast<double>(y) + drawn[0];
        if (time >= horizon) continue;
        list.states.push_back(entries.states[row]);
        list.patterns.push_back(entries.patterns.empty() ? 0 : entries.patterns[row]);
        list.times.push_back(time);
        if (!entries.ages.empty()) {
          list.ages.push_back(entries.ages[row]);
          list.to_birthday.push_back(drawn[1]);
        }
        list.newcomers.push_back(1);
      }
    }
  }
  return list;
}

/// Years since entry of one of a stock's part, evenly over it; of the last, past the last cut.
double municipality::since(int part, double drawn) const {
  if (clock_.cells() == 1) return 0;
  if (part + 1 == clock_.stock_parts()) return clock_.cuts().back() + 1;
  return (part + drawn) / parts_a_year_;
}

life_starts municipality::persons(std::uint32_t replicate) const {
  const int S = living_, A = ages_, T = years_, parts = clock_.stock_parts();
  const int W = clock_.cells() * S;
  const detail::uniform_pairs random(seed_, purpose::arriving);
  life_starts list;
  const auto add = [&](int s, int sex, int node, double time, int age, double to_birthday,
                       bool newcomer, double since_entry) {
    if (parts > 1) list.since_entry.push_back(since_entry);
    list.states.push_back(s);
    list.patterns.push_back(sex * nodes + node);
    list.times.push_back(time);
    list.ages.push_back(rates_.first_age + age);
    list.to_birthday.push_back(to_birthday);
    list.newcomers.push_back(newcomer);
  };
  const auto part_of_cell = [&](int cell) {  // on 31 December
    return cell + 1 < clock_.cells() || parts == 1 ? cell : parts - 1;
  };
  const auto number = [&] { return static_cast<std::uint32_t>(list.size()); };
  const auto draw_node = [&](double drawn) {
    double weights[nodes];
    for (int i = 0; i < nodes; ++i) weights[i] = birth_nodes[at(i)].weight;
    return pick(weights, nodes, 1, drawn);
  };

  // Those there at time 0. Parts of persons are there with that chance; they stand after the whole
  // ones, so that every whole person has the same number in each replicate.
  for (const bool whole : {true, false}) {
    for (int cell = 0; cell < 2 * A * parts * S; ++cell) {
      const double n = stock_[at(cell)], rest = n - std::floor(n);
      const int s = cell % S, part = cell / S % parts, a = cell / S / parts % A,
                sex = cell / S / parts / A;
      long count = static_cast<long>(std::floor(n));
      if (!whole) {
        const auto there = random(replicate, static_cast<std::uint32_t>(cell), 0xFFFE0000U);
        count = rest > 0 && there[0] < rest;
      }
      for (long i = 0; i < count; ++i) {
        const auto drawn = random(replicate, number(), 0);
        const int node = draw_node(drawn[0]);
        add(s, sex, node, 0, a, 1 - birth_nodes[at(node)].age, false, since(part, drawn[1]));
      }
    }
  }
  // Those who turn the lowest age, on their birthdays, and those who appear at the end of a year.
  std::uint32_t cell = 0;
  for (int y = 0; y < T; ++y) {
    for (int sex = 0; sex < 2; ++sex) {
      for (int i = 0; i < nodes; ++i) {
        const long count =
            detail::poisson(random, replicate, cell++, born_[at((y * 2 + sex) * nodes + i)]);
        for (long n = 0; n < count; ++n) {
          const auto drawn = random(replicate, number(), 0);
          const int w = pick(&prevalence_[at(sex * A * W)], W, 1, drawn[0]);
          add(w % S, sex, i, y + 1 - birth_nodes[at(i)].age, 0, 1, true,
              since(part_of_cell(w / S), drawn[1]));
        }
      }
      for (int b = 0; b < A; ++b) {
        const double wanted = filled_[at((y * 2 + sex) * A + b)];
        if (wanted == 0) continue;
        const long count = detail::poisson(random, replicate, cell++, wanted);
        for (long n = 0; n < count; ++n) {
          const auto drawn = random(replicate, number(), 0);
          const int node = draw_node(drawn[0]);
          const int w = pick(&prevalence_[at((sex * A + b) * W)], W, 1, drawn[1]);
          const double part = parts > 1 ? random(replicate, number(), 1)[0] : 0;
          add(w % S, sex, node, y + 1, b, 1 - birth_nodes[at(node)].age, false,
              since(part_of_cell(w / S), part));
        }
      }
    }
  }
  immigrants(replicate, list);
  return list;
}

/// Net migration where it is in: at the rate g times the projection's number in each state.
void municipality::immigrants(std::uint32_t replicate, life_starts& list) const {
  const int S = living_, A = ages_, T = years_, C = clock_.cells();
  const auto& cuts = clock_.cuts();
  const auto& moves = rates_.structure.transitions();
  const detail::uniform_pairs random(seed_, purpose::arriving);
  const auto K = static_cast<std::ptrdiff_t>(moves.size());
  // Time since entry of somebody in a cell, evenly over the part that the cell stands for.
  const auto since_of_cell = [&](int k, double time, double drawn) {
    if (C == 1 || k == C - 1) return C == 1 ? 0.0 : cuts.back() + 1;
    const double h = 1.0 / parts_a_year_;  // on 1 January a part ends
    const double begun = time == 0 ? h : time - std::floor(time / h + 1e-9) * h;
    return k == 0 ? drawn * std::max(0.0, begun) : std::max(0.0, begun) + (k - 1 + drawn) * h;
  };
  std::uint32_t cell = 0x10000000U;
  for (int y = 0; y < T; ++y) {
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < A; ++a) {
        for (int node = 0; node < nodes; ++node) {
          for (int half = 0; half < 2; ++half, ++cell) {
            const piece& here = pieces_[place(y, sex, a, node, half)];
            if (!(here.growth > 0) || !(here.alive > 0)) continue;
            // alive(t) = alive(0) e^(c t): c from the end, which the closure has solved for
            const double c = here.change;
            const double z = c * here.length;
            const double share = std::abs(z) < 1e-12 ? 1 : std::expm1(z) / z;
            const double mean = here.growth * here.alive * here.length * share;
            const long count = detail::poisson(random, replicate, cell, mean);
            for (long n = 0; n < count; ++n) {
              const std::uint32_t id = static_cast<std::uint32_t>(list.size());
              const double drawn = random(replicate, id, 0)[0];
              const double after =
                  std::abs(z) < 1e-12
                      ? drawn * here.length
                      : std::min(std::log1p(drawn * std::expm1(z)) / c, here.length);
              // One who began the piece like the others, and was alive by then.
              const double begins = half == 0 ? 0 : 1 - birth_nodes[at(node)].age;
              std::uint32_t index = 1;
              int s = 0;
              double entered = 0;  // from the piece's start
              const double* rates = &rates_.rates[rates_at(y, sex, a, node, half)];
              do {
                const auto first_drawn = random(replicate, id, index++);
                const int w = pick(here.start.data(), C * S, here.alive, first_drawn[0]);
                s = w % S;
                entered = -since_of_cell(w / S, begins, first_drawn[1]);
                auto next = std::upper_bound(cuts.begin(), cuts.end(), -entered);
                double time = 0;
                while (s < S) {
                  const auto u = random(replicate, id, index++);
                  const double* of_band = rates + (next - cuts.begin()) * K;
                  double weights[64], leaving = 0;
                  const int first = out_starts_[at(s)], ways = out_starts_[at(s) + 1] - first;
                  for (int k = 0; k < ways; ++k) {
                    leaving += weights[k] = of_band[out_[at(first + k)]];
                  }
                  const double stays = time - std::log(u[0]) / leaving;
                  if (next != cuts.end() && s > 0 && entered + *next < std::min(stays, after)) {
                    time = std::max(time, entered + *next++);  // drawn anew in the next band
                    continue;
                  }
                  time = stays;
                  if (!(time < after)) break;
                  if (s == 0) {
                    entered = time;
                    next = cuts.begin();
                  }
                  s = moves[at(out_[at(first + pick(weights, ways, leaving, u[1]))])].to;
                }
              } while (s >= S);
              list.states.push_back(s);
              list.patterns.push_back(sex * nodes + node);
              list.times.push_back(y + begins + after);
              list.ages.push_back(rates_.first_age + a + half);
              list.to_birthday.push_back(half == 0 ? std::max(1e-12, here.length - after)
                                                   : 1 - after);
              list.newcomers.push_back(0);
              if (C > 1) list.since_entry.push_back(after - entered);
            }
          }
        }
      }
    }
  }
}

}  // namespace kohort
