#pragma once

#include <Eigen/Core>

#include <kohort/data/findings.hpp>
#include <kohort/model/intensity_model.hpp>

namespace kohort::detail {

/// Words for a coefficient of misreadings or first states that has no finite estimate: an error
/// that the likelihood wants never to happen, or a covariate that separates those misread from
/// those who are not.
///
/// @param coefficient  its place among all
/// @param value        where the search left it
finding without_estimate(const intensity_model& intensities, Eigen::Index coefficient,
                         double value);

/// Exchanges the two phases of every state in which the first is not the one that is left faster,
/// which changes nothing in the likelihood: the convention is a >= b (see `phases.hpp`).
///
/// @return  whether any coefficient changed
bool order_phases(const intensity_model& intensities, Eigen::VectorXd& theta);

}  // namespace kohort::detail
