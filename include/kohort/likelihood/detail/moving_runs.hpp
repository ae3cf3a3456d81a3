#pragma once

#include <kohort/likelihood/detail/moving.hpp>
#include <kohort/likelihood/detail/moving_setting.hpp>
#include <kohort/likelihood/detail/run_evaluation.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort::detail {

/// Steps of a run over clocks that move, and the way back from their slopes to the coefficients.
///
/// Each sub-step is two steps of mixed rates (`detail/substeps.hpp`). A move dated exactly is a
/// step of no length at the rates of its moment.
class moving_steps {
 public:
  /// @param parts  of each sub-step, see `cut_into_substeps`
  explicit moving_steps(const moving_setting& at, int parts = 1) : at_(at), parts_(parts) {}

  void clear();

  /// Writes a stretch of one pattern into a run: from `begin` to `begin + length` years after the
  /// clocks stood at `clocks`.
  ///
  /// @param still  whether it is known that no move was made
  void add(std::size_t pattern, const double* clocks, double begin, double length, double h,
           bool still, run_steps& steps);

  /// Writes a moment: a step of no length, so that moves out of it may be marked as jumps.
  void add_moment(std::size_t pattern, const double* clocks, double after, run_steps& steps);

  /// Adds weight times the slope of the run's log-likelihood by coefficient, rates alone.
  ///
  /// @param rate_slopes  steps x transitions, as they came out
  void add_slopes(std::span<const double> rate_slopes, double weight,
                  Eigen::Ref<Eigen::VectorXd> gradient) const;

 private:
  struct node {
    std::size_t step;  // where its share of the slopes stands: this step and, if mixed, the next
    std::size_t pattern;
    double here, next;  // shares
  };
  void rates(std::size_t pattern, const double* x, std::vector<double>& out) const;
  void keep(std::size_t step, std::size_t pattern, double here, double next,
            const std::vector<double>& x, const std::vector<double>& rates);

  const moving_setting& at_;
  int parts_;
  std::vector<node> nodes_;
  std::vector<double> x_, rates_;  // per node: moving columns; rates
  std::vector<substep> cuts_;
  std::vector<double> early_x_, late_x_, early_, late_, mixed_;
};

/// What all runs over clocks that move add up to; `curvature` is not among the wishes.
moving_sum evaluate_moving_runs(const moving_setting& at, double h, moving_wish wish, int every,
                                int threads, const progress& report);

}  // namespace kohort::detail
