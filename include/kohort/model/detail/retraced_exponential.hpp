#pragma once

#include <cstddef>
#include <vector>

#include <Eigen/Core>

#include <kohort/model/detail/exponential.hpp>
#include <kohort/model/intensity_matrix.hpp>

namespace kohort::detail {

/// P(t), formed as by `transition_probability`, with all that a way back through it needs.
template <int N>
class retraced_exponential {
 public:
  using square = Eigen::Matrix<double, N, N>;
  using column = Eigen::Matrix<double, N, 1>;

  /// @pre  `check_time` has seen t
  retraced_exponential(const intensity_matrix<N>& Q, double t) {
    const int n = Q.size();
    const auto [squarings, h] = scale(Q.largest_exit_rate(), t);
    step_ = h;
    A_ = shifted(Q, h);
    const int m = degree(n);
    terms_.push_back(square::Identity(n, n));
    for (int k = 1; k <= m; ++k) terms_.push_back(terms_.back() * A_ / k);
    square P = square::Zero(n, n);
    for (int k = m; k >= 0; --k) P += terms_[static_cast<std::size_t>(k)];
    sums_.push_back(divide_rows(P));
    powers_.push_back(P);
    for (int k = 0; k < squarings; ++k) {
      P = (powers_.back() * powers_.back()).eval();
      sums_.push_back(divide_rows(P));
      powers_.push_back(P);
    }
  }

  /// h of A = h (Q + lambda I).
  [[nodiscard]] double step() const { return step_; }

  /// From the derivative of a function with respect to each entry of P(t) to that with respect to
  /// each entry of A: back through the squarings, then through the terms A^k / k! of the series.
  ///
  /// @param back_through  called as (bar, P, sums) for each division of rows, after which P stood:
  ///                      changes `bar` to the derivative before it
  template <class Division>
  [[nodiscard]] square back(square bar, const Division& back_through) const {
    for (auto k = powers_.size(); k-- > 0;) {
      back_through(bar, powers_[k], sums_[k]);
      if (k > 0) {
        const square& root = powers_[k - 1];
        bar = (bar * root.transpose() + root.transpose() * bar).eval();
      }
    }
    square A_bar = square::Zero(bar.rows(), bar.cols()), W = bar;
    for (int k = static_cast<int>(terms_.size()) - 1; k >= 1; --k) {
      A_bar += terms_[static_cast<std::size_t>(k - 1)].transpose() * W / k;
      W = (bar + W * A_.transpose() / k).eval();
    }
    return A_bar;
  }

 private:
  double step_;
  square A_;
  std::vector<square> terms_;   // A^k / k!
  std::vector<square> powers_;  // after the series and after each squaring, rows divided
  std::vector<column> sums_;    // by which they were divided
};

}  // namespace kohort::detail
