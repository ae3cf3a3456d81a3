#pragma once

// Strategies of the small municipality, and what they give beside usual care.

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <kohort/projection/open_cohort.hpp>
#include <kohort/projection/strategy.hpp>

#include "catch.hpp"

namespace constructed {

// States of the small municipality: 0 none, 1 light, 2 moderate, 3 high, 4 ended; death is 5.
inline kohort::intensity_effect effect(int from, int to, double ratio, double starts = 0,
                                       double years = 100) {
  kohort::intensity_effect e;
  e.from = from;
  e.to = to;
  e.log_ratio = {std::log(ratio)};
  e.step = years;
  e.starts = starts;
  return e;
}

inline kohort::intensity_effect since(kohort::intensity_effect e) {
  e.clock = kohort::effect_clock::since_enrolment;
  return e;
}

inline kohort::intensity_effect fading(int from, int to, double first, double starts = 0) {
  auto e = effect(from, to, 1, starts);
  e.log_ratio = kohort::fading_log_ratios(first, 0.9, 12);
  e.step = 1.0 / 12;
  return e;
}

inline kohort::strategy team(std::vector<kohort::intensity_effect> effects, double from = 0) {
  kohort::strategy s;
  s.name = "team";
  s.effects = std::move(effects);
  s.uptake = 0.6;
  s.enrols_newcomers = {0, 1, .9, .5, 0};
  s.enrols_stock = {0, .2, .3, .4, .1};
  s.enrols_from = from;
  return s;
}

inline double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::abs(a[i] - b[i]) / std::max(1.0, std::abs(a[i])));
  }
  return worst;
}

/// Results of a municipality under usual care (run 0) and its strategies, in their order.
inline kohort::open_cohort_results with(kohort::open_cohort_inputs& in,
                                        std::vector<kohort::strategy> strategies,
                                        kohort::open_cohort_options options, int draw = 0) {
  in.strategies = std::move(strategies);
  std::vector<kohort::projection_run> runs{{.draw = draw}};
  for (int k = 0; k < static_cast<int>(in.strategies.size()); ++k) {
    runs.push_back({.draw = draw, .strategy = k});
  }
  return kohort::project_open_cohort(in, runs, options);
}

/// The part of a table that belongs to one run.
inline std::vector<double> of_run(const std::vector<double>& table, int run, int runs) {
  const auto size = static_cast<std::ptrdiff_t>(table.size()) / runs;
  return {table.begin() + run * size, table.begin() + (run + 1) * size};
}

}  // namespace constructed
