#pragma once

#include <vector>

#include <Eigen/Core>

namespace kohort {

/// Age groups cut into single ages, their totals kept (proportional Denton, with a life table as
/// the indicator): z_a = N_a / L_a is as even as it can be,
///
///     min sum_a (z_a - z_(a-1))^2   so that   sum_(a in g) L_a z_a = N_g   for every group g.
///
/// One linear (KKT) system of ages + groups. If a z would be negative it is held at 0 (active set),
/// so that no age has fewer than nobody.
///
/// Cohorts that are unevenly large inside a group are smoothed out: about 5 % of a single age on
/// wavy populations. Keep published single ages where there are any.
///
/// @param totals        persons in each group, not negative
/// @param group_starts  first age of each group, increasing; the last group is open
/// @param indicator     L by single age from group_starts[0] to the open last age, positive
/// @return              persons by single age; each group's sum is its total to rounding
/// @throws invalid_input  `E-GRADUATION`: shapes that do not fit, a negative total, or an indicator
///                        that is not positive
/// @see                 Denton (1971), J Am Stat Assoc 66:99-102
Eigen::VectorXd graduate(const Eigen::VectorXd& totals, const std::vector<int>& group_starts,
                         const Eigen::VectorXd& indicator);

}  // namespace kohort
