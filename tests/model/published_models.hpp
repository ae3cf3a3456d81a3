#pragma once

// Models with numbers worked out elsewhere (mpmath at 40 digits and more, R's msm).

#include <Eigen/Core>

#include <kohort/model/intensity_matrix.hpp>

namespace kohort_tests {

/// light, moderate, high, total, dead.
inline kohort::intensity_matrix<5> five_levels() {
  Eigen::Matrix<double, 5, 5> rates = Eigen::Matrix<double, 5, 5>::Zero();
  rates(0, 1) = .35, rates(0, 4) = .04, rates(1, 0) = .15, rates(1, 2) = .28, rates(1, 4) = .08;
  rates(2, 1) = .12, rates(2, 3) = .25, rates(2, 4) = .16, rates(3, 2) = .06, rates(3, 4) = .40;
  return kohort::intensity_matrix<5>::from_rates(rates);
}

/// Four steps down, none back.
inline kohort::intensity_matrix<5> progressive() {
  Eigen::Matrix<double, 5, 5> rates = Eigen::Matrix<double, 5, 5>::Zero();
  rates(0, 1) = .35, rates(1, 2) = .28, rates(2, 3) = .25, rates(3, 4) = .4;
  return kohort::intensity_matrix<5>::from_rates(rates);
}

}  // namespace kohort_tests
