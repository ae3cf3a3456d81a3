#pragma once

#include <kohort/estimation/fit.hpp>

namespace kohort::detail {

/// A fit where clocks move on inside the intervals.
///
/// The search begins where one over the stand-in tables ended; the longest sub-step is chosen
/// there, and halved if `substep_error` over all intervals exceeds 1e-4 at the maximum.
///
/// @param tables  with a stand-in; `step` is set here
fitted_model fit_along_clocks(transition_tables& tables, const intensity_model& intensities,
                              const fit_settings& settings);

}  // namespace kohort::detail
