#pragma once

#include <span>

#include <Eigen/Core>

#include <kohort/estimation/detail/value_sums.hpp>
#include <kohort/model/course.hpp>

namespace kohort::detail {

/// Slopes along the coefficients, from slopes along every rate of a path.
Eigen::RowVectorXd coefficient_slopes(const intensity_model& intensities,
                                      const coefficient_layout& where, const course_grid& grid,
                                      std::span<const double> coefficients,
                                      std::span<const state> stopped,
                                      std::span<const double> by_rate);

/// Who goes where: a passage into `stopped`, where nobody moves on.
struct passage_question {
  const intensity_model& model;
  const coefficient_layout& where;
  std::span<const state> stopped;
  const Eigen::MatrixXd& starts;  ///< rows of weights on the state at the start
};

/// For each start E[time of the passage, if it happens] and the probability that it does. With F
/// the probability of having passed, E[time; time <= T] = T F(T) - int_0^T F(w) dw; beyond an
/// open last piece U h more, with h the probability of ever passing from there.
value_sums until_passage(const passage_question& about, const course_grid& grid,
                         intensity_path path, std::span<const double> coefficients, bool slopes);

/// The mean time of those to whom the passage happens, from what `until_passage` gives.
value_sums mean_time(const value_sums& both);

}  // namespace kohort::detail
