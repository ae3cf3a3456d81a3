#include <algorithm>
#include <unordered_map>

#include <kohort/data/decisions.hpp>
#include <kohort/data/detail/catalogue.hpp>
#include <kohort/data/detail/decision_rows.hpp>

namespace kohort {

namespace {

constexpr double days_per_year = 365.25;

void check_settings(const decision_settings& settings, const model& structure,
                    const level_rule& rule) {
  const auto refuse = [](const std::string& seen, const std::string& needed,
                         const std::string& remedy) {
    reject("E-SETTING", "read_decisions", seen, needed, remedy);
  };
  if (settings.gap_days < 0) {
    refuse("gap_days is " + std::to_string(settings.gap_days), "it must be 0 or more",
           "Give the longest gap in days that a level is taken to hold over");
  }
  if (settings.short_stay_days < 0) {
    refuse("short_stay_days is " + std::to_string(settings.short_stay_days), "it must be 0 or more",
           "Give the longest short stay in days that gives no level of its own");
  }
  if (settings.short_stay_days > 0 && rule.short_stays.empty()) {
    refuse("short_stay_days is " + std::to_string(settings.short_stay_days),
           "the level rule '" + rule.name + "' does not say what a short stay is",
           "Leave it at 0, or use a rule with short stays");
  }
  if (settings.extraction && settings.observed_from &&
      *settings.observed_from > *settings.extraction) {
    refuse("the observation starts after the extraction date", "it must start before",
           "Check both dates");
  }
  for (const auto& [role, name] : settings.columns) {
    const auto& known = decision_columns();
    if (std::none_of(known.begin(), known.end(),
                     [&, &r = role](const auto& c) { return c.first == r; })) {
      std::string names;
      for (const auto& c : known) names += (names.empty() ? "" : ", ") + std::string(c.first);
      refuse("there is no column role '" + role + "'", "the roles are " + names,
             "Give columns as role and header");
    }
  }
  for (const auto& level : rule.levels) (void)structure.find(level);
}

/// Age, sex and time since entry on a day, in the order of `names`.
std::vector<std::string> covariate_names(bool birth, bool sex) {
  std::vector<std::string> names;
  if (birth) names.emplace_back("age");
  if (sex) names.emplace_back("male");
  names.emplace_back("since_entry");
  return names;
}

void add_row(observations& to, std::int32_t subject, const followed_person& who, day_number day,
             state at, observation_kind kind, std::int64_t row) {
  to.subjects.push_back(subject);
  to.times.push_back(day);
  to.states.push_back(at);
  to.kinds.push_back(kind);
  to.source_rows.push_back(row);
  for (const auto& name : to.covariate_names) {
    if (name == "age") {
      to.covariates.push_back((day - *who.birth) / days_per_year);
    } else if (name == "male") {
      to.covariates.push_back(*who.male ? 1 : 0);
    } else {
      to.covariates.push_back((day - who.first_entry) / days_per_year);
    }
  }
}

}  // namespace

observations detail::observed_rows(const decisions& from,
                                   const std::vector<std::string>& covariates) {
  using enum observation_kind;
  observations result;
  result.units_per_year = days_per_year;
  result.covariate_names = covariates;
  for (std::size_t p = 0; p < from.persons.size(); ++p) {
    const auto& who = from.persons[p];
    const auto subject = static_cast<std::int32_t>(p);
    result.subject_names.push_back(who.id);
    for (auto s = who.first_stay; s < who.last_stay; ++s) {
      const auto& here = from.stays[s];
      const bool first = s == who.first_stay, last = s + 1 == who.last_stay;
      const bool resumed = !first && from.stays[s - 1].to < here.from;
      add_row(result, subject, who, here.from, here.at, first || resumed ? start : exact_transition,
              here.row);
      if (last && who.death && from.structure.death()) {
        add_row(result, subject, who, here.to, *from.structure.death(), exact_transition,
                who.death_row);
      } else if (last || from.stays[s + 1].from > here.to) {
        add_row(result, subject, who, here.to, here.at, exact_transition, here.row);
      }
    }
  }
  return result;
}

namespace {

void count_finding(std::vector<finding>& findings, std::string_view code, std::int64_t count) {
  if (count > 0) findings.push_back(detail::catalogued(code, -1, {}, {}, count));
}

/// How many decisions of each unit start in each month; the units by name.
void count_months(const detail::decision_file& read, decisions& into) {
  std::vector<std::size_t> order(read.units.size());
  for (std::size_t u = 0; u < order.size(); ++u) order[u] = u;
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return read.units[a] < read.units[b]; });
  into.unit_column = read.unit_column;
  std::vector<std::int32_t> place(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    place[order[k]] = static_cast<std::int32_t>(k);
    into.units.push_back(read.units[order[k]]);
  }
  std::unordered_map<std::int64_t, std::int64_t> counts;  // unit and month, as one number
  for (const auto& row : read.rows) {
    const auto date = to_civil(row.start);
    const std::int64_t unit = place[static_cast<std::size_t>(row.unit)];
    ++counts[(unit << 32) + 12 * date.year + date.month - 1];
  }
  for (const auto& [key, count] : counts) {
    into.started.push_back(
        {static_cast<std::int32_t>(key >> 32), static_cast<std::int32_t>(key & 0xffffffff), count});
  }
  std::sort(into.started.begin(), into.started.end(), [](const auto& a, const auto& b) {
    return std::pair(a.unit, a.month) < std::pair(b.unit, b.month);
  });
}

}  // namespace

decisions read_decisions(std::string_view bytes, const std::string& file, const model& structure,
                         const level_rule& rule, const decision_settings& settings,
                         const progress& report) {
  return read_decisions(encoded_text(bytes, settings.csv.encoding), file, structure, rule, settings,
                        report);
}

decisions read_decisions(const std::filesystem::path& path, const model& structure,
                         const level_rule& rule, const decision_settings& settings,
                         const progress& report) {
  return read_decisions(encoded_text(path, settings.csv.encoding), path.filename().string(),
                        structure, rule, settings, report);
}

decisions read_decisions(encoded_text text, const std::string& file, const model& structure,
                         const level_rule& rule, const decision_settings& settings,
                         const progress& report) {
  check_settings(settings, structure, rule);
  const auto size = static_cast<std::size_t>(text.size());
  auto read = detail::read_rows(std::move(text), file, rule, settings, report);
  decisions result{.structure = structure,
                   .rule = rule,
                   .settings = settings,
                   .persons = {},
                   .stays = {},
                   .bridged = {},
                   .observations = {},
                   .findings = {},
                   .counts = {},
                   .form = read.form,
                   .costs = std::move(read.costs)};
  result.settings.ids = read.ids;
  detail::path_counts counts;
  if (read.extraction) {
    result.settings.extraction = read.extraction;
    std::vector<state> level_states;
    for (const auto& level : rule.levels) level_states.push_back(structure.find(level));
    std::optional<state> ended;
    const auto& states = structure.states();
    if (std::find(states.begin(), states.end(), settings.ended) != states.end()) {
      ended = structure.find(settings.ended);
    }
    std::size_t people = 0;
    for (std::size_t i = 0; i < read.rows.size();) {
      if (report && (++people % 8192 == 0) && !report(size, size)) {
        throw interrupted();
      }
      const auto first = i;
      while (i < read.rows.size() && read.rows[i].person == read.rows[first].person) ++i;
      detail::add_path(read, read.persons[static_cast<std::size_t>(read.rows[first].person)],
                       std::span(read.rows).subspan(first, i - first), level_states, ended, result,
                       counts, read.findings);
    }
  }
  auto& findings = result.findings;
  findings = read.findings.findings();
  count_months(read, result);
  const auto used = static_cast<std::int64_t>(read.rows.size());
  if (read.extraction) {
    std::vector<detail::decision_row>().swap(read.rows);  // as much memory as the observations take
    try {
      result.observations = validate(
          structure, detail::observed_rows(result, covariate_names(read.has_birth, read.has_sex)));
      findings.insert(findings.end(), result.observations.findings.begin(),
                      result.observations.findings.end());
    } catch (const data_refused& refusal) {
      findings.insert(findings.end(), refusal.findings().begin(), refusal.findings().end());
    }
  }
  count_finding(findings, "I-EXCLUDED", read.left_out);
  count_finding(findings, "I-SHORT-STAY", read.short_stays);
  count_finding(findings, "I-FUTURE", read.future);
  count_finding(findings, "W-OVERLAP", counts.overlaps);
  count_finding(findings, "I-CONCURRENT", counts.concurrent);
  count_finding(findings, "I-GAP", counts.bridged);
  count_finding(findings, "I-GAP-ENDED", counts.ended_gaps);
  count_finding(findings, "I-GAP-OPEN", counts.open_gaps);
  count_finding(findings, "I-BEFORE-START", counts.before_start);
  count_finding(findings, "I-LEFT-TRUNCATED", counts.left_truncated);
  for (auto& f : findings) f.file = file;
  sort_findings(findings);
  if (has_errors(findings)) throw data_refused(std::move(findings));
  result.observations.findings = findings;

  std::int64_t deaths = 0, entries = 0;
  for (const auto& who : result.persons) {
    deaths += who.death ? 1 : 0;
    entries += who.entered ? 1 : 0;
  }
  std::int64_t days = 0;
  for (const auto& s : result.stays) days += s.to - s.from;
  const auto persons = static_cast<std::int64_t>(result.persons.size());
  result.counts = {
      {"records in the file", read.records},
      {"records that only tell of a death", read.deaths},
      {"copies of other records, left out", read.copies},
      {"records with support that the rule leaves out", read.left_out},
      {"short stays that give no level, left out", read.short_stays},
      {"decisions that start after the extraction, left out", read.future},
      {"decisions used", used},
      {"decisions in force at a death, ended there", counts.cut_at_death},
      {"decisions that ended before the observation starts", counts.before_start},
      {"decisions overlapping one of another level, resolved", counts.overlaps + counts.concurrent},
      {"gaps bridged", counts.bridged},
      {"gaps that end the support", counts.ended_gaps},
      {"persons in the file", static_cast<std::int64_t>(read.persons.size())},
      {"persons without a decision under observation, left out",
       static_cast<std::int64_t>(read.persons.size()) - persons},
      {"persons followed", persons},
      {"persons with support before the observation starts", counts.left_truncated},
      {"first entries seen", entries},
      {"deaths seen", deaths},
      {"stays", static_cast<std::int64_t>(result.stays.size())},
      {"days followed", days}};
  return result;
}

std::vector<day_number> monthly_visits(day_number from, day_number to, int months) {
  if (months < 1) {
    reject("E-TIME", "monthly_visits",
           "visits were asked for every " + std::to_string(months) + " months",
           "it must be 1 or more", "Give the number of months between visits");
  }
  auto date = to_civil(from);
  if (date.day > 1) {
    date.day = 1;
    ++date.month;
  }
  std::vector<day_number> days;
  for (;; date.month += months) {
    while (date.month > 12) {
      date.month -= 12;
      ++date.year;
    }
    if (to_day(date) > to) return days;
    days.push_back(to_day(date));
  }
}

observations as_panel(const decisions& from, std::span<const day_number> visits,
                      bool exact_deaths) {
  using enum observation_kind;
  if (visits.empty() ||
      std::adjacent_find(visits.begin(), visits.end(), std::greater_equal<>()) != visits.end()) {
    reject("E-TIME", "as_panel", "the visits are no increasing days",
           "there must be at least one, each later than the one before", "Sort them");
  }
  observations result;
  result.units_per_year = days_per_year;
  result.covariate_names = from.observations.covariate_names;
  std::int64_t unseen = 0;
  for (const auto& who : from.persons) {
    const auto subject = static_cast<std::int32_t>(result.subject_names.size());
    const auto rows = result.rows();
    bool in_sight = false;  // since the last visit
    for (auto s = who.first_stay; s < who.last_stay; ++s) {
      const auto& here = from.stays[s];
      if (s > who.first_stay && from.stays[s - 1].to < here.from) in_sight = false;
      auto at = std::lower_bound(visits.begin(), visits.end(), here.from);
      for (; at != visits.end() && *at < here.to; ++at) {
        add_row(result, subject, who, *at, here.at, in_sight ? panel : start, here.row);
        in_sight = true;
      }
    }
    if (who.death && from.structure.death() && in_sight) {
      const auto day = *who.death;
      const auto visit = std::lower_bound(visits.begin(), visits.end(), day);
      if (exact_deaths) {
        add_row(result, subject, who, day, *from.structure.death(), exact_death, who.death_row);
      } else if (visit != visits.end()) {
        add_row(result, subject, who, *visit, *from.structure.death(), panel, who.death_row);
      }
    }
    if (result.rows() > rows) {
      result.subject_names.push_back(who.id);
    } else {
      ++unseen;
    }
  }
  if (unseen > 0) {
    result.findings.push_back(
        {.code = "I-UNSEEN",
         .severity = 'I',
         .message = "persons were under observation on none of the visits.",
         .message_sv = "personer var inte under uppföljning vid något av besöken.",
         .count = unseen});
  }
  return validate(from.structure, std::move(result));
}

}  // namespace kohort
