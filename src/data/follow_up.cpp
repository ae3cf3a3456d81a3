#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <kohort/data/detail/follow_up.hpp>

namespace kohort::detail {

namespace {

bool dated_death(observation_kind kind) {
  return kind == observation_kind::exact_death || kind == observation_kind::window_death;
}

/// Words for what a row says that cannot be.
void impossible(const model& structure, const ways& ways, state_bits from, state_bits to,
                observation_kind kind, std::int64_t row, std::int64_t before,
                std::vector<finding>& findings) {
  const bool one = single(from) >= 0 && single(to) >= 0;
  const auto move = ways.names(from) + " -> " + ways.names(to);
  finding f{.code = "E-IMPOSSIBLE", .row = row, .related = {before}};
  if (kind == observation_kind::exact_transition && (one || (from & to) == 0)) {
    f.message = "the move " + move + " is dated exactly, but the model does not permit it.";
    f.message_sv = "förflyttningen " + move + " är daterad, men modellen tillåter den inte.";
  } else if (kind == observation_kind::exact_stay) {
    f.message = "no move was made, but the row before says " + ways.names(from) + " and this one " +
                ways.names(to) + ".";
    f.message_sv = "ingen förflyttning skedde, men raden före anger " + ways.names(from) +
                   " och denna " + ways.names(to) + ".";
  } else if (dated_death(kind) && (to & ~ways.absorbing())) {
    f.message = "a death is said to lead to " + ways.names(to) +
                (structure.death() ? ", but the model's death state is " +
                                         structure.name(*structure.death()) + "."
                                   : ", which the model can leave again.");
    f.message_sv = "ett dödsfall anges leda till " + ways.names(to) +
                   (structure.death() ? ", men modellens dödstillstånd är " +
                                            structure.name(*structure.death()) + "."
                                      : ", som modellen kan lämna igen.");
  } else {
    f.message = ways.names(to) + " was seen after " + ways.names(from) +
                ", but the model has no way from the one to the other.";
    f.message_sv = ways.names(to) + " följer efter " + ways.names(from) +
                   ", men i modellen går det inte att komma från det ena till det andra.";
  }
  f.remedy = "Correct the row, or permit the move in the model.";
  f.remedy_sv = "Rätta raden, eller tillåt förflyttningen i modellen.";
  findings.push_back(std::move(f));
}

void ambiguous(const ways& ways, state_bits both, std::int64_t row, std::int64_t before,
               std::vector<finding>& findings) {
  findings.push_back(
      {.code = "E-KIND",
       .row = row,
       .related = {before},
       .column = "kind",
       .message = "the state was known throughout, but the row may mean a stay in " +
                  ways.names(both) +
                  " or a move: a probability and a density, which cannot be added.",
       .message_sv = "tillståndet var känt hela tiden, men raden kan betyda att personen var kvar "
                     "i " +
                     ways.names(both) +
                     " eller flyttade: en sannolikhet och en täthet, som inte kan läggas ihop.",
       .remedy = "Say exact_stay if nothing changed; if something did, take the state out of one "
                 "of the two sets.",
       .remedy_sv = "Ange exact_stay om inget ändrades; ändrades något, ta bort tillståndet ur en "
                    "av de två mängderna."});
}

/// A finding about rows that were left out: the first of them, and the others as related.
void tell_left_out(finding& of, std::vector<finding>& findings) {
  if (of.count == 0) return;
  std::sort(of.related.begin(), of.related.end());
  of.row = of.related.front();
  of.related.erase(of.related.begin());
  findings.push_back(std::move(of));
}

}  // namespace

follow_up::follow_up(const model& structure, observations& raw)
    : structure_(structure), raw_(raw), ways_(structure) {
  absorbed_ = {
      .code = "W-AFTER-ABSORB",
      .severity = 'W',
      .message = "rows that repeat an absorbing state were left out.",
      .message_sv = "rader som upprepar ett absorberande tillstånd (som död) har utelämnats.",
      .remedy = "Nothing to do, unless the first of them is the wrong one.",
      .remedy_sv = "Inget behöver göras, om inte den första av dem är fel.",
      .count = 0};
  repeated_ = {.code = "W-DUP-ROW",
               .severity = 'W',
               .message = "rows that repeat a subject's time and state were left out.",
               .message_sv = "rader som upprepar samma person, tid och tillstånd har utelämnats.",
               .remedy = "Nothing to do, if they are copies.",
               .remedy_sv = "Inget behöver göras, om de är kopior.",
               .count = 0};
}

void follow_up::begin(std::size_t i, bool of_subject) {
  possible_ = ways_.named(raw_, i);
  if (raw_.start == first_state::given && of_subject) {
    const auto n = static_cast<std::size_t>(structure_.size());
    const auto at =
        raw_.start_probabilities.size() == n ? 0 : static_cast<std::size_t>(raw_.subjects[i]) * n;
    for (state s = 0; s < structure_.size(); ++s) {
      if (!(raw_.start_probabilities[at + static_cast<std::size_t>(s)] > 0)) possible_ &= ~bit(s);
    }
    if (possible_ == 0) {
      possible_ = ways_.named(raw_, i);
      raw_.findings.push_back(
          {.code = "E-IMPOSSIBLE",
           .row = raw_.source_rows[i],
           .message = "the first state, " + ways_.names(possible_) + ", was given probability 0.",
           .message_sv =
               "det första tillståndet, " + ways_.names(possible_) + ", har sannolikheten 0.",
           .remedy = "Correct the row, or the probabilities.",
           .remedy_sv = "Rätta raden eller sannolikheterna."});
    }
  } else if (raw_.start == first_state::conditioned && single(possible_) < 0) {
    raw_.findings.push_back(
        {.code = "E-START",
         .row = raw_.source_rows[i],
         .message = "a follow-up begins in one of several states, " + ways_.names(possible_) +
                    ", whose probabilities are not given.",
         .message_sv = "uppföljningen börjar i något av flera tillstånd, " +
                       ways_.names(possible_) + ", vars sannolikheter inte angetts.",
         .remedy = "Give the probabilities of the first state, or say that they are uniform.",
         .remedy_sv = "Ange sannolikheter för det första tillståndet, eller att de är lika."});
  }
}

bool follow_up::says_nothing(std::size_t i) {
  if (raw_.states[i] != raw_.states[before_]) return false;
  if (gone()) {
    absorbed_.related.push_back(raw_.source_rows[i]);
    ++absorbed_.count;
    return true;
  }
  if (raw_.times[i] != raw_.times[before_] || dated_death(raw_.kinds[i])) return false;
  repeated_.related.push_back(raw_.source_rows[i]);
  ++repeated_.count;
  const auto first = raw_.row_covariates(before_), second = raw_.row_covariates(i);
  if (!std::equal(first.begin(), first.end(), second.begin(),
                  [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }))
    disputed_.push_back(i);
  return true;
}

void follow_up::check_step(std::size_t i, state_bits named, state_bits next) {
  const auto kind = raw_.kinds[i];
  const double elapsed = raw_.times[i] - raw_.times[before_];
  const bool window = kind == observation_kind::window_death;
  const double earliest =
      raw_.earliest.empty() ? std::numeric_limits<double>::quiet_NaN() : raw_.earliest[i];
  if (elapsed == 0 && !dated_death(kind) && (possible_ & named) == 0) {
    raw_.findings.push_back(
        {.code = "E-TIME",
         .row = raw_.source_rows[i],
         .related = {raw_.source_rows[before_]},
         .column = "time",
         .message = "two different states of one subject at the same time.",
         .message_sv = "två olika tillstånd för samma person vid samma tidpunkt.",
         .remedy = "Correct one of the times, or leave one of the rows out.",
         .remedy_sv = "Rätta en av tiderna, eller ta bort en av raderna."});
  } else if (window ? !(earliest < raw_.times[i] && elapsed > 0) : earliest < raw_.times[i]) {
    raw_.findings.push_back(
        {.code = window ? "E-TIME" : "E-KIND",
         .row = raw_.source_rows[i],
         .column = "earliest",
         .message = window ? "a death known to a window needs an earliest time before its own, "
                             "and a row before it."
                           : "an earliest time is given, but the row is no death known to a "
                             "window.",
         .message_sv = window
                           ? "ett dödsfall som är känt på ett intervall när behöver en tidigaste "
                             "tid före sin egen, och en rad före."
                           : "en tidigaste tid är angiven, men raden är inget dödsfall som är "
                             "känt på ett intervall när.",
         .remedy = "Correct the earliest time, or the row's kind.",
         .remedy_sv = "Rätta den tidigaste tiden, eller radens slag."});
  } else if (ways::ambiguous(possible_, kind, named)) {
    ambiguous(ways_, possible_ & named, raw_.source_rows[i], raw_.source_rows[before_],
              raw_.findings);
  } else if (next == 0 || (gone() && kind == observation_kind::start)) {
    impossible(structure_, ways_, possible_, named, kind, raw_.source_rows[i],
               raw_.source_rows[before_], raw_.findings);
  }
}

void follow_up::tell_disputes() {
  for (const auto copy : disputed_) {
    raw_.findings.push_back(
        {.code = "E-COVARIATE",
         .row = raw_.source_rows[copy],
         .related = {raw_.source_rows[before_]},
         .message = "two rows of one subject at the same time have different covariates.",
         .message_sv = "två rader för samma person och tidpunkt har olika värden.",
         .remedy = "Correct one of them, or leave one of the rows out.",
         .remedy_sv = "Rätta en av dem, eller ta bort en av raderna."});
  }
  disputed_.clear();
}

/// Those of the row before hold until this one, so they must be there.
void follow_up::check_covariates() {
  for (std::size_t c = 0; c < raw_.covariate_names.size(); ++c) {
    if (std::isfinite(raw_.row_covariates(before_)[c])) continue;
    raw_.findings.push_back(
        {.code = "E-COVARIATE",
         .row = raw_.source_rows[before_],
         .column = raw_.covariate_names[c],
         .message = "the value is missing or infinite, and the subject is seen again later.",
         .message_sv = "värdet saknas eller är oändligt, och personen har en senare rad.",
         .remedy = "Fill it in, or leave the covariate or the subject out.",
         .remedy_sv = "Fyll i värdet, eller uteslut kolumnen eller personen."});
  }
}

bool follow_up::take(std::size_t i) {
  if (subject_rows_ == 0 || raw_.subjects[i] != raw_.subjects[before_]) {
    close_subject();
    subject_rows_ = 1;
    disputed_.clear();
    raw_.kinds[i] = observation_kind::start;
    begin(i, true);
    before_ = i;
    return true;
  }
  if (says_nothing(i)) return false;
  const auto kind = raw_.kinds[i];
  const auto named = ways_.named(raw_, i);
  const auto next = ways_.after(possible_, kind, named, raw_.times[i] - raw_.times[before_]);
  check_step(i, named, next);
  if (kind == observation_kind::start) {
    begin(i, false);
  } else {
    possible_ = next ? next : named;
  }
  tell_disputes();
  if (kind != observation_kind::start) check_covariates();
  before_ = i;
  ++subject_rows_;
  return true;
}

void follow_up::close_subject() {
  if (subject_rows_ == 1) ++singles_;
}

void follow_up::close() {
  close_subject();
  tell_left_out(absorbed_, raw_.findings);
  tell_left_out(repeated_, raw_.findings);
  if (singles_ == 0) return;
  raw_.findings.push_back(
      {.code = "I-SINGLE",
       .severity = 'I',
       .message = "subjects were seen only once: they are counted, but say nothing about moves.",
       .message_sv = "personer har bara en observation: de räknas med, men säger inget om "
                     "förflyttningar.",
       .count = singles_});
}

}  // namespace kohort::detail
