#pragma once

#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/findings.hpp>
#include <kohort/estimation/fitted_model.hpp>

namespace kohort {

/// A covariance that holds although subjects of one cluster resemble each other, or the model is
/// not quite right.
struct clustered_covariance {
  Eigen::MatrixXd covariance;
  std::int64_t clusters = 0;              ///< those that add information
  std::vector<finding> diagnostics = {};  ///< `W-FEW-CLUSTERS` below 20
};

/// The sandwich, clustered:
///
///     C (sum_c U_c U_c') C G / (G - 1),   U_c the sum of the scores of cluster c
///
/// Rows of zeros where `fitted` has no standard error.
///
/// @param scores    subjects x coefficients, as `subject_scores` gives them
/// @param clusters  per subject its cluster, numbers from 0; empty: each subject is one
/// @throws invalid_input  `E-CLUSTER` if there are not two clusters, or not one number per subject
/// @see White (1982), Econometrica 50:1-25; Rogers (1993), Stata Tech Bull 13:19-23
clustered_covariance sandwich(const fitted_model& fitted, const Eigen::MatrixXd& scores,
                              const std::vector<std::int32_t>& clusters = {});

/// How far each subject pulls each coefficient: about the estimate with it minus the estimate
/// without it (dfbeta), to first order C U_i. Subjects x coefficients; personal data.
Eigen::MatrixXd influence(const fitted_model& fitted, const Eigen::MatrixXd& scores);

}  // namespace kohort
