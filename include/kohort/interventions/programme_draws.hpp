#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/interventions/break_even.hpp>

namespace kohort {

/// How an input that is not known exactly is distributed.
enum class uncertainty_shape {
  normal,   ///< by mean and standard deviation; effects, which may have either sign
  gamma,    ///< the same, above 0: amounts
  beta,     ///< the same, between 0 and 1: shares
  uniform,  ///< between two limits
};

/// An input that is not known exactly. Inputs are independent of each other.
struct uncertain_input {
  std::string input;  ///< as in `programme_inputs`, or "enrolled"
  uncertainty_shape shape = uncertainty_shape::normal;
  double first = 0, second = 0;  ///< mean and standard deviation, or the limits
};

/// What came of the draws; element k depends on (seed, k) alone, and on an input by its name, so
/// that programmes that are compared share what they share.
struct programme_draws {
  std::vector<programme> programmes;
  std::vector<double> enrolled;
};

/// Draws a programme's inputs by their quantile functions.
///
/// @param enrolled  mean number enrolled, used where no input of that name is uncertain
/// @throws invalid_input  `E-SETTING`: an input that is not there or twice, a spread that its range
///                        does not allow; `E-NUM`; and as `check` for what was drawn
programme_draws draw_programmes(const programme& p, double enrolled,
                                std::span<const uncertain_input> uncertain, int draws,
                                std::uint64_t seed);

/// N* with its interval by draws, on the extended line: a draw with s <= v pays at infinity.
struct break_even_interval {
  double level = 0.95;
  double low = 0, high = 0;    ///< infinite: no such number
  double never = 0;            ///< share of draws in which it never pays: s <= v, or N* > K
  double no_saving = 0;        ///< share of draws with s <= v
  double beyond_capacity = 0;  ///< share of draws with s > v whose N* exceeds the team's capacity
  double median = 0;
};

/// Quantiles of (s - v) / F, inverted; draws that never pay, for want of a saving or of places,
/// stand at infinity. The ratio has no mean and no standard deviation; quantiles it has.
///
/// @param saving    s - v of each draw
/// @param fixed     F of each draw, positive
/// @param capacity  K of each draw, or one for all
/// @throws invalid_input  `E-SHAPE`, `E-SETTING`
break_even_interval interval_of_break_even(std::span<const double> saving,
                                           std::span<const double> fixed,
                                           std::span<const double> capacity, double level = 0.95);

/// Which numbers of enrolled Fieller's theorem does not rule out.
enum class fieller_shape {
  interval,    ///< low to high
  outside,     ///< two rays: up to low, and from high on
  everywhere,  ///< the whole line: nothing is ruled out
};
struct fieller_set {
  fieller_shape shape = fieller_shape::interval;
  double low = 0, high = 0;
};

/// {N : (N m - F)^2 <= z^2 (N^2 V_m - 2 N C + V_F)}: a check of the interval by draws.
///
/// @param m, variance_m  net saving per enrolled person and month, and its variance
/// @param F, variance_F  cost of the team
/// @param covariance     of the two
/// @see   Fieller (1954), J R Stat Soc B 16:175-185
fieller_set fieller(double m, double variance_m, double F, double variance_F, double covariance = 0,
                    double level = 0.95);

/// P(net(N) > 0) if m and F are jointly normal: Phi((N m - F) / sqrt(N^2 V_m + V_F - 2 N C)).
double normal_chance_of_gain(double enrolled, double m, double variance_m, double F,
                             double variance_F, double covariance = 0);

/// Net a month of every draw at its number enrolled.
std::vector<double> net_of(const programme_draws& draws, bool narrow = false);

/// Net a month at given numbers enrolled: quantiles over the draws.
///
/// @return  probabilities x numbers enrolled
Eigen::MatrixXd net_by_enrolled(const programme_draws& draws, std::span<const double> enrolled,
                                std::span<const double> probabilities, bool narrow = false);

/// Share of draws with net above 0 at each number enrolled.
std::vector<double> chance_of_gain(const programme_draws& draws, std::span<const double> enrolled,
                                   bool narrow = false);

/// Ways of doing it, compared: keep the team, close it, build it into home help.
struct ways_compared {
  std::vector<double> best;    ///< share of draws in which each way has the largest net, ties split
  Eigen::MatrixXd better;      ///< [i, j]: share of draws in which i is better than j
  std::vector<double> regret;  ///< mean of (best net - this way's net)
};

/// @param net  draws x ways
/// @throws invalid_input  `E-SHAPE`
ways_compared compare_ways(const Eigen::MatrixXd& net);

}  // namespace kohort
