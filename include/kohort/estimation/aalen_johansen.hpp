#pragma once

#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/observations.hpp>
#include <kohort/model/state_space.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

struct aalen_johansen_settings {
  double since = 0;        ///< where the probabilities begin, on the clock, in years
  std::string clock = {};  ///< a covariate in years, such as age; "": time since the first row
  progress report = {};
};

/// Probabilities of the states without a model of the rates, after every move that was seen.
struct aalen_johansen_estimate {
  std::vector<double> times;  ///< years on the clock: `since`, then where somebody moved
  Eigen::MatrixXd at_risk;    ///< times x states: weighted persons under observation just before
  std::vector<Eigen::MatrixXd> probabilities;  ///< per time, n x n: from the row's state at `since`
  /// per time and from: n x n covariance of that row
  std::vector<std::vector<Eigen::MatrixXd>> covariances;
};

/// Aalen-Johansen estimator from exactly known histories:
///
///     P(s, t) = prod (I + dA),  dA_hj = dN_hj / Y_h at each time of a move
///
/// Y_h counts who is under observation in h just before: who enters later (left truncation on a
/// clock such as age) counts from then. The covariance of a row p of P, with P_- and p_- before the
/// jump, goes on as
///
///     C <- (I + dA)' C (I + dA) + sum_h p_-h^2 c_h,
///     c_h(j, l) = (1[j = l] Y_h - dN_hj) dN_hl / Y_h^3 for j, l != h, the rest by rows summing to
///     0
///
/// Weights multiply both dN and Y; the covariance then holds for weights that count persons.
///
/// @throws invalid_input  `E-KIND`: an interval within which the state is not known throughout;
///                        `E-COLUMN`: no such clock; `E-EMPTY`: nobody is followed after `since`
/// @see Andersen, Borgan, Gill & Keiding (1993), section IV.4
aalen_johansen_estimate aalen_johansen(const observations& seen, const model& structure,
                                       const aalen_johansen_settings& settings = {});

}  // namespace kohort
