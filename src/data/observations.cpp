#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <kohort/data/detail/possible_states.hpp>
#include <kohort/data/observations.hpp>
#include <kohort/support/detail/listed.hpp>
#include <kohort/support/patience.hpp>

namespace kohort {

namespace {

void check_columns(const observations& raw) {
  const auto rows = raw.times.size();
  const auto check = [rows](const char* name, std::size_t length, std::size_t needed) {
    if (length == needed) return;
    reject("E-COLUMNS", "observations",
           "the column of " + std::string(name) + " has " + std::to_string(length) + " values",
           "there are " + std::to_string(rows) + " times and it needs " + std::to_string(needed),
           "Hand over columns of equal length");
  };
  check("subjects", raw.subjects.size(), rows);
  check("states", raw.states.size(), rows);
  check("kinds", raw.kinds.size(), rows);
  check("source rows", raw.source_rows.size(), rows);
  check("covariates", raw.covariates.size(), rows * raw.covariate_names.size());
  if (!raw.weights.empty()) check("weights", raw.weights.size(), raw.subject_names.size());
  if (!raw.earliest.empty()) check("earliest", raw.earliest.size(), rows);
  if (!(raw.units_per_year > 0) || !std::isfinite(raw.units_per_year)) {
    reject("E-TIME", "observations", "the number of time units in a year is not positive",
           "it must be", "Give 1 for years, 365.25 for days");
  }
  const auto subjects = static_cast<std::int64_t>(raw.subject_names.size());
  for (const auto subject : raw.subjects) {
    if (subject < 0 || subject >= subjects) {
      reject("E-COLUMNS", "observations", "a row's subject is number " + std::to_string(subject),
             "there are " + std::to_string(subjects) + " subject names",
             "Number the subjects from 0 in the order of their names");
    }
  }
}

/// Words for what a row says that cannot be.
void impossible(const model& structure, const detail::ways& ways, detail::state_bits from,
                detail::state_bits to, observation_kind kind, std::int64_t row, std::int64_t before,
                std::vector<finding>& findings) {
  const bool one = detail::single(from) >= 0 && detail::single(to) >= 0;
  const auto move = ways.names(from) + " -> " + ways.names(to);
  finding f{.code = "E-IMPOSSIBLE", .row = row, .related = {before}};
  const bool death =
      kind == observation_kind::exact_death || kind == observation_kind::window_death;
  if (kind == observation_kind::exact_transition && (one || (from & to) == 0)) {
    f.message = "the move " + move + " is dated exactly, but the model does not permit it.";
    f.message_sv = "förflyttningen " + move + " är daterad, men modellen tillåter den inte.";
  } else if (kind == observation_kind::exact_stay) {
    f.message = "no move was made, but the row before says " + ways.names(from) + " and this one " +
                ways.names(to) + ".";
    f.message_sv = "ingen förflyttning skedde, men raden före anger " + ways.names(from) +
                   " och denna " + ways.names(to) + ".";
  } else if (death && (to & ~ways.absorbing())) {
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

void ambiguous(const detail::ways& ways, detail::state_bits both, std::int64_t row,
               std::int64_t before, std::vector<finding>& findings) {
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

void check_start(const model& structure, observations& raw) {
  const auto n = static_cast<std::size_t>(structure.size());
  auto& given = raw.start_probabilities;
  const auto refuse = [](const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
    reject("E-START", "observations", seen, needed, remedy);
  };
  if (raw.start != first_state::given) {
    if (!given.empty())
      refuse("probabilities of the first state were given, but it is not said to have them",
             "they would not be used", "Say that they are given, or leave them out");
    return;
  }
  if (given.size() != n && given.size() != n * raw.subject_count())
    refuse(std::to_string(given.size()) + " probabilities of the first state were given",
           "the model has " + std::to_string(n) + " states",
           "Give one for each state, or that many for each subject");
  for (std::size_t i = 0; i < given.size(); i += n) {
    double sum = 0;
    bool good = true;
    for (std::size_t s = 0; s < n; ++s) {
      good = good && given[i + s] >= 0;
      sum += given[i + s];
    }
    if (good && std::abs(sum - 1) <= 1e-9) continue;
    refuse("the probabilities of the first state" +
               (given.size() > n ? " of subject number " + std::to_string(i / n) : std::string()) +
               (good ? " sum to " + shown(sum) : " are not all numbers of 0 or more"),
           "they must be 0 or more and sum to 1", "Divide them by their sum");
  }
  const auto one = given.size() == n ? given : std::vector<double>{};
  for (std::size_t s = 1; s < raw.subject_count() && !one.empty(); ++s)
    given.insert(given.end(), one.begin(), one.end());
}

void check_rows(const model& structure, observations& raw) {
  auto& findings = raw.findings;
  for (std::size_t i = 0; i < raw.rows(); ++i) {
    if (raw.states[i] < 0 || static_cast<std::size_t>(raw.states[i]) >=
                                 static_cast<std::size_t>(structure.size()) + raw.sets.size()) {
      const auto names = detail::listed(structure.states());
      findings.push_back({.code = "E-STATE-UNKNOWN",
                          .row = raw.source_rows[i],
                          .column = "state",
                          .message = "the state is none of " + names + ".",
                          .message_sv = "tillståndet är inget av " + names + ".",
                          .remedy = "Correct it, or add the state to the model.",
                          .remedy_sv = "Rätta det, eller lägg till tillståndet i modellen."});
    }
    if (!std::isfinite(raw.times[i])) {
      findings.push_back({.code = "E-TIME",
                          .row = raw.source_rows[i],
                          .column = "time",
                          .message = "the time is missing or no finite number.",
                          .message_sv = "tiden saknas eller är inget ändligt tal.",
                          .remedy = "Give every row its time, or leave the row out.",
                          .remedy_sv = "Ange tid på varje rad, eller ta bort raden."});
    }
  }
  for (std::size_t s = 0; s < raw.weights.size(); ++s) {
    if (std::isfinite(raw.weights[s]) && raw.weights[s] >= 0) continue;
    const auto at =
        std::find(raw.subjects.begin(), raw.subjects.end(), static_cast<std::int32_t>(s)) -
        raw.subjects.begin();
    findings.push_back({.code = "E-WEIGHT",
                        .row = static_cast<std::size_t>(at) < raw.rows()
                                   ? raw.source_rows[static_cast<std::size_t>(at)]
                                   : -1,
                        .message = "the subject's weight is negative, missing or infinite.",
                        .message_sv = "personens vikt är negativ, saknas eller är oändlig.",
                        .remedy = "Give a finite weight of 0 or more.",
                        .remedy_sv = "Ange en ändlig vikt som är noll eller större."});
  }
}

/// Rows in the order of subject and time, all columns alike.
std::int64_t sort_rows(observations& raw, patience& go_on) {
  std::vector<std::size_t> order(raw.rows());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto earlier = [&](std::size_t a, std::size_t b) {
    go_on();
    if (raw.subjects[a] != raw.subjects[b]) return raw.subjects[a] < raw.subjects[b];
    if (raw.times[a] != raw.times[b]) return raw.times[a] < raw.times[b];
    // At one time a death comes last, whatever the order of the rows; then a lower state first.
    const auto is_death = [&](std::size_t i) {
      return raw.kinds[i] == observation_kind::exact_death ||
             raw.kinds[i] == observation_kind::window_death;
    };
    if (is_death(a) != is_death(b)) return is_death(b);
    if (raw.states[a] != raw.states[b]) return raw.states[a] < raw.states[b];
    return raw.kinds[a] < raw.kinds[b];
  };
  if (std::is_sorted(order.begin(), order.end(), earlier)) return 0;
  // Out of place: later in the table than a row of the same subject that it should precede.
  std::int64_t moved = 0;
  std::vector<std::size_t> last(raw.subject_names.size(), raw.rows());
  for (std::size_t i = 0; i < raw.rows(); ++i) {
    auto& before = last[static_cast<std::size_t>(raw.subjects[i])];
    if (before != raw.rows() && raw.times[i] < raw.times[before]) {
      ++moved;
    } else {
      before = i;
    }
  }
  std::stable_sort(order.begin(), order.end(), earlier);
  const auto arrange = [&order](auto& column) {
    auto sorted = column;
    for (std::size_t i = 0; i < order.size(); ++i) sorted[i] = column[order[i]];
    column = std::move(sorted);
  };
  arrange(raw.subjects);
  arrange(raw.times);
  arrange(raw.states);
  arrange(raw.kinds);
  if (!raw.earliest.empty()) arrange(raw.earliest);
  arrange(raw.source_rows);
  const auto width = raw.covariate_names.size();
  std::vector<double> covariates(raw.covariates.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::copy_n(raw.covariates.begin() + static_cast<std::ptrdiff_t>(order[i] * width), width,
                covariates.begin() + static_cast<std::ptrdiff_t>(i * width));
  }
  raw.covariates = std::move(covariates);
  return moved;
}

void keep_rows(observations& raw, const std::vector<char>& keep) {
  const auto width = raw.covariate_names.size();
  std::size_t to = 0;
  for (std::size_t i = 0; i < keep.size(); ++i) {
    if (!keep[i]) continue;
    raw.subjects[to] = raw.subjects[i];
    raw.times[to] = raw.times[i];
    raw.states[to] = raw.states[i];
    raw.kinds[to] = raw.kinds[i];
    if (!raw.earliest.empty()) raw.earliest[to] = raw.earliest[i];
    raw.source_rows[to] = raw.source_rows[i];
    std::copy_n(raw.covariates.begin() + static_cast<std::ptrdiff_t>(i * width), width,
                raw.covariates.begin() + static_cast<std::ptrdiff_t>(to * width));
    ++to;
  }
  raw.subjects.resize(to);
  raw.times.resize(to);
  raw.states.resize(to);
  raw.kinds.resize(to);
  if (!raw.earliest.empty()) raw.earliest.resize(to);
  raw.source_rows.resize(to);
  raw.covariates.resize(to * width);
}

}  // namespace

observations validate(const model& structure, observations raw, const progress& report) {
  patience go_on(report);
  if (raw.kinds.empty()) raw.kinds.assign(raw.rows(), observation_kind::panel);
  if (raw.source_rows.empty()) {
    raw.source_rows.resize(raw.rows());
    std::iota(raw.source_rows.begin(), raw.source_rows.end(), std::int64_t{0});
  }
  check_columns(raw);
  const detail::ways ways(structure);
  for (const auto& set : raw.sets) {
    if (!set.empty() && std::all_of(set.begin(), set.end(),
                                    [&](state s) { return s >= 0 && s < structure.size(); }))
      continue;
    reject("E-STATE-UNKNOWN", "observations",
           "a set of states is empty or names one outside the "
           "model",
           "a row may be in one of several states of the model", "Name these states");
  }
  check_start(structure, raw);
  check_rows(structure, raw);
  if (has_errors(raw.findings)) {
    sort_findings(raw.findings);
    throw data_refused(std::move(raw.findings));
  }

  auto& findings = raw.findings;
  if (const auto moved = sort_rows(raw, go_on); moved > 0) {
    findings.push_back({.code = "I-SORTED",
                        .severity = 'I',
                        .message = "rows stood before an earlier row of the same subject; they "
                                   "were put in order of time.",
                        .message_sv = "rader stod före en tidigare rad för samma person; de har "
                                      "ordnats efter tid.",
                        .count = moved});
  }

  std::vector<char> keep(raw.rows(), 1);
  finding absorbed{.code = "W-AFTER-ABSORB", .severity = 'W', .count = 0};
  finding repeated{.code = "W-DUP-ROW", .severity = 'W', .count = 0};
  std::int64_t singles = 0, subject_rows = 0;
  const auto close_subject = [&] { singles += subject_rows == 1 ? 1 : 0; };
  std::size_t before = 0;           // the row last kept
  detail::state_bits possible = 0;  // states that may be occupied in it
  const auto check_first = [&](std::size_t i, bool of_subject) {
    possible = ways.named(raw, i);
    if (raw.start == first_state::given && of_subject) {
      const auto n = static_cast<std::size_t>(structure.size());
      const auto at =
          raw.start_probabilities.size() == n ? 0 : static_cast<std::size_t>(raw.subjects[i]) * n;
      for (state s = 0; s < structure.size(); ++s) {
        if (!(raw.start_probabilities[at + static_cast<std::size_t>(s)] > 0))
          possible &= ~detail::bit(s);
      }
      if (possible == 0) {
        possible = ways.named(raw, i);
        findings.push_back(
            {.code = "E-IMPOSSIBLE",
             .row = raw.source_rows[i],
             .message = "the first state, " + ways.names(possible) + ", was given probability 0.",
             .message_sv =
                 "det första tillståndet, " + ways.names(possible) + ", har sannolikheten 0.",
             .remedy = "Correct the row, or the probabilities.",
             .remedy_sv = "Rätta raden eller sannolikheterna."});
      }
    } else if (raw.start == first_state::conditioned && detail::single(possible) < 0) {
      findings.push_back(
          {.code = "E-START",
           .row = raw.source_rows[i],
           .message = "a follow-up begins in one of several states, " + ways.names(possible) +
                      ", whose probabilities are not given.",
           .message_sv = "uppföljningen börjar i något av flera tillstånd, " +
                         ways.names(possible) + ", vars sannolikheter inte angetts.",
           .remedy = "Give the probabilities of the first state, or say that they are uniform.",
           .remedy_sv = "Ange sannolikheter för det första tillståndet, eller att de är lika."});
    }
  };
  std::vector<std::size_t> disputed;  // copies of that row with other covariates
  for (std::size_t i = 0; i < raw.rows(); ++i) {
    go_on();
    if (i == 0 || raw.subjects[i] != raw.subjects[before]) {
      if (i > 0) close_subject();
      subject_rows = 1;
      disputed.clear();
      raw.kinds[i] = observation_kind::start;
      check_first(i, true);
      before = i;
      continue;
    }
    const auto from = raw.states[before], to = raw.states[i];
    const auto elapsed = raw.times[i] - raw.times[before];
    const auto kind = raw.kinds[i];
    const bool death =
        kind == observation_kind::exact_death || kind == observation_kind::window_death;
    const bool gone = (possible & ~ways.absorbing()) == 0;
    if (gone && to == from) {
      keep[i] = 0;
      absorbed.related.push_back(raw.source_rows[i]);
      ++absorbed.count;
      continue;
    }
    if (elapsed == 0 && to == from && !death) {
      keep[i] = 0;
      repeated.related.push_back(raw.source_rows[i]);
      ++repeated.count;
      const auto first = raw.row_covariates(before), second = raw.row_covariates(i);
      if (!std::equal(first.begin(), first.end(), second.begin(), [](double a, double b) {
            return a == b || (std::isnan(a) && std::isnan(b));
          }))
        disputed.push_back(i);
      continue;
    }
    const auto named = ways.named(raw, i);
    const auto next = ways.after(possible, kind, named, elapsed);
    const bool window = kind == observation_kind::window_death;
    const double earliest =
        raw.earliest.empty() ? std::numeric_limits<double>::quiet_NaN() : raw.earliest[i];
    if (elapsed == 0 && !death && (possible & named) == 0) {
      findings.push_back({.code = "E-TIME",
                          .row = raw.source_rows[i],
                          .related = {raw.source_rows[before]},
                          .column = "time",
                          .message = "two different states of one subject at the same time.",
                          .message_sv = "två olika tillstånd för samma person vid samma tidpunkt.",
                          .remedy = "Correct one of the times, or leave one of the rows out.",
                          .remedy_sv = "Rätta en av tiderna, eller ta bort en av raderna."});
    } else if (window ? !(earliest < raw.times[i] && elapsed > 0) : earliest < raw.times[i]) {
      findings.push_back(
          {.code = window ? "E-TIME" : "E-KIND",
           .row = raw.source_rows[i],
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
    } else if (detail::ways::ambiguous(possible, kind, named)) {
      ambiguous(ways, possible & named, raw.source_rows[i], raw.source_rows[before], findings);
    } else if (next == 0 || (gone && kind == observation_kind::start)) {
      impossible(structure, ways, possible, named, kind, raw.source_rows[i],
                 raw.source_rows[before], findings);
    }
    if (kind == observation_kind::start) {
      check_first(i, false);
    } else {
      possible = next ? next : named;
    }
    for (const auto copy : disputed) {
      findings.push_back(
          {.code = "E-COVARIATE",
           .row = raw.source_rows[copy],
           .related = {raw.source_rows[before]},
           .message = "two rows of one subject at the same time have different covariates.",
           .message_sv = "två rader för samma person och tidpunkt har olika värden.",
           .remedy = "Correct one of them, or leave one of the rows out.",
           .remedy_sv = "Rätta en av dem, eller ta bort en av raderna."});
    }
    disputed.clear();
    if (raw.kinds[i] != observation_kind::start) {
      for (std::size_t c = 0; c < raw.covariate_names.size(); ++c) {
        if (std::isfinite(raw.row_covariates(before)[c])) continue;
        findings.push_back(
            {.code = "E-COVARIATE",
             .row = raw.source_rows[before],
             .column = raw.covariate_names[c],
             .message = "the value is missing or infinite, and the subject is seen again later.",
             .message_sv = "värdet saknas eller är oändligt, och personen har en senare rad.",
             .remedy = "Fill it in, or leave the covariate or the subject out.",
             .remedy_sv = "Fyll i värdet, eller uteslut kolumnen eller personen."});
      }
    }
    before = i;
    ++subject_rows;
  }
  if (raw.rows() > 0) close_subject();

  if (absorbed.count > 0) {
    std::sort(absorbed.related.begin(), absorbed.related.end());
    absorbed.row = absorbed.related.front();
    absorbed.related.erase(absorbed.related.begin());
    absorbed.message = "rows that repeat an absorbing state were left out.";
    absorbed.message_sv = "rader som upprepar ett absorberande tillstånd (som död) har utelämnats.";
    absorbed.remedy = "Nothing to do, unless the first of them is the wrong one.";
    absorbed.remedy_sv = "Inget behöver göras, om inte den första av dem är fel.";
    findings.push_back(std::move(absorbed));
  }
  if (repeated.count > 0) {
    std::sort(repeated.related.begin(), repeated.related.end());
    repeated.row = repeated.related.front();
    repeated.related.erase(repeated.related.begin());
    repeated.message = "rows that repeat a subject's time and state were left out.";
    repeated.message_sv = "rader som upprepar samma person, tid och tillstånd har utelämnats.";
    repeated.remedy = "Nothing to do, if they are copies.";
    repeated.remedy_sv = "Inget behöver göras, om de är kopior.";
    findings.push_back(std::move(repeated));
  }
  if (singles > 0) {
    findings.push_back({.code = "I-SINGLE",
                        .severity = 'I',
                        .message = "subjects were seen only once: they are counted, but say "
                                   "nothing about moves.",
                        .message_sv = "personer har bara en observation: de räknas med, men säger "
                                      "inget om förflyttningar.",
                        .count = singles});
  }
  sort_findings(findings);
  if (has_errors(findings)) throw data_refused(std::move(findings));
  keep_rows(raw, keep);
  return raw;
}

}  // namespace kohort
