#include <algorithm>
#include <array>
#include <cmath>

#include <Eigen/Cholesky>

#include <kohort/estimation/detail/municipality.hpp>
#include <kohort/estimation/random_effects.hpp>
#include <kohort/support/maximise.hpp>

namespace kohort {

namespace {

const double log_two_pi = std::log(2 * 3.14159265358979323846);

double log_density(const Eigen::VectorXd& b, const Eigen::VectorXd& log_sd) {
  const Eigen::VectorXd scaled = (b.array() * (-log_sd.array()).exp()).matrix();
  return -scaled.squaredNorm() / 2 - log_sd.sum() - static_cast<double>(b.size()) * log_two_pi / 2;
}

}  // namespace

laplace_value laplace(const intensity_model& intensities, const transition_tables& tables,
                      const Eigen::VectorXd& coefficients, const std::vector<int>& effects,
                      const Eigen::VectorXd& log_sd, const Eigen::VectorXd& start,
                      const progress& report) {
  const detail::municipality here(intensities, tables, coefficients, effects, report);
  const auto d = here.size();
  const Eigen::VectorXd precision = (-2 * log_sd.array()).exp();
  maximise_problem problem;
  problem.gradient = [&](const Eigen::VectorXd& b) {
    const auto l = here.slope(b);
    return maximise_problem::slope{l.value - (precision.array() * b.array().square()).sum() / 2,
                                   here.part(l.gradient) - precision.cwiseProduct(b)};
  };
  const auto curved = [&](const Eigen::MatrixXd& rows) {
    Eigen::MatrixXd H = here.part(rows);
    H.diagonal() += precision;
    return H;
  };
  problem.information = [&](const Eigen::VectorXd& b) {
    const Eigen::MatrixXd I = here.expected(b);
    Eigen::MatrixXd rows(d, I.cols());
    for (Eigen::Index k = 0; k < d; ++k) rows.row(k) = I.row(here.place(k));
    return curved(rows);
  };
  problem.curvature = [&](const Eigen::VectorXd& b) { return curved(here.curvature(b)); };
  problem.length = [](const Eigen::VectorXd& step) { return step.cwiseAbs().maxCoeff(); };
  const auto found =
      maximise(problem, start.size() == d ? start : Eigen::VectorXd::Zero(d), {.tolerance = 1e-14});
  laplace_value result;
  const Eigen::VectorXd& b = found.point;
  result.effects.mode = b;
  const auto l = here.slope(b);
  const Eigen::MatrixXd rows = here.curvature(b);
  const Eigen::MatrixXd H = curved(rows);
  const Eigen::LLT<Eigen::MatrixXd> factor(H);
  result.found = std::isfinite(l.value) && factor.info() == Eigen::Success;
  if (!result.found) return result;
  const Eigen::MatrixXd inverse = factor.solve(Eigen::MatrixXd::Identity(d, d));
  result.effects.variance = inverse;
  result.effects.follows = -factor.solve(rows);
  const double log_det = 2 * factor.matrixLLT().diagonal().array().log().sum();
  result.value =
      l.value + log_density(b, log_sd) + static_cast<double>(d) * log_two_pi / 2 - log_det / 2;

  // sum_j of the second derivative of the gradient along v_j, H^-1 = sum_j v_j v_j'.
  const Eigen::MatrixXd root = factor.matrixU().solve(Eigen::MatrixXd::Identity(d, d));
  Eigen::VectorXd bend = Eigen::VectorXd::Zero(coefficients.size());
  constexpr double step = 3e-3;
  for (Eigen::Index j = 0; j < d; ++j) {
    const Eigen::VectorXd v = root.col(j) * (step / std::max(root.col(j).norm(), 1e-300));
    const double scale = root.col(j).squaredNorm() / (step * step);
    bend += (here.slope(b + v).gradient - 2 * l.gradient + here.slope(b - v).gradient) * scale;
  }
  const Eigen::VectorXd pull = here.part(bend) / 2;  // -d(log det H)/db / 2
  const auto p = coefficients.size();
  result.gradient.resize(p + d);
  result.gradient.head(p) = l.gradient + bend / 2 + result.effects.follows.transpose() * pull;
  const Eigen::VectorXd weighed = inverse * pull;
  for (Eigen::Index k = 0; k < d; ++k) {
    result.gradient[p + k] = -1 + b[k] * b[k] * precision[k] + inverse(k, k) * precision[k] +
                             2 * weighed[k] * b[k] * precision[k];
  }
  return result;
}

double quadrature(const intensity_model& intensities, const transition_tables& tables,
                  const Eigen::VectorXd& coefficients, int effect, double log_sd,
                  const laplace_value& at) {
  constexpr std::array<double, 5> nodes{0, 0.7235510187528376, 1.468553289216668, 2.266580584531843,
                                        3.190993201781528};
  constexpr std::array<double, 5> weights{0.7202352156060510, 0.4326515590025558,
                                          0.08847452739437657, 0.004943624275536947,
                                          3.960697726326438e-5};
  const progress silent;
  const detail::municipality here(intensities, tables, coefficients, {effect}, silent);
  const double mode = at.effects.mode[0], scale = std::sqrt(2 * at.effects.variance(0, 0));
  std::vector<double> logs;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const double sign : {1.0, -1.0}) {
      if (i == 0 && sign < 0) continue;
      Eigen::VectorXd b(1), sd(1);
      b[0] = mode + sign * nodes[i] * scale;
      sd[0] = log_sd;
      logs.push_back(std::log(weights[i]) + nodes[i] * nodes[i] + here.slope(b).value +
                     log_density(b, sd));
    }
  }
  const double largest = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double one : logs) sum += std::exp(one - largest);
  return largest + std::log(sum) + std::log(scale);
}

}  // namespace kohort
