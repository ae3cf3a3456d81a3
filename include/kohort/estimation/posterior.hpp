#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/transitions.hpp>
#include <kohort/estimation/chains.hpp>
#include <kohort/estimation/fitted_model.hpp>
#include <kohort/support/maximise.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

namespace detail {
struct room;
}

/// The posterior of the coefficients, up to a constant: log-likelihood plus log prior of the
/// logarithms, in coordinates in which it is nearly a standard normal distribution:
///
///     theta = estimate + T u,  T T' the covariance of the fit
///
/// A coefficient without prior has a flat one on its own scale. Coefficients without a standard
/// error stay at their estimate, equalities of the fit hold, and beyond its inequalities the
/// density is 0.
///
/// @pre  tables and fit outlive it
class posterior_density {
 public:
  /// @throws invalid_input  `D-BOUNDARY-ZERO`, `D-DIVERGING`, `D-SEPARATION` if an estimate lies at
  ///                        the end of its range: without a prior there is no posterior;
  ///                        `D-HESS-ILL` if the fit has no standard errors
  posterior_density(const fitted_model& fitted, const transition_tables& tables);

  [[nodiscard]] int dimension() const { return static_cast<int>(directions_.cols()); }
  [[nodiscard]] Eigen::VectorXd coefficients(const Eigen::VectorXd& u) const;

  /// log density and its gradient by u; -infinity where something seen is impossible.
  [[nodiscard]] maximise_problem::slope slope(const Eigen::VectorXd& u, int threads = 1,
                                              const progress& report = {}) const;
  [[nodiscard]] double value(const Eigen::VectorXd& u, int threads = 1,
                             const progress& report = {}) const;

 private:
  const fitted_model& fitted_;
  const transition_tables& tables_;
  std::shared_ptr<const detail::room> room_;
  Eigen::MatrixXd directions_;
};

struct posterior_settings {
  int draws = 4000;  ///< in all chains together
  int chains = 4;
  std::uint64_t seed = 1;
  int threads = 0;  ///< 0: all processors; the draws do not depend on it
  progress report = {};
};

/// Draws from the posterior, and how far to trust them.
struct posterior_sample {
  Eigen::MatrixXd coefficients{};  ///< (chains x draws) x coefficients, chain by chain
  int chains = 1;
  std::string method{};                    ///< "importance" or "metropolis"
  double pareto_k = 0;                     ///< of the importance weights
  double ess = 0;                          ///< of the importance weights
  double acceptance = 1;                   ///< of the Metropolis chains
  std::vector<chain_summary> summaries{};  ///< per coefficient
  std::vector<finding> diagnostics{};      ///< `D-MCMC`
};

/// The posterior without a sampler: as many proposals as draws from a t distribution with 5 degrees
/// of freedom about the mode, with importance weights, Pareto-smoothed. If their tail is light
/// enough (k < 0.7), draws are picked by weight; else each chain's proposals are accepted or not
/// (independence Metropolis).
///
/// Proposal k depends on (seed, k) alone.
///
/// @throws invalid_input  as `posterior_density`; `E-DRAWS` for fewer than 4 draws a chain
/// @throws interrupted    if `report` returned false
posterior_sample sample_posterior(const posterior_density& density, const fitted_model& fitted,
                                  const posterior_settings& settings = {});

/// Summaries and findings of draws from any sampler.
///
/// @param coefficients  (chains x draws) x coefficients, chain by chain
posterior_sample judge(const fitted_model& fitted, Eigen::MatrixXd coefficients, int chains,
                       std::string method, int divergences);

}  // namespace kohort
