#include <algorithm>
#include <limits>
#include <string>

#include <kohort/projection/phased.hpp>
#include <kohort/support/error.hpp>

#include "structure_map.hpp"

namespace kohort {

using detail::at;

entry_rates entries_at_first_phase(const entry_rates& of_levels, const std::vector<int>& places,
                                   int levels) {
  bool there = static_cast<int>(places.size()) == of_levels.levels;
  for (const int place : places) there = there && place >= 0 && place < levels;
  if (!there) {
    reject("E-SHAPE", "entries_at_first_phase",
           std::to_string(places.size()) + " places among " + std::to_string(levels) + " levels",
           "each of the " + std::to_string(of_levels.levels) + " levels of entry needs one",
           "Give the position of each level's first phase");
  }
  entry_rates fine = of_levels;
  fine.levels = levels;
  const std::size_t cells = at(of_levels.draws * 2 * of_levels.ages);
  fine.log_odds.assign(cells * at(levels), -std::numeric_limits<double>::infinity());
  fine.mix_trend.assign(at(of_levels.draws * levels), 0.0);
  for (std::size_t j = 0; j < places.size(); ++j) {
    const std::size_t place = at(places[j]), L = places.size();
    for (std::size_t c = 0; c < cells; ++c) {
      fine.log_odds[c * at(levels) + place] = of_levels.log_odds[c * L + j];
    }
    for (std::size_t d = 0; d < at(of_levels.draws); ++d) {
      fine.mix_trend[d * at(levels) + place] = of_levels.mix_trend[d * L + j];
    }
  }
  return fine;
}

phased_stock split_stock(const open_cohort_inputs& in, const std::vector<int>& seen_of,
                         const std::vector<double>& seen, int years) {
  refuse_entry_clock(in, "split_stock");
  const int A = in.population.ages, S = static_cast<int>(seen_of.size());
  const int n = S == 0 ? 0 : 1 + *std::max_element(seen_of.begin(), seen_of.end());
  if (seen.size() != at(2 * A * n) || years < 1) {
    reject("E-SHAPE", "split_stock", "the stock has " + std::to_string(seen.size()) + " entries",
           std::to_string(2 * A * n) + " are needed: sexes, ages and states as they are seen",
           "Ages and states must be the same everywhere");
  }
  open_cohort_inputs base{in.structure, in.ended, in.population, {}, in.rates, in.entries};
  auto& p = base.population;
  p.years = years;
  const auto repeat = [&](std::vector<double>& table) {
    const std::vector<double> first(table.begin(), table.begin() + 2 * A);
    table.clear();
    for (int y = 0; y <= years; ++y) table.insert(table.end(), first.begin(), first.end());
  };
  repeat(p.persons);
  repeat(p.mortality);
  base.stock.assign(at(2 * A * S), 0.0);
  open_cohort_options options;
  options.closure = closure_policy::scale;
  options.threads = 1;
  for (int a = 0; a < A; ++a) options.group_of_age.push_back(a);
  const auto settled =
      project_open_cohort(base, {{.incidence_trend = false, .mix_trend = false}}, options);

  phased_stock out;
  out.stock.assign(at(2 * A * S), 0.0);
  std::vector<int> phases(at(n), 0);
  for (const int one : seen_of) ++phases[at(one)];
  double all = 0, split = 0;
  for (int sex = 0; sex < 2; ++sex) {
    for (int a = 0; a < A; ++a) {
      for (int one = 0; one < n; ++one) {
        const double persons = seen[at((sex * A + a) * n + one)];
        all += persons;
        if (phases[at(one)] > 1) split += persons;
        const auto there = [&](int s) {
          return settled.persons[at(((years * (S + 1) + s + 1) * 2 + sex) * A + a)];
        };
        double sum = 0;
        for (int s = 0; s < S; ++s) {
          if (seen_of[at(s)] == one) sum += there(s);
        }
        bool first = true;
        for (int s = 0; s < S; ++s) {
          if (seen_of[at(s)] != one) continue;
          out.stock[at((sex * A + a) * S + s)] =
              sum > 0 ? persons * (there(s) / sum) : (first ? persons : 0.0);
          first = false;
        }
      }
    }
  }
  out.split = all > 0 ? split / all : 0;
  return out;
}

}  // namespace kohort
