#pragma once

#include <vector>

#include <kohort/population/forecast.hpp>

namespace kohort {

/// Net migration of a forecast: what a cohort's number changes by beyond the deaths of its
/// mortality, spread over the year as `project_open_cohort` spreads it, so that everybody is
/// multiplied by e^(g t).
///
/// @param mortality_change  off: the base year's mortality for ever
/// @return  g, years x 2 x ages, per person and year, by age on 1 January (of those who turn the
///          lowest age later there is none); -infinity where the forecast has nobody of a cohort
///          left, 0 where it had nobody
/// @throws invalid_input  `E-SHAPE`
std::vector<double> net_migration(const population_forecast& forecast,
                                  bool mortality_change = true);

/// Share of each cohort that does not move away within the year, deaths aside: e^(-max(out, -g)).
///
/// A forecast knows the net of those who move in and out. Given how many move out, as many more
/// move in as the net says; without that, and wherever the net is larger, it is taken as the whole
/// flow, so that people of one cohort and year move in or out, never both.
///
/// @param net         from `net_migration`, for so many years
/// @param moving_out  2 x ages, per person and year, by age on 1 January; empty: not known
/// @return            as `net`
/// @throws invalid_input  `E-SHAPE`, `E-NUM`
std::vector<double> share_staying(const std::vector<double>& net, int years,
                                  const std::vector<double>& moving_out = {});

}  // namespace kohort
