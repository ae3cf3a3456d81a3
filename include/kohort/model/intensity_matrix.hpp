#pragma once

#include <cmath>
#include <limits>
#include <span>
#include <string>

#include <Eigen/Core>

#include <kohort/model/state_space.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

/// Transition intensities Q: q_rs is the rate at which somebody in state r moves to state s,
///
///     q_rs >= 0 for r != s,    q_rr = -sum_{s != r} q_rs,
///
/// per unit of time, a year unless said otherwise. A `Q` that exists is valid: whoever takes one
/// checks nothing. A row of zeros is an absorbing state.
///
/// The off-diagonal rates are what the matrix is: the diagonal is always set from them, so that it
/// carries no error of its own.
///
/// @tparam N  number of states, where it is known when compiling; `Eigen::Dynamic` otherwise
template <int N = Eigen::Dynamic>
class intensity_matrix {
 public:
  using matrix_type = Eigen::Matrix<double, N, N>;

  /// Takes a whole matrix, diagonal included.
  ///
  /// @param Q  n x n, n >= 1; each row sums to 0 within 1e-12 of its largest entry
  /// @throws invalid_input  `E-INTENSITY`: not square, not finite, a negative rate, or a row whose
  ///                        sum is not 0
  template <typename Derived>
  explicit intensity_matrix(const Eigen::MatrixBase<Derived>& Q) : intensity_matrix(Q, diagonal{}) {
    const matrix_type given = Q;
    for (Eigen::Index r = 0; r < given.rows(); ++r) {
      const double sum = given.row(r).sum();
      const double scale = given.row(r).cwiseAbs().maxCoeff();
      if (!(std::abs(sum) <= 1e-12 * scale) || !std::isfinite(sum)) {
        reject("E-INTENSITY", "intensity_matrix",
               "row " + std::to_string(r) + " sums to " + shown(sum),
               "every row of Q must sum to 0",
               "Pass the off-diagonal rates to from_rates(), which sets the diagonal");
      }
    }
  }

  /// Takes the rates alone: whatever stands on the diagonal of `rates` is not looked at.
  ///
  /// @param rates  n x n, n >= 1, per unit of time
  /// @throws invalid_input  `E-INTENSITY`: not square, not finite or a negative rate
  template <typename Derived>
  [[nodiscard]] static intensity_matrix from_rates(const Eigen::MatrixBase<Derived>& rates) {
    return intensity_matrix(rates, diagonal{});
  }

  /// Takes one rate for each transition of a model, in the order of `structure.transitions()`.
  ///
  /// @param structure  the states and the permitted moves
  /// @param rates      one per transition, per unit of time; 0 is allowed
  /// @throws invalid_input  `E-INTENSITY`: the wrong number of rates, not finite or a negative rate
  [[nodiscard]] static intensity_matrix from_rates(const model& structure,
                                                   std::span<const double> rates) {
    const auto& moves = structure.transitions();
    if (rates.size() != moves.size()) {
      reject("E-INTENSITY", "from_rates", std::to_string(rates.size()) + " rates were given",
             "the model has " + std::to_string(moves.size()) + " transitions",
             "Give one rate per transition, in the order in which the model lists them");
    }
    const Eigen::Index n = structure.size();
    if (N != Eigen::Dynamic && n != N) {
      reject("E-INTENSITY", "from_rates", "the model has " + std::to_string(n) + " states",
             "the matrix is made for " + std::to_string(N),
             "Use intensity_matrix<> or the size of the model");
    }
    matrix_type all = matrix_type::Zero(n, n);
    for (std::size_t k = 0; k < moves.size(); ++k) all(moves[k].from, moves[k].to) = rates[k];
    return intensity_matrix(all, diagonal{});
  }

  /// Number of states.
  [[nodiscard]] int size() const { return static_cast<int>(matrix_.rows()); }

  /// The whole matrix, n x n, per unit of time.
  [[nodiscard]] const matrix_type& matrix() const { return matrix_; }

  /// q_rs, per unit of time; on the diagonal minus the rate of leaving r.
  [[nodiscard]] double operator()(state r, state s) const { return matrix_(r, s); }

  /// Out of one state: a row of n rates.
  [[nodiscard]] auto row(state r) const { return matrix_.row(r); }

  /// Into one state: a column of n rates.
  [[nodiscard]] auto col(state s) const { return matrix_.col(s); }

  /// max_r |q_rr|, the rate of leaving the state that is left fastest.
  [[nodiscard]] double largest_exit_rate() const { return 0.0 - matrix_.diagonal().minCoeff(); }

 private:
  struct diagonal {};

  template <typename Derived>
  intensity_matrix(const Eigen::MatrixBase<Derived>& rates, diagonal) {
    if (rates.rows() != rates.cols() || rates.rows() < 1 ||
        (N != Eigen::Dynamic && rates.rows() != N)) {
      reject("E-INTENSITY", "intensity_matrix",
             "the matrix is " + std::to_string(rates.rows()) + " x " + std::to_string(rates.cols()),
             "Q has one row and one column for each state" +
                 (N == Eigen::Dynamic ? std::string() : ", here " + std::to_string(N)),
             "Pass a square matrix");
    }
    matrix_ = rates;
    for (Eigen::Index r = 0; r < matrix_.rows(); ++r) {
      double exit = 0;
      for (Eigen::Index s = 0; s < matrix_.cols(); ++s) {
        if (s == r) continue;
        const double rate = matrix_(r, s);
        if (!(rate >= 0) || rate > std::numeric_limits<double>::max()) {
          reject("E-INTENSITY", "intensity_matrix",
                 "the rate from state " + std::to_string(r) + " to state " + std::to_string(s) +
                     " is " + shown(rate),
                 "a rate must be finite and not negative", "Mend that rate");
        }
        exit += rate;
      }
      if (exit > std::numeric_limits<double>::max()) {
        reject("E-INTENSITY", "intensity_matrix",
               "the rates out of state " + std::to_string(r) + " sum to infinity",
               "their sum must be finite", "Measure time in a shorter unit");
      }
      matrix_(r, r) = -exit + 0.0;  // an absorbing state gets 0, not -0
    }
  }

  matrix_type matrix_;
};

}  // namespace kohort
