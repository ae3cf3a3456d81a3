#pragma once

#include <span>
#include <vector>

#include <Eigen/Core>

namespace kohort {

/// What a person at each level needs, and what it takes to give it. Levels are in one order
/// throughout.
struct demand_rates {
  Eigen::VectorXd hours;        // granted home help a month, per person living at home
  Eigen::VectorXd performed;    // share of granted hours that is performed
  Eigen::VectorXd in_homes;     // share of persons who live in a care home
  Eigen::VectorXd heavy;        // share of those at home with heavy home help
  Eigen::VectorXd heavy_hours;  // granted hours a month of those
  double vacancy_days = 0;      // a place stands empty after each who leaves it
  double occupancy = 1;         // share of the places that can be in use, for other reasons
  double hours_per_post = 0;    // performed hours a year of a full-time post; 0: no staff
  double posts_per_place = 0;   // full-time posts of a care-home place
};

/// Demand in each year. Arrays are runs x years, row-major.
struct demand_totals {
  std::vector<double> person_years;     // with support
  std::vector<double> granted_hours;    // home help, all of it
  std::vector<double> performed_hours;  // the same as performed
  std::vector<double> heavy_persons;    // mean number with heavy home help
  std::vector<double> heavy_hours;      // granted to them, part of `granted_hours`
  std::vector<double> residents;        // mean number in care homes
  std::vector<double> places;           // that it takes
  std::vector<double> posts_home;       // full-time posts of home help
  std::vector<double> posts_homes;      // of care homes
};

/// Demand of a number of runs (a point estimate, or draws), year by year:
///
///     granted  = 12 sum_l L_l (1 - home_l) ((1 - heavy_l) hours_l + heavy_l heavy_hours_l)
///     performed as granted with each level's share performed
///     residents = sum_l L_l home_l
///     places    = (residents + exits vacancy_days / 365.25) / occupancy
///     posts     = performed / hours_per_post, and places posts_per_place
///
/// with L_l the person-years at level l and exits those who leave a care home.
///
/// @param person_years  runs x years x levels
/// @param exits         runs x years: leave a care home, by death, moving out or getting better
/// @throws invalid_input  `E-SHAPE`; `E-NUM`: a share outside [0, 1], a negative or infinite
/// number;
///                        `E-SETTING`: an occupancy outside (0, 1]
demand_totals demand_of(const demand_rates& rates, int runs, int years,
                        std::span<const double> person_years, std::span<const double> exits);

}  // namespace kohort
