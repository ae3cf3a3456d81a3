#pragma once

#include <kohort/estimation/detail/objective.hpp>
#include <kohort/estimation/detail/risk_rows.hpp>

namespace kohort::detail {

/// Whether the objective never falls along an effect, with or without its intercept: it has no
/// finite estimate.
///
/// @param coefficient  its place among all
bool separates(const objective& wanted, const risk_rows& rows, const Eigen::VectorXd& theta,
               double at_maximum, int transition, Eigen::Index coefficient);

}  // namespace kohort::detail
