#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/findings.hpp>
#include <kohort/data/transitions.hpp>
#include <kohort/estimation/fitted_model.hpp>
#include <kohort/support/maximise.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// What one municipality says, given the common coefficients and how much municipalities differ.
struct municipality_effects {
  Eigen::VectorXd mode;      ///< per effect: added to the log rate of its transition
  Eigen::MatrixXd variance;  ///< of the effects around the mode, the common coefficients known
  Eigen::MatrixXd follows;   ///< d mode / d coefficients, effects x coefficients
};

struct laplace_value {
  double value = 0;            ///< approximates log of the integral over the effects
  Eigen::VectorXd gradient{};  ///< by coefficients, then by log standard deviations
  municipality_effects effects{};
  bool found = true;  ///< whether the mode was found
};

/// The log-likelihood of one municipality, its effects b integrated out by Laplace's method:
///
///     log int exp(l(theta + E b)) N(b; 0, Sigma) db  ~  g(mode) + d/2 log 2 pi - log det(H)/2,
///     g(b) = l(theta + E b) + log N(b; 0, Sigma),   H = -g'' at its mode
///
/// E adds b_k to the intercept of transition k. Sigma is diagonal: municipalities that are high in
/// one transition say nothing about another. The gradient includes that of log det(H), from second
/// differences of the log-likelihood's gradient along the columns of a root of H^-1.
///
/// @param effects   transitions that have one
/// @param log_sd    one per effect
/// @param start     where the search for the mode starts; empty: 0
laplace_value laplace(const intensity_model& intensities, const transition_tables& tables,
                      const Eigen::VectorXd& coefficients, const std::vector<int>& effects,
                      const Eigen::VectorXd& log_sd, const Eigen::VectorXd& start = {},
                      const progress& report = {});

/// The same integral for a single effect by adaptive Gauss-Hermite quadrature with 9 points.
double quadrature(const intensity_model& intensities, const transition_tables& tables,
                  const Eigen::VectorXd& coefficients, int effect, double log_sd,
                  const laplace_value& at);

struct pooled_settings {
  std::vector<int> effects = {};  ///< transitions in which municipalities differ; empty: all
  int iterations = 100;
  int threads = 0;  ///< 0: all processors; the result does not depend on it
  progress report = {};
};

/// Intensities of many municipalities, each learning from the others as far as they are alike.
struct pooled_model {
  fitted_model common;           ///< coefficients where every effect is 0, with their covariance
  std::vector<int> effects{};    ///< transitions in which municipalities differ
  Eigen::VectorXd sd{};          ///< per effect, of the log rate between municipalities; 0: none
  Eigen::VectorXd sd_error{};    ///< standard error of log sd; 0 where there is none
  Eigen::MatrixXd covariance{};  ///< of the coefficients, then the log sd
  std::vector<municipality_effects> municipalities{};
  double quadrature_gap = 0;  ///< one effect only: log L by 9-point quadrature minus by Laplace
};

/// Fits common coefficients and the spread between municipalities by maximum (Laplace-approximated)
/// likelihood.
///
/// An sd that goes to 0 is put there (`D-NO-SPREAD`): the municipalities differ by no more than
/// chance would make them.
///
/// @param municipalities  tables of each, on one intensity model
/// @param start           a fit of all together: where the search starts
/// @throws invalid_input  `E-CLUSTER` for fewer than two municipalities; `D-BOUNDARY-ZERO` and
///                        others if the common fit has a rate at the end of its range
pooled_model fit_pooled(const std::vector<transition_tables>& municipalities,
                        const fitted_model& start, const pooled_settings& settings = {});

/// Coefficients of one municipality, drawn: the common ones from their normal approximation, its
/// effects given these, added to the intercepts. n x coefficients; row k depends on (seed, k)
/// alone.
///
/// @param one  of `pooled_model`; or mode 0, variance sd^2 and nothing that follows: a municipality
///             of which nothing was seen
Eigen::MatrixXd municipality_draws(const fitted_model& common, const std::vector<int>& effects,
                                   const municipality_effects& one, int n, std::uint64_t seed);

/// p-value of "no spread in this effect", whose parameter lies at the end of its range under the
/// hypothesis: half of the chi-square tail with 1 degree of freedom.
double spread_p_value(double with_effect, double without_effect);

}  // namespace kohort
