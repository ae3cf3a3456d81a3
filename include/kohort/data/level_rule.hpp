#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kohort {

/// Which column of a decision a rule reads.
enum class level_source : unsigned char { level, support, hours };

/// How a decision tells the level of dependency. A rule is data: it is named in every result that
/// it made, and changing it changes the result.
///
/// Codes are compared as headers are (`header_key`): "På-/avklädning" is "pa avkladning". A code
/// for several things, "dusch/bad", is written out for each of them.
struct level_rule {
  static constexpr int left_out = -1;

  std::string name;  // "support type (Zingmark & Norström 2021, Table 1)"
  level_source source = level_source::level;
  std::vector<std::string> levels;   // names of the model's states, least demanding first
  std::map<std::string, int> codes;  // key of a code -> index of its level, or `left_out`
  std::vector<double> thresholds;    // hours: from thresholds[k] a month on, it is level k + 1
  bool most_demanding = false;  // decisions in force together are no conflict: the highest level
                                // among them is the person's
  std::set<std::string> short_stays =
      {};  // keys of codes for a place that is meant to be left again

  friend bool operator==(const level_rule&, const level_rule&) = default;
};

/// A person's level is that of the most demanding type of support granted.
///
/// light: safety alarm, food distribution, cleaning, laundry, bed making; moderate: bathing, social
/// visits, safety calls and visits, escort; high: dressing, transferring, meals, feeding; total:
/// short or long stay in special housing. Support to informal carers, daily-living support
/// (psychiatric) and day centres are left out. English and Swedish names are known.
///
/// @see  Zingmark & Norström (2021), BMC Geriatrics 21:342, Table 1 (where they are called mild,
///       moderate, severe and total)
level_rule support_type_rule();

/// A person's level by granted hours of home help a month.
///
/// The default boundaries are conventions, no published rule: 7 and 23 hours stand between the
/// yearly costs by level of the source (20,000, 80,000 and 240,000 kronor at 500 kronor an hour:
/// geometric means), and 120 is where Kolada's N21706 lets extensive home help begin.
///
/// @param thresholds  hours a month from which the second, third ... level holds, increasing
/// @param levels      one more than there are thresholds
/// @throws invalid_input  `E-LEVEL-RULE`
level_rule hours_rule(std::vector<double> thresholds = {7, 23, 120},
                      std::vector<std::string> levels = {"light", "moderate", "high", "total"});

/// The file says the level itself. For the four levels of dependency the papers' words (mild,
/// severe) and the Swedish ones (lätt, måttligt, mycket, helt beroende) are known as well.
level_rule named_levels(std::vector<std::string> levels = {"light", "moderate", "high", "total"});

/// The rule with further codes; a code it knew already gets the new meaning.
///
/// @param codes  code as it stands in the file, and a level of the rule; "" leaves such rows out
/// @throws invalid_input  `E-LEVEL-RULE` for a level that the rule does not have, or an hours rule
level_rule with_codes(level_rule rule,
                      const std::vector<std::pair<std::string, std::string>>& codes);

/// A rule of the user's own.
///
/// @param source      what it reads; hours need `thresholds` and no codes, the others codes alone
/// @param codes       code as it stands in the file, and a level; "" leaves such rows out. Where
/// the
///                    file says the level itself, the levels' own names are codes without being
///                    here
/// @param short_stays codes among these, for a stay that is meant to be short
/// @throws invalid_input  `E-LEVEL-RULE`
level_rule declared_rule(std::string name, level_source source, std::vector<std::string> levels,
                         const std::vector<std::pair<std::string, std::string>>& codes,
                         std::vector<double> thresholds, bool most_demanding,
                         const std::vector<std::string>& short_stays);

/// The level of a code, `left_out`, or nothing if the rule does not know it.
/// @pre  the rule reads levels or types of support
std::optional<int> level_of_code(const level_rule& rule, std::string_view code);

/// The level of so many hours a month.
/// @pre  an hours rule, and 0 <= hours
int level_of_hours(const level_rule& rule, double hours);

}  // namespace kohort
