#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kohort {

/// A team that takes over home help for a while, so that less of it is needed afterwards: intensive
/// home rehabilitation, reablement. Money is in kronor of one price year, times are in months.
///
/// Per enrolled person and month the team saves
///
///     s0 = alpha (1 - phi) h0 w                                      while enrolled,
///     B  = alpha sum_{t >= 1} dh(t) S(t) delta^t w (1 + r)^(-t/12) + A   after discharge, a
///     person, s  = s0 + B / L,          w = c x performed x released
///
/// and s - v is what is left to pay for the team. `hours_avoided` must be against what would have
/// happened without the programme, where people recover too, not against the day of enrolment.
struct programme {
  double fixed_cost = 0;     ///< F: a team, a month
  double variable_cost = 0;  ///< v: per enrolled person and month (aids, travel)
  double capacity = std::numeric_limits<double>::infinity();  ///< K: enrolled a team can have
  double hours = 0;             ///< h0: home help a month that there would have been
  double double_work = 0;       ///< phi: share of it that home help still gives
  double otherwise_helped = 1;  ///< alpha: share of enrolled who would have had home help
  double hour_cost = 0;        ///< c: what an hour that is no longer needed costs, the marginal one
  double performed = 1;        ///< share of `hours` and `hours_avoided` that is really performed
  double released = 1;         ///< share of the freed hours that becomes money, not capacity
  double stay = 1;             ///< L: months enrolled
  double hours_avoided = 0;    ///< dh: hours a month less, in the first month after discharge
  double months_avoided = 12;  ///< how many months after discharge
  double fade = 1;             ///< delta: what is left of the effect from one month to the next
  double staying = 1;          ///< S(t) = staying^t: still alive and in ordinary housing
  double deferred_housing = 0;     ///< A: per finished person, see `deferred_housing_value`
  double discount = 0;             ///< r: a year
  double start_up = 0;             ///< once, before the first month
  std::vector<double> course;      ///< dh(t) / hours_avoided; empty: 1 for `months_avoided` months
  std::vector<double> team_costs;  ///< a month for 1, 2, ... teams; empty: F for each
};

/// What values an input may take.
enum class programme_input_kind { amount, positive, share, effect };

/// An input of a programme by its name.
struct programme_input {
  std::string_view name;
  double programme::* value;
  programme_input_kind range;
};

/// All inputs that are single numbers, in the order of `programme`.
std::span<const programme_input> programme_inputs();

/// The input of this name.
///
/// @throws invalid_input  `E-SETTING`: there is none
const programme_input& programme_input_named(std::string_view name);

/// Checks a programme.
///
/// @throws invalid_input  `E-NUM`: a number that is not finite (capacity may be infinite);
/// `E-COST`:
///                        a negative cost; `E-SETTING`: a share outside [0, 1], a stay or a
///                        capacity that is not positive, teams that cost less than fewer teams
void check(const programme& p);

double saving_while_enrolled(const programme& p);            ///< s0
double saving_after_discharge(const programme& p);           ///< B, per finished person
double net_saving(const programme& p, bool narrow = false);  ///< s - v, or s0 - v

/// Teams needed for so many enrolled: max(1, ceil(N / K)). An idle team is still a team.
double teams_for(const programme& p, double enrolled);

/// What so many teams cost a month.
///
/// @throws invalid_input  `E-SETTING`: more teams than `team_costs` has
double cost_of_teams(const programme& p, double teams);

/// net(N) = N (s - v) - F ceil(N / K), in a month of steady state.
double net_per_month(const programme& p, double enrolled, bool narrow = false);

/// The same if the number enrolled is Poisson about its mean: E N (s - v) - F E ceil(N / K), the
/// expected number of teams being 1 + sum_{j >= 1} P(N > j K), not ceil(E N / K).
double expected_teams(const programme& p, double mean_enrolled);
double poisson_teams(double capacity, double mean_enrolled);
double expected_net_per_month(const programme& p, double mean_enrolled);

/// Posts of one kind in a team.
struct post {
  std::string name;
  double number = 0;          // full-time posts
  double monthly_salary = 0;  // for a full-time post
};

/// Cost of a team a month: sum of posts x salary x (1 + on-cost), plus premises and other costs.
///
/// @param on_cost  employer's contributions and pensions as a share of the salary
/// @throws invalid_input  `E-NUM`, `E-COST`
double team_cost(std::span<const post> posts, double on_cost, double premises, double other = 0);

/// A: what deferring a move to special housing is worth per finished person,
///
///     sum over the months of deferral of (place - home help meanwhile) (1 + r)^(-t/12).
///
/// The home help that is given while the move is put off must be taken off, otherwise it is counted
/// as saved twice.
///
/// @param months         how long the move is put off, on average over all finished persons
/// @param from_month     months after discharge at which the move would have been
/// @param place          cost of a place a month
/// @param home_help      cost of the home help given meanwhile, a month
/// @throws invalid_input  `E-NUM`, `E-COST`
double deferred_housing_value(double months, double from_month, double place, double home_help,
                              double discount = 0);

}  // namespace kohort
