#pragma once

#include <vector>

#include <Eigen/Core>

#include <kohort/data/transitions.hpp>
#include <kohort/model/detail/substeps.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort::detail {

/// From so many intervals on, what only has to be good enough is computed the quick way.
inline constexpr std::size_t many_moving_cells = 20000;

enum class moving_wish {
  value,
  gradient,   ///< and the value
  curvature,  ///< minus the second derivative: central differences of the gradient, cell by cell
  quick_curvature,  ///< the same, differences to one side: half the time, half the digits
  error             ///< see `substep_error`
};

inline bool is_curvature(moving_wish wish) {
  return wish == moving_wish::curvature || wish == moving_wish::quick_curvature;
}

struct moving_sum {
  double value = 0, error = 0;
  Eigen::VectorXd gradient{};
  Eigen::MatrixXd curvature{};

  /// Adds what a part has; its coefficients are the first of these.
  void add(const moving_sum& part) {
    value += part.value;
    error += part.error;
    gradient.head(part.gradient.size()) += part.gradient;
    curvature.topLeftCorner(part.curvature.rows(), part.curvature.cols()) += part.curvature;
  }
};

/// Sums over all moving cells of the tables.
///
/// @param h      longest sub-step
/// @param every  one cell in so many, by length; not multiplied
moving_sum evaluate_moving(const intensity_model& intensities, const transition_tables& tables,
                           const Eigen::VectorXd& coefficients, double h, moving_wish wish,
                           int every, int threads, const progress& report);

}  // namespace kohort::detail
