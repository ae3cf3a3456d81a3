#pragma once

#include <kohort/data/transitions.hpp>

namespace kohort::detail {

/// Refuses tables that the model cannot be held against.
///
/// @throws invalid_input  as `check_tables`; `E-TABLE`: states with phases or read with error, a
///                        clock that moves on, or a sum that is asked for by subject
void check_table_use(const observations& seen, const intensity_model& intensities, bool by_subject);

/// Adds the rows of published tables, and the patterns of their paths after those that are there.
void add_aggregates(const observations& seen, const intensity_model& intensities,
                    transition_tables& tables);

}  // namespace kohort::detail
