#pragma once

// Persons with rows of every kind, a covariate and age running on, for laws that hold for any data.
#include <algorithm>
#include <cmath>

#include <kohort/data/transitions.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/random.hpp>

#include "mixed_rows.hpp"

namespace kohort_tests {

/// Three levels up and down, and two ways out.
inline kohort::model mixed_structure() {
  return {{"a", "b", "c", "ended", "dead"},
          {{"a", "b"},
           {"b", "a"},
           {"b", "c"},
           {"c", "b"},
           {"a", "ended"},
           {"b", "ended"},
           {"a", "dead"},
           {"b", "dead"},
           {"c", "dead"}},
          "dead"};
}

inline kohort::intensity_model mixed_model() {
  return {mixed_structure(), {{"x"}, {"age", kohort::covariate_path::bands, {72, 80}}}};
}

inline Eigen::VectorXd mixed_coefficients(const kohort::intensity_model& im) {
  const auto where = kohort::layout(im);
  Eigen::VectorXd b(where.size());
  for (Eigen::Index i = 0; i < b.size(); ++i) b[i] = .1 * std::sin(static_cast<double>(i) + 1);
  for (std::size_t k = 0; k + 1 < where.starts.size(); ++k) b[where.starts[k]] -= 1;
  return b;
}

/// @param raw  as `validate` would be given it, if wanted too
inline kohort::observations mixed_histories(std::uint64_t seed, int persons,
                                            kohort::observations* raw = nullptr) {
  const auto m = mixed_structure();
  const kohort::random_stream random(seed, kohort::purpose::histories);
  kohort::observations all;
  all.covariate_names = {"age", "x"};
  all.start = kohort::first_state::given;
  all.start_probabilities = {.5, .3, .2, 0, 0};
  for (int person = 0; person < persons; ++person) {
    const auto who = static_cast<std::uint32_t>(person);
    std::uint32_t draw = 0;
    const auto next = [&] { return random.uniform(0, who, draw++); };
    const auto level = [&] { return static_cast<int>(3 * next()); };
    std::vector<mixed_row> rows{{0, {level()}}};
    if (next() < .2) rows[0].states = {0, 1};
    const int visits = 1 + static_cast<int>(4 * next());
    for (int visit = 0; visit < visits; ++visit) {
      const auto& last = rows.back();
      const double time = last.time + std::round(20 * (.1 + next())) / 20;
      const double kind = next();
      if (kind < .3) {
        rows.push_back({time, {level()}});
      } else if (kind < .5) {
        rows.push_back({time, {1, 2}});
      } else if (kind < .6) {
        rows.push_back({time, {0, 1, 2}});
      } else if (kind < .75 && last.states.size() == 1) {
        const int there = last.states[0] == 0 ? 1 : last.states[0] - 1;
        rows.push_back({time, {there}, observation_kind::exact_transition});
      } else if (kind < .85) {
        rows.push_back({time, last.states, observation_kind::exact_stay});
      } else if (kind < .9) {
        rows.push_back({time, {4}, observation_kind::exact_death});
      } else if (kind < .95) {
        rows.push_back({time, {3, 4}, observation_kind::exact_death});
      } else {
        rows.push_back({time, {4}, observation_kind::window_death, time - 1 / 12.0});
      }
      if (rows.back().states.back() >= 3) break;
    }
    const double age = 65 + 20 * next(), x = next() < .5 ? 0 : 1;
    add_person(all, m, rows, 1 + std::floor(2 * next()));
    for (const auto& row : rows) all.covariates.insert(all.covariates.end(), {age + row.time, x});
  }
  if (raw) *raw = all;
  return kohort::validate(m, all);
}

}  // namespace kohort_tests
