#pragma once

#include <cstdint>
#include <vector>

#include <kohort/data/moving_cells.hpp>
#include <kohort/likelihood/detail/moving_setting.hpp>

#include "likelihood/vector_kernels.hpp"

namespace kohort::detail {

/// Cells side by side, one a lane: what does not depend on the coefficients, then the passes.
class moving_lanes {
 public:
  moving_lanes(const moving_setting& at, const vector_kernels& with)
      : at_(at), with_(with), W_(static_cast<std::size_t>(with.width)) {}

  /// @param cells  of one table, panel or exact_death
  /// @param which  at most `width` of them
  /// @param parts  of each sub-step, see `cut_into_substeps`
  void prepare(const moving_cells& cells, const std::int32_t* which, std::size_t count, double h,
               int parts = 1);

  /// From here on series end earlier than at the last digit, or not.
  void truncate(bool early) { limits_ = early ? &quick_degree_limits() : &degree_limits(); }

  /// Log likelihood of each lane, at eta and gamma moved by `by` along direction d (none: size()).
  void run(bool slopes, std::size_t d, double by);

  [[nodiscard]] double log_value(std::size_t l) const { return log_values_[l]; }
  /// dlog L by (piece, transition), then by (transition, moving column).
  [[nodiscard]] double slope(std::size_t l, std::size_t d) const { return slopes_[d * W_ + l]; }
  [[nodiscard]] std::size_t directions() const { return J_ * at_.K + at_.K * at_.C; }
  [[nodiscard]] double largest_x(std::size_t c) const { return largest_x_[c]; }

  /// The moving columns in the middle of every piece, for `middle`.
  void find_middles();
  [[nodiscard]] double middle(std::size_t l, std::size_t j, std::size_t c) const {
    return middles_[(l * J_ + j) * at_.C + c];
  }

 private:
  [[nodiscard]] std::size_t cell(std::size_t l) const {
    return static_cast<std::size_t>(which_[l]);
  }
  [[nodiscard]] double elapsed(std::size_t l, std::size_t j) const {
    return cells_->elapsed[cell(l) * J_ + j];
  }
  [[nodiscard]] const double* clocks(std::size_t l) const {
    return cells_->starts.data() + cell(l) * static_cast<std::size_t>(cells_->clocks);
  }
  [[nodiscard]] const double* eta(std::size_t l, std::size_t j) const {
    return at_.eta.data() + static_cast<std::size_t>(cells_->patterns[cell(l) * J_ + j]) * at_.K;
  }
  double* last_seen(std::size_t l) {
    return seen_.data() + (2 * cuts_[l].size() - 1) * at_.n * W_ + l;
  }

  /// q_.D at the moment of death, where it is seen.
  void see_deaths(std::size_t d, double by, const std::vector<double>& gamma);

  /// Lanes that the vector kernel cannot do; their rates there are made harmless.
  double find_slow(bool* slow);

  /// One lane by the primitive that also knows logarithms.
  void slowly(std::size_t l, bool slopes, bool rates_kept);

  void back(const node_batch& nodes);

  const moving_setting& at_;
  const vector_kernels& with_;
  std::size_t W_;
  const std::vector<double>* limits_ = &degree_limits();
  const moving_cells* cells_ = nullptr;
  const std::int32_t* which_ = nullptr;
  std::size_t count_ = 0, J_ = 1, steps_ = 0;
  bool death_ = false, eta_steps_ = false;
  std::vector<substep> cuts_[8];
  std::vector<int> pieces_[8];  // per sub-step: its piece
  double lengths_[8], log_values_[8];
  std::vector<double> x_, elapsed_, seen_, start_, at_end_, eta_, moved_eta_, moved_gamma_;
  std::vector<double> nodes_, rates_, slow_rates_, scales_, rate_slopes_, seen_slopes_;
  std::vector<double> start_slopes_, scratch_, eta_slopes_, gamma_slopes_, slopes_, row_;
  std::vector<double> largest_x_, middles_;
};

}  // namespace kohort::detail
