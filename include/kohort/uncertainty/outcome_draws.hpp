#pragma once

#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/projection/open_cohort.hpp>
#include <kohort/uncertainty/draw_recipe.hpp>

namespace kohort {

/// The totals of some draws of a projection, and nothing more: what many runs keep.
struct outcome_draws {
  std::vector<std::string> states;  // `none`, then the model's living states
  int runs = 0, years = 0;
  std::vector<double> persons;       // runs x (years + 1) x states, 31 December
  std::vector<double> person_years;  // runs x years x states
  std::vector<double> new_users;     // runs x years: from `none`, all levels
  std::vector<double> enrolled;      // runs x years x states: into the strategy, in that state
  double scaled_runs = 0;            // see `open_cohort_results`
};

/// Projects draws made from given random numbers.
///
/// @param inputs   population, stock and structure; its rates and entries are not looked at, and
///                 no strategy of it is run
/// @param paths    runs x (years + 1) x 2 x ages: logarithms of factors on the population, spread
///                 pro rata over the states (`population_paths`); empty: the forecast as it is
/// @throws invalid_input  as `project_open_cohort`; `E-SHAPE`
outcome_draws project_draws(open_cohort_inputs inputs, const draw_recipe& recipe,
                            const draw_numbers& numbers, const std::vector<double>& paths,
                            open_cohort_options options);

/// The same for usual care and then for each of `inputs.strategies`, all in the same draws: the
/// differences between two of them are paired.
std::vector<outcome_draws> project_courses(open_cohort_inputs inputs, const draw_recipe& recipe,
                                           const draw_numbers& numbers,
                                           const std::vector<double>& paths,
                                           open_cohort_options options);

/// Cost of each run and forecast year in continuous accounting, undiscounted:
///
///     sum_r person_years_r cost_r index(y) sum_c share_rc p_c(y).
///
/// @param cost    per year in each state
/// @param index   years + 1, price level of each year, the base year's first; empty: 1
/// @param shares  states x components of the price: rows add up to 1
/// @param prices  runs x (years + 1) x components (`price_paths`); empty: 1
/// @return        runs x years
/// @throws invalid_input  `E-SHAPE`
std::vector<double> yearly_cost(const outcome_draws& of, const Eigen::VectorXd& cost,
                                const std::vector<double>& index, const Eigen::MatrixXd& shares,
                                const std::vector<double>& prices);

}  // namespace kohort
