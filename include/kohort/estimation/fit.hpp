#pragma once

#include <kohort/data/observations.hpp>
#include <kohort/data/transitions.hpp>
#include <kohort/estimation/constraints.hpp>
#include <kohort/estimation/fitted_model.hpp>
#include <kohort/estimation/prior.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

struct fit_settings {
  int iterations = 200;
  int threads = 0;             ///< 0: all processors; the result does not depend on it
  progress report = {};        ///< told the steps taken so far; may stop the search
  Eigen::VectorXd start = {};  ///< of the search; empty: `initial_values`
  bool errors = true;          ///< whether standard errors are wanted, and bounds of rates at 0

  std::vector<constraint> constraints = {};
  std::vector<prior> priors = {};  ///< any of these two: the mode of the posterior
  std::vector<quadratic_penalty> penalties = {};
  int starts = 1;          ///< searches; all but the first from rates times exp(N(0, 1))
  std::uint64_t seed = 1;  ///< of those
};

/// Maximum likelihood (with priors, the mode of the posterior of the logarithms), with nothing to
/// tune: starts from `initial_values`, scales the coefficients by the exposure-weighted design,
/// takes Fisher-scoring steps in a trust region, and Newton steps near the maximum. Standard errors
/// come from the observed information.
///
/// A search that ends early is a verdict, not an exception. What the data cannot answer is named in
/// `diagnostics`:
///
///     D-BOUNDARY-ZERO  the likelihood is highest where a rate is 0: estimate 0, no standard error,
///     an
///                      upper bound; the other standard errors hold with that rate at 0
///     D-DIVERGING      a rate grows without limit: a lower bound, no standard error
///     D-SEPARATION     a covariate's effect grows without limit
///     D-HESS-ILL       the information is nearly singular
///     D-LOCALMAX       other starts led to a lower maximum
///
/// @throws invalid_input  before any work: `D-NONIDENT` if the design of a transition has columns
///                        that say the same, or no data can tell two rates apart; `E-CONSTRAINT`,
///                        `E-PRIOR` for a name or a number that makes no sense; `E-EMPTY`,
///                        `E-COLUMN`, `E-MODEL` as `aggregate` says
/// @throws interrupted    if `report` returned false
fitted_model fit(const transition_tables& tables, const intensity_model& intensities,
                 const fit_settings& settings = {});

/// The same from observations; their own findings come first among the diagnostics.
fitted_model fit(const observations& seen, const intensity_model& intensities,
                 const fit_settings& settings = {});

}  // namespace kohort
