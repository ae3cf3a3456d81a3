#pragma once

#include <vector>

#include <Eigen/Core>

#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/probability_matrix.hpp>
#include <kohort/model/state_space.hpp>

namespace kohort {

/// Why no intensities have P as their transition probabilities.
enum class not_embeddable {
  determinant,    ///< det P <= 0, but it is exp(t tr Q) > 0
  diagonal,       ///< det P > prod p_ii, but tr Q <= sum of the log p_ii / t
  way_round,      ///< p_rs = 0 though s is reached from r in two steps: what is reached, is at once
  eigenvalue,     ///< a negative eigenvalue of odd multiplicity, or 0: P has no real logarithm
  two_states,     ///< p_11 + p_22 <= 1: the necessary and sufficient condition of two states
  negative_rate,  ///< the principal logarithm has a negative rate beyond rounding
};

/// One reason, with the entry that shows it.
struct embedding_fault {
  not_embeddable why;
  state from = -1, to = -1;  ///< the offending entry, if it is one
  double value = 0;          ///< determinant, eigenvalue, sum or rate
};

/// Whether a matrix of transition probabilities can come from intensities that do not change.
struct embedding {
  std::vector<embedding_fault> faults;  ///< none: it can, and `logarithm` is the Q that does it
  Eigen::MatrixXd logarithm;            ///< log(P) / t, the principal one; empty if there is none
  bool decided = true;  ///< false: only the principal logarithm fails, and others exist
  [[nodiscard]] bool embeddable() const { return faults.empty(); }
};

/// Looks for intensities Q with exp(t Q) = P: first the conditions that are necessary, then the
/// principal logarithm. If all eigenvalues are different, real and positive, no other logarithm is
/// real, and the answer is final; otherwise `decided` is false if only the principal one fails.
///
/// @param P         n x n, over the time t
/// @param t         in years, positive
/// @param rounding  half a unit of the last printed digit: entries may be off by so much. What this
///                  does to the logarithm, to first order, is taken off before a rate counts as
///                  negative
/// @throws invalid_input  `E-TIME`
/// @see  Kingman (1962), Z Wahrscheinlichkeitstheorie 1:14-24; Israel, Rosenthal & Wei (2001),
///       Math Finance 11:245-265
embedding embeddability(const probability_matrix<>& P, double t, double rounding = 0);

/// The principal logarithm of a matrix without zero or negative eigenvalues, by inverse scaling and
/// squaring: square roots until it is near I (Denman & Beavers' product form), then log(I + X) by
/// Gauss-Legendre quadrature of X (I + x X)^-1.
///
/// @return  n x n; empty if it does not exist
/// @see     Higham (2008), Functions of Matrices, chapters 6 and 11
Eigen::MatrixXd matrix_logarithm(const Eigen::MatrixXd& A);

/// Intensities near the logarithm of P when that is none.
struct quasi_generator {
  intensity_matrix<> intensities;
  double residual;  ///< Frobenius norm of exp(t Q) - P
};

/// Quasi-optimisation: each row of log(P) / t is replaced by the nearest one (least squares) that
/// sums to 0 with no negative rate. It mends what no likelihood asked for, so it is only done when
/// asked for by name.
///
/// @throws invalid_input  `E-TIME`; `D-EMBED`: P has no principal logarithm
/// @see    Kreinin & Sidelnikova (2001), Algo Research Quarterly 4:23-40
quasi_generator quasi_optimisation(const probability_matrix<>& P, double t);

}  // namespace kohort
