#pragma once

#include <span>
#include <vector>

namespace kohort::detail {

/// Cohorts of a forecast from one 31 December to the next, by birth node. Tables are by year, sex
/// (men, women) and age.
struct cohorts_of_forecast {
  std::vector<double> survivors;  // years x 2 x ages, by age at the end of the year: before anyone
                                  // has moved; nobody at the lowest age
  std::vector<double> growth;     // years x 2 x ages, by age on 1 January: g, as `net_migration`
};

/// Shares that survive a year, years x 2 x ages x birth nodes, by age on 1 January.
///
/// @param mortality  rows x 2 x ages, from the base year on
/// @param change     off: the base year's for ever
std::vector<double> surviving_shares(std::span<const double> mortality, int years, int ages,
                                     bool change);

/// @param persons    (years + 1) x 2 x ages, on 31 December
/// @param surviving  from `surviving_shares`
cohorts_of_forecast follow_cohorts(std::span<const double> persons,
                                   std::span<const double> surviving, int years, int ages);

}  // namespace kohort::detail
