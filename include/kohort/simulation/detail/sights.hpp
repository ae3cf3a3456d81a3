#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <Eigen/Core>

#include <kohort/model/misclassification.hpp>
#include <kohort/simulation/histories.hpp>
#include <kohort/support/random.hpp>

namespace kohort::detail {

/// Where persons start among the model's own states, and what is seen of them at a visit. One for
/// each thread.
class sights {
 public:
  /// @throws invalid_input  `E-COLUMN`: a column that misreadings or phases need is not planned
  sights(const intensity_model& intensities, std::span<const double> coefficients,
         const visit_plan& plan, const random_stream& random, std::uint32_t replicate);

  /// The state as it is seen in which a person starts in truth.
  [[nodiscard]] state start(std::uint32_t person) const;

  /// Whether a person starts in a phase that is to be drawn, not in the first.
  [[nodiscard]] bool any_phase(state seen, std::size_t first_visit) const;

  /// The model's own state of somebody who starts in a state: its first phase, or one drawn in
  /// proportion to the time that a stay spends in each at these rates.
  ///
  /// @param rates  one per transition; empty: the first phase
  [[nodiscard]] state phase(state seen, std::span<const double> rates, std::uint32_t person) const;

  /// What a row says of somebody who is in one of the model's own states.
  ///
  /// @param visit   whose covariates count
  /// @param number  of that visit among the person's own
  state at(state fine, std::size_t visit, std::uint32_t person, std::uint32_t number);

  /// The same where the state is known without doubt.
  [[nodiscard]] state known(state fine) const { return shown_[static_cast<std::size_t>(fine)]; }

 private:
  const intensity_model& intensities_;
  std::span<const double> coefficients_;
  const visit_plan& plan_;
  random_stream random_;
  std::uint32_t replicate_;
  std::vector<state> shown_;                // per state of the model, as it is seen
  std::vector<std::vector<state>> phases_;  // per seen state
  std::vector<double> first_;               // probabilities of first states; may be empty
  std::ptrdiff_t clock_ = -1;               // column that is 0 where a stay begins

  misclassification_layout where_;
  std::vector<std::size_t> columns_;  // of the terms of misreadings
  intensity_model terms_;             // they, as a model of their own
  std::vector<double> x_, odds_;
  Eigen::MatrixXd E_;  // at x_
};

/// The chosen one of weights that sum to `sum`, by a uniform number in (0, 1).
std::size_t drawn_by_weight(std::span<const double> weights, double sum, double uniform);

}  // namespace kohort::detail
