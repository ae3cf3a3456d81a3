#include <algorithm>
#include <cmath>
#include <numeric>

#include <kohort/data/detail/follow_up.hpp>
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
  detail::follow_up follow(structure, raw);
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

  std::vector<char> keep(raw.rows());
  for (std::size_t i = 0; i < raw.rows(); ++i) {
    go_on();
    keep[i] = follow.take(i) ? 1 : 0;
  }
  follow.close();
  sort_findings(findings);
  if (has_errors(findings)) throw data_refused(std::move(findings));
  keep_rows(raw, keep);
  return raw;
}

}  // namespace kohort
