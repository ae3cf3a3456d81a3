#pragma once

#include <vector>

#include <kohort/data/detail/possible_states.hpp>
#include <kohort/data/transitions.hpp>

namespace kohort::detail {

/// A row of a run with the states that can be occupied when its time begins and ends, given all
/// other rows of the run.
struct run_row_states {
  observation_kind kind;
  state_bits begins, ends;
  std::size_t first_piece, last_piece;
};

/// The rows of a run; empty sets if this model cannot produce it.
std::vector<run_row_states> rows_of_run(const model& structure, const ways& permitted,
                                        const run_table& table, std::size_t run);

/// The states that can be occupied during the time of a row.
state_bits during(const ways& permitted, const run_row_states& row);

}  // namespace kohort::detail
