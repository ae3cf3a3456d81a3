#pragma once

#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/model/intensity_model.hpp>

namespace kohort {

/// Levels read with error: the probability of reading o where the truth is j,
///
///     E_jo(x) = exp(eta_jo) / (1 + sum_u exp(eta_ju)),   E_jj = 1 / (1 + sum_u exp(eta_ju)),
///     eta_jo  = b_jo + sum_c b_joc x_c,                   u and o over the permitted errors of j,
///
/// a multinomial logit in each row with the right reading as reference. With
/// `hidden_start::estimated` the first true state has the probabilities exp(eta_j) / sum exp(eta),
/// eta = 0 for the first state that is not absorbing.
///
/// The coefficients stand after those of the rates: error by error in the order of `errors` the
/// intercept and the columns of its terms, then the log odds of the first states.
///
/// @see Satten & Longini (1996), Appl Stat 45:275-309; Jackson et al. (2003), Statistician
/// 52:193-209
struct misclassification_layout {
  coefficient_layout errors{};      ///< `starts` are per error, counted from `first`
  int first = 0;                    ///< of the first error's intercept
  int first_start = 0;              ///< of the first log odds of a first state
  std::vector<state> start_states;  ///< that have such a coefficient, by seen state; may be empty
  int end = 0;
};

/// @throws invalid_input  `E-MODEL`: an error between states that are not there or the same, one
/// that
///                        stands twice or concerns an absorbing state, probabilities that do not
///                        sum to 1
misclassification_layout misclassification_coefficients(const intensity_model& intensities);

/// How many coefficients stand after those of the rates, and what they are called: "light seen as
/// moderate", "light seen as moderate: male", "first seen in truth as moderate".
int further_coefficients(const intensity_model& intensities);
std::vector<std::string> further_names(const intensity_model& intensities);

/// The names and number of states as they are seen: those of the model, or those it has with phases
/// taken together.
const std::vector<std::string>& seen_states(const intensity_model& intensities);
inline int seen_count(const intensity_model& intensities) {
  return static_cast<int>(seen_states(intensities).size());
}
/// As which state one of the model's own is seen.
inline state seen_as(const intensity_model& intensities, state s) {
  return intensities.phases.empty() ? s : intensities.phases.seen_of[static_cast<std::size_t>(s)];
}

/// Under which the rows of the data are to be validated: where levels may be misread, any state may
/// seem to follow any that is left.
model observable_model(const intensity_model& intensities);

/// E(x), seen states x seen states; the identity if nothing is misread.
///
/// @param coefficients  all of them, as `coefficient_layout` says
/// @param x             one value per term of `misread->terms`
Eigen::MatrixXd reading_probability(const intensity_model& intensities,
                                    std::span<const double> coefficients,
                                    std::span<const double> x);

/// E from the odds exp(eta_jo) of its errors, in the order of `errors`.
Eigen::MatrixXd reading_matrix(const intensity_model& intensities, std::span<const double> odds);

/// Probabilities of the first true state, one per seen state; empty if it is conditioned on.
std::vector<double> start_probability(const intensity_model& intensities,
                                      std::span<const double> coefficients);

}  // namespace kohort
