#pragma once

#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/state_space.hpp>

namespace kohort {

/// A move whose probability over some time is to be multiplied.
struct probability_target {
  state from = 0, to = 0;
  double multiplier = 1;  // k
};

/// Ratios on intensities that multiply probabilities: R with
///
///     [exp(h Q(R))]_{from, to} = k [exp(h Q)]_{from, to}   for every target jointly,
///
/// Q(R) having the target moves' rates times their R. A multiplier on a probability is not the same
/// multiplier on the rate: with one exit R = ln(1 - k p) / ln(1 - p). Each R is found by TOMS 748
/// on ln R moving out from R = 1, before the first maximum of P on that side (P need not be
/// monotone in R: who has arrived may leave again), the others in turn until none moves.
///
/// @param Q        n x n, per year
/// @param targets  moves with a rate above 0, each once
/// @param h        years, positive
/// @param names    of the states, for messages; without them they are numbered
/// @return         one ratio for each target; exactly 1 if all multipliers are 1
/// @throws invalid_input  `E-EFFECT-RANGE`: no ratio does it; says the largest (smallest)
/// multiplier
///                        that is possible; `E-EFFECT`: no such move, a move twice, or a multiplier
///                        that is negative; `E-TIME`
/// @see  Miller & Homan (1994), Med Decis Making 14:52-58; Fleurence & Hollenbeak (2007),
///       Pharmacoeconomics 25:3-6
std::vector<double> ratios_for_probabilities(const intensity_matrix<>& Q,
                                             std::span<const probability_target> targets, double h,
                                             std::span<const std::string> names = {});

/// One ratio R on several moves such that a cohort's share in a set of states is as wanted at each
/// of several times, with one R for each piece between them.
///
/// @param Q        n x n, per year
/// @param start    where the cohort is at time 0, n
/// @param inside   the states whose share is wanted
/// @param moves    the moves whose rates are multiplied
/// @param times    years, rising from above 0
/// @param shares   wanted at each of them
/// @return         R of (0, times[0]], (times[0], times[1]], ...
/// @throws invalid_input  `E-EFFECT-RANGE`, `E-EFFECT`, `E-TIME`
std::vector<double> ratios_for_shares(const intensity_matrix<>& Q, const Eigen::VectorXd& start,
                                      std::span<const state> inside,
                                      std::span<const transition> moves,
                                      std::span<const double> times,
                                      std::span<const double> shares);

/// Q with some moves' rates multiplied.
intensity_matrix<> with_ratios(const intensity_matrix<>& Q, std::span<const transition> moves,
                               std::span<const double> ratios);

/// The probability after an odds ratio: p1 = OR p0 / (1 - p0 + OR p0).
///
/// @throws invalid_input  `E-EFFECT`: a probability outside [0, 1] or an odds ratio not above 0
double after_odds_ratio(double probability, double odds_ratio);

/// The ratio of the rates behind two probabilities over the same time: ln(1 - p1) / ln(1 - p0).
///
/// @throws invalid_input  `E-EFFECT`: a probability outside (0, 1), or p1 = 1
double rate_ratio(double probability_before, double probability_after);

/// The ratio of cause-specific rates behind two cumulative shares: rate_k = -ln(1 - F) / T F_k / F,
/// F all causes together and F_k the one.
///
/// @throws invalid_input  `E-EFFECT`
double cause_specific_ratio(double all_before, double cause_before, double all_after,
                            double cause_after);

/// What happens to entries that an effect on the entry mix takes away.
enum class mix_rule {
  softmax,  ///< shares are multiplied and divided by their new sum: as many enter, elsewhere
  to_none,  ///< averted entries stay without support
};

/// Ratios on the entry rate at each level: f_j, or f_j / sum_i p_i f_i.
///
/// @throws invalid_input  `E-EFFECT`
std::vector<double> entry_ratios(std::span<const double> mix, std::span<const double> factors,
                                 mix_rule rule);

/// An effect on a cohort with boosters.
struct boosted_effect {
  std::vector<transition> moves;
  double ratio = 1;
  double fade = 1;                    ///< a month
  double lasts = 1e9;                 ///< months; afterwards the ratio is 1 until a booster
  std::vector<double> boosters = {};  ///< months since the start, rising
  std::vector<state> eligible = {};  ///< who is there at a booster starts anew; others go on fading
};

/// Where a treated cohort is at the end of each month. Those boosted and those not are kept apart,
/// as copies of the states by the month in which their effect was last full.
///
/// @param start   n
/// @param months  how many
/// @return        (months + 1) x n
/// @throws invalid_input  `E-EFFECT`
Eigen::MatrixXd boosted_trace(const intensity_matrix<>& Q, const Eigen::VectorXd& start,
                              const boosted_effect& effect, int months);

}  // namespace kohort
