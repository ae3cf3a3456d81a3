#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <kohort/data/aggregate_tables.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

double table_row::total() const { return std::accumulate(counts.begin(), counts.end(), 0.0); }

namespace {

/// Per state, whether it can be reached from any that has a share of the start.
std::vector<char> within_reach(const model& structure, const table_row& row) {
  std::vector<char> reached(row.start.size());
  for (std::size_t s = 0; s < reached.size(); ++s) reached[s] = row.start[s] > 0;
  for (bool more = true; more;) {
    more = false;
    for (const auto& move : structure.transitions()) {
      auto& to = reached[static_cast<std::size_t>(move.to)];
      if (to || !reached[static_cast<std::size_t>(move.from)]) continue;
      to = 1;
      more = true;
    }
  }
  return reached;
}

}  // namespace

void check_tables(const model& structure, std::span<const table_row> rows) {
  const auto n = static_cast<std::size_t>(structure.size());
  for (const auto& row : rows) {
    const auto refuse = [&](const char* code, const std::string& seen, const std::string& needed,
                            const std::string& remedy) {
      reject(code, row.name.empty() ? "table " + std::to_string(row.table + 1) : row.name, seen,
             needed, remedy);
    };
    if (!(row.years > 0) || !std::isfinite(row.years)) {
      refuse("E-TIME", shown(row.years) + " years pass in it", "it must be a positive number",
             "Give the years between the two printed dates");
    }
    double shares = 0;
    for (const double share : row.start) shares += share >= 0 ? share : std::nan("");
    if (row.start.size() != n || !(std::abs(shares - 1) <= 1e-9)) {
      refuse("E-TABLE", "the start is not one share for each state, summing to 1",
             "the model has " + std::to_string(n) + " states", "Give 1 for a state that is known");
    }
    if (row.ends.size() != row.counts.size() || row.ends.empty()) {
      refuse("E-TABLE",
             std::to_string(row.counts.size()) + " counts for " + std::to_string(row.ends.size()) +
                 " ends",
             "each end needs its count", "Give as many of each");
    }
    for (const double count : row.counts) {
      if (count >= 0 && std::isfinite(count)) continue;
      refuse("E-TABLE", "a count is " + shown(count), "counts are finite and not negative",
             "Mend it");
    }
    if (!(row.total() > 0)) {
      refuse("E-TABLE", "a row has no persons", "a row tells of somebody", "Leave the row out");
    }
    std::vector<int> held(n, 0);
    for (const auto& end : row.ends) {
      for (const state s : end) {
        if (s < 0 || s >= static_cast<int>(n) || ++held[static_cast<std::size_t>(s)] > 1) {
          refuse("E-TABLE", "an end holds a state that is unknown or held by another",
                 "every state stands in one end at most", "Mend the ends");
        }
      }
    }
    const auto reached = within_reach(structure, row);
    for (std::size_t s = 0; s < n; ++s) {
      if (row.among || held[s] > 0 || !reached[s]) continue;
      refuse("E-TABLE", "no column holds '" + structure.name(static_cast<state>(s)) + "'",
             "the columns are everybody's whereabouts",
             "Add the column, or say that the row is among those of its columns");
    }
    for (std::size_t c = 0; c < row.ends.size(); ++c) {
      const auto& end = row.ends[c];
      if (row.counts[c] == 0 || std::any_of(end.begin(), end.end(), [&](state s) {
            return reached[static_cast<std::size_t>(s)];
          }))
        continue;
      std::string from;
      for (std::size_t s = 0; s < n; ++s) {
        if (row.start[s] > 0)
          from += (from.empty() ? "" : ", ") + structure.name(static_cast<state>(s));
      }
      refuse("E-IMPOSSIBLE",
             shown(row.counts[c]) + " persons went from '" + from + "' to '" +
                 (end.empty() ? std::string("nowhere") : structure.name(end.front())) + "'",
             "the model has no such way", "Permit the move in the model, or mend the table");
    }
  }
}

}  // namespace kohort
