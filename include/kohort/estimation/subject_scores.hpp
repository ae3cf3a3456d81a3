#pragma once

#include <vector>

#include <Eigen/Core>

#include <kohort/data/observations.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// What each subject adds to the log-likelihood and to its gradient.
struct subject_contributions {
  Eigen::VectorXd log_likelihoods;  ///< per subject: w_i l_i; 0 if seen only once
  Eigen::MatrixXd scores;           ///< subjects x coefficients: w_i dl_i/dtheta
};

/// The log-likelihood and its gradient, subject by subject: personal data, for computing with.
///
/// They add up to `log_likelihood_gradient` of all. Equal intervals are evaluated once; where the
/// state is hidden, each subject's observations are tabulated on their own.
///
/// @param coefficients  as `coefficient_layout` says
/// @param threads       0: all processors. The result is the same bytes for any number
/// @throws interrupted  if `report` returned false
subject_contributions subject_scores(const intensity_model& intensities, const observations& seen,
                                     const Eigen::VectorXd& coefficients, int threads = 0,
                                     const progress& report = {});

/// The observations of some subjects, in this order. Findings stay behind.
///
/// @param subjects  their numbers in `seen`, each at most once
observations select(const observations& seen, const std::vector<std::int32_t>& subjects);

}  // namespace kohort
