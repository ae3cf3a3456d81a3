#pragma once

#include <vector>

#include <Eigen/Core>

#include <kohort/likelihood/log_likelihood.hpp>

namespace kohort::detail {

/// l and its gradient in one municipality, where the effects are b.
class municipality {
 public:
  municipality(const intensity_model& intensities, const transition_tables& tables,
               const Eigen::VectorXd& coefficients, const std::vector<int>& effects,
               const progress& report)
      : intensities_(intensities), tables_(tables), coefficients_(coefficients), report_(report) {
    const auto where = layout(intensities);
    for (const int k : effects) places_.push_back(where.starts[static_cast<std::size_t>(k)]);
  }

  [[nodiscard]] Eigen::Index size() const { return static_cast<Eigen::Index>(places_.size()); }

  [[nodiscard]] Eigen::VectorXd moved(const Eigen::VectorXd& b) const {
    Eigen::VectorXd at = coefficients_;
    for (Eigen::Index k = 0; k < size(); ++k) at[place(k)] += b[k];
    return at;
  }
  [[nodiscard]] log_likelihood_slope slope(const Eigen::VectorXd& b) const {
    return log_likelihood_gradient(intensities_, tables_, moved(b), 1, report_);
  }
  [[nodiscard]] Eigen::VectorXd part(const Eigen::VectorXd& by_coefficient) const {
    Eigen::VectorXd some(size());
    for (Eigen::Index k = 0; k < size(); ++k) some[k] = by_coefficient[place(k)];
    return some;
  }
  /// Rows of minus the second derivative, effects x coefficients, by central differences.
  [[nodiscard]] Eigen::MatrixXd curvature(const Eigen::VectorXd& b) const {
    constexpr double step = 1e-5;
    Eigen::MatrixXd rows(size(), coefficients_.size());
    for (Eigen::Index k = 0; k < size(); ++k) {
      Eigen::VectorXd at = b;
      at[k] = b[k] + step;
      const Eigen::VectorXd above = slope(at).gradient;
      at[k] = b[k] - step;
      rows.row(k) = (slope(at).gradient - above).transpose() / (2 * step);
    }
    return rows;
  }
  [[nodiscard]] Eigen::MatrixXd part(const Eigen::MatrixXd& rows) const {
    Eigen::MatrixXd some(size(), size());
    for (Eigen::Index k = 0; k < size(); ++k) some.col(k) = rows.col(place(k));
    return (some + some.transpose()) / 2;
  }
  [[nodiscard]] Eigen::MatrixXd expected(const Eigen::VectorXd& b) const {
    return expected_information(intensities_, tables_, moved(b), 1, report_);
  }
  [[nodiscard]] Eigen::Index place(Eigen::Index k) const {
    return places_[static_cast<std::size_t>(k)];
  }

 private:
  const intensity_model& intensities_;
  const transition_tables& tables_;
  const Eigen::VectorXd& coefficients_;
  const progress& report_;
  std::vector<Eigen::Index> places_;
};

}  // namespace kohort::detail
