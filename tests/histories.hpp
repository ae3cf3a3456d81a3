#pragma once

// Small data sets for the tests of the likelihood and of the fit.
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <kohort/data/observations.hpp>
#include <kohort/data/transitions.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/model/intensity_model.hpp>

namespace kohort_tests {

using kohort::observation_kind;

/// `count` persons seen in `from`, and `elapsed` years later in `to`.
struct counted {
  double elapsed;
  int from, to, count;
  observation_kind kind = observation_kind::panel;
  double x = 0;  // a covariate named "x"
};

inline kohort::observations persons(const kohort::model& structure,
                                    const std::vector<counted>& rows, double units_per_year = 1,
                                    double weight = 1) {
  kohort::observations raw;
  raw.units_per_year = units_per_year;
  raw.covariate_names = {"x"};
  for (const auto& row : rows) {
    for (int i = 0; i < row.count; ++i) {
      const auto subject = static_cast<std::int32_t>(raw.subject_names.size());
      raw.subject_names.push_back(std::to_string(subject));
      raw.weights.push_back(weight);
      for (const bool second : {false, true}) {
        raw.subjects.push_back(subject);
        raw.times.push_back(second ? row.elapsed * units_per_year : 0.0);
        raw.states.push_back(second ? row.to : row.from);
        raw.kinds.push_back(second ? row.kind : observation_kind::start);
        raw.covariates.push_back(row.x);
      }
    }
  }
  return kohort::validate(structure, raw);
}

/// One person's rows: time, state, kind.
struct seen {
  double time;
  int state;
  observation_kind kind = observation_kind::panel;
};

inline kohort::observations person(const kohort::model& structure, const std::vector<seen>& rows) {
  kohort::observations raw;
  raw.subject_names = {"A"};
  for (const auto& row : rows) {
    raw.subjects.push_back(0);
    raw.times.push_back(row.time);
    raw.states.push_back(row.state);
    raw.kinds.push_back(row.kind);
  }
  return kohort::validate(structure, raw);
}

/// The model light, moderate, high, total, dead of the worked numbers, and its rates.
inline kohort::model five_levels() {
  return {{"light", "moderate", "high", "total", "dead"},
          {{"light", "moderate"},
           {"light", "dead"},
           {"moderate", "light"},
           {"moderate", "high"},
           {"moderate", "dead"},
           {"high", "moderate"},
           {"high", "total"},
           {"high", "dead"},
           {"total", "high"},
           {"total", "dead"}},
          "dead"};
}

inline Eigen::VectorXd five_levels_rates() {
  Eigen::VectorXd rates(10);
  rates << .35, .04, .15, .28, .08, .12, .25, .16, .06, .40;
  return rates;
}

/// Panel counts on these levels, half a year and a year apart.
inline std::vector<counted> five_levels_counts() {
  return {{.5, 0, 0, 40}, {.5, 0, 1, 7}, {.5, 0, 4, 1}, {.5, 1, 0, 3},
          {.5, 1, 1, 20}, {.5, 1, 2, 6}, {1, 0, 3, 1},  {1, 2, 2, 15},
          {1, 2, 3, 5},   {1, 2, 4, 3},  {1, 3, 3, 6},  {1, 3, 4, 4}};
}

}  // namespace kohort_tests
