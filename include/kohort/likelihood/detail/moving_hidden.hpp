#pragma once

#include <kohort/likelihood/detail/moving.hpp>
#include <kohort/likelihood/detail/table_kinds.hpp>

namespace kohort::detail {

/// What all hidden runs over clocks that move add up to; `curvature` is not among the wishes.
///
/// @param h      longest sub-step
/// @param every  one run in so many; not multiplied
moving_sum evaluate_moving_hidden(const likelihood_input& in, double h, moving_wish wish,
                                  int every);

}  // namespace kohort::detail
