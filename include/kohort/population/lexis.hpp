#pragma once

#include <array>
#include <span>
#include <vector>

namespace kohort {

/// Birthdays inside a year. Persons of completed age a on 1 January are exactly a + u years old,
/// and u stays the same for life: they have birthday a time 1 - u into the year. With u uniform,
/// three Gauss-Legendre nodes stand for everyone: over ten years the error of an occupancy is about
/// 5e-10 (one node, everybody's birthday on 1 July: 2e-4).
struct birth_node {
  double age;     // u: exact age above the completed one on 1 January, in (0, 1)
  double weight;  // share of the cohort; the weights sum to 1
};

/// The nodes u = 1/2 and 1/2 -+ sqrt(0.15).
/// @see Preston, Heuveline & Guillot (2001), Demography, for the Lexis diagram
inline constexpr std::array<birth_node, 3> birth_nodes{
    {{0.11270166537925831, 5.0 / 18}, {0.5, 8.0 / 18}, {0.8872983346207417, 5.0 / 18}}};

/// Person-years in a calendar year by completed age, from the counts on the 31 December before and
/// at its end: their mean.
///
/// @param before, after  persons by completed age
inline std::vector<double> lexis_person_years(std::span<const double> before,
                                              std::span<const double> after) {
  std::vector<double> years(before.size());
  for (std::size_t a = 0; a < years.size(); ++a) years[a] = (before[a] + after[a]) / 2;
  return years;
}

}  // namespace kohort
