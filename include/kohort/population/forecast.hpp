#pragma once

#include <array>
#include <vector>

#include <Eigen/Core>

#include <kohort/population/life_table.hpp>

namespace kohort {

/// A population forecast with the mortality that is behind it.
struct population_forecast {
  int first_age = 65;
  int ages = 46;                  // the last one open: 65 .. 110+
  int base_year = 0;              // of the first 31 December
  int years = 0;                  // forecast years after it
  std::vector<double> persons;    // (years + 1) x 2 (men, women) x ages, on 31 December
  std::vector<double> mortality;  // (years + 1) x 2 x ages, force per year in each calendar year
};

/// Published persons by age group, for both sexes, on 1 July of some years.
struct group_population {
  std::vector<int> group_starts;           // first age of each group, increasing; the last is open
  std::vector<int> years;                  // increasing
  std::array<Eigen::MatrixXd, 2> persons;  // men, women: years x groups
};

/// A published table of the risks of dying within a year, by single age.
struct risk_table {
  int first_age = 65;
  double time = 0;                       // calendar time: 2016.5 for the table of 2016
  std::array<Eigen::VectorXd, 2> risks;  // men, women
};

/// Population by single age on every 31 December, and the mortality behind it, from published group
/// totals:
///
/// 1. the life table's risks, continued above its last age by Kannisto's law to the open age, and
///    moved through time by the ratio of the published group rates (an open age below 110 dies at
///    1 / its life expectancy);
/// 2. on each published 1 July the groups are cut into single ages in proportion to the
/// person-years
///    of that year's table (`graduate`), so that the group totals are kept;
/// 3. the years in between follow the cohorts (`between_years`);
/// 4. each 31 December lies half a year along the cohorts (`year_end_population`);
/// 5. with counts of a part of the nation, that part follows the nation's cohorts
///    (`hamilton_perry`); its mortality is the nation's.
///
/// @param base       2 x ages: persons of the part on 31 December of the base year, by single age
///                   from the first group's first age; empty for the nation itself
/// @param base_year  its year
/// @param years      forecast years after it
/// @param open_age   the open last age
/// @throws invalid_input  `E-POP-MISSING`: the published years do not reach from 1 July of the base
///                        year to 1 July after the last year; `E-POP-SHAPE`; `E-LIFE-TABLE`
population_forecast forecast_from_groups(const group_population& groups, const risk_table& table,
                                         const std::array<group_mortality, 2>& mortality,
                                         const Eigen::MatrixXd& base, int base_year, int years,
                                         int open_age = 110);

}  // namespace kohort
