#pragma once

#include <cstddef>
#include <vector>

#include <Eigen/Core>

#include <kohort/model/state_space.hpp>

namespace kohort {

/// Intensities along a stretch of somebody's time: they stand still for a while, then change.
struct intensity_path {
  int states = 0;
  std::vector<transition> moves;     ///< permitted moves
  std::vector<double> elapsed;       ///< years of each piece; the last one may be infinite
  std::vector<double> rates;         ///< pieces x moves, per year
  std::vector<double> counted = {};  ///< per piece, by what rewards are multiplied; empty: 1

  [[nodiscard]] std::size_t pieces() const { return elapsed.size(); }
  [[nodiscard]] const double* rates_of(std::size_t piece) const {
    return rates.data() + piece * moves.size();
  }
};

/// What is counted along a path, each column something of its own:
///
///     value_r = E[ int e^(-force w) running(X_w) dw + sum e^(-force w) entering(move at w)
///                  + e^(-force T) terminal(X_T) | X_0 = r ]
///
/// Everything a planner asks is of this form: probabilities (terminal), lengths of stay (running),
/// visits (entering), costs (all three). Over an infinite last piece, `terminal` is what a state is
/// worth that is never left.
struct path_rewards {
  Eigen::MatrixXd terminal;       ///< states x columns
  Eigen::MatrixXd running;        ///< states x columns, per year
  Eigen::MatrixXd entering = {};  ///< moves x columns, each time the move is made; empty: none
  double force = 0;               ///< of discount, log(1 + r)
};

/// The expected value by the state at the start, carried backwards from the last piece to the
/// first:
///
///     V(before) = stay(h) c + e^(-force h) P(h) V(after),   c_i = running_i + sum_s q_is
///     entering_is
///
/// by the series of `occupancy_over` applied to columns, where (lambda + force) h is large by the
/// matrices themselves; over an infinite last piece by the elimination of `length_of_stay`.
/// Rewards that are not negative are only added and multiplied.
///
/// @return  states x columns; infinite where something is counted for ever
/// @throws invalid_input  `E-TIME`: a time that is negative, or infinite before the last piece
/// @pre     shapes agree; rates are finite and not negative
Eigen::MatrixXd path_value(const intensity_path& path, const path_rewards& rewards);

/// The value with its derivative along every rate of every piece.
struct path_gradient {
  Eigen::MatrixXd value;                ///< starts x columns
  std::vector<std::vector<double>> by;  ///< [start * columns + column]: pieces x moves
};

/// @param starts  rows of weights on the states at the start: (starts, states)
///
/// dV/dq_ab of a piece is int e^(-force w) p_a(w) (V_b(w) - V_a(w) + entering_ab) dw, by the way
/// back through the piece's own series. Where the value is infinite the derivative is 0.
path_gradient path_value_gradient(const intensity_path& path, const path_rewards& rewards,
                                  const Eigen::MatrixXd& starts);

}  // namespace kohort
