#pragma once

#include <span>

#include <kohort/simulation/histories.hpp>

namespace kohort::detail {

/// Refuses what cannot be simulated, as `simulate` says.
void check_plan(const intensity_model& intensities, std::span<const double> coefficients,
                const visit_plan& plan);

}  // namespace kohort::detail
