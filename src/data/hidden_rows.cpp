#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <tuple>

#include <kohort/data/detail/hidden_rows.hpp>
#include <kohort/data/detail/interval_pieces.hpp>
#include <kohort/model/misclassification.hpp>
#include <kohort/model/phases.hpp>

namespace kohort::detail {

std::vector<std::size_t> columns_of(const observations& seen, const std::vector<term>& terms) {
  std::vector<std::size_t> columns;
  for (const auto& covariate : terms) {
    const auto& known = seen.covariate_names;
    const auto at = std::find(known.begin(), known.end(), covariate.column);
    if (at == known.end()) {
      std::string names;
      for (const auto& name : known) names += (names.empty() ? "" : ", ") + name;
      reject("E-COLUMN", "aggregate",
             "the observations have no covariate '" + covariate.column + "'",
             names.empty() ? "they have none at all" : "those there are: " + names,
             "Use one of these, or hand the column over");
    }
    columns.push_back(static_cast<std::size_t>(at - known.begin()));
  }
  return columns;
}

namespace {

using mask = std::uint64_t;

mask bit(state s) { return mask{1} << s; }

/// Distinct values, numbered as they come.
template <typename T>
class numbered {
 public:
  std::int32_t find(const T& value) {
    const auto [at, is_new] =
        numbers_.try_emplace(value, static_cast<std::int32_t>(values_.size()));
    if (is_new) values_.push_back(value);
    return at->second;
  }
  [[nodiscard]] const std::vector<T>& values() const { return values_; }

 private:
  std::map<T, std::int32_t> numbers_;
  std::vector<T> values_;
};

struct step {
  std::int32_t pattern;
  double elapsed;
  std::int32_t sighting;
  std::int8_t held;
  std::int32_t middle, clocks;  // as in `interval_piece`
  friend auto operator<=>(const step&, const step&) = default;
};

struct run {
  run_start start;
  std::vector<step> steps;
  double weight;
};

/// Goes through the rows of one subject after another and writes down their runs.
class run_builder {
 public:
  run_builder(const observations& seen, const intensity_model& intensities, bool with_places)
      : with_places_(with_places),
        seen_(seen),
        model_(intensities),
        structure_(intensities.structure),
        cutter_(seen, intensities),
        n_(structure_.size()),
        seen_n_(seen_count(intensities)) {
    if (n_ > 64) {
      reject("E-MODEL", "aggregate",
             "the model has " + std::to_string(n_) + " states, phases counted",
             "at most 64 can be fitted", "Use fewer phases");
    }
    for (state f = 0; f < n_; ++f) {
      shown_.push_back(seen_as(intensities, f));
      first_of_.push_back(f == 0 || shown_[at(f) - 1] != shown_.back());
    }
    for (state f = 0; f < n_; ++f) {
      if (!first_of_[at(f)]) phased_ |= bit(shown_[at(f)]);
      if (!structure_.absorbing(f)) living_ |= bit(shown_[at(f)]);
    }
    onward_.assign(at(n_), 0);
    for (const auto& [from, to] : structure_.transitions()) onward_[at(from)] |= bit(to);
    read_as_.assign(at(seen_n_), 0);
    for (state s = 0; s < seen_n_; ++s) read_as_[at(s)] = bit(s);
    if (model_.misread) {
      for (const auto& [truth, seen_state] : model_.misread->errors)
        read_as_[at(truth)] |= bit(seen_state);
      reading_columns_ = columns_of(seen, model_.misread->terms);
      reading_terms_ = {structure_, model_.misread->terms, {}};
    }
    if (!model_.phases.clock.empty()) {
      clock_ = static_cast<std::ptrdiff_t>(columns_of(seen, {{model_.phases.clock}}).front());
    }
  }

  void row(std::size_t i) {
    if (seen_.kinds[i] == observation_kind::start) {
      close();
      begin(i, false);
      if (open_) put_place(i);
      return;
    }
    const double elapsed = seen_.elapsed(i);
    pieces_.clear();
    const double opens = seen_.kinds[i] == observation_kind::window_death
                             ? (seen_.earliest[i] - seen_.times[i - 1]) / seen_.units_per_year
                             : 0;
    if (opens > 0 && opens < elapsed) {
      cutter_.cut(i, 0, opens, opens, pieces_);
      opening_ = pieces_.size() - 1;
      cutter_.cut(i, opens, elapsed, (seen_.times[i] - seen_.earliest[i]) / seen_.units_per_year,
                  pieces_);
    } else {
      opening_ = never;
      cutter_.cut(i, 0, elapsed, elapsed, pieces_);
    }
    const mask named = named_in(i);
    const state to = one(named);
    const bool single = std::has_single_bit(named);
    if (!open_) {
      ++tables_.hidden.left_out;
      // Until it is known again in which phase the subject stands.
      const bool moved = seen_.kinds[i] == observation_kind::exact_transition && single &&
                         named != named_in(i - 1);
      if (moved || !(named & phased_)) begin(i, moved);
      if (open_) put_place(i);
      return;
    }
    const double weight = weight_;
    ++tables_.intervals;
    tables_.person_years += weight * elapsed;
    tables_.weight += weight;
    if (current_.start.pattern == waiting) current_.start.pattern = pieces_.front().middle;

    sighting what;
    std::int8_t held = -1;
    auto kind = seen_.kinds[i];
    if (kind == observation_kind::exact_stay && !model_.misread && single &&
        std::has_single_bit(named_in(i - 1)))
      kind = observation_kind::exact_transition;  // which is a stay too
    switch (kind) {
      case observation_kind::exact_death:
        what = {sighting::kind::death, named};
        break;
      case observation_kind::window_death:
        // Living where the window opens and dead where it closes: a difference would cancel.
        what = {sighting::kind::known, named};
        break;
      case observation_kind::exact_stay:
        what = reading(i);
        held = hidden_runs::whichever;
        break;
      case observation_kind::exact_transition: {
        if (model_.misread) {
          what = move_or_stay(i);
          held = hidden_runs::whichever;
          break;
        }
        if (!single || !std::has_single_bit(named_in(i - 1))) {
          reject("E-KIND", "aggregate",
                 row_name(i) + " is known throughout, from or to one of several states",
                 "with phases these rows go from one state to one", "Hand it over as a visit");
        }
        const state from = one(named_in(i - 1));
        if (!(phased_ & bit(from)) && std::has_single_bit(possible_)) {
          exact(i, from, to, weight);
          return;
        }
        held = static_cast<std::int8_t>(from);
        what = {from == to ? sighting::kind::stay : sighting::kind::move, bit(to)};
        break;
      }
      default:
        what = reading(i);
    }
    advance(i, what, held, elapsed);
    for (std::size_t p = 0; p < pieces_.size(); ++p) {
      const bool last = p + 1 == pieces_.size();
      const auto ends = last            ? what
                        : p == opening_ ? sighting{sighting::kind::known, living_}
                                        : sighting{};
      current_.steps.push_back({pieces_[p].pattern, pieces_[p].elapsed, sightings_.find(ends), held,
                                pieces_[p].middle, pieces_[p].clocks});
    }
    put_place(i);
    const bool known = std::has_single_bit(possible_);
    if (kind == observation_kind::exact_death || kind == observation_kind::window_death ||
        (known && structure_.absorbing(one(possible_)))) {
      close();
    } else if (known && first_of_[at(one(possible_))]) {
      // Known exactly: what came before and what comes after do not depend on each other.
      close();
      open_ = true;
      current_ = {
          {{sighting::kind::known, bit(shown_[at(one(possible_))])}, false, true, -1}, {}, weight};
    }
  }

  transition_tables finish() {
    close();
    auto& tables = tables_;
    tables.columns = layout({structure_, model_.terms, model_.uses}).design_columns;
    pattern_places_ = cutter_.patterns().write(tables.patterns);
    if (!cutter_.moving()) {
      write_runs(tables.hidden);
      write_exact(tables);
      return std::move(tables_);
    }
    // The small table beside the true one has its steps in the middle of their years of age.
    const auto runs = runs_;
    clock_places_ = cutter_.clocks().write(clock_values_);
    write_runs(tables.hidden);
    write_moving_exact(tables);
    transition_tables simple;
    simple.columns = tables.columns;
    simple.patterns = tables.patterns;
    simple.intervals = tables.intervals;
    simple.person_years = tables.person_years;
    simple.weight = tables.weight;
    simple.hidden.left_out = tables.hidden.left_out;
    simple.hidden.assumed = tables.hidden.assumed;
    runs_ = runs;
    for (auto& one : runs_) {
      for (auto& piece : one.steps) {
        piece.pattern = piece.middle;
        piece.elapsed = coarse_length(piece.elapsed);
        piece.clocks = -1;
      }
    }
    for (auto& one : exact_) one.over.pattern = one.over.middle;
    clock_values_.clear();
    write_runs(simple.hidden);
    write_exact(simple);
    tables.stand_in = std::make_shared<const transition_tables>(std::move(simple));
    return std::move(tables_);
  }

 private:
  [[nodiscard]] static std::int32_t place(const std::vector<std::int32_t>& places,
                                          std::int32_t number) {
    return number < 0 ? number : places[static_cast<std::size_t>(number)];
  }

  void write_runs(hidden_runs& hidden) {
    const auto reading_places = readings_.write(hidden.reading_patterns);
    hidden.reading_columns = model_.misread ? layout(reading_terms_).design_columns : 0;
    // Sightings and starts in ascending order, so that nothing depends on the order of subjects.
    const auto settle = [&](sighting one) {
      if (one.is_reading()) one.pattern = place(reading_places, one.pattern);
      return one;
    };
    std::map<sighting, std::int32_t> sighting_places;
    for (const auto& one : sightings_.values()) sighting_places[settle(one)] = 0;
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
        piece.sighting =
            sighting_places[settle(sightings_.values()[static_cast<std::size_t>(piece.sighting)])];
      }
    }
    if (!with_places_)
      std::stable_sort(runs_.begin(), runs_.end(), [](const run& a, const run& b) {
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
    for (const auto& what : hidden.seen) hidden.seen_from.push_back(possible_under(what));
    for (const auto& begin : hidden.start) {
      mask from = possible_under(begin.seen);
      for (state f = 0; f < n_; ++f) {
        if ((begin.entering && !first_of_[at(f)]) || (begin.drawn && structure_.absorbing(f)))
          from &= ~bit(f);
      }
      hidden.start_from.push_back(from);
    }
    for (state s = 0; s < seen_n_; ++s) hidden.phases.push_back(shown_as(bit(s)));
    hidden.clocks = moving ? cutter_.clock_count() : 0;
    const auto C = static_cast<std::ptrdiff_t>(hidden.clocks);
    hidden.first_steps.push_back(0);
    const run* before = nullptr;
    for (const auto& one : runs_) {
      if (!with_places_ && before && before->start == one.start && before->steps == one.steps) {
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
  void write_exact(transition_tables& tables) const {
    if (exact_.empty()) return;
    tables.exact.exposure.assign(cutter_.patterns().size() * at(n_), 0.0);
    tables.exact.events.assign(cutter_.patterns().size() * structure_.transitions().size(), 0.0);
    tables.exact.intervals = exact_intervals_;
    for (const auto& one : exact_) {
      const auto p = static_cast<std::size_t>(place(pattern_places_, one.over.pattern));
      tables.exact.exposure[p * at(n_) + at(one.from)] += one.weight * one.over.elapsed;
      if (one.move >= 0)
        tables.exact.events[p * structure_.transitions().size() + at(one.move)] += one.weight;
    }
  }

  /// The same over clocks that move: intervals of one piece each.
  void write_moving_exact(transition_tables& tables) const {
    if (exact_.empty()) return;
    const auto C = static_cast<std::size_t>(cutter_.clock_count());
    auto all = exact_;
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
      cells.to.push_back(one.move < 0 ? one.from : structure_.transitions()[at(one.move)].to);
      cells.weights.push_back(one.weight);
      cells.counts.push_back(1);
    }
    tables.moving.push_back(std::move(cells));
  }

  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  static constexpr std::int32_t waiting = -2;  // for the pattern of the first piece
  static constexpr std::size_t never = std::numeric_limits<std::size_t>::max();

  [[nodiscard]] std::string row_name(std::size_t i) const {
    return "row " + std::to_string(seen_.source_rows.empty() ? static_cast<std::int64_t>(i)
                                                             : seen_.source_rows[i]);
  }

  [[noreturn]] void impossible(std::size_t i, const std::string& what) const {
    reject("E-IMPOSSIBLE", "aggregate", row_name(i) + " says " + what, "the model has no such way",
           "Correct the row, or permit the move or the error in the model");
  }

  [[nodiscard]] static state one(mask states) {
    return static_cast<state>(std::countr_zero(states));
  }

  /// Everything that can be reached from these states through these states.
  [[nodiscard]] mask closure(mask from, mask through) const {
    mask all = from & through;
    for (mask last = 0; last != all;) {
      last = all;
      for (state f = 0; f < n_; ++f) {
        if (all & bit(f)) all |= onward_[at(f)] & through;
      }
    }
    return all;
  }

  [[nodiscard]] mask shown_as(mask seen_states) const {
    mask all = 0;
    for (state f = 0; f < n_; ++f) {
      if (seen_states & bit(shown_[at(f)])) all |= bit(f);
    }
    return all;
  }

  /// The states that may be read as one of these.
  [[nodiscard]] mask readable_as(mask seen_states) const {
    mask all = 0;
    for (state f = 0; f < n_; ++f) {
      if (read_as_[at(shown_[at(f)])] & seen_states) all |= bit(f);
    }
    return all;
  }

  /// The states that are possible where this is seen, whatever came before.
  [[nodiscard]] mask possible_under(const sighting& what) const {
    if (what.what == sighting::kind::nothing) return ~mask{0};
    if (what.is_reading()) return readable_as(what.states);
    return shown_as(what.states);
  }

  /// The seen states that a row names.
  [[nodiscard]] mask named_in(std::size_t i) const {
    const state s = seen_.states[i];
    if (s >= 0 && s < seen_n_) return bit(s);
    mask all = 0;
    if (const auto set = static_cast<std::size_t>(s - seen_n_); s >= 0 && set < seen_.sets.size()) {
      for (const state one_of : seen_.sets[set]) all |= bit(one_of);
    }
    if (!all) impossible(i, "an unknown state");
    return all;
  }

  sighting reading(std::size_t i) {
    const mask states = named_in(i);
    if (!model_.misread) return {sighting::kind::known, states};
    // Where nothing but the truth can be read so, the covariates of the reading do not matter.
    bool erring = false;
    for (const auto& [truth, seen_state] : model_.misread->errors)
      erring |= (states & (bit(truth) | bit(seen_state))) != 0;
    if (!erring) return {sighting::kind::known, states};
    const auto values = seen_.row_covariates(i);
    std::vector<double> x;
    for (const auto column : reading_columns_) {
      x.push_back(values[column]);
      if (std::isfinite(x.back())) continue;
      reject("E-COVARIATE", "aggregate",
             row_name(i) + " lacks the value of '" + seen_.covariate_names[column] + "'",
             "whether a level is misread there depends on it",
             "Fill it in, or take the covariate off the misreadings");
    }
    return {sighting::kind::reading, states, readings_.find(design_row(reading_terms_, x))};
  }

  /// A row that is said to be known throughout though levels may be misread.
  sighting move_or_stay(std::size_t i) {
    if (model_.misread->throughout == known_throughout::refused) {
      reject("E-KIND", "aggregate", row_name(i) + " is known throughout",
             "with levels that may be misread nobody knows the state all the time",
             "Hand over visits (panel), and deaths as exact_death; or ask for msm's convention, "
             "that the level was held or left by one move at that time");
    }
    if (!model_.phases.empty()) {
      reject("E-KIND", "aggregate", row_name(i) + " is known throughout",
             "msm's convention for misread levels at exact times does not know phases",
             "Leave the phases out, or hand over visits (panel)");
    }
    auto what = reading(i);
    if (what.what == sighting::kind::known) what.pattern = -1;
    what.what = sighting::kind::move_or_stay;
    return what;
  }

  void begin(std::size_t i, bool entering) {
    const double weight = seen_.weight(seen_.subjects[i]);
    open_ = false;
    if (weight == 0) return;
    const mask named = named_in(i);
    const bool hidden_first = model_.misread && model_.misread->start != hidden_start::seen &&
                              seen_.kinds[i] == observation_kind::start;
    const auto what = hidden_first ? reading(i) : sighting{sighting::kind::known, named};
    if (clock_ >= 0 && seen_.row_covariates(i)[static_cast<std::size_t>(clock_)] == 0)
      entering = true;
    possible_ = hidden_first ? readable_as(named) : shown_as(named);
    if (hidden_first) {
      for (state f = 0; f < n_; ++f) {
        if (structure_.absorbing(f) || (model_.misread->start == hidden_start::given &&
                                        model_.misread->probabilities[at(shown_[at(f)])] == 0))
          possible_ &= ~bit(f);
      }
      if (!possible_) impossible(i, "that somebody is first seen in " + name(one(named)));
    }
    const bool by_entry = entering || model_.phases.first == first_phase::entry;
    if (by_entry) {
      for (state f = 0; f < n_; ++f) {
        if (!first_of_[at(f)]) possible_ &= ~bit(f);
      }
    }
    const bool unsure =
        std::any_of(first_of_.begin(), first_of_.end(),
                    [&, f = 0](char first) mutable { return (possible_ & bit(f++)) && !first; });
    if (unsure && model_.phases.first == first_phase::unknown) return;
    if (unsure || (!entering && (phased_ & named))) ++tables_.hidden.assumed;
    open_ = true;
    weight_ = weight;
    current_ = {{what, hidden_first, by_entry, unsure ? waiting : -1}, {}, weight};
  }

  [[nodiscard]] const std::string& name(state s) const { return seen_states(model_)[at(s)]; }

  /// Which states are possible after the interval that ends in this row.
  void advance(std::size_t i, const sighting& what, state held, double elapsed) {
    const auto label = [&] { return name(one(named_in(i - 1))) + " -> " + name(one(named_in(i))); };
    const mask through = held < 0 ? ~mask{0} : shown_as(bit(held));
    mask after = elapsed > 0 ? closure(possible_, through) : possible_ & through;
    if (held == hidden_runs::whichever) {
      after = possible_;
      for (state f = 0; f < n_ && elapsed > 0; ++f) {
        if (possible_ & bit(f)) after |= closure(bit(f), shown_as(bit(shown_[at(f)])));
      }
    }
    if (what.what == sighting::kind::death || what.what == sighting::kind::move) {
      mask reached = 0;
      for (state f = 0; f < n_; ++f) {
        if (after & bit(f)) reached |= onward_[at(f)];
      }
      after = reached & shown_as(what.states);
      if (what.what == sighting::kind::move && bit(held) == what.states) after = 0;
    } else {
      if (what.what == sighting::kind::move_or_stay) {
        for (state f = 0; f < n_; ++f) {
          if (possible_ & bit(f)) after |= onward_[at(f)];
        }
      }
      after &= possible_under(what);
    }
    if (!after) impossible(i, label());
    possible_ = after;
  }

  /// A state without phases, known throughout: exposure and events are enough.
  void exact(std::size_t i, state from, state to, double weight) {
    const auto fine = one(possible_);
    int move = -1;
    if (to != from) {
      for (state f = 0; f < n_; ++f) {
        if (shown_[at(f)] == to && first_of_[at(f)]) move = structure_.index(fine, f);
      }
      if (move < 0) impossible(i, name(from) + " -> " + name(to));
    }
    close();
    ++exact_intervals_;
    for (std::size_t p = 0; p < pieces_.size(); ++p) {
      exact_.push_back({pieces_[p], fine, p + 1 == pieces_.size() ? move : -1, weight});
    }
    const state next = move < 0 ? fine : structure_.transitions()[at(move)].to;
    put_place(i);
    if (with_places_) tables_.hidden.places[i].known = next;
    possible_ = bit(next);
    if (structure_.absorbing(next)) return;
    open_ = true;
    current_ = {{{sighting::kind::known, bit(to)}, false, true, -1}, {}, weight};
  }

  void put_place(std::size_t i) {
    if (!with_places_) return;
    tables_.hidden.places.resize(seen_.rows());
    auto& here = tables_.hidden.places[i];
    here.run = static_cast<std::int64_t>(runs_.size());
    here.step = static_cast<std::int64_t>(current_.steps.size()) - 1;
    here.known = std::has_single_bit(possible_) ? one(possible_) : -1;
  }

  void close() {
    if (open_ && (current_.start.drawn || !current_.steps.empty()))
      runs_.push_back(std::move(current_));
    open_ = false;
  }

  struct exact_piece {
    interval_piece over;
    state from;
    int move;
    double weight;
  };

  bool with_places_;
  const observations& seen_;
  const intensity_model& model_;
  const model& structure_;
  interval_cutter cutter_;
  int n_, seen_n_;
  std::vector<state> shown_;
  std::vector<char> first_of_;  // whether it is the first phase of what it is seen as
  mask phased_ = 0;             // seen states
  mask living_ = 0;             // the same: that are left
  std::vector<mask> onward_, read_as_;
  std::vector<std::size_t> reading_columns_;
  intensity_model reading_terms_{structure_};
  std::ptrdiff_t clock_ = -1;

  numbered_rows readings_;
  numbered<sighting> sightings_;
  std::vector<interval_piece> pieces_;
  std::size_t opening_ = never;  // the piece at whose end a window opens
  std::vector<run> runs_;
  std::vector<exact_piece> exact_;
  std::int64_t exact_intervals_ = 0;
  transition_tables tables_;
  std::vector<std::int32_t> pattern_places_, clock_places_;
  std::vector<double> clock_values_;  // clocks' rows in ascending order; empty: none moves

  bool open_ = false;
  run current_;
  mask possible_ = 0;
  double weight_ = 0;
};

}  // namespace

transition_tables aggregate_hidden(const observations& seen, const intensity_model& intensities,
                                   patience& go_on, bool with_places) {
  if (intensities.misread && intensities.phases.first == first_phase::unknown &&
      !intensities.phases.empty()) {
    reject("E-SETTING", "aggregate",
           "stays whose beginning nobody saw are to be left out while levels may be misread",
           "such stays cannot be told then", "Choose first_phase entry or stationary");
  }
  run_builder builder(seen, intensities, with_places);
  std::vector<std::int64_t> rows_of_subject(seen.subject_count(), 0);
  for (std::size_t i = 0; i < seen.rows(); ++i) {
    go_on();
    ++rows_of_subject[static_cast<std::size_t>(seen.subjects[i])];
    if (seen.weight(seen.subjects[i]) == 0) continue;
    builder.row(i);
  }
  auto tables = builder.finish();
  tables.subjects = static_cast<std::int64_t>(seen.subject_count());
  for (const auto rows : rows_of_subject) tables.single_subjects += rows == 1 ? 1 : 0;
  if (tables.intervals == 0 && tables.hidden.left_out == 0) {
    reject("E-EMPTY", "aggregate", "no subject was seen twice",
           "moves are learnt from two rows of one subject", "Hand over a follow-up");
  }
  return tables;
}

}  // namespace kohort::detail
