#pragma once

#include <span>
#include <vector>

#include <Eigen/Core>

#include <kohort/estimation/answers.hpp>
#include <kohort/estimation/detail/value_sums.hpp>
#include <kohort/model/intensity_model.hpp>

namespace kohort::detail {

/// A question about the rates at one point, where clocks stand still: `sojourn`, `next_state` or
/// `rate_ratio`.
struct point_question {
  const intensity_model& model;
  const coefficient_layout& where;
  const question& asked;
  const Eigen::MatrixXd& starts;  ///< rows of weights on the state
};

/// The values at a row of the design, with their slopes if wanted.
value_sums point_values(const point_question& about, const std::vector<double>& design,
                        std::span<const double> coefficients, bool slopes);

}  // namespace kohort::detail
