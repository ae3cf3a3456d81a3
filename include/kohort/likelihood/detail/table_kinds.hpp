#pragma once

// What `log_likelihood.cpp` adds up: every kind of table has functions of the same shape here. A
// new kind adds its own and one call to each sum in log_likelihood.cpp; nothing else knows the
// kinds.

#include <cstdint>
#include <span>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/transitions.hpp>
#include <kohort/likelihood/detail/scoring.hpp>
#include <kohort/likelihood/detail/subject_scores.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort::detail {

/// What every kind is evaluated with.
struct likelihood_input {
  const intensity_model& intensities;
  const transition_tables& tables;
  Eigen::VectorXd coefficients;  ///< all of them; -infinity for an intercept of a rate of 0
  int threads;
  const progress& report;

  coefficient_layout where;
  std::size_t K, n;           ///< transitions, states
  std::vector<double> rates;  ///< patterns x transitions, per year

  likelihood_input(const intensity_model& model, const transition_tables& all,
                   const Eigen::VectorXd& at, int thread_count, const progress& told);

  /// The design (1, x_c ...) of transition k in one pattern.
  void design(std::size_t pattern, std::size_t k, std::vector<double>& row) const;
  [[nodiscard]] std::size_t start(std::size_t k) const {
    return static_cast<std::size_t>(where.starts[k]);
  }
};

/// What every kind adds to.
struct likelihood_sum {
  double value = 0;
  bool sloped = false;           ///< whether the slopes are wanted
  std::vector<double> slopes{};  ///< patterns x transitions: dl/dq
  Eigen::VectorXd gradient{};    ///< dl/dcoefficient of what does not go through a pattern's rates

  explicit likelihood_sum(const likelihood_input& in, bool with_slopes);
};

/// From slopes by rate to slopes by coefficient, dq_k/db = q_k x, and the rest of the gradient.
Eigen::VectorXd by_coefficient(const likelihood_input& in, const likelihood_sum& sum);

/// Adds, for one pattern, the K x K matrix by log rate `part` to the matrix by coefficient.
void add_expanded(const likelihood_input& in, std::size_t pattern, const double* part,
                  Eigen::MatrixXd& information);

/// Adds the score of one cell or run to a column by coefficient, from the slopes of its pieces.
///
/// @param patterns  one per piece
/// @param slopes    pieces x transitions, dlog L/dq
void add_score(const likelihood_input& in, const std::int32_t* patterns,
               std::span<const double> slopes, Eigen::Ref<Eigen::VectorXd> score);

// Time and moves known throughout.
void add_exact(const likelihood_input& in, likelihood_sum& sum);
void add_exact_information(const likelihood_input& in, Eigen::MatrixXd& information);
void add_exact_scores(const likelihood_input& in, const subject_parts& parts, subject_sums& out);

// Rows of published tables.
void add_aggregates(const likelihood_input& in, likelihood_sum& sum);
void add_aggregate_information(const likelihood_input& in, Eigen::MatrixXd& information);

// Independent intervals. Those of one piece have a quick observed information of their own.
enum class cells_of { any_length, several_pieces };
void add_cells(const likelihood_input& in, likelihood_sum& sum,
               cells_of which = cells_of::any_length);
void add_cell_information(const likelihood_input& in, Eigen::MatrixXd& information);
void add_scoring_cells(const likelihood_input& in, const scoring_cells& cells,
                       Eigen::MatrixXd& information);
void add_single_piece_curvature(const likelihood_input& in, Eigen::MatrixXd& information);
void add_cell_scores(const likelihood_input& in, const subject_parts& parts, subject_sums& out);

// Rows that do not split: runs of them.
void add_runs(const likelihood_input& in, likelihood_sum& sum);
void add_run_information(const likelihood_input& in, Eigen::MatrixXd& information);
void add_run_scores(const likelihood_input& in, const subject_parts& parts, subject_sums& out);

// Runs in which the state is hidden, by phases or misreadings.
void add_hidden(const likelihood_input& in, likelihood_sum& sum);
void add_hidden_information(const likelihood_input& in, Eigen::MatrixXd& information);
// Intervals and runs over which a clock moves on; of intervals alone there is a quick curvature.
void add_moving(const likelihood_input& in, likelihood_sum& sum);
void add_moving_runs(const likelihood_input& in, likelihood_sum& sum);
void add_moving_curvature(const likelihood_input& in, Eigen::MatrixXd& information);

}  // namespace kohort::detail
