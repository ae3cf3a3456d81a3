#include <algorithm>
#include <map>
#include <memory>
#include <tuple>

#include <kohort/data/detail/hidden_run_list.hpp>
#include <kohort/data/detail/stand_in.hpp>

namespace kohort::detail {

namespace {

class run_writer {
 public:
  run_writer(const intensity_model& intensities, const hidden_states& states,
             const interval_cutter& cutter, const hidden_run_list& list, int reading_columns,
             bool apart)
      : model_(intensities),
        states_(states),
        cutter_(cutter),
        list_(list),
        reading_columns_(reading_columns),
        apart_(apart) {}

  transition_tables write(transition_tables tables) {
    tables.columns = layout({model_.structure, model_.terms, model_.uses}).design_columns;
    pattern_places_ = cutter_.patterns().write(tables.patterns);
    runs_ = list_.runs;
    if (!cutter_.moving()) {
      write_runs(tables.hidden);
      write_exact(list_.exact, tables);
      return tables;
    }
    clock_places_ = cutter_.clocks().write(clock_values_);
    write_runs(tables.hidden);
    write_moving_exact(tables);
    // The small table beside the true one has its steps in the middle of their years of age.
    auto simple = stand_in_for(tables);
    simple.hidden.left_out = tables.hidden.left_out;
    simple.hidden.assumed = tables.hidden.assumed;
    runs_ = list_.runs;
    for (auto& one : runs_) {
      for (auto& piece : one.steps) {
        piece.pattern = piece.middle;
        piece.elapsed = coarse_length(piece.elapsed);
        piece.clocks = -1;
      }
    }
    auto exact = list_.exact;
    for (auto& one : exact) one.over.pattern = one.over.middle;
    clock_values_.clear();
    write_runs(simple.hidden);
    write_exact(exact, simple);
    tables.stand_in = std::make_shared<const transition_tables>(std::move(simple));
    return tables;
  }

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  [[nodiscard]] static std::int32_t place(const std::vector<std::int32_t>& places,
                                          std::int32_t number) {
    return number < 0 ? number : places[static_cast<std::size_t>(number)];
  }

  void write_runs(hidden_runs& hidden) {
    const auto reading_places = list_.readings.write(hidden.reading_patterns);
    hidden.reading_columns = reading_columns_;
    // Sightings and starts in ascending order, so that nothing depends on the order of subjects.
    const auto settle = [&](sighting one) {
      if (one.is_reading()) one.pattern = place(reading_places, one.pattern);
      return one;
    };
    std::map<sighting, std::int32_t> sighting_places;
    for (const auto& one : list_.sightings.values()) sighting_places[settle(one)] = 0;
    for (auto& [value, number] : sighting_places) {
      number = static_cast<std::int32_t>(hidden.seen.size());
      hidden.seen.push_back(value);
    }
    const bool moving = !clock_values_.empty();
    for (auto& one : runs_) {
      one.start.seen = settle(one.start.seen);
      one.start.pattern = place(pattern_places_, std::max(one.start.pattern, -1));
      for (auto& piece : one.steps) {
        piece.pattern = place(pattern_places_, piece.pattern);
        piece.middle = 0;  // written in its turn, or not at all
        piece.clocks = moving ? place(clock_places_, piece.clocks) : 0;
        piece.sighting = sighting_places[settle(
            list_.sightings.values()[static_cast<std::size_t>(piece.sighting)])];
      }
    }
    if (!apart_)
      std::stable_sort(runs_.begin(), runs_.end(), [](const hidden_run& a, const hidden_run& b) {
        if (a.steps.size() != b.steps.size()) return a.steps.size() < b.steps.size();
        if (a.start != b.start) return a.start < b.start;
        return a.steps < b.steps;
      });
    std::map<run_start, std::int32_t> start_places;
    for (const auto& one : runs_) start_places[one.start] = 0;
    for (auto& [value, number] : start_places) {
      number = static_cast<std::int32_t>(hidden.start.size());
      hidden.start.push_back(value);
    }
    for (const auto& what : hidden.seen) hidden.seen_from.push_back(states_.possible_under(what));
    for (const auto& begin : hidden.start) {
      state_bits from = states_.possible_under(begin.seen);
      for (state f = 0; f < states_.size(); ++f) {
        if ((begin.entering && !states_.first(f)) || (begin.drawn && model_.structure.absorbing(f)))
          from &= ~bit(f);
      }
      hidden.start_from.push_back(from);
    }
    for (state s = 0; s < states_.seen_size(); ++s)
      hidden.phases.push_back(states_.shown_as(bit(s)));
    hidden.clocks = moving ? cutter_.clock_count() : 0;
    const auto C = static_cast<std::ptrdiff_t>(hidden.clocks);
    hidden.first_steps.push_back(0);
    const hidden_run* before = nullptr;
    for (const auto& one : runs_) {
      if (!apart_ && before && before->start == one.start && before->steps == one.steps) {
        hidden.weights.back() += one.weight;
        ++hidden.counts.back();
        continue;
      }
      before = &one;
      for (const auto& piece : one.steps) {
        hidden.patterns.push_back(piece.pattern);
        hidden.elapsed.push_back(piece.elapsed);
        hidden.sightings.push_back(piece.sighting);
        hidden.held.push_back(piece.held);
        const auto clocks = clock_values_.begin() + piece.clocks * C;
        hidden.step_clocks.insert(hidden.step_clocks.end(), clocks, clocks + C);
      }
      hidden.first_steps.push_back(static_cast<std::int64_t>(hidden.patterns.size()));
      hidden.starts.push_back(start_places[one.start]);
      hidden.weights.push_back(one.weight);
      hidden.counts.push_back(1);
    }
  }

  /// Exposure and events.
  void write_exact(const std::vector<exact_piece>& exact, transition_tables& tables) const {
    if (list_.exact.empty()) return;
    tables.exact.exposure.assign(cutter_.patterns().size() * at(states_.size()), 0.0);
    tables.exact.events.assign(cutter_.patterns().size() * model_.structure.transitions().size(),
                               0.0);
    tables.exact.intervals = list_.exact_intervals;
    for (const auto& one : exact) {
      const auto p = static_cast<std::size_t>(place(pattern_places_, one.over.pattern));
      tables.exact.exposure[p * at(states_.size()) + at(one.from)] += one.weight * one.over.elapsed;
      if (one.move >= 0)
        tables.exact.events[p * model_.structure.transitions().size() + at(one.move)] += one.weight;
    }
  }

  /// The same over clocks that move: intervals of one piece each.
  void write_moving_exact(transition_tables& tables) const {
    if (list_.exact.empty()) return;
    const auto C = static_cast<std::size_t>(cutter_.clock_count());
    auto all = list_.exact;
    for (auto& one : all) {
      one.over.pattern = place(pattern_places_, one.over.pattern);
      one.over.clocks = place(clock_places_, one.over.clocks);
    }
    const auto key = [](const exact_piece& one) {
      return std::tuple(one.over.elapsed, one.over.pattern, one.over.clocks, one.from, one.move);
    };
    std::stable_sort(all.begin(), all.end(),
                     [&](const exact_piece& a, const exact_piece& b) { return key(a) < key(b); });
    moving_cells cells{.kind = observation_kind::exact_transition, .clocks = static_cast<int>(C)};
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto& one = all[i];
      if (i > 0 && key(one) == key(all[i - 1])) {
        cells.weights.back() += one.weight;
        ++cells.counts.back();
        continue;
      }
      const auto clocks =
          clock_values_.begin() +
          static_cast<std::ptrdiff_t>(static_cast<std::size_t>(one.over.clocks) * C);
      cells.order.push_back(static_cast<std::int32_t>(cells.size()));
      cells.patterns.push_back(one.over.pattern);
      cells.elapsed.push_back(one.over.elapsed);
      cells.starts.insert(cells.starts.end(), clocks, clocks + static_cast<std::ptrdiff_t>(C));
      cells.from.push_back(one.from);
      cells.to.push_back(one.move < 0 ? one.from : model_.structure.transitions()[at(one.move)].to);
      cells.weights.push_back(one.weight);
      cells.counts.push_back(1);
    }
    tables.moving.push_back(std::move(cells));
  }

  const intensity_model& model_;
  const hidden_states& states_;
  const interval_cutter& cutter_;
  const hidden_run_list& list_;
  int reading_columns_;
  bool apart_;
  std::vector<hidden_run> runs_;
  std::vector<std::int32_t> pattern_places_, clock_places_;
  std::vector<double> clock_values_;  // clocks' rows in ascending order; empty: none moves
};

}  // namespace

transition_tables write_runs(const intensity_model& intensities, const hidden_states& states,
                             const interval_cutter& cutter, const hidden_run_list& list,
                             int reading_columns, bool apart, transition_tables counted) {
  return run_writer(intensities, states, cutter, list, reading_columns, apart)
      .write(std::move(counted));
}

}  // namespace kohort::detail
