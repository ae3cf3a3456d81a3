#pragma once

#include <span>
#include <vector>

#include <kohort/uncertainty/histogram.hpp>

namespace kohort {

/// What is kept of draws of several quantities: counts in fixed bins, and moments.
///
/// Counts are whole numbers, so that any order of joining gives the same. Means and spreads are
/// floating point: join blocks in the order of their draws.
struct draw_summary {
  bin_rule rule;
  std::vector<histogram> counts;         // one for each quantity
  std::vector<running_moments> moments;  // likewise
};

/// Counts one block of draws.
///
/// @param values   row-major, draws x columns
/// @throws invalid_input  `E-NUM`, `E-SHAPE`, `E-BINS`
draw_summary summarise(std::span<const double> values, std::size_t columns, const bin_rule& rule);

/// Adds a later block to what came before it.
/// @throws invalid_input  `E-SHAPE`: other quantities, or other bins
void join(draw_summary& to, const draw_summary& later);

}  // namespace kohort
