#include <algorithm>
#include <array>
#include <cmath>

#include <kohort/data/csv.hpp>
#include <kohort/data/level_rule.hpp>
#include <kohort/support/detail/listed.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

struct code_of_level {
  std::string_view code;
  int level;
};

// Zingmark & Norström 2021, Table 1 (paraphrased); the Swedish words are ours.
constexpr int light = 0, moderate = 1, high = 2, total = 3;
constexpr std::array support_codes{
    code_of_level{"safety_alarm", light},
    code_of_level{"trygghetslarm", light},
    code_of_level{"larm", light},
    code_of_level{"food_distribution", light},
    code_of_level{"meal_distribution", light},
    code_of_level{"matdistribution", light},
    code_of_level{"matlåda", light},
    code_of_level{"cleaning", light},
    code_of_level{"städ", light},
    code_of_level{"städning", light},
    code_of_level{"laundry", light},
    code_of_level{"tvätt", light},
    code_of_level{"bed_making", light},
    code_of_level{"bäddning", light},
    code_of_level{"bathing", moderate},
    code_of_level{"dusch/bad", moderate},
    code_of_level{"dusch", moderate},
    code_of_level{"bad", moderate},
    code_of_level{"social_visit", moderate},
    code_of_level{"social tillsyn/samvaro", moderate},
    code_of_level{"social tillsyn", moderate},
    code_of_level{"social samvaro", moderate},
    code_of_level{"samvaro", moderate},
    code_of_level{"safety_phone_contact", moderate},
    code_of_level{"trygghetssamtal", moderate},
    code_of_level{"trygghetsringning", moderate},
    code_of_level{"safety_visit_day_or_night", moderate},
    code_of_level{"safety_visit", moderate},
    code_of_level{"tillsyn dag/natt", moderate},
    code_of_level{"tillsyn", moderate},
    code_of_level{"tillsyn dag", moderate},
    code_of_level{"tillsyn natt", moderate},
    code_of_level{"escort_outdoors", moderate},
    code_of_level{"ledsagning", moderate},
    code_of_level{"dressing", high},
    code_of_level{"på-/avklädning", high},
    code_of_level{"påklädning", high},
    code_of_level{"avklädning", high},
    code_of_level{"transferring", high},
    code_of_level{"förflyttning", high},
    code_of_level{"practical_meal_help", high},
    code_of_level{"måltidshjälp", high},
    code_of_level{"feeding", high},
    code_of_level{"matning", high},
    code_of_level{"special_housing_short_stay", total},
    code_of_level{"short_stay", total},
    code_of_level{"korttidsboende", total},
    code_of_level{"korttidsvård", total},
    code_of_level{"special_housing_long_stay", total},
    code_of_level{"special_housing", total},
    code_of_level{"särskilt boende", total},
    code_of_level{"säbo", total},
    code_of_level{"vårdboende", total},
    code_of_level{"informal_carer_support", level_rule::left_out},
    code_of_level{"anhörigstöd", level_rule::left_out},
    code_of_level{"daily_living_support_psychiatric", level_rule::left_out},
    code_of_level{"boendestöd", level_rule::left_out},
    code_of_level{"day_centre", level_rule::left_out},
    code_of_level{"dagverksamhet", level_rule::left_out},
};

constexpr std::array level_words{
    code_of_level{"mild", light},           code_of_level{"lätt", light},
    code_of_level{"lätt beroende", light},  code_of_level{"måttlig", moderate},
    code_of_level{"måttligt", moderate},    code_of_level{"måttligt beroende", moderate},
    code_of_level{"severe", high},          code_of_level{"mycket", high},
    code_of_level{"mycket beroende", high}, code_of_level{"hel", total},
    code_of_level{"helt", total},           code_of_level{"helt beroende", total},
};

const std::vector<std::string> dependency_levels{"light", "moderate", "high", "total"};

[[noreturn]] void refuse(std::string_view seen, std::string_view needed, std::string_view remedy) {
  reject("E-LEVEL-RULE", "level rule", seen, needed, remedy);
}

void check_levels(const std::vector<std::string>& levels) {
  if (levels.empty()) refuse("it has no levels", "it needs at least one", "Name them");
  for (auto at = levels.begin(); at != levels.end(); ++at) {
    if (at->empty()) refuse("a level has no name", "every level needs one", "Name it");
    if (std::find(levels.begin(), at, *at) != at) {
      refuse("the level '" + *at + "' stands twice", "each may stand once", "Remove one of them");
    }
  }
}

}  // namespace

level_rule support_type_rule() {
  level_rule rule{.name = "support type (Zingmark & Norström 2021, Table 1)",
                  .source = level_source::support,
                  .levels = dependency_levels,
                  .codes = {},
                  .thresholds = {},
                  .most_demanding = true};
  for (const auto& [code, level] : support_codes) rule.codes[header_key(code)] = level;
  for (const auto* code :
       {"special_housing_short_stay", "short_stay", "korttidsboende", "korttidsvård"}) {
    rule.short_stays.insert(header_key(code));
  }
  return rule;
}

level_rule hours_rule(std::vector<double> thresholds, std::vector<std::string> levels) {
  check_levels(levels);
  if (thresholds.size() + 1 != levels.size()) {
    refuse("there are " + std::to_string(thresholds.size()) + " thresholds for " +
               std::to_string(levels.size()) + " levels",
           "there must be one threshold fewer than levels",
           "Give the hours from which each level but the first holds");
  }
  for (std::size_t k = 0; k < thresholds.size(); ++k) {
    const double below = k == 0 ? 0 : thresholds[k - 1];
    if (!std::isfinite(thresholds[k]) || thresholds[k] <= below || thresholds[k] > 744) {
      refuse("threshold " + std::to_string(k + 1) + " is not above the one before it",
             "thresholds must increase, above 0 and up to 744 hours a month", "Put them in order");
    }
  }
  return {.name = "hours a month",
          .source = level_source::hours,
          .levels = std::move(levels),
          .codes = {},
          .thresholds = std::move(thresholds)};
}

level_rule named_levels(std::vector<std::string> levels) {
  check_levels(levels);
  level_rule rule{.name = "level as registered",
                  .source = level_source::level,
                  .levels = std::move(levels),
                  .codes = {},
                  .thresholds = {}};
  if (rule.levels == dependency_levels) {
    for (const auto& [code, level] : level_words) rule.codes[header_key(code)] = level;
  }
  for (std::size_t k = 0; k < rule.levels.size(); ++k) {
    rule.codes[header_key(rule.levels[k])] = static_cast<int>(k);
  }
  return rule;
}

level_rule with_codes(level_rule rule,
                      const std::vector<std::pair<std::string, std::string>>& codes) {
  if (rule.source == level_source::hours && !codes.empty()) {
    refuse("codes were given to an hours rule", "it reads numbers",
           "Use named_levels() or support_type_rule() with codes");
  }
  for (const auto& [code, level] : codes) {
    const auto at = std::find(rule.levels.begin(), rule.levels.end(), level);
    if (at == rule.levels.end() && !level.empty()) {
      refuse("a code is said to mean '" + level + "'",
             "the rule's levels are " + detail::listed(rule.levels),
             "Use one of these, or nothing to leave such rows out");
    }
    rule.codes[header_key(code)] =
        level.empty() ? level_rule::left_out : static_cast<int>(at - rule.levels.begin());
  }
  if (!codes.empty()) rule.name += ", with " + std::to_string(codes.size()) + " codes of the user";
  return rule;
}

level_rule declared_rule(std::string name, level_source source, std::vector<std::string> levels,
                         const std::vector<std::pair<std::string, std::string>>& codes,
                         std::vector<double> thresholds, bool most_demanding,
                         const std::vector<std::string>& short_stays) {
  level_rule rule;
  if (source == level_source::hours) {
    rule = with_codes(hours_rule(std::move(thresholds), std::move(levels)), codes);
  } else {
    if (!thresholds.empty()) {
      refuse("thresholds were given to a rule that reads no hours", "it reads codes",
             "Leave them out, or let it read hours");
    }
    check_levels(levels);
    rule.source = source;
    rule.levels = std::move(levels);
    if (source == level_source::level) {
      for (std::size_t k = 0; k < rule.levels.size(); ++k) {
        rule.codes[header_key(rule.levels[k])] = static_cast<int>(k);
      }
    }
    rule = with_codes(std::move(rule), codes);
    if (rule.codes.empty()) {
      refuse("it has no codes", "a rule for types of support needs them",
             "Say which level each type of support gives");
    }
  }
  for (const auto& code : short_stays) {
    if (!rule.codes.contains(header_key(code))) {
      refuse("'" + code + "' is said to be a short stay", "it must be one of the rule's codes",
             "Add it to the codes, or leave it out here");
    }
    rule.short_stays.insert(header_key(code));
  }
  rule.name = std::move(name);
  rule.most_demanding = most_demanding;
  return rule;
}

std::optional<int> level_of_code(const level_rule& rule, std::string_view code) {
  const auto at = rule.codes.find(header_key(code));
  if (at == rule.codes.end()) return {};
  return at->second;
}

int level_of_hours(const level_rule& rule, double hours) {
  return static_cast<int>(std::upper_bound(rule.thresholds.begin(), rule.thresholds.end(), hours) -
                          rule.thresholds.begin());
}

}  // namespace kohort
