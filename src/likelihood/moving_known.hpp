#pragma once

#include <vector>

#include <kohort/data/moving_cells.hpp>
#include <kohort/likelihood/detail/moving.hpp>
#include <kohort/likelihood/detail/moving_setting.hpp>

namespace kohort::detail {

/// An interval known throughout: log L = -sum_k int q_k + log q_to at its end, by (piece,
/// transition) and (transition, moving column).
class known_throughout {
 public:
  explicit known_throughout(const moving_setting& at) : at_(at), end_(at.C), node_(at.C) {}

  std::vector<double> slopes, curvature;  // D and D x D

  double evaluate(const moving_cells& cells, std::size_t i, double h, moving_wish wish,
                  int parts = 1);

 private:
  /// int q, int q x_c and int q x_c x_d over a piece.
  void integrate(std::size_t k, double eta, const double* clocks, double begin, double length,
                 double h);

  void record(std::size_t eta, std::size_t gamma, std::size_t D, moving_wish wish);

  const moving_setting& at_;
  std::vector<double> end_, node_, moments_;
  std::vector<substep> cuts_;
  int parts_ = 1;  // of each sub-step
};

}  // namespace kohort::detail
