#pragma once

#include <vector>

#include <kohort/projection/projection.hpp>

#include "runs.hpp"

namespace kohort::detail {

/// Usual care of some runs, kept for other strategies; null: it is not.
using kept_runs = std::vector<usual_care>*;

/// What `project` gives.
projection projected(const projection_inputs& inputs, const open_cohort_options& options,
                     kept_runs of_point, kept_runs of_draws);

/// The point estimate of usual care if `first` is -1, and of all strategies.
///
/// @return  by year and single age
open_cohort_results add_point(const projection_inputs& inputs, const open_cohort_options& options,
                              int first, kept_runs kept, projection& out);

/// Runs of every draw, part by part: usual care if `first` is -1, and all strategies.
void add_draws(const projection_inputs& inputs, const open_cohort_options& options, int first,
               kept_runs kept, projection& out);

}  // namespace kohort::detail
