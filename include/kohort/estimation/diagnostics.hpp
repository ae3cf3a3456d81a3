#pragma once

#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/findings.hpp>
#include <kohort/data/transitions.hpp>
#include <kohort/support/maximise.hpp>

namespace kohort {

/// Person-years during which each state may have been occupied: in every interval, each state on
/// some way from its beginning to its end. patterns x states.
std::vector<double> exposure_at_risk(const model& structure, const transition_tables& tables);

/// Refuses a design that no data could tell apart, before anything is fitted.
///
/// For each transition the design rows at risk are scaled to columns of unit length and reduced by
/// pivoted QR; a column within 1e-9 of the others is named, with those that it depends on.
///
/// @throws invalid_input  `D-NONIDENT`
void check_design(const intensity_model& intensities, const transition_tables& tables,
                  const std::vector<double>& at_risk);

/// Words for what a fit found out about itself; `code` as in `fit`.
finding boundary_zero(const model& structure, int transition, double upper);
finding diverging(const model& structure, int transition, double lower);
finding separation(const intensity_model& intensities, int transition, const std::string& name);
finding ill_conditioned(double condition, bool replaced);
finding not_converged(search_verdict verdict, int iterations);

}  // namespace kohort
