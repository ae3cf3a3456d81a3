#pragma once

#include <array>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/projection/open_cohort.hpp>

namespace kohort {

/// What a projection is made from. The point estimate and the draws have tables of their own.
struct projection_inputs {
  open_cohort_inputs point;        // rates, entries and strategies of the point estimate (one draw)
  std::vector<double> draw_rates;  // draws x 2 x ages [x bands] x transitions; empty: no draws
  entry_rates draw_entries;        // as many draws, or one for all
  Eigen::VectorXd cost;            // per year in each state (none, then the model's living states)
  std::vector<double> price_index;  // years + 1, price of each year over the price year's; empty: 1
  int fitted_from = 0;              // ages that the rates were fitted on, both inclusive;
  int fitted_to = 1000;             // outside, they are extrapolated
  std::vector<strategy> draw_strategies{};  // effects by draw; empty: those of the point estimate
  // The population in each draw: draws x (years + 1) x 2 x ages, logarithms of factors on the
  // forecast; empty: the forecast.
  std::vector<double> draw_paths{};
  // Healthy ageing: of each year that remaining life becomes longer, the share by which need is
  // put off.
  double healthy_share = 1;
};

/// What becomes of everyone under usual care, or under a strategy.
///
/// Arrays are row-major in the order named. Sexes are men, women. Flows and costs are of each
/// forecast year, counted from 1; persons of each 31 December, from the base year's.
struct projected_course {
  std::string name;
  std::vector<double> persons;              // (years + 1) x states x 2 x groups
  std::vector<double> person_years;         // years x states x 2 x groups
  std::vector<double> new_users;            // years x levels: from `none`, at that level
  std::vector<double> deaths;               // years x states
  std::vector<double> migration;            // years x states, net
  std::vector<double> reached;              // years x states: turned the lowest age
  std::vector<double> moved;                // years x moves
  std::vector<double> enrolled;             // years x states: into the strategy
  std::array<std::vector<double>, 4> cost;  // by `accounting`: years x states

  // Parts of the growth of users, and of their yearly cost, since the base year, on each
  // 31 December: population, share, mix, price.
  std::vector<double> growth_users;  // (years + 1) x 4
  std::vector<double> growth_cost;

  std::vector<double> draws_persons;       // draws x (years + 1) x states x 2
  std::vector<double> draws_users;         // draws x (years + 1) x 2 x groups
  std::vector<double> draws_person_years;  // draws x years x states x 2
  std::vector<double> draws_new_users;     // draws x years x levels
  std::vector<double> draws_moved;         // draws x years x moves
  std::vector<double> draws_deaths;        // draws x years x states
  std::vector<double> draws_enrolled;      // draws x years x states
  std::vector<double> draws_cost;          // draws x years, continuous accounting

  // By quarter or month, if that was asked for: `periods` of them.
  std::vector<double> period_persons;             // (periods + 1) x states x 2 x groups
  std::vector<double> period_person_years;        // periods x states x 2 x groups
  std::vector<double> period_moved;               // periods x moves
  std::vector<double> period_deaths;              // periods x states
  std::vector<double> period_enrolled;            // periods x states
  std::vector<double> draws_period_persons;       // draws x (periods + 1) x states
  std::vector<double> draws_period_person_years;  // draws x periods x states
};

/// Ten years of an open population, beside the constant-share forecast, and why they differ.
///
/// "Users" are the levels: all living states but `none` and `ended`. What is not by period is by
/// year, whatever the periods.
struct projection {
  std::vector<std::string> states;
  std::vector<int> levels;        // positions of the users' states
  std::vector<transition> moves;  // between living states
  int years = 0, groups = 0, draws = 0;
  int periods = 0;  // of the results by period; 0: there are none

  projected_course usual;
  std::vector<projected_course> strategies;

  std::vector<double> share_persons;  // (years + 1) x states x 2 x groups: constant shares
  std::vector<double> share_cost;     // years x states, on mean persons of the year
  std::vector<double> share_growth_users, share_growth_cost;  // as `growth_users`
  std::vector<double> healthy_persons;                        // the same under healthy ageing
  std::vector<double> healthy_cost;

  // Flow minus constant shares, users on each 31 December and cost of each year (continuous; 0 in
  // the base year): unsettled stock, incidence trend, mix drift, mortality change.
  std::vector<double> difference_users;  // (years + 1) x 4
  std::vector<double> difference_cost;

  double scaled_cells = 0, scaled_runs = 0, least_scale = 1;  // of the draws, see open_cohort
  double extrapolated = 0;  // share of the users' person-years outside the fitted ages
  std::vector<notice> notices;
};

/// Projects the point estimate and every draw, under usual care and each strategy, the
/// constant-share forecast, and the difference between it and usual care.
///
/// Constant shares: U(a, s, l, y) = N(a, s, y) pi(a, s, l), with pi as observed in the base year
/// (an age and sex with nobody then takes the smoothed prevalence).
///
/// Healthy ageing: the same, but need is put off as remaining life becomes longer,
///
///     pi_y(a, s, l) = pi(a - w (e_y(a, s) - e_0(a, s)), s, l),
///
/// with e the life expectancy at that age by the life table of the year, w `healthy_share`, and
/// shares linear between single ages. With w = 1 all years of life that are gained are without
/// need.
///
/// The difference is split by Shapley over four players: Z unsettled stock, I incidence trend, D
/// mix drift, M mortality change. proj(start, T) is a run with the trends T on. With pi* the
/// prevalence that base-year rates settle at,
///
///     v(S) = proj(observed, S)                                       if Z is in S
///     v(S) = N pi_observed + proj(pi*, S) - proj(pi*, nothing)       if not,
///
/// so that v(nobody) is the constant-share forecast and v(all) the flow forecast. Net migration is
/// pro rata throughout, so with M off the residual does not leak into `none`.
///
/// Costs are in prices of the price year times `price_index`, undiscounted; growth values the users
/// of a 31 December at a year's cost. A strategy's own cost (a team, a course) is not among them.
///
/// @throws invalid_input  as `project_open_cohort`
projection project(const projection_inputs& inputs, const open_cohort_options& options);

}  // namespace kohort
