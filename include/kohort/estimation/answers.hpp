#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <Eigen/Core>

#include <kohort/estimation/fitted_model.hpp>
#include <kohort/model/course.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// What can be asked of a fit.
enum class quantity {
  transition_probability,  ///< states x states: P over the horizon
  stay,                    ///< states x states, or x columns of `rewards`: years, or money
  visits,                  ///< states x states: moves into each state
  passage_probability,     ///< states x 1: of having been in `targets`
  passage_time,            ///< states x 1: mean years until `targets`, given that it happens
  sojourn,                 ///< states x 1: mean years of one stay, at the start of the path
  next_state,              ///< states x states: where the next move leads
  rate_ratio               ///< 1 x 1: of transition `targets[0]` to transition `targets[1]`
};

/// A question, about somebody whose covariates follow a `course`.
struct question {
  quantity what = quantity::transition_probability;
  horizon over = {};
  double discount = 0;  ///< rate a year, 0.03 for 3 %
  std::vector<int> targets = {};
  Eigen::MatrixXd rewards = {};  ///< for `stay`: states x columns, per year; empty: one a state
  Eigen::MatrixXd starts = {};   ///< rows of weights on the state at the start; empty: each state
};

/// The scale on which a limit is symmetric about the estimate.
enum class scale { plain, logarithm, logit };

/// How sure: by the delta method unless there are draws.
struct interval_options {
  double level = 0.95;
  Eigen::MatrixXd draws = {};  ///< draws x coefficients; empty: delta method
  int threads = 0;
  progress report = {};
};

/// Estimates with their limits, all of one shape (starts x columns).
struct answer {
  Eigen::MatrixXd estimate, lower, upper;
  Eigen::MatrixXd error;  ///< standard error: by the delta method, or of the draws
  kohort::scale scale = scale::plain;
  Eigen::MatrixXd gradient;  ///< (starts * columns) x coefficients; empty for draws
};

/// Limits from an estimate and its standard error, symmetric on a scale: F exp(-+ z e/F) on the
/// logarithm, 1/(1 + (1 - F)/F exp(+- z e/(F (1 - F)))) on the logit. An estimate at the end of its
/// range (0, infinity, a probability of 1) or without error is its own limit.
wald_interval delta_interval(double estimate, double error, kohort::scale on, double level);

/// The values of a question at one set of coefficients, averaged over persons with weights.
///
/// @return  starts x columns
Eigen::MatrixXd evaluate(const intensity_model& intensities, const question& asked,
                         std::span<const course> persons, std::span<const double> weights,
                         std::span<const double> coefficients);

/// An answer with its limits: delta method by exact derivatives, or quantiles over draws.
///
/// Over a population the values are averaged first (the time until a passage over those to whom it
/// happens), so that the limits are those of the average. Continuous clocks are followed by
/// `course_grid` with steps of a quarter and an eighth of a year, extrapolated (Richardson).
///
/// @param persons  at least one
/// @param weights  as many, not negative; empty: all the same
/// @throws invalid_input  `E-LEVEL`, `E-WEIGHT`, `E-SHAPE`, `E-DISCOUNT`, `E-STATE-UNKNOWN`, and
///                        those of `lay_out`
answer ask(const fitted_model& fitted, const question& asked, std::span<const course> persons,
           std::span<const double> weights = {}, const interval_options& options = {});

}  // namespace kohort
