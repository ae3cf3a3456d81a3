#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <kohort/data/detail/covariate_columns.hpp>
#include <kohort/data/detail/hidden_rows.hpp>
#include <kohort/data/detail/hidden_run_list.hpp>
#include <kohort/data/detail/hidden_states.hpp>
#include <kohort/data/detail/interval_pieces.hpp>
#include <kohort/model/misclassification.hpp>
#include <kohort/model/phases.hpp>

namespace kohort::detail {

namespace {

/// Goes through the rows of one subject after another and writes down their runs.
class run_builder {
 public:
  run_builder(const observations& seen, const intensity_model& intensities, bool with_places)
      : with_places_(with_places),
        seen_(seen),
        model_(intensities),
        structure_(intensities.structure),
        cutter_(seen, intensities),
        states_(intensities) {
    if (model_.misread) {
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
    const state_bits named = named_in(i);
    const state to = first_of(named);
    const bool single = std::has_single_bit(named);
    if (!open_) {
      ++tables_.hidden.left_out;
      // Until it is known again in which phase the subject stands.
      const bool moved = seen_.kinds[i] == observation_kind::exact_transition && single &&
                         named != named_in(i - 1);
      if (moved || !(named & states_.phased())) begin(i, moved);
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
        const state from = first_of(named_in(i - 1));
        if (!(states_.phased() & bit(from)) && std::has_single_bit(possible_)) {
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
                        : p == opening_ ? sighting{sighting::kind::known, states_.living()}
                                        : sighting{};
      current_.steps.push_back({pieces_[p].pattern, pieces_[p].elapsed, list_.sightings.find(ends),
                                held, pieces_[p].middle, pieces_[p].clocks});
    }
    put_place(i);
    const bool known = std::has_single_bit(possible_);
    if (kind == observation_kind::exact_death || kind == observation_kind::window_death ||
        (known && structure_.absorbing(first_of(possible_)))) {
      close();
    } else if (known && states_.first(first_of(possible_))) {
      // Known exactly: what came before and what comes after do not depend on each other.
      close();
      open_ = true;
      current_ = {
          {{sighting::kind::known, bit(states_.shown(first_of(possible_)))}, false, true, -1},
          {},
          weight};
    }
  }

  transition_tables finish() {
    close();
    const int columns = model_.misread ? layout(reading_terms_).design_columns : 0;
    return write_runs(model_, states_, cutter_, list_, columns, with_places_, std::move(tables_));
  }

 private:
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

  /// The seen states that a row names.
  [[nodiscard]] state_bits named_in(std::size_t i) const {
    const state s = seen_.states[i];
    if (s >= 0 && s < states_.seen_size()) return bit(s);
    state_bits all = 0;
    if (const auto set = static_cast<std::size_t>(s - states_.seen_size());
        s >= 0 && set < seen_.sets.size()) {
      for (const state one_of : seen_.sets[set]) all |= bit(one_of);
    }
    if (!all) impossible(i, "an unknown state");
    return all;
  }

  sighting reading(std::size_t i) {
    const state_bits states = named_in(i);
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
    return {sighting::kind::reading, states, list_.readings.find(design_row(reading_terms_, x))};
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
    const state_bits named = named_in(i);
    const bool hidden_first = model_.misread && model_.misread->start != hidden_start::seen &&
                              seen_.kinds[i] == observation_kind::start;
    const auto what = hidden_first ? reading(i) : sighting{sighting::kind::known, named};
    if (clock_ >= 0 && seen_.row_covariates(i)[static_cast<std::size_t>(clock_)] == 0)
      entering = true;
    possible_ = hidden_first ? states_.readable_as(named) : states_.shown_as(named);
    if (hidden_first) {
      for (state f = 0; f < states_.size(); ++f) {
        if (structure_.absorbing(f) || (model_.misread->start == hidden_start::given &&
                                        model_.misread->probabilities[at(states_.shown(f))] == 0))
          possible_ &= ~bit(f);
      }
      if (!possible_) impossible(i, "that somebody is first seen in " + name(first_of(named)));
    }
    const bool by_entry = entering || model_.phases.first == first_phase::entry;
    if (by_entry) possible_ &= states_.first_phases();
    const bool unsure = (possible_ & ~states_.first_phases()) != 0;
    if (unsure && model_.phases.first == first_phase::unknown) return;
    if (unsure || (!entering && (states_.phased() & named))) ++tables_.hidden.assumed;
    open_ = true;
    weight_ = weight;
    current_ = {{what, hidden_first, by_entry, unsure ? waiting : -1}, {}, weight};
  }

  [[nodiscard]] const std::string& name(state s) const { return seen_states(model_)[at(s)]; }

  /// Which states are possible after the interval that ends in this row.
  void advance(std::size_t i, const sighting& what, state held, double elapsed) {
    const auto label = [&] {
      return name(first_of(named_in(i - 1))) + " -> " + name(first_of(named_in(i)));
    };
    const state_bits through = held < 0 ? ~state_bits{0} : states_.shown_as(bit(held));
    state_bits after = elapsed > 0 ? states_.closure(possible_, through) : possible_ & through;
    if (held == hidden_runs::whichever) {
      after = possible_;
      for (state f = 0; f < states_.size() && elapsed > 0; ++f) {
        if (possible_ & bit(f))
          after |= states_.closure(bit(f), states_.shown_as(bit(states_.shown(f))));
      }
    }
    if (what.what == sighting::kind::death || what.what == sighting::kind::move) {
      after = states_.onward(after) & states_.shown_as(what.states);
      if (what.what == sighting::kind::move && bit(held) == what.states) after = 0;
    } else {
      if (what.what == sighting::kind::move_or_stay) {
        after |= states_.onward(possible_);
      }
      after &= states_.possible_under(what);
    }
    if (!after) impossible(i, label());
    possible_ = after;
  }

  /// A state without phases, known throughout: exposure and events are enough.
  void exact(std::size_t i, state from, state to, double weight) {
    const auto fine = first_of(possible_);
    int move = -1;
    if (to != from) {
      for (state f = 0; f < states_.size(); ++f) {
        if (states_.shown(f) == to && states_.first(f)) move = structure_.index(fine, f);
      }
      if (move < 0) impossible(i, name(from) + " -> " + name(to));
    }
    close();
    ++list_.exact_intervals;
    for (std::size_t p = 0; p < pieces_.size(); ++p) {
      list_.exact.push_back({pieces_[p], fine, p + 1 == pieces_.size() ? move : -1, weight});
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
    here.run = static_cast<std::int64_t>(list_.runs.size());
    here.step = static_cast<std::int64_t>(current_.steps.size()) - 1;
    here.known = std::has_single_bit(possible_) ? first_of(possible_) : -1;
  }

  void close() {
    if (open_ && (current_.start.drawn || !current_.steps.empty()))
      list_.runs.push_back(std::move(current_));
    open_ = false;
  }

  bool with_places_;
  const observations& seen_;
  const intensity_model& model_;
  const model& structure_;
  interval_cutter cutter_;
  hidden_states states_;
  std::vector<std::size_t> reading_columns_;
  intensity_model reading_terms_{structure_};
  std::ptrdiff_t clock_ = -1;

  std::vector<interval_piece> pieces_;
  std::size_t opening_ = never;  // the piece at whose end a window opens
  hidden_run_list list_;
  transition_tables tables_;

  bool open_ = false;
  hidden_run current_;
  state_bits possible_ = 0;
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
