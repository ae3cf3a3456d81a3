#include <algorithm>

#include <kohort/data/as_known_on.hpp>
#include <kohort/data/detail/decision_rows.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

void check(const decisions& all, day_number day) {
  const auto& settings = all.settings;
  if (settings.extraction && day > *settings.extraction) {
    reject("E-SETTING", "as_known_on", to_text(day) + " is after the extraction",
           "the extract was made on " + to_text(*settings.extraction), "Name an earlier day");
  }
  if (settings.observed_from && day < *settings.observed_from) {
    reject("E-SETTING", "as_known_on", to_text(day) + " is before the observation starts",
           "it starts on " + to_text(*settings.observed_from), "Name a later day");
  }
}

/// A person's stays up to, not including, the day `limit`.
std::vector<stay> cut(const decisions& all, std::size_t person, day_number limit,
                      const std::vector<stay>& bridged) {
  const auto& who = all.persons[person];
  std::vector<stay> stays;
  for (auto s = who.first_stay; s < who.last_stay; ++s) {
    auto here = all.stays[s];
    if (here.from >= limit) break;
    here.to = std::min(here.to, limit);
    stays.push_back(here);
  }
  // Over a gap that was not yet closed on that day, nobody knew whether support would go on.
  const auto open = std::find_if(bridged.begin(), bridged.end(), [&](const stay& gap) {
    return gap.from < limit && limit <= gap.to;
  });
  if (open != bridged.end() && !stays.empty()) {
    stays.back().to = std::min(stays.back().to, open->from);
  }
  const auto& states = all.structure.states();
  if (!stays.empty() && all.settings.gap_days > 0 &&
      states[static_cast<std::size_t>(stays.back().at)] == all.settings.ended &&
      stays.back().to == limit && limit - stays.back().from <= all.settings.gap_days) {
    stays.pop_back();
  }
  return stays;
}

}  // namespace

decisions as_known_on(const decisions& all, day_number day) {
  check(all, day);
  const auto limit = day + 1;
  decisions known{.structure = all.structure,
                  .rule = all.rule,
                  .settings = all.settings,
                  .persons = {},
                  .stays = {},
                  .bridged = {},
                  .observations = {},
                  .findings = {},
                  .counts = {},
                  .form = all.form,
                  .costs = {}};
  known.settings.extraction = day;
  std::int64_t entries = 0, deaths = 0, truncated = 0, days = 0;
  auto gap = all.bridged.begin();
  for (std::size_t p = 0; p < all.persons.size(); ++p) {
    const auto first_gap = gap;
    while (gap != all.bridged.end() && static_cast<std::size_t>(gap->person) == p) ++gap;
    const std::vector<stay> bridged(first_gap, gap);
    const auto person = static_cast<std::int32_t>(known.persons.size());
    auto stays = cut(all, p, limit, bridged);
    if (stays.empty()) continue;
    auto who = all.persons[p];
    if (who.death && *who.death > day) {
      who.death.reset();
      who.death_row = -1;
    }
    who.first_stay = known.stays.size();
    for (auto& s : stays) {
      s.person = person;
      days += s.to - s.from;
      known.stays.push_back(s);
    }
    who.last_stay = known.stays.size();
    for (auto closed : bridged) {
      if (closed.to >= limit) continue;
      closed.person = person;
      known.bridged.push_back(closed);
    }
    entries += who.entered ? 1 : 0;
    truncated += who.entered ? 0 : 1;
    deaths += who.death ? 1 : 0;
    known.persons.push_back(std::move(who));
  }
  known.observations =
      validate(known.structure, detail::observed_rows(known, all.observations.covariate_names));
  const auto persons = static_cast<std::int64_t>(known.persons.size());
  known.counts = {{"persons followed", persons},
                  {"persons with support before the observation starts", truncated},
                  {"first entries seen", entries},
                  {"deaths seen", deaths},
                  {"stays", static_cast<std::int64_t>(known.stays.size())},
                  {"days followed", days}};
  return known;
}

}  // namespace kohort
