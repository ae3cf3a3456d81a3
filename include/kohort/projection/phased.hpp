#pragma once

#include <vector>

#include <kohort/projection/open_cohort.hpp>

namespace kohort {

/// Entries into a model some of whose levels are split into phases: everybody enters the first.
///
/// @param of_levels  entries at the levels as they are seen
/// @param places     levels: the position, among the finer model's levels, of each one's first
/// phase
/// @param levels     of the finer model
/// @throws invalid_input  `E-SHAPE`: places that are not there, or another number of them
entry_rates entries_at_first_phase(const entry_rates& of_levels, const std::vector<int>& places,
                                   int levels);

/// A stock whose time in each state is unknown, split over the phases of the states.
struct phased_stock {
  std::vector<double> stock;  // 2 x ages x living states of the finer model
  double split = 0;           // share of those in the stock who are in states with phases
};

/// Splits a stock over the phases of its states as base-year entries would settle: the model is run
/// on constant entries, rates and population of the base year from empty, and everyone of one age,
/// sex and state stands in its phases in that proportion (in the first phase where nobody comes
/// there). The stock is length-biased: starting everyone in the first phase would overstate exits
/// grossly.
///
/// @param in       as for `project_open_cohort`, with the phases as states; the first draw of rates
///                 and entries is used, and its stock is not looked at
/// @param seen_of  living states of the finer model, without `none`: as which state each is seen
/// @param seen     2 x ages x seen states: persons
/// @param years    for which it is run
/// @throws invalid_input  as `project_open_cohort`
phased_stock split_stock(const open_cohort_inputs& in, const std::vector<int>& seen_of,
                         const std::vector<double>& seen, int years = 60);

}  // namespace kohort
