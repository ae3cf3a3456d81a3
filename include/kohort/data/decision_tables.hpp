#pragma once

#include <cstdint>
#include <vector>

#include <kohort/data/decisions.hpp>

namespace kohort {

/// How many, by calendar year, sex, completed age and state: columns of equal length, sorted by
/// them in this order. Cells without anybody are left out. Small cells point at persons: they are
/// for computing with, not for showing.
struct count_table {
  std::vector<int> years;
  std::vector<int> males;            // 1 men, 0 women
  std::vector<int> ages;             // completed
  std::vector<state> states;         // of the exposure; of an event, the state left
  std::vector<state> to_states;      // of events only: the state entered
  std::vector<std::int64_t> counts;  // persons, events or days

  [[nodiscard]] std::size_t size() const { return counts.size(); }
};

/// Persons whose first decision starts in these years, by the level they enter at.
///
/// Those who had support before the observation starts are no entries. Those whose support had
/// ended by then are, when they come back: nobody knows of them. With `returns` everybody counts
/// who comes back from `ended`, each time, by the level and age then, so that those known to have
/// had support and those not known to have had it count alike.
///
/// @throws invalid_input  `E-COLUMNS` if the file had no sex or birth date, as in all of these
count_table first_entries(const decisions& from, int first_year, int last_year,
                          bool returns = false);

/// Persons in each state on a day, by their completed age on it; the year is that of the day.
count_table stock(const decisions& from, day_number day);

/// The same by the time since each person's first decision, counted in whole parts of a year.
struct stock_by_entry_table {
  count_table counts;      // a cell for each part
  std::vector<int> parts;  // 0: less than one part ago
};
stock_by_entry_table stock_by_entry(const decisions& from, day_number day, int parts_a_year);

/// Days spent in each state, cut at new years and birthdays, so that every day is counted in one
/// cell.
count_table exposure_days(const decisions& from, int first_year, int last_year);

/// Moves between states by the year, sex, age and state left; the age is that of the day of the
/// move.
count_table moves(const decisions& from, int first_year, int last_year);

}  // namespace kohort
