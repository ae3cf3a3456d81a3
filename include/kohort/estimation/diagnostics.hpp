#pragma once

#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/findings.hpp>
#include <kohort/data/transitions.hpp>
#include <kohort/estimation/fitted_model.hpp>
#include <kohort/support/maximise.hpp>

namespace kohort {

/// Person-years during which each state may have been occupied: in every interval, each state on
/// some way from its beginning to its end. patterns x states.
std::vector<double> exposure_at_risk(const model& structure, const transition_tables& tables);

/// Words for what a fit found out about itself; `code` as in `fit`.
finding boundary_zero(const model& structure, int transition, double upper);
finding diverging(const model& structure, int transition, double lower);
finding separation(const intensity_model& intensities, int transition, const std::string& name);
/// @param replaced  standard errors come from the expected information
/// @param names     coefficients that can hardly be told apart; may be empty
finding ill_conditioned(double condition, bool replaced, const std::vector<std::string>& names);
finding not_identifiable(const std::vector<std::string>& names);
finding not_converged(search_verdict verdict, int iterations);
finding limit_met(const std::string& constraint);

/// Says so if some searches ended at a lower maximum: `D-LOCALMAX`.
void report_starts(fitted_model& fitted);

}  // namespace kohort
