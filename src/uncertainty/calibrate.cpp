#include <cmath>
#include <limits>

#include <Eigen/Dense>

#include <kohort/support/error.hpp>
#include <kohort/uncertainty/calibrate.hpp>

namespace kohort {

namespace {

using Eigen::Index;

constexpr double missed = 3;  // standard errors off that are no chance of the figure

class search {
 public:
  search(const std::vector<calibration_target>& targets,
         const std::vector<calibration_multiplier>& multipliers, const calibration_model& model)
      : targets_(targets), multipliers_(multipliers), model_(model) {}

  [[nodiscard]] Index size() const { return static_cast<Index>(multipliers_.size()); }
  [[nodiscard]] Index count() const { return static_cast<Index>(targets_.size()); }
  [[nodiscard]] const calibration_target& target(Index i) const {
    return targets_[static_cast<std::size_t>(i)];
  }
  [[nodiscard]] double precision(Index j) const {
    const double sd = multipliers_[static_cast<std::size_t>(j)].prior_sd;
    return std::isfinite(sd) ? 1 / (sd * sd) : 0;
  }

  [[nodiscard]] Eigen::MatrixXd run(const Eigen::MatrixXd& betas) const {
    const Eigen::MatrixXd values = model_(betas);
    if (values.rows() != betas.rows() || values.cols() != count()) {
      reject("E-SHAPE", "calibrate",
             "the model gave " + std::to_string(values.rows()) + " x " +
                 std::to_string(values.cols()) + " values",
             std::to_string(betas.rows()) + " x " + std::to_string(count()) + " are needed",
             "Return one value for each target");
    }
    for (Index i = 0; i < count(); ++i) {
      for (Index k = 0; k < values.rows(); ++k) {
        const double f = values(k, i);
        if (std::isfinite(f) && (f > 0 || (f == 0 && target(i).observed == 0))) continue;
        reject("E-NUM", "calibrate",
               "the model's " + target(i).name + " is " + shown(f) + ", observed " +
                   shown(target(i).observed),
               "a positive value is needed to compare their logarithms",
               "Leave the target out, or start from rates that make it possible");
      }
    }
    return values;
  }

  [[nodiscard]] Eigen::VectorXd residuals(const Eigen::VectorXd& f) const {
    Eigen::VectorXd r(count());
    for (Index i = 0; i < count(); ++i) {
      const auto& t = target(i);
      r[i] = t.observed > 0 ? (std::log(t.observed) - std::log(f[i])) / t.error
                            : -std::sqrt(2 * f[i] * t.count_scale);
    }
    return r;
  }

  [[nodiscard]] double objective(const Eigen::VectorXd& r, const Eigen::VectorXd& beta) const {
    double sum = r.squaredNorm();
    for (Index j = 0; j < size(); ++j) sum += precision(j) * beta[j] * beta[j];
    return sum;
  }

  /// d(-residual)/d beta by central differences, all runs at once; and the values at beta.
  [[nodiscard]] Eigen::MatrixXd jacobian(const Eigen::VectorXd& beta, Eigen::VectorXd& f) const {
    constexpr double h = 1e-4;  // the error is h^2 times the third derivative, about 1e-9
    Eigen::MatrixXd betas = beta.transpose().replicate(2 * size() + 1, 1);
    for (Index j = 0; j < size(); ++j) {
      betas(2 * j + 1, j) += h;
      betas(2 * j + 2, j) -= h;
    }
    const Eigen::MatrixXd values = run(betas);
    f = values.row(0);
    Eigen::MatrixXd J(count(), size());
    for (Index j = 0; j < size(); ++j) {
      const Eigen::VectorXd up = values.row(2 * j + 1), down = values.row(2 * j + 2);
      J.col(j) = (residuals(down) - residuals(up)) / (2 * h);
    }
    return J;
  }

 private:
  const std::vector<calibration_target>& targets_;
  const std::vector<calibration_multiplier>& multipliers_;
  const calibration_model& model_;
};

void check(const std::vector<calibration_target>& targets,
           const std::vector<calibration_multiplier>& multipliers) {
  if (targets.empty() || multipliers.empty() || multipliers.size() > 20) {
    reject("E-SHAPE", "calibrate",
           std::to_string(targets.size()) + " targets and " + std::to_string(multipliers.size()) +
               " multipliers",
           "at least one of each is needed, and at most 20 multipliers",
           "Say what was observed, and what may be changed to meet it");
  }
  for (const auto& t : targets) {
    const bool fine = std::isfinite(t.observed) && t.observed >= 0 &&
                      (t.observed > 0 ? t.error > 0 && std::isfinite(t.error)
                                      : t.count_scale > 0 && std::isfinite(t.count_scale));
    if (fine) continue;
    reject("E-TARGET", "calibrate",
           t.name + " is " + shown(t.observed) + " with the error " + shown(t.error) +
               " of its logarithm",
           "a target is not negative and its error is positive",
           "Give the error, or the count that it follows from");
  }
  for (const auto& m : multipliers) {
    if (m.prior_sd > 0) continue;
    reject("E-TARGET", "calibrate",
           "the prior of " + m.name + " has the standard deviation " + shown(m.prior_sd),
           "it is positive", "Give 0.3 for about 30 %, or infinity for no prior");
  }
}

/// "incidence up, exits up in proportion 1 : 0.8" of a direction.
std::string in_words(const Eigen::VectorXd& direction,
                     const std::vector<calibration_multiplier>& multipliers) {
  const double largest = direction.cwiseAbs().maxCoeff();
  std::string words;
  for (Index j = 0; j < direction.size(); ++j) {
    if (std::abs(direction[j]) < 0.05 * largest) continue;
    words += (words.empty() ? "" : ", ") + multipliers[static_cast<std::size_t>(j)].name +
             " x e^(" + shown(std::round(100 * direction[j] / largest) / 100) + " t)";
  }
  return words;
}

}  // namespace

double log_count_error(double count, double dispersion) {
  if (!(count > 0) || !(dispersion > 0) || !std::isfinite(count)) {
    reject("E-TARGET", "log_count_error",
           "the count is " + shown(count) + ", its dispersion " + shown(dispersion),
           "both are positive", "A count of 0 has no logarithm: give it as a target of 0");
  }
  return std::sqrt(dispersion / count);
}

double log_share_error(double share, double persons, double dispersion) {
  if (!(share > 0) || !(share < 1) || !(persons > 0) || !(dispersion > 0)) {
    reject("E-TARGET", "log_share_error",
           "a share of " + shown(share) + " among " + shown(persons) + " persons",
           "a share lies between 0 and 1, among some persons", "Give 0.08 for 8 %");
  }
  return std::sqrt(dispersion * (1 - share) / (share * persons));
}

calibration calibrate(const std::vector<calibration_target>& targets,
                      const std::vector<calibration_multiplier>& multipliers,
                      const calibration_model& model, const calibration_options& options) {
  check(targets, multipliers);
  const search of(targets, multipliers, model);
  const Index p = of.size();
  calibration out;
  out.targets = targets;
  out.multipliers = multipliers;
  out.beta = Eigen::VectorXd::Zero(p);
  Eigen::VectorXd f;
  Eigen::MatrixXd J = of.jacobian(out.beta, f);
  out.before = f;
  Eigen::VectorXd r = of.residuals(f);
  out.objective = of.objective(r, out.beta);
  Eigen::VectorXd prior(p);
  for (Index j = 0; j < p; ++j) prior[j] = of.precision(j);

  const auto look = [&] {
    const Eigen::JacobiSVD<Eigen::MatrixXd> svd(J, Eigen::ComputeFullV);
    out.singular_values = Eigen::VectorXd::Zero(p);
    out.singular_values.head(svd.singularValues().size()) = svd.singularValues();
    out.direction = svd.matrixV().col(p - 1);
    Index largest = 0;
    out.direction.cwiseAbs().maxCoeff(&largest);
    if (out.direction[largest] < 0) out.direction = -out.direction;
    out.identified = out.singular_values[p - 1] > options.identified * out.singular_values[0];
  };
  const auto refuse_unknown = [&] {
    look();
    if (out.identified) return;
    // Every prior that is there adds to the least known direction what it weighs in it.
    if ((out.direction.cwiseAbs2().dot(prior)) > 0) return;
    reject("D-NONIDENT", "calibrate",
           "no target changes with " + in_words(out.direction, multipliers),
           "each multiplier, and each combination, must change some target",
           "Add a target (a flow beside a stock), leave a multiplier out, or give it a prior");
  };
  refuse_unknown();

  double damping = 1e-3;
  constexpr double rounding = 1e-13;
  for (; out.iterations < options.iterations; ++out.iterations) {
    const Eigen::MatrixXd information = J.transpose() * J;
    const Eigen::VectorXd gradient = J.transpose() * r - prior.cwiseProduct(out.beta);
    bool better = false;
    double step_length = 0;
    while (damping < 1e12) {
      Eigen::MatrixXd H = information;
      H.diagonal() += prior;
      H.diagonal() += damping * (H.diagonal().array() + 1e-12 * H.diagonal().maxCoeff()).matrix();
      Eigen::VectorXd step = H.ldlt().solve(gradient);
      const double longest = step.cwiseAbs().maxCoeff();
      if (longest > 1) step /= longest;  // a factor e at most in one step
      const Eigen::VectorXd tried = out.beta + step;
      const Eigen::VectorXd value = of.run(tried.transpose()).row(0);
      const Eigen::VectorXd residual = of.residuals(value);
      const double objective = of.objective(residual, tried);
      step_length = step.cwiseAbs().maxCoeff();
      if (objective <= out.objective * (1 + rounding)) {
        out.beta = tried;
        out.objective = objective;
        better = true;
        damping = std::max(damping / 10, 1e-15);
        break;
      }
      if (step_length < 1e-11) break;
      damping *= 10;
    }
    if (!better && step_length >= 1e-11) break;  // no way down
    J = of.jacobian(out.beta, f);
    r = of.residuals(f);
    if (step_length < 1e-11) {
      out.converged = true;
      break;
    }
  }
  look();
  out.after = f;
  out.residuals = r;
  Eigen::MatrixXd H = J.transpose() * J;
  H.diagonal() += prior;
  out.covariance = H.ldlt().solve(Eigen::MatrixXd::Identity(p, p));
  out.covariance = (0.5 * (out.covariance + out.covariance.transpose())).eval();
  out.prior_part = out.covariance.diagonal().cwiseProduct(prior);
  if (!out.converged) {
    out.notices.push_back({"D-NOT-CONVERGED",
                           "calibration ended after " + std::to_string(out.iterations) +
                               " steps before it met its targets as well as can be",
                           static_cast<double>(out.iterations)});
  }
  if (!out.identified) {
    out.notices.push_back(
        {"D-NONIDENT",
         "the targets say next to nothing about " + in_words(out.direction, multipliers) +
             ": the prior alone settles it",
         out.singular_values[0] > 0 ? out.singular_values[p - 1] / out.singular_values[0] : 0});
  }
  for (Index i = 0; i < out.residuals.size(); ++i) {
    const double off = std::abs(out.residuals[i]);
    if (!(off > missed)) continue;
    out.notices.push_back({"W-TARGET-MISSED",
                           targets[static_cast<std::size_t>(i)].name + " is missed by " +
                               shown(std::round(10 * off) / 10) +
                               " of its standard errors: the figures contradict one another, or "
                               "the model; the multipliers' limits know nothing of that",
                           off});
  }
  for (Index j = 0; j < p; ++j) {
    if (std::abs(out.beta[j]) <= std::log(options.large)) continue;
    out.notices.push_back({"W-CALIBRATION-LARGE",
                           multipliers[static_cast<std::size_t>(j)].name + " is multiplied by " +
                               shown(std::exp(out.beta[j])) +
                               ": rates that need so much may be of something else",
                           std::exp(out.beta[j])});
  }
  return out;
}

}  // namespace kohort
