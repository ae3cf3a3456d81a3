#pragma once

#include "lane_table.hpp"

namespace kohort::detail {

/// Usual care of a block of runs: what it is carried with, and what comes out. Where it is `kept`
/// strategies can be carried beside it another time, without carrying it again.
struct usual_care {
  bool kept = false;   // what strategies need of each piece is written down
  bool there = false;  // all of it is: nothing here changes any more

  lane_table rates, ratios, entries, growth;
  bool any_path = false;

  lane_table persons, years, moved, died, migrated, reached;
  double scaled_cells = 0, scaled_runs = 0, least_scale = 1;

  // By year, sex, age on 1 January (those who come in first), birth node, before and after the
  // birthday: where people stand as the piece begins, and the force of mortality that was found.
  lane_table people, force;
};

}  // namespace kohort::detail
