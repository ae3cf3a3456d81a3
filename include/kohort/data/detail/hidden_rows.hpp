#pragma once

#include <kohort/data/observations.hpp>
#include <kohort/data/transitions.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/patience.hpp>

namespace kohort::detail {

/// `aggregate` for a model whose states are hidden.
///
/// @param with_places  whether to tell each row's place among the runs, which then stay apart
transition_tables aggregate_hidden(const observations& seen, const intensity_model& intensities,
                                   patience& go_on, bool with_places = false);

}  // namespace kohort::detail
