#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <kohort/data/detail/run_reach.hpp>
#include <kohort/estimation/detail/hidden_start.hpp>
#include <kohort/estimation/from_tables.hpp>
#include <kohort/estimation/initial_values.hpp>

namespace kohort {

namespace {

/// The states on the shortest permitted path, both ends counted; the first found of several; empty
/// if there is none.
std::vector<state> shortest_path(const model& structure, state from, state to) {
  std::vector<state> came_from(static_cast<std::size_t>(structure.size()), -1);
  std::vector<state> queue{from};
  came_from[static_cast<std::size_t>(from)] = from;
  for (std::size_t next = 0; next < queue.size(); ++next) {
    for (const auto& move : structure.transitions()) {
      auto& before = came_from[static_cast<std::size_t>(move.to)];
      if (move.from != queue[next] || before >= 0) continue;
      before = move.from;
      queue.push_back(move.to);
    }
  }
  if (came_from[static_cast<std::size_t>(to)] < 0) return {};
  std::vector<state> path{to};
  while (path.back() != from) path.push_back(came_from[static_cast<std::size_t>(path.back())]);
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace

Eigen::VectorXd crude_rates(const model& structure, const transition_tables& tables) {
  if (tables.stand_in) return crude_rates(structure, *tables.stand_in);
  const auto n = static_cast<std::size_t>(structure.size());
  const auto K = structure.transitions().size();
  std::vector<double> exposure(n, 0.0), events(K, 0.0);
  if (tables.exact.intervals > 0) {
    for (std::size_t i = 0; i < tables.exact.exposure.size(); ++i)
      exposure[i % n] += tables.exact.exposure[i];
    for (std::size_t i = 0; i < tables.exact.events.size(); ++i)
      events[i % K] += tables.exact.events[i];
  }
  std::vector<std::vector<state>> paths(n * n);
  const auto path_between = [&](state from, state to) -> const std::vector<state>& {
    auto& path = paths[static_cast<std::size_t>(from) * n + static_cast<std::size_t>(to)];
    if (path.empty()) path = shortest_path(structure, from, to);
    return path;
  };
  const auto take = [&](const std::vector<state>& path, double elapsed, double weight) {
    for (std::size_t h = 0; h < path.size(); ++h) {
      exposure[static_cast<std::size_t>(path[h])] +=
          weight * elapsed / static_cast<double>(path.size());
      if (h > 0) events[static_cast<std::size_t>(structure.index(path[h - 1], path[h]))] += weight;
    }
  };
  for (const auto& cells : tables.cells) {
    const auto J = static_cast<std::size_t>(cells.pieces);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      double elapsed = 0;
      for (std::size_t j = 0; j < J; ++j) elapsed += cells.elapsed[i * J + j];
      take(path_between(cells.from[i], cells.to[i]), elapsed, cells.weights[i]);
    }
  }
  const detail::ways ways(structure);
  for (std::size_t run = 0; run < tables.runs.size(); ++run) {
    state here = -1;  // the state that the row before was taken to end in
    for (const auto& row : detail::rows_of_run(structure, ways, tables.runs, run)) {
      double elapsed = 0;
      for (auto j = row.first_piece; j < row.last_piece; ++j) elapsed += tables.runs.elapsed[j];
      if (here < 0 || !((row.begins >> here) & 1)) here = std::countr_zero(row.begins);
      const std::vector<state>* shortest = nullptr;
      for (auto ends = row.ends; ends; ends &= ends - 1) {
        const auto end = std::countr_zero(ends);
        if (!((ways.reach(here) >> end) & 1)) continue;
        const auto& path = path_between(here, end);
        const bool moves = row.kind != observation_kind::exact_transition || path.size() > 1;
        if (moves && (!shortest || path.size() < shortest->size())) shortest = &path;
      }
      if (!shortest) continue;
      take(*shortest, elapsed, tables.runs.weights[run]);
      here = shortest->back();
    }
  }
  for (const auto& term : tables.aggregates) {  // the nearest of an end's states, from each start
    double elapsed = 0;
    for (const double piece : term.elapsed) elapsed += piece;
    for (std::size_t c = 0; c < term.ends.size(); ++c) {
      for (std::size_t r = 0; r < n; ++r) {
        if (term.start[r] == 0) continue;
        std::vector<state> path;
        for (const state to : term.ends[c]) {
          if (!((ways.reach(static_cast<state>(r)) >> to) & 1)) continue;
          const auto& way = path_between(static_cast<state>(r), to);
          if (path.empty() || way.size() < path.size()) path = way;
        }
        take(path, elapsed, term.counts[c] * term.start[r]);
      }
    }
  }
  const double half = 0.5 * tables.weight / static_cast<double>(tables.intervals);
  double all_events = 0, all_exposure = 0;
  for (const double count : events) all_events += count;
  for (std::size_t s = 0; s < n; ++s) {
    if (!structure.absorbing(static_cast<state>(s))) all_exposure += exposure[s];
  }
  const double overall = all_exposure > 0 ? std::max(all_events, half) / all_exposure : 1;
  Eigen::VectorXd rates(static_cast<Eigen::Index>(K));
  for (std::size_t k = 0; k < K; ++k) {
    const double years = exposure[static_cast<std::size_t>(structure.transitions()[k].from)];
    rates[static_cast<Eigen::Index>(k)] = years > 0 ? std::max(events[k], half) / years : overall;
  }
  return rates;
}

namespace {

/// Published tables alone, one rate for each move: a few steps of EM lead near the maximum.
Eigen::VectorXd after_some_expectation(const model& structure, const transition_tables& tables,
                                       const Eigen::VectorXd& rates) {
  std::vector<table_row> rows;
  for (const auto& term : tables.aggregates) {
    rows.push_back({.start = term.start,
                    .ends = term.ends,
                    .counts = term.counts,
                    .among = term.among,
                    .years = term.elapsed.front()});
  }
  const auto start = intensity_matrix<>::from_rates(
      structure, std::span(rates.data(), static_cast<std::size_t>(rates.size())));
  const auto better = maximise_expectation(structure, rows, start, 20).intensities;
  Eigen::VectorXd found = rates;
  for (Eigen::Index k = 0; k < rates.size(); ++k) {
    const auto& move = structure.transitions()[static_cast<std::size_t>(k)];
    const double rate = better(move.from, move.to);
    // Whether a rate has its estimate at 0 is for the search to say: it starts inside.
    if (std::isfinite(rate)) found[k] = std::max(rate, rates[k] / 100);
  }
  return found;
}

}  // namespace

Eigen::VectorXd initial_values(const intensity_model& intensities,
                               const transition_tables& tables) {
  if (intensities.hidden()) return detail::hidden_initial_values(intensities, tables);
  const auto where = layout(intensities);
  auto rates = crude_rates(intensities.structure, tables);
  if (tables.subjects == 0 && !tables.aggregates.empty() && intensities.terms.empty())
    rates = after_some_expectation(intensities.structure, tables, rates);
  Eigen::VectorXd start = Eigen::VectorXd::Zero(where.size());
  for (std::size_t k = 0; k < where.columns.size(); ++k)
    start[where.starts[k]] = std::log(rates[static_cast<Eigen::Index>(k)]);
  return start;
}

}  // namespace kohort
