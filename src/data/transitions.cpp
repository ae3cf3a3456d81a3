#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <unordered_map>

#include <kohort/data/detail/hidden_rows.hpp>
#include <kohort/data/detail/moving_rows.hpp>
#include <kohort/data/transitions.hpp>
#include <kohort/support/patience.hpp>

namespace kohort {

namespace {

/// Distinct rows of doubles, numbered as they come; `sorted` tells each one's place in ascending
/// order.
class distinct_rows {
 public:
  std::int32_t find(const std::vector<double>& row) {
    const auto [at, is_new] = numbers_.try_emplace(row, static_cast<std::int32_t>(rows_.size()));
    if (is_new) rows_.push_back(&at->first);
    return at->second;
  }
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] const std::vector<double>& row(std::size_t number) const { return *rows_[number]; }

  /// Numbers in ascending order of the rows.
  template <class Less>
  [[nodiscard]] std::vector<std::int32_t> sorted(const Less& less) const {
    std::vector<std::int32_t> order(rows_.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
      return less(row(static_cast<std::size_t>(a)), row(static_cast<std::size_t>(b)));
    });
    return order;
  }

 private:
  struct hash {
    std::size_t operator()(const std::vector<double>& row) const {
      std::uint64_t mixed = 0x9E3779B97F4A7C15U;
      for (const double value : row) {
        std::uint64_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        mixed = (mixed ^ bits) * 0xFF51AFD7ED558CCDU;
        mixed ^= mixed >> 32;
      }
      return mixed;
    }
  };
  std::unordered_map<std::vector<double>, std::int32_t, hash> numbers_;
  std::vector<const std::vector<double>*> rows_;
};

std::vector<std::int32_t> places(const std::vector<std::int32_t>& order) {
  std::vector<std::int32_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    place[static_cast<std::size_t>(order[i])] = static_cast<std::int32_t>(i);
  return place;
}

/// Years after the start of an interval of this length at which a clock reaches a cut.
void collect_cuts(const term& covariate, double clock, double elapsed, std::vector<double>& at) {
  const auto add = [&](double cut) {
    const double after = std::round((cut - clock) * 0x1p40) * 0x1p-40;
    if (after > 0 && after < elapsed) at.push_back(after);
  };
  if (covariate.path == covariate_path::bands) {
    for (const double cut : covariate.cuts) add(cut);
  } else if (covariate.path == covariate_path::yearly) {
    for (double year = std::floor(clock) + 1; year < clock + elapsed; ++year) add(year);
  }
}

/// A clock's value within a piece, read at its middle so that rounding at the cuts does not matter.
double clock_within(double clock, double begin, double end) { return clock + (begin + end) / 2; }

struct interval {
  std::int32_t path;
  state from, to;
  observation_kind kind;
  double weight;
};

void check_terms(const observations& seen, const intensity_model& intensities,
                 std::vector<std::size_t>& columns) {
  for (const auto& covariate : intensities.terms) {
    const auto at =
        std::find(seen.covariate_names.begin(), seen.covariate_names.end(), covariate.column);
    if (at == seen.covariate_names.end()) {
      std::string names;
      for (const auto& name : seen.covariate_names) names += (names.empty() ? "" : ", ") + name;
      reject("E-COLUMN", "aggregate",
             "the observations have no covariate '" + covariate.column + "'",
             names.empty() ? "they have none at all" : "those there are: " + names,
             "Use one of these, or hand the column over");
    }
    columns.push_back(static_cast<std::size_t>(at - seen.covariate_names.begin()));
  }
}

/// Observations may have been validated against a model with other moves; then rows can be
/// impossible under this one.
class possibility {
 public:
  explicit possibility(const model& structure) : model_(structure), n_(structure.size()) {
    reach_.assign(static_cast<std::size_t>(n_ * n_), 0);
    for (state r = 0; r < n_; ++r) at(r, r) = 1;
    for (const auto& [from, to] : structure.transitions()) at(from, to) = 1;
    for (state k = 0; k < n_; ++k) {
      for (state r = 0; r < n_; ++r) {
        for (state s = 0; s < n_; ++s) {
          if (at(r, k) && at(k, s)) at(r, s) = 1;
        }
      }
    }
  }

  void check(const observations& seen, std::size_t row, double elapsed) {
    const state from = seen.states[row - 1], to = seen.states[row];
    const bool known = from >= 0 && to >= 0 && from < n_ && to < n_;
    bool possible = known && at(from, to);
    if (known && seen.kinds[row] == observation_kind::exact_transition) {
      possible = from == to || model_.index(from, to) >= 0;
    } else if (known && seen.kinds[row] == observation_kind::exact_death) {
      possible = from != to && (elapsed > 0 ? possible : model_.index(from, to) >= 0);
    } else if (elapsed == 0) {
      possible = from == to;
    }
    if (possible && !(model_.absorbing(from) && from != to)) return;
    reject("E-IMPOSSIBLE", "aggregate",
           "row " +
               std::to_string(seen.source_rows.empty() ? static_cast<std::int64_t>(row)
                                                       : seen.source_rows[row]) +
               " says " +
               (known ? model_.name(from) + " -> " + model_.name(to) : "an unknown state"),
           "the model has no such way", "Correct the row, or permit the move in the model");
  }

 private:
  char& at(state r, state s) { return reach_[static_cast<std::size_t>(r * n_ + s)]; }

  const model& model_;
  int n_;
  std::vector<char> reach_;
};

}  // namespace

std::size_t transition_tables::cell_count() const {
  std::size_t sum = 0;
  for (const auto& table : cells) sum += table.size();
  for (const auto& table : moving) sum += table.size();
  return sum + hidden.size();
}

transition_tables aggregate(const observations& seen, const intensity_model& intensities,
                            const progress& report) {
  patience go_on(report);
  if (intensities.hidden() && !clock_columns(intensities).none()) {
    reject("E-MODEL", "aggregate",
           "a clock moves on inside the intervals of states that are not simply what is seen",
           "with phases or misreadings rates may change in steps only",
           "Use yearly or bands for that clock");
  }
  if (intensities.hidden()) return detail::aggregate_hidden(seen, intensities, go_on);
  const auto n = static_cast<std::size_t>(intensities.structure.size());
  const auto transitions = intensities.structure.transitions().size();
  std::vector<std::size_t> columns;
  check_terms(seen, intensities, columns);

  possibility ways(intensities.structure);
  transition_tables tables;
  tables.columns = layout(intensities).design_columns;
  tables.subjects = static_cast<std::int64_t>(seen.subject_count());

  detail::moving_rows moving(seen, intensities);
  distinct_rows patterns, paths;  // a path is pattern, elapsed, pattern, elapsed, ...
  std::vector<interval> intervals;
  std::vector<double> x(intensities.terms.size()), cuts, path;
  std::vector<std::int64_t> rows_of_subject(seen.subject_count(), 0);
  for (std::size_t i = 0; i < seen.rows(); ++i) {
    go_on();
    ++rows_of_subject[static_cast<std::size_t>(seen.subjects[i])];
    if (seen.kinds[i] == observation_kind::start) continue;
    const double weight = seen.weight(seen.subjects[i]);
    if (weight == 0) continue;
    const double elapsed = seen.elapsed(i);
    ways.check(seen, i, elapsed);
    if (!moving.none()) {
      moving.add(seen, i, elapsed, weight);
      ++tables.intervals;
      tables.person_years += weight * elapsed;
      tables.weight += weight;
      continue;
    }
    const auto values = seen.row_covariates(i - 1);
    cuts.clear();
    for (std::size_t c = 0; c < x.size(); ++c) {
      x[c] = values[columns[c]];
      collect_cuts(intensities.terms[c], x[c], elapsed, cuts);
    }
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    path.clear();
    double begin = 0;
    for (std::size_t piece = 0; piece <= cuts.size(); ++piece) {
      const double end = piece < cuts.size() ? cuts[piece] : elapsed;
      auto now = x;
      for (std::size_t c = 0; c < x.size(); ++c) {
        if (intensities.terms[c].path != covariate_path::held)
          now[c] = clock_within(x[c], begin, end);
      }
      double length = end - begin;
      if (!cuts.empty()) length = std::round(length * 0x1p40) * 0x1p-40;
      if (length > 0 || cuts.empty()) {
        path.push_back(static_cast<double>(patterns.find(design_row(intensities, now))));
        path.push_back(length);
      }
      begin = end;
    }
    intervals.push_back(
        {paths.find(path), seen.states[i - 1], seen.states[i], seen.kinds[i], weight});
    ++tables.intervals;
    tables.person_years += weight * elapsed;
    tables.weight += weight;
  }
  for (const auto rows : rows_of_subject) tables.single_subjects += rows == 1 ? 1 : 0;
  if (tables.intervals == 0) {
    const bool weightless = seen.rows() > seen.subject_count();
    reject("E-EMPTY", "aggregate",
           weightless ? "every subject seen twice has a weight of 0" : "no subject was seen twice",
           "moves are learnt from two rows of one subject",
           weightless ? "Give some subject a positive weight" : "Hand over a follow-up");
  }

  if (!moving.none()) {
    moving.finish(tables, go_on);
    return tables;
  }

  // Canonical numbers: patterns in ascending order, then paths by number of pieces and their keys.
  const auto pattern_order = patterns.sorted(std::less<>());
  const auto pattern_place = places(pattern_order);
  for (const auto number : pattern_order) {
    const auto& row = patterns.row(static_cast<std::size_t>(number));
    tables.patterns.insert(tables.patterns.end(), row.begin(), row.end());
  }
  const auto pattern_at = [&](double number) {
    return pattern_place[static_cast<std::size_t>(number)];
  };
  const auto path_order =
      paths.sorted([&](const std::vector<double>& a, const std::vector<double>& b) {
        go_on();
        if (a.size() != b.size()) return a.size() < b.size();
        for (std::size_t i = 0; i < a.size(); i += 2) {
          if (a[i] != b[i]) return pattern_at(a[i]) < pattern_at(b[i]);
          if (a[i + 1] != b[i + 1]) return a[i + 1] < b[i + 1];
        }
        return false;
      });
  const auto path_place = places(path_order);
  for (auto& one : intervals) one.path = path_place[static_cast<std::size_t>(one.path)];
  const auto path_of = [&](std::int32_t place) -> const std::vector<double>& {
    return paths.row(static_cast<std::size_t>(path_order[static_cast<std::size_t>(place)]));
  };
  std::stable_sort(intervals.begin(), intervals.end(), [&](const interval& a, const interval& b) {
    go_on();
    if (a.kind != b.kind) return a.kind < b.kind;
    if (a.path != b.path) return a.path < b.path;
    if (a.from != b.from) return a.from < b.from;
    return a.to < b.to;
  });

  const interval* before = nullptr;
  for (const auto& one : intervals) {
    go_on();
    const auto& pieces = path_of(one.path);
    if (one.kind == observation_kind::exact_transition) {
      auto& exact = tables.exact;
      if (exact.intervals++ == 0) {
        exact.exposure.assign(patterns.size() * n, 0.0);
        exact.events.assign(patterns.size() * transitions, 0.0);
      }
      for (std::size_t i = 0; i < pieces.size(); i += 2) {
        exact.exposure[static_cast<std::size_t>(pattern_at(pieces[i])) * n +
                       static_cast<std::size_t>(one.from)] += one.weight * pieces[i + 1];
      }
      if (one.to != one.from) {
        const auto k = static_cast<std::size_t>(intensities.structure.index(one.from, one.to));
        exact.events[static_cast<std::size_t>(pattern_at(pieces[pieces.size() - 2])) * transitions +
                     k] += one.weight;
      }
      continue;
    }
    const auto length = static_cast<int>(pieces.size() / 2);
    if (tables.cells.empty() || tables.cells.back().kind != one.kind ||
        tables.cells.back().pieces != length) {
      tables.cells.push_back({.kind = one.kind, .pieces = length});
      before = nullptr;
    }
    auto& cells = tables.cells.back();
    if (before && before->path == one.path && before->from == one.from && before->to == one.to) {
      cells.weights.back() += one.weight;
      ++cells.counts.back();
    } else {
      for (std::size_t i = 0; i < pieces.size(); i += 2) {
        cells.patterns.push_back(pattern_at(pieces[i]));
        cells.elapsed.push_back(pieces[i + 1]);
      }
      cells.from.push_back(one.from);
      cells.to.push_back(one.to);
      cells.weights.push_back(one.weight);
      cells.counts.push_back(1);
    }
    before = &one;
  }
  for (auto& cells : tables.cells) {
    std::vector<double> lengths(cells.size(), 0.0);
    for (std::size_t i = 0; i < cells.elapsed.size(); ++i)
      lengths[i / static_cast<std::size_t>(cells.pieces)] += cells.elapsed[i];
    cells.order.resize(cells.size());
    std::iota(cells.order.begin(), cells.order.end(), 0);
    std::stable_sort(cells.order.begin(), cells.order.end(), [&](std::int32_t a, std::int32_t b) {
      go_on();
      return lengths[static_cast<std::size_t>(a)] < lengths[static_cast<std::size_t>(b)];
    });
  }
  return tables;
}

}  // namespace kohort
