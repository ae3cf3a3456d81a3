#pragma once

namespace kohort {

/// What a group costs: persons x share with support x cost of each who has it.
struct group_cost {
  double persons = 0;
  double share = 0;  ///< with support
  double cost = 0;   ///< of support, the whole group's
};

/// A difference in cost split into fewer users and less for each.
struct ratio_split {
  double share_ratio = 1;  ///< of the shares with support: the risk ratio
  double share_difference = 0;
  double needed_to_treat = 0;              ///< 1 / the difference
  double each_before = 0, each_after = 0;  ///< cost of each who has support
  double each_ratio = 1;
  double cost_ratio = 1;         ///< per person in the group: share_ratio x each_ratio
  double log_part_of_users = 0;  ///< ln share_ratio / ln cost_ratio
  /// In kronor per person, by Shapley over the two factors; they add up to the difference.
  double saved_by_fewer = 0, saved_by_less_each = 0;
};

/// Splits the difference between two groups. A preset that only changes who has support reproduces
/// only its own part of the effect on cost.
///
/// @throws invalid_input  `E-EFFECT`: a group without persons, a share outside (0, 1], or a cost
///                        that is not above 0
ratio_split split_difference(const group_cost& before, const group_cost& after);

}  // namespace kohort
