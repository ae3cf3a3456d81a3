#pragma once

#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/findings.hpp>

namespace kohort {

/// How well chains of a sampler agree, for one quantity.
struct chain_summary {
  double r_hat = 1;     ///< rank-normalised and split, the larger of that for place and for spread
  double bulk_ess = 0;  ///< effective sample size for the middle of the distribution
  double tail_ess = 0;  ///< the smaller of those for the 5 % and the 95 % quantile
};

/// @param draws  iterations x chains of one quantity, at least 4 iterations
/// @return       r_hat 1 and the number of draws for a quantity that is the same in all of them;
///               r_hat infinite and no effective draws if one of them is not a number
/// @see Vehtari, Gelman, Simpson, Carpenter & Buerkner (2021), Bayesian Analysis 16:667-718
chain_summary summarise_chains(const Eigen::MatrixXd& draws);

/// `D-MCMC` if a sampler did not do its work: R-hat above 1.01, fewer than 400 effective draws, or
/// divergent transitions. Empty otherwise.
///
/// @param names  of the quantities, one for each summary
std::vector<finding> chain_findings(const std::vector<chain_summary>& summaries,
                                    const std::vector<std::string>& names, int divergences);

/// Importance weights whose largest are replaced by quantiles of the generalised Pareto
/// distribution that they follow.
struct smoothed_weights {
  Eigen::VectorXd log_weights;  ///< their exponentials sum to 1
  double k = 0;    ///< shape of the tail; above 0.7 the weights say that the proposal misses a part
  double ess = 0;  ///< 1 / sum of squares
};

/// @param log_ratios  log target - log proposal at each draw, up to a constant; -infinity: weight 0
/// @see Vehtari, Simpson, Gelman, Yao & Gabry (2024), JMLR 25(72); Zhang & Stephens (2009),
///      Technometrics 51:316-325
smoothed_weights pareto_smooth(const Eigen::VectorXd& log_ratios);

}  // namespace kohort
