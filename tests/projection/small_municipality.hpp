#pragma once

// A constructed municipality, small enough for slow code: ages 80 .. 86+, three levels and `ended`.

#include <cmath>
#include <random>

#include <kohort/projection/open_cohort.hpp>

namespace constructed {

inline kohort::model three_levels(bool with_ended = true) {
  std::vector<std::pair<std::string, std::string>> moves{
      {"light", "moderate"}, {"light", "high"}, {"moderate", "high"}, {"moderate", "light"},
      {"high", "moderate"},  {"light", "dead"}, {"moderate", "dead"}, {"high", "dead"}};
  std::vector<std::string> states{"light", "moderate", "high"};
  if (with_ended) {
    states.emplace_back("ended");
    for (const char* level : {"light", "moderate"}) {
      moves.emplace_back(level, "ended");
      moves.emplace_back("ended", level);
    }
    moves.emplace_back("ended", "dead");
  }
  states.emplace_back("dead");
  return {states, moves, "dead"};
}

inline kohort::open_cohort_inputs municipality(int seed = 0, int draws = 1, int years = 5,
                                               int ages = 7) {
  std::mt19937 random(static_cast<unsigned>(seed) + 17);
  std::uniform_real_distribution<double> uniform(0, 1);
  kohort::open_cohort_inputs in{three_levels(), "ended", {}, {}, {}, {}};
  auto& p = in.population;
  p.first_age = 80;
  p.ages = ages;
  p.base_year = 2024;
  p.years = years;
  for (int y = 0; y <= years; ++y) {
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < ages; ++a) {
        const double m = (sex == 0 ? 0.06 : 0.045) * std::exp(0.1 * a - 0.01 * y);
        p.mortality.push_back(m);
        p.persons.push_back((a + 1 == ages ? 300 : 200) * std::exp(-0.08 * a) *
                            (1 + 0.02 * y + 0.1 * uniform(random)));
      }
    }
  }
  for (int sex = 0; sex < 2; ++sex) {
    for (int a = 0; a < ages; ++a) {
      const double n = p.persons[static_cast<std::size_t>(sex * ages + a)];
      for (const double share : {.08, .05, .03, .02}) {
        in.stock.push_back(n * share * (1 + 0.1 * a) * (0.7 + 0.6 * uniform(random)));
      }
    }
  }
  const auto& moves = in.structure.transitions();
  for (int d = 0; d < draws; ++d) {
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < ages; ++a) {
        for (const auto& move : moves) {
          const bool dies = in.structure.name(move.to) == "dead";
          const double level = 1 + move.from;
          const double base = dies ? 0.04 * level : 0.25 / (1 + move.to);
          in.rates.push_back(base *
                             std::exp(0.05 * a + (d > 0 ? 0.2 * (uniform(random) - .5) : 0)));
        }
      }
    }
  }
  auto& e = in.entries;
  e.draws = draws;
  e.ages = ages;
  e.levels = 3;
  for (int d = 0; d < draws; ++d) {
    const double shift = d > 0 ? 0.2 * (uniform(random) - .5) : 0;
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < ages; ++a) {
        e.log_incidence.push_back(std::log(0.05) + 0.08 * a + shift);
        for (const double odds : {0.0, -0.8, -1.5}) e.log_odds.push_back(odds + 0.02 * a);
      }
    }
    e.incidence_trend.push_back(0.02 + shift / 10);
    for (const double drift : {0.0, 0.01, 0.03}) e.mix_trend.push_back(drift);
  }
  e.incidence_damping = 0.9;
  e.mix_damping = 0.8;
  return in;
}

inline kohort::open_cohort_options by_single_age(int ages = 7) {
  kohort::open_cohort_options options;
  for (int a = 0; a < ages; ++a) options.group_of_age.push_back(a);
  options.threads = 1;
  options.prevalence_persons = 0;
  return options;
}

/// Entry (run, year, state, sex, group) of persons (years + 1) or person-years (years).
inline double cell(const kohort::open_cohort_results& r, const std::vector<double>& values,
                   int length, int run, int y, int s, int sex, int group) {
  const int S = static_cast<int>(r.states.size());
  return values[static_cast<std::size_t>((((run * length + y) * S + s) * 2 + sex) * r.groups +
                                         group)];
}

}  // namespace constructed
