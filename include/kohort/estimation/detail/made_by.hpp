#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include <kohort/data/observations.hpp>
#include <kohort/estimation/fitted_model.hpp>

namespace kohort::detail {

/// Data as a fit would make them under the visits of these subjects, weights included: replicate r
/// depends on (seed, r) alone. It may be called from several threads at once.
///
/// @param also  another model that is to be fitted to them: its clocks run on as well
/// @pre  the fit outlives it
std::function<observations(std::uint32_t)> made_by(const fitted_model& fitted,
                                                   const observations& seen,
                                                   std::span<const double> planned_ends,
                                                   std::uint64_t seed,
                                                   const intensity_model* also = nullptr);

}  // namespace kohort::detail
