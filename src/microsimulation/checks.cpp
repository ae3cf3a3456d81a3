#include <algorithm>
#include <cmath>
#include <string>

#include <kohort/support/error.hpp>

#include "world.hpp"

namespace kohort::detail {

namespace {

void shape(const char* where, const std::string& what, std::size_t seen, std::size_t needed) {
  if (seen == needed) return;
  reject("E-SHAPE", where, what + " has " + std::to_string(seen) + " values",
         std::to_string(needed) + " are needed", "Give one for each");
}

void increasing(const std::vector<double>& cuts, const char* name) {
  double last = 0;
  for (const double cut : cuts) {
    if (!(cut > last) || !std::isfinite(cut)) {
      reject("E-SETTING", "simulate_lives", std::string(name) + " has a cut at " + shown(cut),
             "cuts are years above 0 that increase", "Sort them");
    }
    last = cut;
  }
}

}  // namespace

void check(const life_rates& rates, const life_settings& settings) {
  const char* where = "simulate_lives";
  const auto K = rates.structure.transitions().size();
  const auto S = static_cast<std::size_t>(rates.structure.size());
  if (rates.patterns < 1 || rates.years < 1 || rates.ages < 0 ||
      (rates.by_cohort && rates.ages < 1)) {
    reject("E-SHAPE", where, "the table of rates has an axis of no length",
           "there are at least one pattern, one year and, by cohort, one age", "Mend it");
  }
  increasing(rates.since_entry_cuts, "the clock since entry");
  increasing(rates.in_state_cuts, "the clock in the state");
  const std::size_t ages = rates.by_cohort ? (static_cast<std::size_t>(rates.ages) + 1) * 2
                                           : static_cast<std::size_t>(std::max(1, rates.ages));
  shape(where, "the table of rates", rates.rates.size(),
        static_cast<std::size_t>(rates.patterns) * static_cast<std::size_t>(rates.years) * ages *
            (rates.since_entry_cuts.size() + 1) * (rates.in_state_cuts.size() + 1) * K);
  for (const double q : rates.rates) {
    if (q >= 0 && q <= 1e6) continue;
    reject("E-NUM", where, "a rate is " + shown(q),
           "it must be finite, not negative and at most a million a year",
           "Measure time in years, and look at the model at the youngest and oldest ages");
  }
  if (!rates.group_of_pattern.empty())
    shape(where, "group_of_pattern", rates.group_of_pattern.size(),
          static_cast<std::size_t>(rates.patterns));
  for (const int g : rates.group_of_pattern) {
    if (g < 0 || g > 1000)
      reject("E-SETTING", where, "a group is " + std::to_string(g), "groups are numbered from 0",
             "Mend it");
  }
  if (!rates.frail.empty()) shape(where, "frail", rates.frail.size(), K);
  if (!rates.leaves_at_year_end.empty()) {
    if (!rates.by_cohort)
      reject("E-SETTING", where, "leaving at a year's end is given without by_cohort",
             "it is for ages on 1 January", "Give the rates by cohort");
    shape(where, "leaves_at_year_end", rates.leaves_at_year_end.size(),
          static_cast<std::size_t>(rates.patterns) * static_cast<std::size_t>(rates.years) *
              (static_cast<std::size_t>(rates.ages) + 1));
    shape(where, "way_away", rates.way_away.size(), S);
    for (const int k : rates.way_away) {
      if (k >= static_cast<int>(K))
        reject("E-SETTING", where, "a way away is transition " + std::to_string(k),
               "transitions are numbered as in the model, -1 for none", "Mend it");
    }
  }
  if (rates.outside < -1 || rates.outside >= rates.structure.size()) {
    reject("E-MODEL", where, "the state outside is " + std::to_string(rates.outside),
           "it is a state of the model, or -1 for none", "Mend it");
  }
  for (int s = 0; s < rates.structure.size(); ++s) {
    int ways = 0;
    for (const auto& move : rates.structure.transitions()) ways += move.from == s;
    if (ways > 64)
      reject("E-MODEL", where, std::to_string(ways) + " moves leave one state",
             "there is room for 64", "Join states");
  }
  if (settings.periods < 1 || settings.periods > 100000 || !(settings.step > 0) ||
      !std::isfinite(settings.step) || settings.replicates < 1) {
    reject("E-SETTING", where,
           std::to_string(settings.periods) + " periods of " + shown(settings.step) + " years, " +
               std::to_string(settings.replicates) + " replicates",
           "there is at least one period of positive length, and one replicate",
           "Choose 10 periods of 1 year, say");
  }
  if (!(settings.discount > -1) || !std::isfinite(settings.discount)) {
    reject("E-SETTING", where, "the discount rate is " + shown(settings.discount),
           "it is a share a year, above -1", "Write 0.03 for 3 %");
  }
  if (!settings.cost.empty()) shape(where, "the cost", settings.cost.size(), S);
  if (!settings.move_cost.empty()) shape(where, "the cost of moves", settings.move_cost.size(), K);
  for (const auto* costs : {&settings.cost, &settings.move_cost}) {
    for (const double c : *costs) {
      if (!std::isfinite(c))
        reject("E-NUM", where, "a cost is " + shown(c), "costs are finite", "Mend it");
    }
  }
}

void check(const life_rates& rates, const life_starts& persons, const char* where) {
  const std::size_t n = persons.size();
  if (n > 0xFFFFFFFFU)
    reject("E-SETTING", where, "there are more than 2^32 - 1 persons", "they are numbered so",
           "Use replicates");
  const auto column = [&](const auto& values, const char* name) {
    if (!values.empty()) shape(where, name, values.size(), n);
  };
  column(persons.patterns, "the column of patterns");
  column(persons.times, "the column of times");
  column(persons.ages, "the column of ages");
  column(persons.to_birthday, "the column of birthdays");
  column(persons.since_entry, "the column of years since entry");
  column(persons.in_state, "the column of years in the state");
  column(persons.factors, "the column of factors");
  column(persons.newcomers, "the column of newcomers");
  const auto refuse = [&](std::size_t i, const std::string& seen, const char* needed) {
    reject("E-NUM", where, "person " + std::to_string(i) + " " + seen, needed, "Mend the column");
  };
  // First whether there is anything to find, column by column; then where.
  bool fault = false;
  const auto outside = [&](const std::vector<std::int32_t>& values, int end) {
    for (const std::int32_t value : values) fault |= value < 0 || value >= end;
  };
  const auto negative = [&](const std::vector<double>& values) {
    for (const double value : values) fault |= !(value >= 0 && value <= 1e300);
  };
  for (const state s : persons.states) fault |= s < 0 || s >= rates.structure.size();
  outside(persons.patterns, rates.patterns);
  outside(persons.ages, 201);
  negative(persons.times);
  for (const double value : persons.to_birthday) fault |= !(value > 0 && value <= 1);
  negative(persons.since_entry);
  negative(persons.in_state);
  negative(persons.factors);
  if (!fault) return;
  for (std::size_t i = 0; i < n; ++i) {
    if (persons.states[i] < 0 || persons.states[i] >= rates.structure.size())
      refuse(i, "is in state " + std::to_string(persons.states[i]),
             "states are numbered from 0 as in the model");
    if (!persons.patterns.empty() &&
        (persons.patterns[i] < 0 || persons.patterns[i] >= rates.patterns))
      refuse(i, "has pattern " + std::to_string(persons.patterns[i]),
             "patterns are numbered as in the table of rates");
    if (!persons.times.empty() && !(persons.times[i] >= 0 && std::isfinite(persons.times[i])))
      refuse(i, "comes in at " + shown(persons.times[i]), "that is a time from 0 on");
    if (!persons.ages.empty() && (persons.ages[i] < 0 || persons.ages[i] > 200))
      refuse(i, "is " + std::to_string(persons.ages[i]) + " years old", "that is no age");
    if (!persons.to_birthday.empty() &&
        !(persons.to_birthday[i] > 0 && persons.to_birthday[i] <= 1))
      refuse(i, "has the next birthday in " + shown(persons.to_birthday[i]) + " years",
             "it lies above 0 and at most a year ahead");
    for (const auto* clock : {&persons.since_entry, &persons.in_state, &persons.factors}) {
      if (!clock->empty() && !((*clock)[i] >= 0 && std::isfinite((*clock)[i])))
        refuse(i, "has a clock or factor of " + shown((*clock)[i]),
               "it is finite and not negative");
    }
  }
}

void check(const life_rates& rates, const life_strategy& strategy) {
  const auto S = static_cast<std::size_t>(rates.structure.size());
  const std::string where = "strategy '" + strategy.name + "'";
  for (const auto* shares : {&strategy.enrols_newcomers, &strategy.enrols_stock}) {
    if (!shares->empty()) shape(where.c_str(), "a list of shares", shares->size(), S);
    for (const double share : *shares) {
      if (!(share >= 0 && share <= 1))
        reject("E-SETTING", where, "a share is " + shown(share), "it lies between 0 and 1",
               "Mend it");
    }
  }
  if (!(strategy.enrols_from >= 0) || !(strategy.enrols_until >= strategy.enrols_from)) {
    reject(
        "E-SETTING", where,
        "it enrols from " + shown(strategy.enrols_from) + " until " + shown(strategy.enrols_until),
        "it begins at 0 or later, and ends after that", "Mend the years");
  }
  for (const auto& effect : strategy.effects) {
    if (effect.transition < 0 ||
        effect.transition >= static_cast<int>(rates.structure.transitions().size())) {
      reject("E-SETTING", where,
             "an effect acts on transition " + std::to_string(effect.transition),
             "transitions are numbered as in the model", "Mend it");
    }
    if (!effect.patterns.empty())
      shape(where.c_str(), "an effect's list of patterns", effect.patterns.size(),
            static_cast<std::size_t>(rates.patterns));
    bool finite = effect.step > 0 && std::isfinite(effect.step) && std::isfinite(effect.starts);
    for (const double ratio : effect.log_ratio) finite = finite && ratio < 50 && !std::isnan(ratio);
    if (!finite)
      reject("E-NUM", where, "an effect has a ratio or a time that is not finite",
             "steps are longer than 0 and ratios finite", "Mend it");
  }
}

std::vector<life_strategy> without_idle_effects(std::vector<life_strategy> strategies) {
  for (auto& strategy : strategies) {
    std::erase_if(strategy.effects, [](const life_effect& effect) {
      return std::all_of(effect.log_ratio.begin(), effect.log_ratio.end(),
                         [](double ratio) { return ratio == 0; });
    });
  }
  return strategies;
}

}  // namespace kohort::detail
