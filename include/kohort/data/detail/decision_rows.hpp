#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <kohort/data/decisions.hpp>
#include <kohort/data/detail/finding_list.hpp>

namespace kohort::detail {

inline constexpr day_number until_further_notice = std::numeric_limits<day_number>::max();

/// A decision as read; its dates are both included.
struct decision_row {
  std::int32_t person;
  day_number start;
  day_number end;  // or `until_further_notice`
  int level;
  std::int64_t row;
  std::uint64_t said;  // a digest of what the record says, to tell copies
  std::int64_t cost;   // in hundredths; -1: none
  std::int32_t unit;   // in `decision_file::units`
};

/// A date or another fact of a person, and the row that told it first.
template <class Value>
struct stated {
  std::optional<Value> value;
  std::int64_t row = -1;
};

struct person_facts {
  std::string id;
  stated<day_number> birth, death, exit;
  stated<bool> male;
  std::int64_t first_row = -1;
  bool faulty = false;          // a row of this person was refused
  bool death_disputed = false;  // two death dates
};

/// A file of decisions, each row by itself checked.
struct decision_file {
  std::vector<person_facts> persons;  // by id
  std::vector<decision_row> rows;     // by person, then start, end, level, row
  id_kind ids = id_kind::opaque;
  std::vector<std::string> units;
  bool has_birth = false, has_sex = false;
  std::string start_column, end_column, level_column, death_column,
      unit_column;  // the user's names
  std::optional<day_number> extraction;
  finding_list findings;
  text_form form;
  std::vector<level_cost> costs;
  std::int64_t records = 0, deaths = 0, copies = 0, left_out = 0, short_stays = 0, future = 0;
};

decision_file read_rows(encoded_text text, const std::string& file, const level_rule& rule,
                        const decision_settings& settings, const progress& report);

/// What became of a person's rows: stays, and what the policies did.
struct path_counts {
  std::int64_t overlaps = 0, concurrent = 0, bridged = 0, ended_gaps = 0, open_gaps = 0,
               before_start = 0, cut_at_death = 0;
  std::int64_t left_truncated = 0, not_observed = 0;
};

/// Checks a person's decisions against each other and, if nobody's row was refused, appends the
/// stays to `into.stays` and the person to `into.persons`.
///
/// @param rows          this person's, sorted
/// @param level_states  the model's state of each level of the rule
/// @param ended         the state between decisions and after the last, if the model has one
void add_path(const decision_file& file, person_facts& facts, std::span<const decision_row> rows,
              const std::vector<state>& level_states, std::optional<state> ended, decisions& into,
              path_counts& counts, finding_list& findings);

/// The stays as rows of the kind exact_transition, with these covariates (age, male, since_entry).
observations observed_rows(const decisions& from, const std::vector<std::string>& covariates);

}  // namespace kohort::detail
