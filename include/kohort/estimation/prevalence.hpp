#pragma once

#include <limits>
#include <span>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/observations.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

struct prevalence_settings {
  /// Years: who was last seen longer ago, and may have moved since, counts as unknown.
  double window = std::numeric_limits<double>::infinity();
  bool bridge = false;  ///< instead: the model's own probabilities, given the rows on both sides
  int threads = 0;
  progress report = {};
};

/// How many stood in each state, and how many the model expects of the same persons.
struct prevalence {
  std::vector<double> times;  ///< years since each subject's first row
  Eigen::VectorXd persons;    ///< per time: weighted, whose planned end is not before, dead or not
  Eigen::MatrixXd observed;   ///< times x states
  Eigen::VectorXd unknown;    ///< per time: not absorbed, and last seen before the window
  Eigen::MatrixXd expected;   ///< times x states
  Eigen::VectorXd shared;     ///< per time: last told to be in one of several states, and counted
                              ///< in each by the model's probabilities
};

/// Observed and expected prevalence with one denominator for both: at time t those whose *planned*
/// end of observation lies at t or later, whether or not they died before. The dead leave it at
/// their own planned end, like everybody else. (Counting all the dead but only those living who are
/// still followed shows too many dead.)
///
/// Expected: the sum over just these persons of P(0, t), from each one's first state and along each
/// one's own covariates; after the last row as they were in the last interval.
///
/// Observed: the state at the last row, which is the true one where the state is known throughout
/// or the row is at t; or (`bridge`) between two rows p_j ~ P_ij(w) P_jk(z), before a dated death
/// p_j ~ P_ij(w) sum_m P_jm(z) q_mD, and after the last row P_ij(w) given not being dead if deaths
/// are dated. The bridge uses the model, so it says less about it.
///
/// States are those that are seen: a state with phases counts as one, and where levels may be
/// misread both counts are of readings: observed those that were made, expected those that would
/// have been made of the persons' true levels with the covariates that held. The first row is
/// conditioned on. A row that names several states counts in each of them by the model's
/// probabilities given all that was seen until then.
///
/// @param planned_ends  per subject, years since the first row, not before the last row
/// @throws invalid_input  `E-PLAN`: not one end per subject, or one before the subject's last row;
///                        `E-COLUMN`: a covariate that is not there; `E-TIME`: times not finite
/// @see Gentleman, Lawless, Lindsey & Yan (1994), Stat Med 13:805-821; Titman & Sharples (2010),
///      Stat Methods Med Res 19:621-651
prevalence observed_and_expected(const intensity_model& intensities,
                                 std::span<const double> coefficients, const observations& seen,
                                 std::span<const double> times,
                                 std::span<const double> planned_ends,
                                 const prevalence_settings& settings = {});

}  // namespace kohort
