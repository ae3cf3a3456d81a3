#pragma once

#include <Eigen/Core>

#include <kohort/data/transitions.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort::detail {

/// What each subject contributes, before weighting: l_i, and its slope U_i in the coefficients.
/// Weighted sums over the subjects are the log-likelihood and its gradient; sum w U U' serves
/// robust errors, and U one step of a bootstrap or of leaving a subject out. Personal data: in
/// memory only.
struct subject_sums {
  Eigen::VectorXd log_likelihoods;  ///< subjects; 0 for those seen once or of weight 0
  Eigen::MatrixXd scores;           ///< subjects x coefficients
};

/// @param tables  as `aggregate` made them, together with
/// @param parts   the parts of each subject
subject_sums score_subjects(const intensity_model& intensities, const transition_tables& tables,
                            const subject_parts& parts, const Eigen::VectorXd& coefficients,
                            int threads = 0, const progress& report = {});

}  // namespace kohort::detail
