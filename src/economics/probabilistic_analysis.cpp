#include <cmath>
#include <string>

#include <kohort/economics/probabilistic_analysis.hpp>
#include <kohort/projection/accounting.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

acceptability acceptability_of(const Eigen::MatrixXd& costs, const Eigen::MatrixXd& effects,
                               const Eigen::VectorXd& willingness_to_pay) {
  const auto n = costs.rows(), D = costs.cols(), W = willingness_to_pay.size();
  if (n == 0 || D == 0 || effects.rows() != n || effects.cols() != D) {
    reject("E-SHAPE", "acceptability",
           "costs are " + std::to_string(n) + " x " + std::to_string(D) + " and effects " +
               std::to_string(effects.rows()) + " x " + std::to_string(effects.cols()),
           "both are draws x options", "Give one cost and one effect for each draw and option");
  }
  if (!costs.allFinite() || !effects.allFinite()) {
    reject("E-NUM", "acceptability", "a cost or effect is not finite", "every draw needs both",
           "Mend it");
  }
  for (Eigen::Index w = 0; w < W; ++w) {
    if (willingness_to_pay[w] >= 0 && std::isfinite(willingness_to_pay[w])) continue;
    reject("E-NUM", "acceptability", "a willingness to pay is " + shown(willingness_to_pay[w]),
           "it is finite and not negative", "Give kronor per unit of effect");
  }
  acceptability a;
  a.willingness_to_pay = willingness_to_pay;
  a.mean_benefit.resize(W, D);
  a.best = Eigen::MatrixXd::Zero(W, D);
  a.expected_loss.resize(W, D);
  a.choice.resize(static_cast<std::size_t>(W));
  a.frontier.resize(W);
  a.evpi.resize(W);
  a.evpi_se.resize(W);
  const double draws = static_cast<double>(n);
  Eigen::MatrixXd benefit(n, D);
  Eigen::VectorXd highest(n);
  for (Eigen::Index w = 0; w < W; ++w) {
    benefit = willingness_to_pay[w] * effects - costs;
    highest = benefit.rowwise().maxCoeff();
    a.mean_benefit.row(w) = benefit.colwise().mean();
    for (Eigen::Index i = 0; i < n; ++i) {
      const auto ties = static_cast<double>((benefit.row(i).array() == highest[i]).count());
      for (Eigen::Index d = 0; d < D; ++d) {
        if (benefit(i, d) == highest[i]) a.best(w, d) += 1 / ties;
      }
    }
    a.best.row(w) /= draws;
    for (Eigen::Index d = 0; d < D; ++d) {
      a.expected_loss(w, d) = (highest - benefit.col(d)).mean();
    }
    Eigen::Index choice = 0;
    a.mean_benefit.row(w).maxCoeff(&choice);
    a.choice[static_cast<std::size_t>(w)] = static_cast<int>(choice);
    a.frontier[w] = a.best(w, choice);
    a.evpi[w] = a.expected_loss.row(w).minCoeff();
    const Eigen::ArrayXd loss = highest - benefit.col(choice);
    a.evpi_se[w] = n > 1 ? std::sqrt((loss - loss.mean()).square().sum() / (draws - 1) / draws) : 0;
  }
  return a;
}

double discounted_decisions(const Eigen::VectorXd& decisions, double discount) {
  check_discount(discount, "discounted_decisions");
  if (!decisions.allFinite() || (decisions.size() > 0 && decisions.minCoeff() < 0)) {
    reject("E-NUM", "discounted_decisions", "a number of decisions is negative or not finite",
           "each year has a number of them", "Mend it");
  }
  if (decisions.size() == 0) return 0;
  return decisions.dot(discount_factors(discount, static_cast<int>(decisions.size()) - 1));
}

}  // namespace kohort
