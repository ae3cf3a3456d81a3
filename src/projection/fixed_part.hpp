#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <kohort/projection/open_cohort.hpp>

#include "schedule.hpp"
#include "structure_map.hpp"

// Tables of people by state are `W` wide: a block of S states for each cell of the clock since
// entry, `none` in the first block alone. Without that clock there is one cell, and W = S.

namespace kohort::detail {

/// Everything that is the same in all runs.
struct fixed_part {
  const open_cohort_inputs& in;
  const open_cohort_options& options;
  structure_map map;
  int T, A, S, K, draws;
  entry_clock clock;                  // since entry
  int B = 1, C = 1, W = 0;            // its bands, its cells, C x S
  banded_map banded;                  // states and moves by band
  std::vector<double> prevalence;     // 2 x A x W, smoothed
  std::vector<double> start;          // 2 x A x W, persons
  std::vector<double> surviving;      // T x 2 x A x nodes: e^(-deaths) of the cohort aged a
  std::vector<double> growth;         // T x 2 x A: g of the cohort aged a on 1 January
  std::vector<char> emptied, filled;  // T x 2 x A, by age at the end of the year: see header
  std::vector<notice> notices;
  std::vector<schedule> plans;            // of the strategies
  std::vector<std::vector<double>> cuts;  // T: times within the year at which stock is enrolled
  int paths = 0;

  double persons(int y, int sex, int a) const {
    return in.population.persons[at((y * 2 + sex) * A + a)];
  }
  /// Force of mortality in calendar year base + y.
  double mortality(int y, int sex, int a) const {
    const int row = options.mortality_change ? y : 0;
    return in.population.mortality[at((row * 2 + sex) * A + a)];
  }
  /// Logarithm of the factor on the forecast of 31 December base + y.
  double path(int number, int y, int sex, int a) const {
    if (number < 0) return 0;
    return in.population_paths[at(((number * (T + 1) + y) * 2 + sex) * A + a)];
  }
  std::string cell(int sex, int a) const {
    return std::string(sex == 0 ? "men" : "women") + " of age " +
           std::to_string(in.population.first_age + a);
  }
  double rate(int draw, int sex, int a, int band, int k) const {
    return in.rates[at(((draw * 2 + sex) * A + a) * B + band) * at(K) + at(k)];
  }
  /// The band that a cell is in on 31 December.
  int band_of_stock(int cell) const { return clock.band(cell, 1 - 1e-6); }
  /// Smoothed prevalence of a state, time since entry aside.
  double seen_prevalence(int cell, int s) const {
    double sum = 0;
    for (int c = 0; c < C; ++c) sum += prevalence[at(cell * W + c * S + s)];
    return sum;
  }
};

/// Looks through the inputs, and prepares what no run changes: prevalence, stock and migration.
fixed_part prepare(const open_cohort_inputs& inputs, const open_cohort_options& options);

/// Net migration as `growth`, of one path of the population.
std::vector<double> growth_of_path(const fixed_part& f, int path);

/// Under the strict policy: every run must leave some deaths for those without support.
void check_closure(const fixed_part& f, const std::vector<projection_run>& runs);

}  // namespace kohort::detail
