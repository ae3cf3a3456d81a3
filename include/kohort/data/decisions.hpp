#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kohort/data/csv.hpp>
#include <kohort/data/dates.hpp>
#include <kohort/data/encoded_text.hpp>
#include <kohort/data/findings.hpp>
#include <kohort/data/level_rule.hpp>
#include <kohort/data/observations.hpp>
#include <kohort/data/personal_number.hpp>
#include <kohort/model/state_space.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// What to do with decisions of different levels that are in force at the same time.
enum class overlap_policy : std::uint8_t {
  rule,    // types of support under a rule that takes the most demanding: that one; else refuse
  refuse,  // E-OVERLAP, with both rows
  highest  // the highest level holds, counted as W-OVERLAP
};

/// How a file of decisions is to be read. Every one of these may change the result, so all of them
/// belong in a run's manifest.
struct decision_settings {
  std::optional<day_number> extraction;     // the day of the extract; it counts in full
  std::optional<day_number> observed_from;  // follow nobody before this day
  overlap_policy overlap = overlap_policy::rule;
  int gap_days = 0;         // gaps of at most so many days are bridged by the level before them
  int short_stay_days = 0;  // short stays of at most so many days give no level of their own
  std::string ended =
      "ended";  // the model's state for those whose support has ended, if it has one
  date_format dates = date_format::iso;
  id_kind ids = id_kind::by_header;
  century_policy century = century_policy::separator;
  csv_options csv;
  std::map<std::string, std::string> columns;  // role -> header in the file, where it is unusual
};

/// How the text was found to be written.
struct text_form {
  text_encoding encoding = text_encoding::utf_8;
  char delimiter = 0;
  char decimal = 0;  // 0: no number with a decimal mark
};

/// What decisions of one level cost, as the file has it.
struct level_cost {
  std::int64_t decisions = 0;   // that have a cost
  std::int64_t hundredths = 0;  // their sum, in hundredths of the file's unit (öre)
};

/// Who was followed. Personal data: it stays in memory.
struct followed_person {
  std::string id;  // as in the file; a personal number in its form of twelve digits
  std::optional<day_number> birth;
  std::optional<bool> male;
  day_number first_entry = 0;  // start of the first decision that the file holds
  bool entered = false;        // that start lies within the observation: an entry was seen
  std::optional<day_number> death;
  std::int64_t death_row = -1;
  std::size_t first_stay = 0;  // stays [first_stay, last_stay) are this person's
  std::size_t last_stay = 0;
};

/// A time in one state: the days from `from` up to, not including, `to`.
struct stay {
  std::int32_t person;
  state at;
  day_number from;
  day_number to;
  std::int64_t row;  // of the decision that began it
};

/// How many of a unit's decisions start in a month.
struct month_count {
  std::int32_t unit;   // in `decisions::units`
  std::int32_t month;  // 12 x year + month - 1
  std::int64_t count;
};

/// Dated decisions as read, under a declared level rule.
///
/// Decisions are not needs: they say when support changed, often at a review, not when the need
/// did. `as_panel` reads the same stays as visits, to compare.
struct decisions {
  model structure;
  level_rule rule;
  decision_settings settings;            // with the extraction date and the kind of ids used
  std::vector<followed_person> persons;  // by id
  std::vector<stay> stays;               // by person, then time
  std::vector<stay> bridged;             // gaps within stays that `gap_days` bridged, as them
  kohort::observations observations;     // exact_transition rows, in days since 1 January 1970
  std::vector<finding> findings;
  std::vector<std::pair<std::string, std::int64_t>> counts;  // what was read, left out, resolved
  text_form form;
  std::vector<level_cost> costs;          // by level of the rule; empty if the file has no costs
  std::vector<std::string> units = {};    // who reports, as in the file; one without a name if the
                                          // file does not say
  std::string unit_column = {};           // its name in the file
  std::vector<month_count> started = {};  // decisions by unit and month, none of them 0
};

/// The columns that a file of decisions may have: role, and the headers known for it.
///
/// `person`, `start` and `end` are needed, and the one that the level rule reads (`level`,
/// `support` or `hours`). For `start` and `end` there may be a `period`, a month such as 202401:
/// then a row says what was in force in that month. The others may be there: `decision` (an id),
/// `event` (decision or death; a death's date stands under start), `death`, `exit`, `sex`, `birth`,
/// `cost`, `unit` (who reports).
std::span<const std::pair<std::string_view, std::vector<std::string_view>>> decision_columns();

/// Reads dated decisions and turns them into observations.
///
/// Dates are from and to, both included; an empty end, or one from 2099 on, means until further
/// notice, that is to the extraction date. A death ends the time at its date; a decision that
/// starts on that very day lasts that day. A person's level on a day is that of the decision in
/// force. Between decisions the person is in `ended`, if the model has it; otherwise the time in
/// between is not observed. With `observed_from`, earlier decisions only tell which state a
/// person was in then, and who had support before: people already receiving support when an
/// extract begins are the ones who stayed, and would look too healthy if followed from their entry.
/// With `short_stay_days`, a decision on a short stay (`level_rule::short_stays`) of at most so
/// many days is left out, and what else is in force holds: a week of relief is no move to a care
/// home.
///
/// Covariates of the observations, if the file has the columns: `age` (years since birth, a year
/// being 365.25 days), `male` (0 or 1); always `since_entry` (years since the first decision).
/// Personal numbers tell birth and sex, too; where a column tells another birth date, it holds
/// (`W-BIRTH-DIFF`): numbers may have been given out with a date that was not the true one.
///
/// @param bytes  the file, delimited text
/// @param file   its name, for the findings
/// @param report told how many bytes have been read; returning false stops
/// @throws data_refused   with all findings of the file, if one of them is an error
/// @throws invalid_input  `E-SETTING` for settings that cannot be, `E-STATE-UNKNOWN` for a rule
///                        whose levels the model lacks
/// @throws interrupted    if `report` returned false
decisions read_decisions(std::string_view bytes, const std::string& file, const model& structure,
                         const level_rule& rule, const decision_settings& settings,
                         const progress& report = {});

/// The same, piece by piece: from a file that need not fit into the memory, or from a supplier.
decisions read_decisions(encoded_text text, const std::string& file, const model& structure,
                         const level_rule& rule, const decision_settings& settings,
                         const progress& report = {});

/// The same, from a file.
/// @throws invalid_input  `E-FILE` if it cannot be read
decisions read_decisions(const std::filesystem::path& path, const model& structure,
                         const level_rule& rule, const decision_settings& settings,
                         const progress& report = {});

/// The same stays as if the state were only seen at visits on given days, common to all.
///
/// People never seen on a visit are left out and counted (`I-UNSEEN`).
///
/// @param visits        days, increasing
/// @param exact_deaths  deaths at their date (`exact_death`), otherwise seen at the next visit
/// @throws invalid_input  `E-TIME` if the days are none or do not increase
observations as_panel(const decisions& from, std::span<const day_number> visits,
                      bool exact_deaths = true);

/// The first day of every `months`-th month, from the first one on or after `from` up to `to`.
std::vector<day_number> monthly_visits(day_number from, day_number to, int months);

}  // namespace kohort
