#pragma once

#include <kohort/estimation/detail/scaled_search.hpp>

namespace kohort::detail {

/// Refuses a design that no data could tell apart, before anything is fitted.
///
/// The design rows at risk, after elimination of constraints and with the priors, are scaled to
/// columns of unit length and reduced by pivoted QR; a column within 1e-9 of the others is named,
/// with those that it depends on.
///
/// @throws invalid_input  `D-NONIDENT`
void check_design(const search_problem& problem);

}  // namespace kohort::detail
