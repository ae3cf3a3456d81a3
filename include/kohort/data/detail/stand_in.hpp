#pragma once

#include <kohort/data/transitions.hpp>

namespace kohort::detail {

/// The middle of the year in which a clock stands; of its eighth where it is young.
double middle_of_year(double clock);

/// Lengths in a stand-in are rounded to 1/32 years; of some time something remains.
double coarse_length(double years);

/// Tables to stand in for those over clocks that move on: what was counted and the patterns are the
/// same, intervals are still to be written.
transition_tables stand_in_for(const transition_tables& tables);

}  // namespace kohort::detail
