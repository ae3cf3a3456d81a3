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

/// States and moves with each band of time since entry a state of its own, `none` first: what the
/// mortality of those without support is solved in. Newcomers come into the first band.
struct banded_map {
  int size = 0;
  std::vector<int> into, from;                    // as the kernels want them
  std::vector<int> band_of, move_of;              // per move
  int place(int band, int s, int states) const {  // of a state
    return s == 0 ? 0 : band * (states - 1) + s;
  }
};

/// @throws invalid_input  `E-MODEL`: more states or moves than the kernels take
banded_map by_band(const structure_map& map, int bands);

/// @throws invalid_input  `E-MODEL`, as `project_open_cohort` says
structure_map map_structure(const open_cohort_inputs& inputs);

}  // namespace kohort::detail
