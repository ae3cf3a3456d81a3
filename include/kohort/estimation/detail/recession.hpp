#pragma once

#include <optional>

#include <kohort/estimation/detail/scaled_search.hpp>

namespace kohort::detail {

/// A direction in the coefficients along which the objective never falls, so that it has no maximum
/// at any finite point.
struct recession {
  Eigen::VectorXd direction;  ///< a log rate changes by 1 at most; the objective rises along it
  bool flat = false;          ///< it does not fall the other way either: nothing is visible of it
};

/// Looks for one, at a point where the search has ended: along each effect that has grown large,
/// alone or with its intercept, and along what the information hardly sees (eigenvalues below 1e-6
/// of its unit diagonal). The objective must not fall at 1, 2, 4 and 8 times the direction.
///
/// @param curvature  of the objective at theta, by coefficient
std::optional<recession> find_recession(const search_problem& problem,
                                        const free_coefficients& free, const Eigen::VectorXd& theta,
                                        double value, const Eigen::MatrixXd& curvature);

}  // namespace kohort::detail
