#pragma once

#include <kohort/estimation/prior.hpp>
#include <kohort/likelihood/log_likelihood.hpp>

namespace kohort::detail {

/// The sum of log prior densities, of all coefficients.
class log_prior {
 public:
  log_prior() = default;

  /// @param intercepts  places of the coefficients that are log rates
  /// @throws invalid_input  `E-PRIOR` for a name or a number that makes no sense
  log_prior(const std::vector<prior>& priors, const std::vector<quadratic_penalty>& penalties,
            const std::vector<std::string>& names, const std::vector<int>& intercepts);

  [[nodiscard]] bool empty() const { return normal_.size() == 0 && rates_.empty(); }
  /// Whether a coefficient has one.
  [[nodiscard]] bool on(Eigen::Index i) const;
  [[nodiscard]] double value(const Eigen::VectorXd& theta) const;
  void add_slope(const Eigen::VectorXd& theta, double unit, log_likelihood_slope& slope) const;
  /// Minus the second derivative; never with a negative eigenvalue.
  [[nodiscard]] Eigen::MatrixXd information(const Eigen::VectorXd& theta) const;

 private:
  struct rate_prior {
    Eigen::Index place;
    double shape, rate, constant;
  };
  Eigen::MatrixXd normal_;  // precision over all coefficients; empty: none
  Eigen::VectorXd pull_;    // precision times centre
  double constant_ = 0;     // of the normal ones, and -centre' precision centre / 2
  std::vector<rate_prior> rates_;
};

}  // namespace kohort::detail
