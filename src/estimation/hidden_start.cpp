#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <kohort/estimation/detail/hidden_start.hpp>
#include <kohort/estimation/initial_values.hpp>
#include <kohort/likelihood/detail/cells.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/model/misclassification.hpp>
#include <kohort/model/phases.hpp>

namespace kohort::detail {

namespace {

using mask = std::uint64_t;
constexpr double first_error = 0.05;

bool holds(mask states, state s) { return (states >> s & 1) != 0; }

/// The states of a set that are reached from another through some, or from which it is reached.
struct reaching {
  std::vector<mask> forward, backward;  // per state, itself included

  explicit reaching(const model& structure) {
    const auto n = structure.size();
    const auto reach = reachable(structure);
    forward.assign(static_cast<std::size_t>(n), 0);
    backward.assign(static_cast<std::size_t>(n), 0);
    for (state r = 0; r < n; ++r) {
      for (state s = 0; s < n; ++s) {
        if (!reach[static_cast<std::size_t>(r * n + s)]) continue;
        forward[static_cast<std::size_t>(r)] |= mask{1} << s;
        backward[static_cast<std::size_t>(s)] |= mask{1} << r;
      }
    }
  }

  static mask all(const std::vector<mask>& ways, mask from) {
    mask to = 0;
    for (std::size_t s = 0; s < ways.size(); ++s) {
      if (from >> s & 1) to |= ways[s];
    }
    return to;
  }
};

/// The rates between the states as they are seen, as if every reading were the truth.
Eigen::VectorXd rates_as_seen(const intensity_model& intensities, const model& seen,
                              const transition_tables& tables) {
  const auto& fine = intensities.structure;
  transition_tables as_seen;
  const auto n = static_cast<std::size_t>(seen.size()),
             K = static_cast<std::size_t>(seen.transitions().size());
  if (tables.exact.intervals > 0) {
    as_seen.exact.intervals = tables.exact.intervals;
    as_seen.exact.exposure.assign(n, 0.0);
    as_seen.exact.events.assign(K, 0.0);
    const auto states = static_cast<std::size_t>(fine.size()), moves = fine.transitions().size();
    for (std::size_t i = 0; i < tables.exact.exposure.size(); ++i) {
      const state s = seen_as(intensities, static_cast<state>(i % states));
      as_seen.exact.exposure[static_cast<std::size_t>(s)] += tables.exact.exposure[i];
    }
    for (std::size_t i = 0; i < tables.exact.events.size(); ++i) {
      const auto& move = fine.transitions()[i % moves];
      const int k = seen.index(seen_as(intensities, move.from), seen_as(intensities, move.to));
      if (k >= 0) as_seen.exact.events[static_cast<std::size_t>(k)] += tables.exact.events[i];
    }
  }
  // Every interval between two rows as a cell of its own.
  const auto reach = reachable(seen);
  cell_table cells;
  const auto& runs = tables.hidden;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    auto from = static_cast<state>(
        std::countr_zero(runs.start[static_cast<std::size_t>(runs.starts[r])].seen.states));
    double elapsed = 0;
    const auto end = static_cast<std::size_t>(runs.first_steps[r + 1]);
    for (auto j = static_cast<std::size_t>(runs.first_steps[r]); j < end; ++j) {
      elapsed += runs.elapsed[j];
      const auto& what = runs.seen[static_cast<std::size_t>(runs.sightings[j])];
      if (what.what == sighting::kind::nothing) continue;
      auto to = static_cast<state>(std::countr_zero(what.states));
      if (holds(what.states, from)) to = from;
      const auto way = static_cast<std::size_t>(from) * n + static_cast<std::size_t>(to);
      cells.from.push_back(from);
      cells.to.push_back(reach[way] ? to : from);  // a step that only an error explains: none
      cells.elapsed.push_back(elapsed);
      cells.weights.push_back(runs.weights[r]);
      from = to;
      elapsed = 0;
    }
  }
  cells.patterns.assign(cells.size(), 0);
  as_seen.cells.push_back(std::move(cells));
  return crude_rates(seen, as_seen);
}

/// Log rates of the fine model, the phases of all states begun alike.
void set_rates(const intensity_model& intensities, const coefficient_layout& where,
               const model& seen, const Eigen::VectorXd& rates, int kind, Eigen::VectorXd& start) {
  const auto& fine = intensities.structure;
  std::vector<double> exits(static_cast<std::size_t>(seen.size()), 0.0);
  for (std::size_t k = 0; k < seen.transitions().size(); ++k)
    exits[static_cast<std::size_t>(seen.transitions()[k].from)] +=
        rates[static_cast<Eigen::Index>(k)];
  std::vector<int> phases(static_cast<std::size_t>(seen.size()), 0), phase;
  for (state f = 0; f < fine.size(); ++f)
    phase.push_back(phases[static_cast<std::size_t>(seen_as(intensities, f))]++);
  for (std::size_t k = 0; k < fine.transitions().size(); ++k) {
    const auto& move = fine.transitions()[k];
    const auto from = static_cast<std::size_t>(seen_as(intensities, move.from));
    const auto to = seen_as(intensities, move.to);
    const bool onward = to == static_cast<state>(from);
    const double crude = onward ? 0 : rates[seen.index(static_cast<state>(from), to)];
    double rate = crude;
    if (phases[from] > 1) {
      const auto chain = phase_starts(exits[from], phases[from], kind);
      const auto& [on, out] =
          chain[static_cast<std::size_t>(phase[static_cast<std::size_t>(move.from)])];
      rate = onward ? on : out * crude / exits[from];
    }
    start[where.starts[k]] = std::log(rate);
  }
}

}  // namespace

void add_hidden_exposure(const model& structure, const hidden_runs& runs,
                         std::vector<double>& years) {
  if (runs.size() == 0) return;
  const reaching ways(structure);
  const auto n = static_cast<std::size_t>(structure.size());
  const auto seen_at = [&](std::size_t j) { return static_cast<std::size_t>(runs.sightings[j]); };
  std::vector<mask> before;  // possible at the beginning of each step, given what came earlier
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const auto begin = static_cast<std::size_t>(runs.first_steps[r]);
    const auto end = static_cast<std::size_t>(runs.first_steps[r + 1]);
    before.assign(1, runs.start_from[static_cast<std::size_t>(runs.starts[r])]);
    for (auto j = begin; j < end; ++j) {
      const mask after = reaching::all(ways.forward, before.back());
      before.push_back(after & runs.seen_from[seen_at(j)]);
    }
    mask later = ~mask{0};  // possible at the end of the step, given what came later
    for (auto j = end; j-- > begin;) {
      later &= runs.seen_from[seen_at(j)];
      const mask through =
          runs.held[j] < 0 ? ~mask{0} : runs.phases[static_cast<std::size_t>(runs.held[j])];
      const mask leading = reaching::all(ways.backward, later);
      mask possible = reaching::all(ways.forward, before[j - begin]) & leading & through;
      for (std::size_t s = 0; s < n; ++s) {
        if ((possible >> s & 1) && structure.absorbing(static_cast<state>(s)))
          possible &= ~(mask{1} << s);
      }
      const double share = runs.weights[r] * runs.elapsed[j] / std::max(std::popcount(possible), 1);
      for (std::size_t s = 0; s < n; ++s) {
        if (possible >> s & 1) years[static_cast<std::size_t>(runs.patterns[j]) * n + s] += share;
      }
      later = leading;
    }
  }
}

Eigen::VectorXd hidden_initial_values(const intensity_model& intensities,
                                      const transition_tables& tables) {
  const auto where = layout(intensities);
  const auto further = misclassification_coefficients(intensities);
  const auto seen = seen_model(intensities.structure, intensities.phases);
  const auto rates = rates_as_seen(intensities, seen, tables);
  Eigen::VectorXd start = Eigen::VectorXd::Zero(where.size());
  if (intensities.misread) {
    const auto& errors = intensities.misread->errors;
    for (std::size_t e = 0; e < errors.size(); ++e) {
      const auto of_truth = std::count_if(errors.begin(), errors.end(), [&](const misreading& one) {
        return one.truth == errors[e].truth;
      });
      start[further.first + further.errors.starts[e]] =
          std::log(first_error / (1 - first_error * static_cast<double>(of_truth)));
    }
    std::vector<double> first(static_cast<std::size_t>(seen.size()), 0.5);
    for (std::size_t r = 0; r < tables.hidden.size(); ++r) {
      const auto& begin = tables.hidden.start[static_cast<std::size_t>(tables.hidden.starts[r])];
      if (begin.drawn)
        first[static_cast<std::size_t>(std::countr_zero(begin.seen.states))] +=
            tables.hidden.weights[r];
    }
    state reference = 0;
    while (seen.absorbing(reference)) ++reference;
    for (std::size_t i = 0; i < further.start_states.size(); ++i) {
      start[further.first_start + static_cast<Eigen::Index>(i)] =
          std::log(first[static_cast<std::size_t>(further.start_states[i])] /
                   first[static_cast<std::size_t>(reference)]);
    }
  }
  auto best = start;
  double highest = -std::numeric_limits<double>::infinity();
  for (int kind = 0; kind < (intensities.phases.empty() ? 1 : phase_start_kinds); ++kind) {
    set_rates(intensities, where, seen, rates, kind, start);
    const double value =
        intensities.phases.empty() ? 0 : log_likelihood(intensities, tables, start, 1);
    if (kind > 0 && !(value > highest)) continue;
    highest = value;
    best = start;
  }
  return best;
}

}  // namespace kohort::detail
