#pragma once

#include <vector>

#include <kohort/population/entries.hpp>

namespace kohort::detail {

/// Fits the incidence of an `entry_model`: everything in it that is not about the mix.
///
/// @param total  years x 2 x ages: first entries at any level
/// @param model  its options, reference year, events and exposure are set
void fit_incidence(const entry_counts& counts, const std::vector<double>& total,
                   entry_model& model);

}  // namespace kohort::detail
