#pragma once

#include <vector>

#include <Eigen/Core>

namespace kohort {

/// What draws of costs and effects say about a choice, at each willingness to pay.
struct acceptability {
  Eigen::VectorXd willingness_to_pay;  // W
  Eigen::MatrixXd mean_benefit;        // W x options: mean net monetary benefit
  Eigen::MatrixXd best;           // W x options: share of draws where the option is best (CEAC)
  Eigen::MatrixXd expected_loss;  // W x options: mean of best benefit - benefit of the option
  std::vector<int> choice;        // W: the option of largest mean benefit
  Eigen::VectorXd frontier;       // W: probability that `choice` is best (CEAF)
  Eigen::VectorXd evpi;           // W: expected value of perfect information, per decision
  Eigen::VectorXd evpi_se;        // W: Monte Carlo standard error
};

/// Cost-effectiveness acceptability, expected loss and the value of perfect information.
///
///     benefit_d  = w effect_d - cost_d, draw by draw
///     loss_d     = mean(max_d' benefit_d' - benefit_d)
///     EVPI       = mean(max_d benefit_d) - max_d mean(benefit_d) = min_d loss_d
///
/// Ties for the best are shared equally. EVPI is computed as the smallest expected loss, a mean of
/// numbers that are not negative.
///
/// @param costs, effects        draws x options
/// @param willingness_to_pay    per unit of effect, finite and not negative
/// @throws invalid_input  `E-SHAPE`, `E-NUM`
/// @see    Fenwick, Claxton & Sculpher (2001), Health Econ 10:779-787; Briggs, Claxton & Sculpher
///         (2006), Decision Modelling for Health Economic Evaluation
acceptability acceptability_of(const Eigen::MatrixXd& costs, const Eigen::MatrixXd& effects,
                               const Eigen::VectorXd& willingness_to_pay);

/// Value of perfect information for one person as the value for all who will be decided on:
///
///     sum_y decisions_y (1 + r)^(-y),  y = 0, 1, .. over the life of the decision
///
/// @param decisions  number in each year
/// @return           by which the value per decision is multiplied
/// @throws invalid_input  `E-NUM`, `E-DISCOUNT`
double discounted_decisions(const Eigen::VectorXd& decisions, double discount);

}  // namespace kohort
