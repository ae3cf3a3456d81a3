#pragma once

#include <cmath>
#include <memory>

#include <kohort/estimation/detail/log_prior.hpp>
#include <kohort/likelihood/detail/scoring.hpp>
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
  /// About the same from far fewer intervals, those of nearly one length taken as one: it shows the
  /// way up.
  [[nodiscard]] Eigen::MatrixXd rough_information(const Eigen::VectorXd& coefficients) const {
    if (!merged_) {
      merged_ = std::make_shared<const scoring_cells>(
          cells_for_scoring(intensities_.structure, tables_, nearly_one_length_, poll_));
    }
    if (!near(coefficients, rough_at_)) {
      rough_ = with_prior(
          scoring_information(intensities_, tables_, *merged_, coefficients, threads_, poll_),
          coefficients);
      rough_at_ = coefficients;
    }
    return rough_;
  }
  /// From now on only intervals of the same length: others said too little together.
  void merge_less() const {
    nearly_one_length_ = 0;
    merged_.reset();
    rough_at_.resize(0);
  }
  /// Minus the second derivative.
  [[nodiscard]] Eigen::MatrixXd curvature(const Eigen::VectorXd& coefficients) const {
    bent_at_ = coefficients;
    bent_ = with_prior(observed_information(intensities_, tables_, coefficients, threads_, poll_),
                       coefficients);
    return bent_;
  }
  /// The same, or that of the last point where it was asked for if that is within a millionth of a
  /// standard error.
  [[nodiscard]] Eigen::MatrixXd curvature_about(const Eigen::VectorXd& coefficients) const {
    if (bent_at_.size() == coefficients.size() && bent_.allFinite()) {
      Eigen::VectorXd away = coefficients - bent_at_;
      for (Eigen::Index i = 0; i < away.size(); ++i) {
        if (coefficients[i] == bent_at_[i]) away[i] = 0;  // both may be -infinity
      }
      if (away.allFinite() && std::abs(away.dot(bent_ * away)) <= 1e-12) return bent_;
    }
    return curvature(coefficients);
  }

 private:
  static bool near(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
    if (a.size() != b.size()) return false;
    for (Eigen::Index i = 0; i < a.size(); ++i) {
      if (a[i] != b[i] && !(std::abs(a[i] - b[i]) < 1e-9)) return false;  // both may be -infinity
    }
    return true;
  }
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
  mutable Eigen::VectorXd bent_at_ = {};   // where the curvature was last asked for
  mutable Eigen::MatrixXd bent_ = {};      // and what it was
  mutable Eigen::VectorXd rough_at_ = {};  // where the rough information was last asked for
  mutable Eigen::MatrixXd rough_ = {};
  mutable double nearly_one_length_ = 0.25;
  mutable std::shared_ptr<const scoring_cells> merged_ = {};  // once they were asked for
};

}  // namespace kohort::detail
