#include <kohort/interventions/ratio_split.hpp>

#include <cmath>

#include <kohort/support/error.hpp>

namespace kohort {

ratio_split split_difference(const group_cost& before, const group_cost& after) {
  for (const auto& g : {before, after}) {
    if (g.persons > 0 && g.share > 0 && g.share <= 1 && g.cost > 0 &&
        std::isfinite(g.persons + g.cost)) {
      continue;
    }
    reject("E-EFFECT", "split_difference",
           shown(g.persons) + " persons, a share of " + shown(g.share) + ", a cost of " +
               shown(g.cost),
           "all are above 0, and the share at most 1", "Mend them");
  }
  ratio_split found;
  found.share_ratio = after.share / before.share;
  found.share_difference = before.share - after.share;
  found.needed_to_treat = 1 / found.share_difference;
  found.each_before = before.cost / (before.persons * before.share);
  found.each_after = after.cost / (after.persons * after.share);
  found.each_ratio = found.each_after / found.each_before;
  found.cost_ratio = found.share_ratio * found.each_ratio;
  found.log_part_of_users = std::log(found.share_ratio) / std::log(found.cost_ratio);
  found.saved_by_fewer = found.share_difference * (found.each_before + found.each_after) / 2;
  found.saved_by_less_each =
      (found.each_before - found.each_after) * (before.share + after.share) / 2;
  return found;
}

}  // namespace kohort
