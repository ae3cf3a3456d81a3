#include <algorithm>
#include <cmath>

#include <kohort/data/detail/aggregate_terms.hpp>
#include <kohort/data/detail/cell_writer.hpp>
#include <kohort/data/detail/hidden_rows.hpp>
#include <kohort/data/detail/interval_paths.hpp>
#include <kohort/data/detail/moving_rows.hpp>
#include <kohort/data/detail/possible_states.hpp>
#include <kohort/data/detail/run_rows.hpp>
#include <kohort/data/transitions.hpp>
#include <kohort/support/patience.hpp>

namespace kohort {

namespace {

using detail::state_bits;

struct interval {
  std::int32_t path;
  state from, to;
  observation_kind kind;
  std::int32_t subject;
  double weight;
};

/// Observations may have been validated against a model with other moves; then rows can be
/// impossible under this one.
[[noreturn]] void refuse_row(const observations& seen, std::size_t row, const detail::ways& ways,
                             state_bits before, state_bits named) {
  const auto number =
      seen.source_rows.empty() ? static_cast<std::int64_t>(row) : seen.source_rows[row];
  reject("E-IMPOSSIBLE", "aggregate",
         "row " + std::to_string(number) + " says " +
             (before && named ? ways.names(before) + " -> " + ways.names(named)
                              : std::string("an unknown state")),
         "the model has no such way", "Correct the row, or permit the move in the model");
}

/// Weights of the states in which a follow-up begins, and the states that have any.
state_bits first_states(const observations& seen, std::size_t row, state_bits named,
                        bool of_subject, std::vector<double>& weights) {
  const auto n = weights.size();
  // After a gap a state that is known is what it is; one of several has their probabilities.
  const bool drawn = seen.start == first_state::given && (of_subject || detail::single(named) < 0);
  double sum = 0;
  state_bits possible = 0;
  for (std::size_t s = 0; s < n; ++s) {
    weights[s] = (named >> s) & 1 ? 1.0 : 0.0;
    if (drawn) {
      const auto subject = static_cast<std::size_t>(seen.subjects[row]);
      weights[s] *= seen.start_probabilities[subject * n + s];
    }
    sum += weights[s];
    if (weights[s] > 0) possible |= state_bits{1} << s;
  }
  if (drawn && of_subject) return possible;
  for (auto& weight : weights) weight /= sum;
  return possible;
}

/// What `aggregate_hidden` does not read.
void refuse_unseen_kinds(const observations& seen, bool by_subject) {
  const auto refuse = [](const char* code, const std::string& what) {
    reject(code, "aggregate", what,
           "a model with phases or misread levels takes each first state as it is seen, or with "
           "the probabilities of the model itself",
           "Leave them out, or fit a model without phases and misreadings");
  };
  if (by_subject) refuse("E-SETTING", "scores by subject are asked for");
  if (seen.start == first_state::given)
    refuse("E-START", "the first states are given with probabilities");
}

/// What is added up subject by subject needs intervals that stand once.
[[noreturn]] void refuse_moving_by_subject() {
  reject("E-SETTING", "aggregate", "scores by subject are asked for",
         "a clock moves on inside the intervals, which are not kept by subject",
         "Use yearly or bands for that clock");
}

}  // namespace

std::size_t transition_tables::cell_count() const {
  std::size_t sum = runs.size();
  for (const auto& table : cells) sum += table.size();
  for (const auto& table : moving) sum += table.size();
  return sum + hidden.size() + aggregates.size();
}

transition_tables aggregate(const observations& seen, const intensity_model& intensities,
                            const progress& report, subject_parts* parts) {
  patience go_on(report);
  detail::check_table_use(seen, intensities, parts != nullptr);
  if (intensities.hidden()) {
    refuse_unseen_kinds(seen, parts != nullptr);
    return detail::aggregate_hidden(seen, intensities, go_on);
  }
  const auto& structure = intensities.structure;
  const auto n = static_cast<std::size_t>(structure.size());
  const auto transitions = structure.transitions().size();
  if (parts) {
    *parts = {};
    parts->intervals.assign(seen.subject_count(), 0);
    parts->years.assign(seen.subject_count(), 0.0);
    parts->first_probabilities.assign(seen.subject_count(), 0.0);
  }

  detail::interval_paths paths(seen, intensities);
  const detail::ways ways(structure);
  transition_tables tables;
  tables.columns = layout(intensities).design_columns;
  tables.subjects = static_cast<std::int64_t>(seen.subject_count());

  detail::moving_rows moving(seen, intensities);
  if (parts && !moving.none()) refuse_moving_by_subject();
  const auto path = [&](std::size_t row, double begin, double end, double length) {
    return moving.none() ? paths.add(row, begin, end, length)
                         : moving.path(row, begin, end, length);
  };
  detail::run_rows runs(structure.size());
  std::vector<interval> intervals;
  std::vector<double> start_weights(n);
  std::vector<std::int64_t> rows_of_subject(seen.subject_count(), 0);
  state_bits before = 0;         // the states possible in the row before
  double first_probability = 0;  // log-probability of a subject's first state; not yet counted
  double weight_before = 0;
  for (std::size_t i = 0; i < seen.rows(); ++i) {
    go_on();
    const auto subject = seen.subjects[i];
    const double weight = seen.weight(subject);
    const bool first = rows_of_subject[static_cast<std::size_t>(subject)]++ == 0;
    if (first || seen.kinds[i] == observation_kind::start) {
      if (i > 0) runs.end(seen.subjects[i - 1], weight_before);
      weight_before = weight;
      if (weight == 0) continue;
      const auto named = ways.named(seen, i);
      before = first_states(seen, i, named, first, start_weights);
      if (before == 0) refuse_row(seen, i, ways, named, named);
      first_probability = 0;
      if (const auto known = detail::single(before); known < 0) {
        runs.begin(start_weights);
      } else {
        first_probability = std::log(start_weights[static_cast<std::size_t>(known)]);
      }
      continue;
    }
    if (weight == 0) continue;
    const double elapsed = seen.elapsed(i);
    const auto named = ways.named(seen, i);
    const auto kind = seen.kinds[i];
    const auto after = ways.after(before, kind, named, elapsed);
    if (after == 0 || detail::ways::ambiguous(before, kind, named))
      refuse_row(seen, i, ways, before, named);
    tables.constant += weight * first_probability;
    if (parts) {
      const auto at = static_cast<std::size_t>(subject);
      ++parts->intervals[at];
      parts->years[at] += elapsed;
      parts->first_probabilities[at] += first_probability;
    }
    first_probability = 0;
    ++tables.intervals;
    tables.person_years += weight * elapsed;
    tables.weight += weight;

    // A window that opens at or before the last row is a visit; one that opens later, two.
    const double opens = kind == observation_kind::window_death
                             ? (seen.earliest[i] - seen.times[i - 1]) / seen.units_per_year
                             : 0;
    const auto from = detail::single(before), to = detail::single(after);
    if (!runs.open() && to >= 0 && !(opens > 0)) {
      const auto plain = kind == observation_kind::window_death ? observation_kind::panel
                         : detail::ways::stays(before, kind, named)
                             ? observation_kind::exact_transition
                             : kind;
      if (moving.none()) {
        intervals.push_back(
            {paths.add(i - 1, 0, elapsed, elapsed), from, to, plain, subject, weight});
      } else {
        moving.add(i - 1, elapsed, plain, from, to, weight);
      }
    } else {
      if (!runs.open()) runs.begin(from);
      if (opens > 0) {
        runs.add(observation_kind::panel,
                 ~ways.absorbing() & ((n < 64 ? state_bits{1} << n : 0) - 1),
                 path(i - 1, 0, opens, opens));
        runs.add(
            observation_kind::panel, after,
            path(i - 1, opens, elapsed, (seen.times[i] - seen.earliest[i]) / seen.units_per_year));
      } else {
        runs.add(kind == observation_kind::window_death ? observation_kind::panel : kind, after,
                 path(i - 1, 0, elapsed, elapsed));
      }
      if (to >= 0) runs.end(subject, weight);
    }
    before = after;
  }
  if (seen.rows() > 0) runs.end(seen.subjects.back(), weight_before);
  for (const auto rows : rows_of_subject) tables.single_subjects += rows == 1 ? 1 : 0;
  if (tables.intervals == 0 && seen.tables.empty()) {
    const bool weightless = seen.rows() > seen.subject_count();
    reject("E-EMPTY", "aggregate",
           weightless ? "every subject seen twice has a weight of 0" : "no subject was seen twice",
           "moves are learnt from two rows of one subject",
           weightless ? "Give some subject a positive weight" : "Hand over a follow-up");
  }

  if (!moving.none()) {
    moving.finish(tables, runs, go_on);
    return tables;
  }

  paths.sort(go_on);
  tables.patterns = paths.patterns();
  for (auto& one : intervals) one.path = paths.place(one.path);
  std::stable_sort(intervals.begin(), intervals.end(), [&](const interval& a, const interval& b) {
    go_on();
    if (a.kind != b.kind) return a.kind < b.kind;
    if (a.path != b.path) return a.path < b.path;
    if (a.from != b.from) return a.from < b.from;
    return a.to < b.to;
  });

  detail::cell_writer writer(tables.cells);
  const interval* last = nullptr;
  for (const auto& one : intervals) {
    go_on();
    const auto& pieces = paths.path(one.path);
    if (one.kind == observation_kind::exact_transition) {
      auto& exact = tables.exact;
      if (exact.intervals++ == 0) {
        exact.exposure.assign(paths.pattern_count() * n, 0.0);
        exact.events.assign(paths.pattern_count() * transitions, 0.0);
      }
      for (std::size_t i = 0; i < pieces.size(); i += 2) {
        const auto pattern = paths.pattern_at(pieces[i]);
        exact
            .exposure[static_cast<std::size_t>(pattern) * n + static_cast<std::size_t>(one.from)] +=
            one.weight * pieces[i + 1];
        const bool moved = one.to != one.from && i + 2 == pieces.size();
        const auto k = moved ? structure.index(one.from, one.to) : -1;
        if (moved)
          exact.events[static_cast<std::size_t>(pattern) * transitions +
                       static_cast<std::size_t>(k)] += one.weight;
        if (parts) parts->exact.push_back({one.subject, pattern, one.from, k, pieces[i + 1]});
      }
      continue;
    }
    const bool again =
        last && last->path == one.path && last->from == one.from && last->to == one.to;
    last = &one;
    if (writer.add(one.kind, static_cast<int>(pieces.size() / 2), one.from, one.to, one.weight,
                   again)) {
      for (std::size_t i = 0; i < pieces.size(); i += 2)
        writer.add_piece(paths.pattern_at(pieces[i]), pieces[i + 1]);
    }
    if (parts) {
      parts->cells.push_back({one.subject, static_cast<std::int32_t>(tables.cells.size() - 1),
                              static_cast<std::int32_t>(writer.table().size() - 1)});
    }
  }
  writer.finish(go_on);
  if (!runs.empty()) runs.write(paths.list(), tables.runs, go_on, parts);
  detail::add_aggregates(seen, intensities, tables);
  return tables;
}

transition_tables reweighted(const transition_tables& tables, const subject_parts& parts,
                             std::span<const double> weights) {
  auto again = tables;
  const auto weight = [&](std::int32_t subject) {
    return weights[static_cast<std::size_t>(subject)];
  };
  std::fill(again.exact.exposure.begin(), again.exact.exposure.end(), 0.0);
  std::fill(again.exact.events.begin(), again.exact.events.end(), 0.0);
  for (auto& cells : again.cells) std::fill(cells.weights.begin(), cells.weights.end(), 0.0);
  std::fill(again.runs.weights.begin(), again.runs.weights.end(), 0.0);
  const auto patterns = tables.pattern_count();
  const auto n = tables.exact.exposure.size() / patterns;
  const auto transitions = tables.exact.events.size() / patterns;
  for (const auto& one : parts.exact) {
    const auto pattern = static_cast<std::size_t>(one.pattern);
    again.exact.exposure[pattern * n + static_cast<std::size_t>(one.from)] +=
        weight(one.subject) * one.years;
    if (one.transition >= 0)
      again.exact.events[pattern * transitions + static_cast<std::size_t>(one.transition)] +=
          weight(one.subject);
  }
  for (const auto& one : parts.cells)
    again.cells[static_cast<std::size_t>(one.table)].weights[static_cast<std::size_t>(one.cell)] +=
        weight(one.subject);
  for (const auto& one : parts.runs)
    again.runs.weights[static_cast<std::size_t>(one.run)] += weight(one.subject);
  again.intervals = 0;
  again.person_years = again.weight = again.constant = 0;
  for (std::size_t i = 0; i < parts.intervals.size(); ++i) {
    again.intervals += weights[i] > 0 ? parts.intervals[i] : 0;
    again.weight += weights[i] * parts.intervals[i];
    again.person_years += weights[i] * parts.years[i];
    again.constant += weights[i] * parts.first_probabilities[i];
  }
  if (again.intervals == 0) {
    reject("E-EMPTY", "reweighted", "every subject seen twice has a weight of 0",
           "moves are learnt from two rows of one subject", "Give some subject a positive weight");
  }
  return again;
}

}  // namespace kohort
