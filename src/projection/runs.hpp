#pragma once

#include <functional>
#include <vector>

#include <kohort/projection/open_cohort.hpp>

#include "usual_care.hpp"

namespace kohort::detail {

/// As `project_open_cohort`.
///
/// @param kept  usual care of these runs: written down where it is not there yet, and not carried
///              again where it is. Runs of a later call may differ from those of the first in
///              strategies alone. Null: nothing is kept.
open_cohort_results project_runs(const open_cohort_inputs& inputs,
                                 const std::vector<projection_run>& runs,
                                 const open_cohort_options& options, std::vector<usual_care>* kept);

/// As `project_open_cohort_in_parts`; parts of a later call must be of the same draws.
open_cohort_results project_runs_in_parts(
    const open_cohort_inputs& inputs, const std::vector<projection_run>& runs,
    const open_cohort_options& options, int runs_at_once,
    const std::function<void(int first, const open_cohort_results& part)>& take,
    std::vector<usual_care>* kept);

}  // namespace kohort::detail
