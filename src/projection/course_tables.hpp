#pragma once

#include <vector>

#include <kohort/projection/projection.hpp>

#include "structure_map.hpp"

namespace kohort::detail {

/// Persons or person-years of one run as (time, state, sex, age).
struct by_age {
  const std::vector<double>& values;
  int length, S, A;
  std::size_t offset = 0;

  double operator()(int y, int s, int sex, int a) const {
    return values[offset + at(((y * S + s) * 2 + sex) * A + a)];
  }
};

/// The same with ages put together into groups.
std::vector<double> grouped(const by_age& from, const std::vector<int>& group, int groups);

/// Results by period put together into years.
open_cohort_results by_year(const open_cohort_results& from);

/// The point estimate of a run whose results are by single age and period; `yearly` is `by_year` of
/// them. Costs are left out.
projected_course course_of(const open_cohort_results& all, const open_cohort_results& yearly,
                           int run, const std::vector<int>& group, int groups,
                           const std::vector<int>& levels);

/// Adds one draw, by age group and period; `price` is states x years.
void add_draw(const open_cohort_results& all, const open_cohort_results& yearly, int run,
              const std::vector<int>& levels, const std::vector<double>& price,
              projected_course& to);

/// Everyone at the base year's shares, those of age a in forecast year y at the shares of an exact
/// age `a - later(y, sex, a)`: states x ages as `by_age`.
std::vector<double> at_shares_of(const open_cohort_inputs& in, const by_age& persons,
                                 const std::vector<double>& smoothed,
                                 const std::vector<double>& later);

/// By how many years need is put off: (years + 1) x 2 x ages, `share` of the gain in remaining
/// life.
std::vector<double> gained_years(const population_forecast& population, double share);

}  // namespace kohort::detail
