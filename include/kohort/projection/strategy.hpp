#pragma once

#include <limits>
#include <string>
#include <vector>

namespace kohort {

/// What the time of an effect is counted from.
enum class effect_clock {
  calendar,        // years after the base date, alike for all who are enrolled
  since_enrolment  // years after each person's own enrolment
};

/// What a strategy does to one intensity of those who are enrolled: q_from,to is multiplied by
///
///     exp(log_ratio[i])   while   starts + i step <= clock < starts + (i + 1) step,
///
/// and by exactly 1 before and after. Effects on the same move multiply.
///
/// States are positions in `open_cohort_results::states`: 0 is `none`, then come the living states
/// of the model in its order; `to` equal to the number of living states is death. An effect from 0
/// is on entry: on the incidence of coming in at level `to`.
struct intensity_effect {
  int from = 0, to = 0;
  int first_age = 0, last_age = 1000;  // completed, both inclusive; the last age is open
  int sex = -1;                        // -1 both, 0 men, 1 women
  effect_clock clock = effect_clock::calendar;
  double starts = 0;              // years
  std::vector<double> log_ratio;  // draws x steps
  double step = 1.0 / 12;         // years for each entry
  int draws = 1;                  // of `log_ratio`: 1, or as many as the rates have draws
};

/// What is done, to whom, and from when. A strategy is compared with usual care in the same draw:
/// it has the same mortality of those without support and the same migration rates, so that lives
/// it saves are seen. The enrolled are a group of their own, never blended with the others.
///
/// Enrolled are
///   - of the stock, at the time `enrols_from`: the share uptake x enrols_stock[s] of those in
///     state s;
///   - of newcomers, from `enrols_from` until `enrols_until`: the share uptake x
///     enrols_newcomers[s] of those who come to state s from `none`, counted as new users are, and
///     of those who turn the lowest age in state s.
/// Where those in `none` are offered it themselves, coming to a level is no second offer. Who is
/// enrolled once stays so, wherever he or she moves. Coming back from `ended` enrols nobody.
struct strategy {
  std::string name;
  std::vector<intensity_effect> effects;
  double uptake = 1;                     // share of those offered who accept
  std::vector<double> enrols_newcomers;  // per living state, `none` first: share offered
  std::vector<double> enrols_stock;      // likewise; empty: nobody
  double enrols_from = 0;                // years after the base date
  double enrols_until = std::numeric_limits<double>::infinity();

  std::vector<double> uptakes{};  // by draw, in place of `uptake`; empty: `uptake` in all of them

  // Limited places: of newcomers by the month in which they come, counted from the base date (the
  // last entry holds for all later months), the share of those who accept that gets a place, and
  // how long those wait for it who come in the middle of the month, in years. Empty: all, at once.
  // A projection's parts of a year (`enrolments_a_year`) may be other than months. Those
  // who wait fare as usual; they start, and are counted, if they are then in a state that it is
  // offered in. The stock does not wait.
  std::vector<double> room{}, waits{};

  // Boosters: at these times, years after the base date, the clock since enrolment begins anew for
  // the share `boosted` (per living state) of the enrolled who are then in that state.
  std::vector<double> boosters{}, boosted{};
};

/// A strategy in which everybody is enrolled from the base date, whatever their state.
///
/// @param living  living states, `none` included
strategy for_everybody(std::string name, std::vector<intensity_effect> effects, int living);

/// ln R for an effect that fades: ln R(t) = kept^t ln R0, with t in steps since the start. Each
/// entry is the logarithm of the mean of R over its step, so that cumulative intensities are exact.
///
/// @param first  R0 > 0, the ratio at the start
/// @param kept   share of ln R that is left after one step, in (0, 1]
/// @param steps  number of steps, after which the ratio is 1
/// @throws invalid_input  `E-EFFECT-RANGE`
std::vector<double> fading_log_ratios(double first, double kept, int steps);

/// Looks a strategy through before anything is computed with it.
///
/// @param states  the names of the living states, `none` first
/// @param moves   from, to of the moves that are permitted between them
/// @param draws   draws that the rates have
/// @throws invalid_input  `E-STRATEGY`, naming the strategy and the fault: an effect on a move that
///                        the model lacks, shares outside [0, 1] or of another number than there
///                        are states, effects on nobody, a clock that cannot be, boosters without
///                        effects since enrolment, limited places for those in `none`;
///                        `E-EFFECT-RANGE`: a ratio that is not a number or above 1,000
void check_strategy(const strategy& s, const std::vector<std::string>& states,
                    const std::vector<std::vector<bool>>& moves, int draws);

}  // namespace kohort
