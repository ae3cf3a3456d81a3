#pragma once

#include <functional>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/population/entries.hpp>

namespace kohort {

/// A number that the model is to reproduce.
struct calibration_target {
  std::string name;
  double observed = 0;     // not negative
  double error = 0;        // standard error of ln observed; of a target of 0, see `count_scale`
  double count_scale = 1;  // a target of 0: the model's value times this is its expected count
};

/// What may be multiplied: by e^beta, with the prior beta ~ N(0, sd^2).
struct calibration_multiplier {
  std::string name;
  double prior_sd = 1;  // infinity: no prior
};

/// What the model makes of multipliers: rows of betas (runs x multipliers) to rows of the targets'
/// values (runs x targets). Perturbed runs come together, so that they can share their work.
using calibration_model = std::function<Eigen::MatrixXd(const Eigen::MatrixXd& betas)>;

struct calibration_options {
  int iterations = 60;
  double identified = 1e-6;  // smallest over largest singular value that counts as information
  double large = 1.5;        // factors beyond this, either way, are a finding
};

/// How a model was made to agree with what was observed.
struct calibration {
  std::vector<calibration_multiplier> multipliers;
  std::vector<calibration_target> targets;
  Eigen::VectorXd beta;
  Eigen::MatrixXd covariance;       // of beta: (J'WJ + priors)^-1
  Eigen::VectorXd before, after;    // the model's values at beta = 0 and at beta
  Eigen::VectorXd residuals;        // (ln observed - ln after) / error; of a target of 0, the
                                    // signed root of its Poisson deviance
  Eigen::VectorXd prior_part;       // share of each estimate's information that is the prior's
  Eigen::VectorXd singular_values;  // of the weighted Jacobian, without the priors
  Eigen::VectorXd direction;        // the least known one, of length 1
  bool identified = true;
  bool converged = false;
  int iterations = 0;
  double objective = 0;  // sum of squared residuals, of targets and priors
  std::vector<notice> notices;
};

/// Finds multipliers e^beta with which the model meets its targets,
///
///     minimise sum_i ((ln y_i - ln f_i(beta)) / s_i)^2 + sum_j (beta_j / tau_j)^2,
///
/// by Gauss-Newton steps in a trust region (Levenberg and Marquardt), with central differences of
/// ln f. A target of 0 contributes its Poisson deviance, 2 f_i count_scale, instead.
///
/// The targets identify the multipliers if the smallest singular value of the weighted Jacobian,
/// priors aside, is above `identified` times the largest. If not, the least known direction is
/// named: `D-NONIDENT`, refused where it has no prior either.
///
/// @throws invalid_input  `E-TARGET`: a target that is negative or has no positive error;
///                        `E-SHAPE`: no target, no multiplier or more than 20;
///                        `D-NONIDENT`; `E-NUM`: a model's value that is not positive where the
///                        target is
/// @see    Vanni et al. (2011), Pharmacoeconomics 29:35-49; Wedderburn (1974), Biometrika 61:439
calibration calibrate(const std::vector<calibration_target>& targets,
                      const std::vector<calibration_multiplier>& multipliers,
                      const calibration_model& model, const calibration_options& options = {});

/// Standard error of the logarithm of an observed count, and of a share of so many persons, as
/// quasi-likelihood has them: sqrt(phi / count) and sqrt(phi (1 - share) / (share persons)).
///
/// @param dispersion  phi, 1 for Poisson and binomial variance
double log_count_error(double count, double dispersion = 1);
double log_share_error(double share, double persons, double dispersion = 1);

}  // namespace kohort
