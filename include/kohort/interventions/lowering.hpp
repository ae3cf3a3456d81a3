#pragma once

#include <span>
#include <vector>

#include <Eigen/Core>

#include <kohort/interventions/effects.hpp>
#include <kohort/model/state_space.hpp>
#include <kohort/projection/strategy.hpp>

namespace kohort {

/// When an effect acts, on whom, and how it fades. Times in months, from the clock's zero.
struct effect_window {
  effect_clock clock = effect_clock::since_enrolment;
  double from = 0;  ///< months
  int months = 12;  ///< how long; afterwards the ratio is exactly 1
  double fade = 1;  ///< ln R(t) = fade^t ln R0, t in months since `from`
  int first_age = 0, last_age = 1000;
  int sex = -1;  ///< -1 both, 0 men, 1 women
};

/// A table of rates by sex and single age, as a projection takes it.
struct rate_table {
  int first_age = 0, ages = 0;
  std::vector<double> rates;  ///< 2 (men, women) x ages x transitions of the model
};

/// A ratio on some moves. States are those of strategies: 0 is `none`, s + 1 state s of the model,
/// and one past the last living state is death.
///
/// @throws invalid_input  `E-EFFECT`: a ratio that is not above 0, a window that cannot be
std::vector<intensity_effect> ratio_effects(std::span<const transition> moves, double ratio,
                                            const effect_window& window);

/// The position that strategies give a state of the model.
int strategy_state(const model& structure, state s);

/// Multipliers on probabilities over `over` years, turned into ratios jointly for each age and sex
/// from the table's rates: what is a multiplier of 1.4 on the probability is another ratio at 80
/// than at 90. Moves with rate 0 at an age have no effect there.
///
/// @param targets  moves between states of the model
/// @throws invalid_input  `E-EFFECT-RANGE`, `E-EFFECT`, `E-SHAPE`
std::vector<intensity_effect> probability_effects(const model& structure, const rate_table& table,
                                                  std::span<const probability_target> targets,
                                                  double over, const effect_window& window);

/// What is known of an effect at several times since enrolment: that the odds of being in some
/// states are multiplied, against the model's own usual care.
struct odds_at_times {
  std::vector<state> inside;        ///< states of the model whose odds are meant
  std::vector<transition> moves;    ///< moves that the ratio acts on
  std::vector<double> months;       ///< rising
  std::vector<double> odds_ratios;  ///< one for each time
};

/// Ratios piece by piece such that the odds are met at each time by a cohort starting in each state
/// of `inside` in proportion to `start`, for each age and sex by itself. The effect ends at the
/// last of the times.
///
/// @param start   shares of the enrolled by state of the model, n
/// @throws invalid_input  as `probability_effects`
std::vector<intensity_effect> odds_effects(const model& structure, const rate_table& table,
                                           const odds_at_times& wanted,
                                           const Eigen::VectorXd& start, effect_clock clock);

/// Factors on the entry mix of each level, by the mix of each sex and age.
///
/// @param mix     2 x ages x levels, shares
/// @param levels  positions of the levels among the strategy's states
/// @throws invalid_input  `E-EFFECT`, `E-SHAPE`
std::vector<intensity_effect> mix_effects(std::span<const double> mix, int first_age, int ages,
                                          std::span<const int> levels,
                                          std::span<const double> factors, mix_rule rule,
                                          const effect_window& window);

}  // namespace kohort
