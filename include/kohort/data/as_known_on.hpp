#pragma once

#include <kohort/data/dates.hpp>
#include <kohort/data/decisions.hpp>

namespace kohort {

/// The decisions as an extract made on an earlier day would show them, which counts in full: those
/// that start later are not there, stays that go on are open, and later deaths are not known.
///
/// The same as reading the file with those decisions and deaths left out and the earlier day as
/// extraction date: the level on a day is that of the decisions in force, which no later decision
/// changes, and a gap that a later decision bridged is open again.
///
/// @param all  as read
/// @param day  not after the extraction
/// @throws invalid_input  `E-SETTING`: the day is after the extraction, or before the observation
///                        starts
decisions as_known_on(const decisions& all, day_number day);

}  // namespace kohort
