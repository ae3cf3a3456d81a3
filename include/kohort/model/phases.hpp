#pragma once

#include <array>
#include <span>
#include <vector>

#include <Eigen/Core>

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/model/state_space.hpp>

namespace kohort {

/// A state whose chance of being left depends on the time spent there, as a chain of phases:
///
///     entry -> phase 1 -> phase 2 -> ... -> phase m,      every phase may be left for good
///
/// so that the whole is again a model with constant intensities. What is seen is the state, not the
/// phase.
struct phased_model {
  model fine;     ///< with one state for each phase: "total (phase 1)", "total (phase 2)"
  phase_map map;  ///< as which state each of them is seen
};

/// Splits states into phases. Moves into a state lead to its first phase, moves out of it leave
/// from every phase; they stand in the order of the model's own, phase by phase, and the moves from
/// a phase to the next come last.
///
/// @param seen    the model of the states as they are seen
/// @param phases  per state, 1 or more
/// @throws invalid_input  `E-MODEL`: a number of phases below 1, or phases of a state never left
phased_model with_phases(const model& seen, std::span<const int> phases);

/// The model of the states as they are seen, moves in the order of the fine ones.
model seen_model(const model& fine, const phase_map& map);

/// In which phase somebody stands who is found in a state at an arbitrary moment, people coming at
/// a steady pace: in proportion to the expected time in each phase (Kleinrock 1975, ch. 5).
///
/// @param seen  the state as it is seen
/// @return      one weight per state of the fine model, 0 outside that state; they sum to 1
Eigen::RowVectorXd stationary_phases(const intensity_matrix<>& Q, const phase_map& map, state seen);

/// The weights of somebody just come to a state, or found there: see `first_phase`.
Eigen::RowVectorXd phase_weights(const intensity_matrix<>& Q, const phase_map& map, state seen,
                                 first_phase first);

/// P(t) between the states as they are seen, for people who stand in their phases as `first` says.
Eigen::MatrixXd seen_transition_probability(const intensity_matrix<>& Q, const phase_map& map,
                                            double t, first_phase first);

/// The probability that a stay goes on for longer than t, and its mean; the stay of somebody just
/// come (`entry`), or what remains of it for somebody found there (`stationary`).
double stay_survival(const intensity_matrix<>& Q, const phase_map& map, state seen, double t,
                     first_phase first);
double mean_stay(const intensity_matrix<>& Q, const phase_map& map, state seen, first_phase first);

/// The time by which a share p of the stays have ended.
/// @throws invalid_input  `E-PROBABILITY`: p outside [0, 1)
double stay_quantile(const intensity_matrix<>& Q, const phase_map& map, state seen, double p,
                     first_phase first);

/// Two phases with one way out: the stay's survival is
///
///     S(t) = w e^{-a t} + (1 - w) e^{-b t},   a = on + exit_1,   b = exit_2,   w = (exit_1 - b)/(a
///     - b)
///
/// It depends on {a, b} as an unordered pair, so a >= b loses nothing (section "phases" of the
/// documentation).
struct two_phases {
  double on = 0;                ///< from phase 1 to phase 2, per year
  std::array<double, 2> exits;  ///< from each phase, per year
};

/// The same law with the phases' names exchanged: b first. Feasible whenever b >= a.
///
/// @param on     from phase 1 to phase 2
/// @param exits  phases x ways out, row 1 then row 2
/// @return       false, and nothing changed, if a > b: there is no such law
bool exchange_phases(double& on, std::span<double> exits);

/// The two phases whose stays have three given quantiles exactly.
///
/// @param shares  increasing, in (0, 1): of stays that have ended
/// @param times   increasing, > 0: by when
/// @throws invalid_input  `E-QUANTILES` for shares or times that do not increase, `D-NONIDENT` if
/// no
///                        two phases have these quantiles
/// @see Cumani (1982), Microelectron Reliab 22:583-602, for the canonical form
two_phases two_phases_from_quantiles(const std::array<double, 3>& shares,
                                     const std::array<double, 3>& times);

/// Rates from which a search for the phases of one state may start, given the total rate of leaving
/// that state as a whole: `kind` 0 and 1 have many short stays and some long ones, 2 has few very
/// short ones. All of them keep the mean stay 1 / exit.
///
/// @param exit    per year
/// @param phases  2 or more
/// @return        phases x 2: from each phase on to the next (0 from the last), and out
std::vector<std::array<double, 2>> phase_starts(double exit, int phases, int kind);
inline constexpr int phase_start_kinds = 3;

}  // namespace kohort
