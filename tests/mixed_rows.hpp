#pragma once

// One person's rows of every kind, and their likelihood row by row with 50 digits: a second
// implementation that shares nothing with the library but the formulas.
#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <boost/multiprecision/cpp_bin_float.hpp>

#include <kohort/data/observations.hpp>
#include <kohort/model/state_space.hpp>

namespace kohort_tests {

using kohort::observation_kind;
using wide = boost::multiprecision::cpp_bin_float_50;

struct mixed_row {
  double time;
  std::vector<int> states;
  observation_kind kind = observation_kind::panel;
  double earliest = std::numeric_limits<double>::quiet_NaN();
};

/// Adds a subject; sets of states are numbered as they come.
inline void add_person(kohort::observations& raw, const kohort::model& structure,
                       const std::vector<mixed_row>& rows, double weight = 1) {
  const auto subject = static_cast<std::int32_t>(raw.subject_names.size());
  raw.subject_names.push_back("p" + std::to_string(subject));
  raw.weights.push_back(weight);
  for (const auto& row : rows) {
    raw.subjects.push_back(subject);
    raw.times.push_back(row.time);
    raw.kinds.push_back(row.kind);
    raw.earliest.push_back(row.earliest);
    if (row.states.size() == 1) {
      raw.states.push_back(row.states[0]);
      continue;
    }
    auto at = std::find(raw.sets.begin(), raw.sets.end(), row.states);
    if (at == raw.sets.end()) at = raw.sets.insert(at, row.states);
    raw.states.push_back(structure.size() + static_cast<int>(at - raw.sets.begin()));
  }
}

inline kohort::observations mixed_person(const kohort::model& structure,
                                         const std::vector<mixed_row>& rows) {
  kohort::observations raw;
  add_person(raw, structure, rows);
  return kohort::validate(structure, raw);
}

/// exp(t Q) from the plain series, the shift put back at the end.
inline std::vector<wide> slow_row(const kohort::model& m, const std::vector<double>& rates,
                                  const std::vector<wide>& start, double t) {
  const auto n = static_cast<std::size_t>(m.size());
  std::vector<wide> exits(n, wide(0));
  for (std::size_t k = 0; k < rates.size(); ++k)
    exits[static_cast<std::size_t>(m.transitions()[k].from)] += wide(rates[k]);
  const wide lambda = *std::max_element(exits.begin(), exits.end());
  auto term = start, sum = start;
  for (int k = 1; k < 150 + static_cast<int>(4 * static_cast<double>(lambda) * t); ++k) {
    std::vector<wide> next(n, wide(0));
    for (std::size_t s = 0; s < n; ++s) next[s] = term[s] * (lambda - exits[s]);
    for (std::size_t e = 0; e < rates.size(); ++e)
      next[static_cast<std::size_t>(m.transitions()[e].to)] +=
          term[static_cast<std::size_t>(m.transitions()[e].from)] * wide(rates[e]);
    for (std::size_t s = 0; s < n; ++s) {
      term[s] = next[s] * wide(t) / k;
      sum[s] += term[s];
    }
  }
  for (auto& p : sum) p *= exp(-lambda * wide(t));
  return sum;
}

/// The likelihood of one person's rows, given the weights of the states in the first.
///
/// @param pass  called as (weights, row, from, years, still): takes them from `from` years after a
///              row through the years that follow; `still`: along the ways without any move
/// @param rate  called as (transition, row): its rate as the row ends
template <class Pass, class Rate>
wide slow_likelihood(const kohort::model& m, const std::vector<mixed_row>& rows,
                     std::vector<wide> weights, const Pass& pass, const Rate& rate) {
  const auto n = static_cast<std::size_t>(m.size());
  const auto in = [](const mixed_row& row, std::size_t s) {
    return std::find(row.states.begin(), row.states.end(), static_cast<int>(s)) != row.states.end();
  };
  const auto keep = [&](auto&& wanted) {
    for (std::size_t s = 0; s < n; ++s) weights[s] *= wanted(s) ? 1 : 0;
  };
  const auto jump = [&](std::size_t row) {
    std::vector<wide> after(n, wide(0));
    for (std::size_t k = 0; k < m.transitions().size(); ++k)
      after[static_cast<std::size_t>(m.transitions()[k].to)] +=
          weights[static_cast<std::size_t>(m.transitions()[k].from)] * rate(k, row);
    weights = after;
  };
  keep([&](std::size_t s) { return in(rows[0], s); });
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto& row = rows[i];
    const double t = row.time - rows[i - 1].time;
    switch (row.kind) {
      case observation_kind::start:
      case observation_kind::panel:
        pass(weights, i - 1, 0.0, t, false);
        break;
      case observation_kind::exact_stay:
        pass(weights, i - 1, 0.0, t, true);
        break;
      case observation_kind::exact_transition:
        pass(weights, i - 1, 0.0, t, true);
        if (row.states.size() > 1 || rows[i - 1].states != row.states) jump(i);
        break;
      case observation_kind::exact_death:
        pass(weights, i - 1, 0.0, t, false);
        jump(i);
        break;
      case observation_kind::window_death: {
        const double opens = std::max(row.earliest - rows[i - 1].time, 0.0);
        if (opens > 0) {
          pass(weights, i - 1, 0.0, opens, false);
          keep([&](std::size_t s) { return !m.absorbing(static_cast<int>(s)); });
        }
        pass(weights, i - 1, opens, t - opens, false);
        break;
      }
    }
    keep([&](std::size_t s) { return in(row, s); });
  }
  wide sum = 0;
  for (const auto& w : weights) sum += w;
  return sum;
}

/// The same under rates that are constant.
inline wide slow_likelihood(const kohort::model& m, const std::vector<double>& rates,
                            const std::vector<mixed_row>& rows, std::vector<wide> weights) {
  const auto pass = [&](std::vector<wide>& w, std::size_t, double, double years, bool still) {
    if (!still) {
      w = slow_row(m, rates, w, years);
      return;
    }
    for (std::size_t k = 0; k < rates.size(); ++k)
      w[static_cast<std::size_t>(m.transitions()[k].from)] *= exp(-wide(rates[k]) * wide(years));
  };
  return slow_likelihood(m, rows, std::move(weights), pass,
                         [&](std::size_t k, std::size_t) { return wide(rates[k]); });
}

}  // namespace kohort_tests
