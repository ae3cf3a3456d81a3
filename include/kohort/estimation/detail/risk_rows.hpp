#pragma once

#include <span>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/transitions.hpp>
#include <kohort/model/intensity_model.hpp>

namespace kohort::detail {

/// One row of a transition's design, and the person-years for which somebody may have been at risk
/// of that move under it.
struct risk_row {
  double years = 0;
  std::span<const double> x;  ///< (1, columns of the transition's terms), as its coefficients stand
};

/// The design as the search needs it: how far a coefficient can be told, in which unit, and which
/// rates a set of coefficients stands for. An effect that is no column of `transition_tables` shows
/// here by the values that it takes.
class risk_rows {
 public:
  /// @param unit  by which weights are multiplied, so that a person counts about 1
  risk_rows(const intensity_model& intensities, const transition_tables& tables, double unit = 1);

  [[nodiscard]] const coefficient_layout& where() const { return where_; }
  [[nodiscard]] int transitions() const { return static_cast<int>(rows_.size()); }

  /// Person-years at risk of a transition.
  [[nodiscard]] double years(int transition) const {
    return years_[static_cast<std::size_t>(transition)];
  }

  /// Calls f(risk_row) for each design row of a transition with person-years at risk, or for one in
  /// `stride` of them.
  template <typename F>
  void for_each(int transition, const F& f, std::size_t stride = 1) const {
    const auto k = static_cast<std::size_t>(transition);
    const auto width = static_cast<std::size_t>(where_.starts[k + 1] - where_.starts[k]);
    std::vector<double> x(width, 1.0);
    for (std::size_t i = 0; i < rows_[k].size(); i += stride) {
      const auto& [pattern, years] = rows_[k][i];
      const auto columns = tables_.pattern(pattern);
      for (std::size_t c = 1; c < width; ++c)
        x[c] = columns[static_cast<std::size_t>(where_.columns[k][c - 1])];
      f(risk_row{years, x});
    }
  }

  /// log q_k in a design row.
  [[nodiscard]] double log_rate(const Eigen::VectorXd& coefficients, int transition,
                                const risk_row& row) const {
    auto place = static_cast<Eigen::Index>(where_.starts[static_cast<std::size_t>(transition)]);
    double sum = coefficients[place];
    for (std::size_t c = 1; c < row.x.size(); ++c) sum += coefficients[++place] * row.x[c];
    return sum;
  }

  /// How often a move is expected at these coefficients, and its least and largest rate per year.
  struct expectation {
    double events = 0;
    double least_rate = 0, largest_rate = 0;
  };
  [[nodiscard]] expectation expected(const Eigen::VectorXd& coefficients, int transition) const;

  /// The largest change of a log rate, or of a coefficient that is no part of one, when the
  /// coefficients change by this much. Of very many design rows some are asked.
  [[nodiscard]] double largest_change(const Eigen::VectorXd& change) const;

  /// The triangle R of W^{1/2} X = O R over all coefficients, X having one row for each transition
  /// and design row, W its person-years. A coefficient that is no part of an intensity stands alone
  /// with the number of intervals.
  ///
  /// Memory does not grow with the number of design rows.
  [[nodiscard]] Eigen::MatrixXd triangle() const;

 private:
  struct at_risk {
    std::size_t pattern;
    double years;
  };
  const transition_tables& tables_;
  coefficient_layout where_;
  std::vector<std::vector<at_risk>> rows_;  // per transition
  std::vector<double> years_;
  double weight_;
};

}  // namespace kohort::detail
