#pragma once

#include <optional>
#include <vector>

#include <Eigen/Core>

#include <kohort/support/maximise.hpp>

namespace kohort::detail {

/// Linear limits on a point: rows x >= least.
struct limits_on {
  Eigen::MatrixXd rows{};
  Eigen::VectorXd least{};

  [[nodiscard]] bool none() const { return rows.rows() == 0; }
  [[nodiscard]] bool hold(const Eigen::VectorXd& x, double slack = 1e-9) const;
};

/// The point within the limits that is nearest to this one; none if they contradict each other.
///
/// min |x - near| within linear limits is a problem of non-negative least squares.
///
/// @see Lawson & Hanson (1974), Solving Least Squares Problems, ch. 23
std::optional<Eigen::VectorXd> nearest_within(const limits_on& limits, const Eigen::VectorXd& near);

/// A maximum within limits, some of which hold with equality.
struct maximum_within {
  maximum found{};
  std::vector<std::size_t> active{};
  Eigen::MatrixXd along{};  ///< orthonormal: the directions that the active limits leave
};

/// As `maximise`, within limits, by an active set: a limit that a step meets holds with equality
/// from there on, and is given up when the slope at the maximum points away from it.
///
/// @param start  within the limits
/// @see Nocedal & Wright (2006), Numerical Optimization, ch. 16
maximum_within maximise_within(const maximise_problem& problem, const Eigen::VectorXd& start,
                               const limits_on& limits, const maximise_settings& settings = {});

}  // namespace kohort::detail
