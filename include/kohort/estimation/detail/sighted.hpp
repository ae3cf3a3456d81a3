#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/observations.hpp>
#include <kohort/estimation/detail/path_probability.hpp>
#include <kohort/model/misclassification.hpp>

namespace kohort::detail {

/// What the rows of persons say of the model's own states, for checks that compare what is seen
/// with what is expected to be seen: weights over these states, carried along a follow-up. They are
/// (0..1..0) where the state is simply what is seen, and spread where it has phases, may be misread
/// or is told within a set only. One for each thread.
class sighted {
 public:
  /// @throws invalid_input  `E-COLUMN`: a column that the model needs is not there
  sighted(const intensity_model& intensities, std::span<const double> coefficients,
          const observations& seen, const char* where);

  /// The states as they are seen.
  [[nodiscard]] int seen_states() const { return seen_n_; }

  /// Those that a row names, bit s for state s.
  [[nodiscard]] std::uint64_t named(std::size_t row) const;
  [[nodiscard]] bool names_several(std::size_t row) const;
  /// Whether all of those are never left.
  [[nodiscard]] bool absorbed(std::size_t row) const;

  /// Whether a row may be a misreading.
  [[nodiscard]] bool erring(std::size_t row) const;

  /// Weights at a follow-up's first row, given what it says; they sum to 1.
  Eigen::RowVectorXd first(std::size_t row);

  /// Weights at a row, given those at the row before and what this one says; they sum to 1.
  ///
  /// @pre  the row is not of the kind `start`
  Eigen::RowVectorXd next(std::size_t row, const Eigen::RowVectorXd& before);

  /// P over a stretch of the time that begins at a row, under the covariates that hold there.
  /// Times are years since that row. The reference holds until the next call.
  const Eigen::MatrixXd& over(std::size_t row, double from, double to);

  /// Weights `since` years after the row before one, given those there and what is known of the
  /// time until then: that it was without a move, or that a window of death had not opened.
  Eigen::RowVectorXd until(std::size_t row, const Eigen::RowVectorXd& before, double since);

  /// The probability (or density) of what a row says of the time after, by the state held `since`
  /// years after the row before it.
  Eigen::VectorXd evidence(std::size_t row, double since);

  /// The probability of seeing each state in somebody with these weights, as a row's covariates
  /// have it read.
  Eigen::RowVectorXd readings(const Eigen::RowVectorXd& weights, std::size_t row);

  /// What a row says by seen state: 1 for one; for several their probabilities given the weights
  /// there, which know of the row.
  Eigen::RowVectorXd said(std::size_t row, const Eigen::RowVectorXd& weights);

  /// Rates per year in the middle of the interval that a row begins, summed over all transitions.
  [[nodiscard]] double sum_of_rates(std::size_t row, double length);

 private:
  const Eigen::MatrixXd& reading_at(std::size_t row);
  Eigen::VectorXd emission(std::size_t row);
  std::vector<double> shares(state seen, std::size_t row);
  std::span<const double> values_at(std::size_t row);
  [[nodiscard]] double opens(std::size_t row) const;
  void let_live(Eigen::Ref<Eigen::VectorXd> weights) const;
  Eigen::MatrixXd kept_over(std::size_t row, double from, double to);

  const intensity_model& intensities_;
  std::span<const double> coefficients_;
  const observations& seen_;
  const char* where_;
  int n_, seen_n_;
  std::vector<state> shown_;                // per state of the model
  std::vector<std::vector<state>> phases_;  // per seen state
  std::vector<double> first_;               // of first states; may be empty
  std::uint64_t living_ = 0, misreadable_ = 0;
  std::vector<std::size_t> columns_, reading_columns_;
  std::ptrdiff_t clock_ = -1;
  coefficient_layout layout_;
  path_probability probability_;
  std::map<std::vector<double>, Eigen::MatrixXd> readings_;
  std::vector<double> values_, x_, rates_;
};

}  // namespace kohort::detail
