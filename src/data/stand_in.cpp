#include <algorithm>
#include <cmath>

#include <kohort/data/detail/stand_in.hpp>

namespace kohort::detail {

double middle_of_year(double clock) {
  return clock < 2 ? (std::floor(clock * 8) + 0.5) / 8 : std::floor(clock) + 0.5;
}

double coarse_length(double years) {
  constexpr double parts = 32;  // of a year
  return years > 0 ? std::max(std::round(years * parts), 1.0) / parts : 0;
}

transition_tables stand_in_for(const transition_tables& tables) {
  transition_tables simple;
  simple.columns = tables.columns;
  simple.patterns = tables.patterns;
  simple.subjects = tables.subjects;
  simple.single_subjects = tables.single_subjects;
  simple.intervals = tables.intervals;
  simple.person_years = tables.person_years;
  simple.weight = tables.weight;
  return simple;
}

}  // namespace kohort::detail
