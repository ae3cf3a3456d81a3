#pragma once

#include <kohort/estimation/detail/scaled_search.hpp>

namespace kohort::detail {

/// Refuses a model of which some direction in the coefficients changes nothing in these data:
/// the information has an eigenvalue below 1e-10 of its unit diagonal at the start and at two
/// points beside it.
///
/// @throws invalid_input  `D-NONIDENT`
void check_null_direction(const search_problem& problem, const Eigen::VectorXd& start);

}  // namespace kohort::detail
