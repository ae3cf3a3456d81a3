#include <algorithm>
#include <array>
#include <map>

#include <kohort/data/decision_tables.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

class tally {
 public:
  void add(int year, const followed_person& who, int age, state from, state to,
           std::int64_t count) {
    cells_[{year, *who.male ? 1 : 0, age, from, to}] += count;
  }

  [[nodiscard]] count_table table(bool events) const {
    count_table result;
    for (const auto& [key, count] : cells_) {
      result.years.push_back(key[0]);
      result.males.push_back(key[1]);
      result.ages.push_back(key[2]);
      result.states.push_back(key[3]);
      if (events) result.to_states.push_back(key[4]);
      result.counts.push_back(count);
    }
    return result;
  }

 private:
  std::map<std::array<int, 5>, std::int64_t> cells_;
};

void need_age_and_sex(const decisions& from) {
  const auto& names = from.observations.covariate_names;
  for (const auto* name : {"age", "male"}) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    reject("E-COLUMNS", "decision tables",
           std::string("the file has no column of ") + (name[0] == 'a' ? "birth dates" : "sex"),
           "a table by age and sex needs it", "Add the column to the extract");
  }
}

}  // namespace

count_table first_entries(const decisions& from, int first_year, int last_year, bool returns) {
  need_age_and_sex(from);
  tally counted;
  const auto add = [&](const followed_person& who, day_number day, state level) {
    const int year = to_civil(day).year;
    if (year < first_year || year > last_year) return;
    counted.add(year, who, completed_age(*who.birth, day), level, 0, 1);
  };
  const auto& states = from.structure.states();
  const bool named = std::find(states.begin(), states.end(), from.settings.ended) != states.end();
  const state ended = returns && named ? from.structure.find(from.settings.ended) : -1;
  for (const auto& who : from.persons) {
    if (who.entered) add(who, who.first_entry, from.stays[who.first_stay].at);
    for (auto s = who.first_stay + 1; s < who.last_stay; ++s) {
      if (from.stays[s - 1].at == ended) add(who, from.stays[s].from, from.stays[s].at);
    }
  }
  return counted.table(false);
}

count_table stock(const decisions& from, day_number day) {
  need_age_and_sex(from);
  tally counted;
  for (const auto& s : from.stays) {
    if (day < s.from || day >= s.to) continue;
    const auto& who = from.persons[static_cast<std::size_t>(s.person)];
    counted.add(to_civil(day).year, who, completed_age(*who.birth, day), s.at, 0, 1);
  }
  return counted.table(false);
}

stock_by_entry_table stock_by_entry(const decisions& from, day_number day, int parts_a_year) {
  need_age_and_sex(from);
  if (parts_a_year < 1 || parts_a_year > 366) {
    reject("E-SETTING", "stock", std::to_string(parts_a_year) + " parts of a year",
           "between 1 and 366 are possible", "Choose 12");
  }
  std::map<int, tally> counted;
  for (const auto& s : from.stays) {
    if (day < s.from || day >= s.to) continue;
    const auto& who = from.persons[static_cast<std::size_t>(s.person)];
    const double years = (day - who.first_entry) / 365.25;
    counted[static_cast<int>(years * parts_a_year + 1e-9)].add(
        to_civil(day).year, who, completed_age(*who.birth, day), s.at, 0, 1);
  }
  stock_by_entry_table result;
  const auto append = [](auto& to, const auto& more) {
    to.insert(to.end(), more.begin(), more.end());
  };
  for (const auto& [part, of_part] : counted) {
    const auto table = of_part.table(false);
    append(result.counts.years, table.years);
    append(result.counts.males, table.males);
    append(result.counts.ages, table.ages);
    append(result.counts.states, table.states);
    append(result.counts.counts, table.counts);
    result.parts.insert(result.parts.end(), table.size(), part);
  }
  return result;
}

count_table exposure_days(const decisions& from, int first_year, int last_year) {
  need_age_and_sex(from);
  tally counted;
  const auto first_day = to_day({first_year, 1, 1}), after = to_day({last_year + 1, 1, 1});
  for (const auto& s : from.stays) {
    const auto& who = from.persons[static_cast<std::size_t>(s.person)];
    auto day = std::max(s.from, first_day);
    const auto end = std::min(s.to, after);
    while (day < end) {
      const int year = to_civil(day).year;
      const auto turns = birthday(*who.birth, year);
      auto next = std::min(end, to_day({year + 1, 1, 1}));
      if (turns > day) next = std::min(next, turns);
      counted.add(year, who, completed_age(*who.birth, day), s.at, 0, next - day);
      day = next;
    }
  }
  return counted.table(false);
}

count_table moves(const decisions& from, int first_year, int last_year) {
  need_age_and_sex(from);
  tally counted;
  for (const auto& who : from.persons) {
    for (auto s = who.first_stay; s < who.last_stay; ++s) {
      const auto& here = from.stays[s];
      const auto year = to_civil(here.to).year;
      if (year < first_year || year > last_year) continue;
      const auto age = completed_age(*who.birth, here.to);
      if (s + 1 < who.last_stay) {
        const auto& next = from.stays[s + 1];
        if (next.from == here.to) counted.add(year, who, age, here.at, next.at, 1);
      } else if (who.death && from.structure.death()) {
        counted.add(year, who, age, here.at, *from.structure.death(), 1);
      }
    }
  }
  return counted.table(true);
}

}  // namespace kohort
