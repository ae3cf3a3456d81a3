#pragma once

#include <Eigen/Core>

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/probability_matrix.hpp>

namespace kohort {

/// Likelihood of a subject whose states are hidden, by misreading or by phases: a row of weights
/// over the true states goes from visit to visit,
///
///     a_0 = pi o e_{o_0},     a_k = (a_{k-1} P(t_k)) o e_{o_k},     L = a_K 1
///
/// where e_o is the column of E: the probability of reading o in each true state (0 and 1 for the
/// phases of a state that is seen as it is). A death dated exactly ends the row with
/// (a P(t)).q_D instead: death is seen without error.
///
/// With `known_throughout::move_or_stay`, as R's msm has it at exact transition times, P(t) of such
/// a row is exp(D t) (I + Q - D), D the diagonal of Q: the state was held, or left by one move at
/// the row's time. It is no probability and no density, and here to repeat published numbers.
///
/// @param row      a_{k-1}, 1 x n, over the true states
/// @param P        n x n, over the time since the last visit
/// @param reading  n, the column of E for what was read
/// @return         a_k
/// @see            Satten & Longini (1996), Appl Stat 45:275-309; Jackson et al. (2003),
/// Statistician
///                 52:193-209
template <int N>
Eigen::RowVectorXd misclassified_row(const Eigen::RowVectorXd& row, const probability_matrix<N>& P,
                                     const Eigen::VectorXd& reading) {
  return (row * P.matrix()).cwiseProduct(reading.transpose());
}

/// The same with a state held since the last visit, or left by one move at this very time.
template <int N>
Eigen::RowVectorXd misclassified_move_or_stay(const Eigen::RowVectorXd& row,
                                              const intensity_matrix<N>& Q, double t,
                                              const Eigen::VectorXd& reading) {
  const Eigen::RowVectorXd held =
      row.array() * (Q.matrix().diagonal().transpose().array() * t).exp();
  Eigen::MatrixXd moves = Q.matrix();
  moves.diagonal().setOnes();
  return (held * moves).cwiseProduct(reading.transpose());
}

/// The row's end in a death dated exactly: a density per unit of time.
template <int N>
double misclassified_death(const Eigen::RowVectorXd& row, const probability_matrix<N>& P,
                           const intensity_matrix<N>& Q, state death) {
  Eigen::VectorXd rates = Q.col(death);
  rates[death] = 0;
  return (row * P.matrix() * rates).value();
}

}  // namespace kohort
