#include <algorithm>
#include <utility>

#include <kohort/support/error.hpp>

#include "lanes/open_cohort.hpp"
#include "structure_map.hpp"

namespace kohort::detail {

structure_map map_structure(const open_cohort_inputs& inputs) {
  const auto& m = inputs.structure;
  const auto refuse = [](const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
    reject("E-MODEL", "project", seen, needed, remedy);
  };
  if (!m.death()) {
    refuse("the model has no death", "a population forecast contains deaths",
           "Name the state that is entered by dying");
  }
  structure_map map;
  map.names.emplace_back("none");
  map.original.push_back(-1);
  std::vector<int> position(at(m.size()), -1);
  for (state s = 0; s < m.size(); ++s) {
    if (s == *m.death()) continue;
    if (m.name(s) == "none") {
      refuse("the model has a state 'none'", "the projection adds it: people without support",
             "Leave 'none' out of the model; entries come from incidence");
    }
    position[at(s)] = static_cast<int>(map.names.size());
    if (m.name(s) != inputs.ended) map.levels.push_back(position[at(s)]);
    map.names.push_back(m.name(s));
    map.original.push_back(s);
  }
  map.size = static_cast<int>(map.names.size());
  map.death.assign(at(map.size), -1);
  std::vector<std::pair<transition, int>> found;
  for (std::size_t j = 0; j < map.levels.size(); ++j) {
    found.push_back({{0, map.levels[j]}, -1 - static_cast<int>(j)});
  }
  for (int k = 0; k < static_cast<int>(m.transitions().size()); ++k) {
    const auto& move = m.transitions()[at(k)];
    if (move.to == *m.death()) {
      map.death[at(position[at(move.from)])] = k;
    } else {
      found.push_back({{position[at(move.from)], position[at(move.to)]}, k});
    }
  }
  for (int s = 1; s < map.size; ++s) {
    if (map.death[at(s)] >= 0) continue;
    refuse("nobody dies from '" + map.names[at(s)] + "'",
           "deaths must match the life table wherever people are",
           "Add the transition to '" + m.name(*m.death()) + "'");
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first.to < b.first.to; });
  for (const auto& [move, source] : found) {
    map.moves.push_back(move);
    map.source.push_back(source);
    map.from.push_back(move.from);
    map.to.push_back(move.to);
  }
  for (int s = 0; s <= map.size; ++s) {
    map.into.push_back(static_cast<int>(std::count_if(
        map.moves.begin(), map.moves.end(), [s](const transition& move) { return move.to < s; })));
  }
  if (map.size > most_living_states || static_cast<int>(map.moves.size()) > most_moves) {
    refuse("the model has " + std::to_string(map.size) + " living states and " +
               std::to_string(map.moves.size()) + " moves",
           "a projection takes at most " + std::to_string(most_living_states) + " and " +
               std::to_string(most_moves),
           "Merge states");
  }
  if (map.levels.empty()) {
    refuse("the model has no level of support", "there must be one to come in at",
           "Name another state as `ended`");
  }
  return map;
}

banded_map by_band(const structure_map& map, int bands) {
  banded_map all;
  all.size = 1 + bands * (map.size - 1);
  all.into.push_back(0);
  all.into.push_back(0);  // nobody moves into `none`
  for (int b = 0; b < bands; ++b) {
    for (int s = 1; s < map.size; ++s) {
      for (int k = map.into[at(s)]; k < map.into[at(s + 1)]; ++k) {
        const int from = map.from[at(k)];
        if (from == 0 && b > 0) continue;
        all.from.push_back(all.place(b, from, map.size));
        all.band_of.push_back(b);
        all.move_of.push_back(k);
      }
      all.into.push_back(static_cast<int>(all.from.size()));
    }
  }
  if (all.size > most_living_states || static_cast<int>(all.from.size()) > most_moves) {
    reject("E-MODEL", "project",
           std::to_string(bands) + " bands of time since entry make " + std::to_string(all.size) +
               " living states and " + std::to_string(all.from.size()) + " moves",
           "a projection takes at most " + std::to_string(most_living_states) + " and " +
               std::to_string(most_moves),
           "Take fewer bands, or merge states");
  }
  return all;
}

}  // namespace kohort::detail
