#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <kohort/projection/open_cohort.hpp>

namespace kohort::detail {

inline std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// The states and moves of the projection, and where their rates stand.
struct structure_map {
  std::vector<std::string> names;   // none, then the living states of the model
  std::vector<state> original;      // state of the model, -1 for none
  std::vector<int> levels;          // positions of those who have support
  std::vector<transition> moves;    // sorted by `to`
  std::vector<int> source;          // per move: transition of the model, or -1 - level if from none
  std::vector<int> death;           // per state: transition of the model, or -1
  std::vector<int> into, from, to;  // as the kernels want them
  int size = 0;
};

/// @throws invalid_input  `E-MODEL`, as `project_open_cohort` says
structure_map map_structure(const open_cohort_inputs& inputs);

}  // namespace kohort::detail
