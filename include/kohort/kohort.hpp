#pragma once

// Every public header, stage by stage along the flow from records to a report.

#include <kohort/support/error.hpp>
#include <kohort/support/instruction_set.hpp>
#include <kohort/support/maximise.hpp>
#include <kohort/support/parallel.hpp>
#include <kohort/support/patience.hpp>
#include <kohort/support/random.hpp>
#include <kohort/support/scores.hpp>

#include <kohort/model/clock_columns.hpp>
#include <kohort/model/clock_spline.hpp>
#include <kohort/model/course.hpp>
#include <kohort/model/embedding.hpp>
#include <kohort/model/expected_path.hpp>
#include <kohort/model/first_passage.hpp>
#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/model/length_of_stay.hpp>
#include <kohort/model/log_probability.hpp>
#include <kohort/model/misclassification.hpp>
#include <kohort/model/moving_probability.hpp>
#include <kohort/model/path_value.hpp>
#include <kohort/model/phases.hpp>
#include <kohort/model/probability_batch.hpp>
#include <kohort/model/probability_derivative.hpp>
#include <kohort/model/probability_matrix.hpp>
#include <kohort/model/sojourn_time.hpp>
#include <kohort/model/state_space.hpp>

#include <kohort/data/aggregate_tables.hpp>
#include <kohort/data/as_known_on.hpp>
#include <kohort/data/clock_range.hpp>
#include <kohort/data/csv.hpp>
#include <kohort/data/dates.hpp>
#include <kohort/data/decision_tables.hpp>
#include <kohort/data/decisions.hpp>
#include <kohort/data/encoded_text.hpp>
#include <kohort/data/findings.hpp>
#include <kohort/data/hidden_runs.hpp>
#include <kohort/data/level_rule.hpp>
#include <kohort/data/moving_cells.hpp>
#include <kohort/data/numbers.hpp>
#include <kohort/data/observations.hpp>
#include <kohort/data/personal_number.hpp>
#include <kohort/data/sheet_scan.hpp>
#include <kohort/data/transitions.hpp>

#include <kohort/likelihood/censored.hpp>
#include <kohort/likelihood/exact_death.hpp>
#include <kohort/likelihood/exact_transition.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/likelihood/misclassified.hpp>
#include <kohort/likelihood/moving.hpp>
#include <kohort/likelihood/panel.hpp>
#include <kohort/likelihood/runs.hpp>
#include <kohort/likelihood/window_death.hpp>

#include <kohort/simulation/histories.hpp>
#include <kohort/simulation/observed_plan.hpp>

#include <kohort/estimation/aalen_johansen.hpp>
#include <kohort/estimation/answers.hpp>
#include <kohort/estimation/bootstrap.hpp>
#include <kohort/estimation/bootstrap_ratio.hpp>
#include <kohort/estimation/chains.hpp>
#include <kohort/estimation/coefficient_draws.hpp>
#include <kohort/estimation/comparison.hpp>
#include <kohort/estimation/constraints.hpp>
#include <kohort/estimation/diagnostics.hpp>
#include <kohort/estimation/fit.hpp>
#include <kohort/estimation/fitted_model.hpp>
#include <kohort/estimation/from_tables.hpp>
#include <kohort/estimation/hidden_paths.hpp>
#include <kohort/estimation/initial_values.hpp>
#include <kohort/estimation/markov.hpp>
#include <kohort/estimation/pearson.hpp>
#include <kohort/estimation/posterior.hpp>
#include <kohort/estimation/prevalence.hpp>
#include <kohort/estimation/prior.hpp>
#include <kohort/estimation/profile.hpp>
#include <kohort/estimation/random_effects.hpp>
#include <kohort/estimation/sandwich.hpp>
#include <kohort/estimation/subject_scores.hpp>

#include <kohort/population/cohorts.hpp>
#include <kohort/population/entries.hpp>
#include <kohort/population/entry_draws.hpp>
#include <kohort/population/forecast.hpp>
#include <kohort/population/graduation.hpp>
#include <kohort/population/lexis.hpp>
#include <kohort/population/life_table.hpp>
#include <kohort/population/migration.hpp>
#include <kohort/population/mortality.hpp>
#include <kohort/population/shares.hpp>

#include <kohort/projection/accounting.hpp>
#include <kohort/projection/chance.hpp>
#include <kohort/projection/cohort_trace.hpp>
#include <kohort/projection/decomposition.hpp>
#include <kohort/projection/entry_clock.hpp>
#include <kohort/projection/occupancy_integrals.hpp>
#include <kohort/projection/open_cohort.hpp>
#include <kohort/projection/phased.hpp>
#include <kohort/projection/prepared_projection.hpp>
#include <kohort/projection/projection.hpp>
#include <kohort/projection/returns.hpp>
#include <kohort/projection/strategy.hpp>

#include <kohort/economics/budget.hpp>
#include <kohort/economics/closed_cohort.hpp>
#include <kohort/economics/costs.hpp>
#include <kohort/economics/demand.hpp>
#include <kohort/economics/evaluation.hpp>
#include <kohort/economics/partial_information.hpp>
#include <kohort/economics/price_index.hpp>
#include <kohort/economics/probabilistic_analysis.hpp>
#include <kohort/economics/probabilistic_cohort.hpp>
#include <kohort/economics/sensitivity.hpp>

#include <kohort/interventions/break_even.hpp>
#include <kohort/interventions/effects.hpp>
#include <kohort/interventions/lowering.hpp>
#include <kohort/interventions/payback.hpp>
#include <kohort/interventions/places.hpp>
#include <kohort/interventions/programme.hpp>
#include <kohort/interventions/programme_draws.hpp>
#include <kohort/interventions/ratio_split.hpp>
#include <kohort/interventions/redistribution.hpp>
#include <kohort/interventions/stock_flow.hpp>

#include <kohort/uncertainty/calibrate.hpp>
#include <kohort/uncertainty/chance_moments.hpp>
#include <kohort/uncertainty/chance_of_draws.hpp>
#include <kohort/uncertainty/draw_recipe.hpp>
#include <kohort/uncertainty/draw_summary.hpp>
#include <kohort/uncertainty/histogram.hpp>
#include <kohort/uncertainty/open_cohort_calibration.hpp>
#include <kohort/uncertainty/outcome_draws.hpp>
#include <kohort/uncertainty/pick_freeze.hpp>
#include <kohort/uncertainty/population_error.hpp>
#include <kohort/uncertainty/price_paths.hpp>

#include <kohort/microsimulation/agreement.hpp>
#include <kohort/microsimulation/arrivals.hpp>
#include <kohort/microsimulation/covariate_patterns.hpp>
#include <kohort/microsimulation/lives.hpp>
#include <kohort/microsimulation/municipality.hpp>
#include <kohort/microsimulation/places.hpp>
#include <kohort/microsimulation/queues.hpp>

#include <kohort/version.hpp>
