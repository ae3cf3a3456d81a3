#pragma once

#include <kohort/estimation/detail/log_prior.hpp>
#include <kohort/likelihood/log_likelihood.hpp>

namespace kohort::detail {

/// What is maximised, of all coefficients: log-likelihood and log prior, times a unit.
class objective {
 public:
  /// @param unit  by which weights are multiplied, so that a person counts about 1
  objective(const intensity_model& intensities, const transition_tables& tables, int threads,
            progress poll, double unit = 1, log_prior prior = {})
      : intensities_(intensities),
        tables_(tables),
        threads_(threads),
        poll_(std::move(poll)),
        unit_(unit),
        prior_(std::move(prior)) {}

  [[nodiscard]] const intensity_model& intensities() const { return intensities_; }
  [[nodiscard]] const transition_tables& tables() const { return tables_; }
  [[nodiscard]] double unit() const { return unit_; }
  [[nodiscard]] const log_prior& prior() const { return prior_; }

  /// The same of other data.
  [[nodiscard]] objective with_tables(const transition_tables& tables) const {
    return {intensities_, tables, threads_, poll_, unit_, prior_};
  }

  [[nodiscard]] double value(const Eigen::VectorXd& coefficients) const {
    const double value = log_likelihood(intensities_, tables_, coefficients, threads_, poll_);
    return unit_ * (value + prior_.value(coefficients));
  }
  [[nodiscard]] log_likelihood_slope slope(const Eigen::VectorXd& coefficients) const {
    auto found = log_likelihood_gradient(intensities_, tables_, coefficients, threads_, poll_);
    found = {unit_ * found.value, unit_ * found.gradient};
    prior_.add_slope(coefficients, unit_, found);
    return found;
  }
  /// Never with a negative eigenvalue.
  [[nodiscard]] Eigen::MatrixXd information(const Eigen::VectorXd& coefficients) const {
    return with_prior(expected_information(intensities_, tables_, coefficients, threads_, poll_),
                      coefficients);
  }
  /// The same from simpler tables where the true ones would take long: it shows the way up.
  [[nodiscard]] Eigen::MatrixXd rough_curvature(const Eigen::VectorXd& coefficients) const {
    const auto& simple = tables_.stand_in ? *tables_.stand_in : tables_;
    return with_prior(observed_information(intensities_, simple, coefficients, threads_, poll_),
                      coefficients);
  }
  /// Minus the second derivative.
  [[nodiscard]] Eigen::MatrixXd curvature(const Eigen::VectorXd& coefficients) const {
    return with_prior(observed_information(intensities_, tables_, coefficients, threads_, poll_),
                      coefficients);
  }

 private:
  [[nodiscard]] Eigen::MatrixXd with_prior(Eigen::MatrixXd found,
                                           const Eigen::VectorXd& coefficients) const {
    if (!prior_.empty()) found += prior_.information(coefficients);
    return unit_ * found;
  }

  const intensity_model& intensities_;
  const transition_tables& tables_;
  int threads_;
  progress poll_;
  double unit_;
  log_prior prior_;
};

}  // namespace kohort::detail
