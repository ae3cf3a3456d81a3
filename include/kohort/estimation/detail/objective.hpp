#pragma once

#include <kohort/estimation/fit.hpp>
#include <kohort/likelihood/log_likelihood.hpp>

namespace kohort::detail {

/// What is maximised, of all coefficients: the log-likelihood, times a unit.
class objective {
 public:
  /// @param unit  by which weights are multiplied, so that a person counts about 1
  objective(const intensity_model& intensities, const transition_tables& tables, int threads,
            progress poll, double unit = 1)
      : intensities_(intensities),
        tables_(tables),
        threads_(threads),
        poll_(std::move(poll)),
        unit_(unit) {}

  [[nodiscard]] const intensity_model& intensities() const { return intensities_; }
  [[nodiscard]] const transition_tables& tables() const { return tables_; }
  [[nodiscard]] double unit() const { return unit_; }

  [[nodiscard]] double value(const Eigen::VectorXd& coefficients) const {
    return unit_ * log_likelihood(intensities_, tables_, coefficients, threads_, poll_);
  }
  [[nodiscard]] log_likelihood_slope slope(const Eigen::VectorXd& coefficients) const {
    auto found = log_likelihood_gradient(intensities_, tables_, coefficients, threads_, poll_);
    return {unit_ * found.value, unit_ * found.gradient};
  }
  /// Never with a negative eigenvalue.
  [[nodiscard]] Eigen::MatrixXd information(const Eigen::VectorXd& coefficients) const {
    return unit_ * expected_information(intensities_, tables_, coefficients, threads_, poll_);
  }
  /// Minus the second derivative.
  [[nodiscard]] Eigen::MatrixXd curvature(const Eigen::VectorXd& coefficients) const {
    return unit_ * observed_information(intensities_, tables_, coefficients, threads_, poll_);
  }

 private:
  const intensity_model& intensities_;
  const transition_tables& tables_;
  int threads_;
  progress poll_;
  double unit_;
};

}  // namespace kohort::detail
