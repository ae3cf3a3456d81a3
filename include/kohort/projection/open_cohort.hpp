#pragma once

#include <functional>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/model/state_space.hpp>
#include <kohort/population/entries.hpp>
#include <kohort/population/forecast.hpp>
#include <kohort/population/mortality.hpp>
#include <kohort/projection/entry_clock.hpp>
#include <kohort/projection/strategy.hpp>
#include <kohort/support/instruction_set.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// What an open population is projected from.
struct open_cohort_inputs {
  model structure;              // levels, perhaps `ended`, and death
  std::string ended = "ended";  // the living state of those whose support has ended, if it is there
  population_forecast population;
  std::vector<double> stock;  // 2 x ages x living states of `structure`, persons at the start
  std::vector<double> rates;  // draws x 2 x ages x transitions of `structure`, per year
  entry_rates entries;        // draws as in `rates`, or one for all
  std::vector<strategy> strategies{};  // what usual care is compared with
  // Other courses of the population: paths x (years + 1) x 2 x ages, logarithms of the factors that
  // the forecast is multiplied by.
  std::vector<double> population_paths{};
  // Where bands of time since entry begin, if intensities depend on it: years, increasing (see
  // `entry_clock`). Rates are then draws x 2 x ages x bands x transitions; the stock is 2 x ages x
  // `entry_clock::stock_parts` x living states.
  std::vector<double> entry_cuts{};
};

/// Refuses inputs with bands of time since entry, for what does not follow them.
///
/// @param where  who refuses
/// @throws invalid_input  `E-ENTRY-CLOCK`
void refuse_entry_clock(const open_cohort_inputs& inputs, const std::string& where);

/// One run of the model: which draw it uses, and what changes over time in it.
struct projection_run {
  int draw = 0;
  bool incidence_trend = true;
  bool mix_trend = true;
  bool settled_start = false;  // start from the prevalence that base-year rates would settle at
  int strategy = -1;           // position in `strategies`; -1: usual care
  int path = -1;               // of the population; -1: the forecast itself
};

/// How the model is run.
struct open_cohort_options {
  closure_policy closure = closure_policy::strict;
  double floor = 0.2;               // f of `ratios_to_unsupported`
  bool mortality_change = true;     // off: the base year's mortality for ever
  std::vector<int> group_of_age;    // ages: the age group that results are given by
  int prevalence_window = 2;        // smoothed prevalence: ages on either side
  double prevalence_persons = 100;  // and as many more as make this many persons
  int periods_a_year = 1;           // of the output: 1, 4 or 12
  int enrolments_a_year = 12;       // parts of a year whose newcomers are taken together, see below
  int threads = 0;
  progress report;
  instruction_set with = best_instruction_set();
};

/// What comes out. The living states are: `none` (no support yet), then those of the model in its
/// order. A period is a calendar year, or the quarter or month that was asked for; persons are at
/// the end of each, the base date first, and flows are over each.
struct open_cohort_results {
  std::vector<std::string> states;
  std::vector<transition> moves;  // between living states, as positions in `states`
  int runs = 0, years = 0, groups = 0;
  int periods = 0;                   // years x periods a year
  std::vector<double> persons;       // runs x (periods + 1) x states x 2 x groups
  std::vector<double> person_years;  // runs x periods x states x 2 x groups
  std::vector<double> moved;         // runs x periods x moves
  std::vector<double> died;          // runs x periods x states
  std::vector<double> migrated;      // runs x periods x states, net
  std::vector<double> reached;       // runs x periods x states: turned the lowest age
  std::vector<double> enrolled;      // runs x periods x states: into the strategy, in that state
  std::vector<double> prevalence;    // 2 x ages x states: smoothed, of the base year
  double scaled_cells = 0;           // age, sex and run where the levels' mortality was scaled
  double scaled_runs = 0;            // runs with any such; those that differ in strategy count once
  double least_scale = 1;            // the smallest factor
  std::vector<notice> notices;
};

/// Projects an open population in continuous time.
///
/// Each birth cohort is carried by three birth nodes (`birth_nodes`) through the whole projection,
/// in two pieces a year: before and after the birthday. On a piece all intensities are constant:
/// `none` is left at the incidence times the entry mix of the year, the other states at `rates`,
/// and death from state r comes at rho_r mu_none, with the ratios rho_r derived in the base year
/// and mu_none solved piece by piece so that the deaths are those of the life table
/// (`close_mortality`). What is then missing to the population forecast is net migration, spread
/// pro rata over the states as a constant rate g within the year. g is the same in every run, since
/// forecast and deaths are. So users + `none` + `ended` equal the forecast on every 31 December.
///
/// Cohorts that reach the lowest age within the year come in on their birthday with the smoothed
/// prevalence of that age in the base year. The last age is open and keeps its rates. Where the
/// forecast has nobody, those of the model leave at the end of the year; where it has somebody and
/// the model nobody, they come in with the smoothed prevalence; both count as migration.
///
/// Quarters and months are further points of output inside the pieces; mu_none and g stay those of
/// the pieces, so the years' totals are the same.
///
/// **Time since entry**: with `entry_cuts`, intensities have bands of the time since the first
/// entry, a clock that runs on wherever people are. Newcomers are carried in continuous time by the
/// part of the year in which they enter (`enrolments_a_year` of them), each part passing a cut at
/// its middle plus the cut (`entry_clock`). Pieces are cut where a part begins or passes, and
/// mu_none is solved in each of them. The stock stands by its time since entry; those who turn the
/// lowest age, or appear where the model has nobody, by that of the stock about their age.
///
/// **Strategies** run on the mu_none(t) and g that usual care has in the same draw and path, so
/// that lives saved are seen and the population may exceed the forecast. Then everything is linear.
/// The enrolled are carried apart, x' = x (Q_enrolled + g I), and what they make of everyone
/// against usual care is D' = D (Q + g I) + sum x (Q_enrolled - Q), which is exactly 0 until an
/// effect acts. Effects on the calendar's clock act on one group, which newcomers join as they
/// come. Effects since enrolment need a group for each time of enrolment: newcomers then enrol in
/// the middle of each of the year's `enrolments_a_year` equal parts, as many as came in that part,
/// in the state they came to (with 12, increments are within about 0.05 % of enrolment as they
/// come). Groups whose effects are over are carried no further, since nothing is changed for them
/// any more.
///
/// @param runs  one result for each; results do not depend on which other runs are asked for, nor
///              on the number of threads. Runs that differ in strategy alone share usual care.
/// @throws invalid_input  `E-MODEL`: no death, a state nobody dies from, or too many states;
///                        `E-SHAPE`: tables of another size; `E-NUM`: rates or counts that cannot
///                        be, or that no units make sense of; `E-MORTALITY`: a death rate that
///                        must be per 1,000; `E-SETTING`: a floor outside (0, 1];
///                        `E-POP-MISSING`: a cell of the forecast that is not a number;
///                        `E-STOCK-POPULATION`: more people with support than live there;
///                        `E-STRATEGY`, `E-EFFECT-RANGE`: see `check_strategy`;
///                        `D-CLOSURE-NEGATIVE`: under the strict policy, levels whose deaths exceed
///                        those of the life table
/// @see    Keiding (1991), J R Stat Soc A 154:371-412, on prevalence and incidence in the Lexis
///         diagram
open_cohort_results project_open_cohort(const open_cohort_inputs& inputs,
                                        const std::vector<projection_run>& runs,
                                        const open_cohort_options& options);

/// The same, handed over part by part, so that memory does not grow with the number of runs.
///
/// @param take   called on this thread, in the order of the runs: the first run of the part, and
/// its
///               results. Parts never divide runs that differ in strategy alone and stand together.
/// @param runs_at_once  about how many runs a part has
/// @return       what concerns all runs: notices, prevalence, states and moves; tables empty
open_cohort_results project_open_cohort_in_parts(
    const open_cohort_inputs& inputs, const std::vector<projection_run>& runs,
    const open_cohort_options& options, int runs_at_once,
    const std::function<void(int first, const open_cohort_results& part)>& take);

}  // namespace kohort
