#pragma once

#include <cstddef>

#include <Eigen/Core>

#include <kohort/likelihood/log_likelihood.hpp>

#include "catch.hpp"

namespace kohort_tests {

/// The gradient is that of differences, and its value that of the likelihood alone.
inline void check_gradient(const kohort::intensity_model& im,
                           const kohort::transition_tables& tables, const Eigen::VectorXd& b) {
  const auto l = kohort::log_likelihood_gradient(im, tables, b, 1);
  CHECK_THAT(l.value, Catch::Matchers::WithinRel(kohort::log_likelihood(im, tables, b, 1), 1e-14));
  for (Eigen::Index i = 0; i < b.size(); ++i) {
    const auto at = [&](double step) {
      auto moved = b;
      moved[i] += step;
      return kohort::log_likelihood(im, tables, moved, 1);
    };
    const double h = 1e-4;
    const double slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    CAPTURE(i, kohort::coefficient_names(im)[static_cast<std::size_t>(i)]);
    CHECK_THAT(l.gradient[i], Catch::Matchers::WithinAbs(slope, 1e-7));
  }
}

}  // namespace kohort_tests
