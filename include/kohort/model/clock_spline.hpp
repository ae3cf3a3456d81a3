#pragma once

#include <vector>

#include <Eigen/Core>

namespace kohort {

/// A penalised cubic spline in a clock, as columns of a design that can be told from an intercept.
///
/// On `segments` equal stretches of [lower, upper] stand m = segments + 3 cubic B-splines B, whose
/// coefficients b carry the penalty kappa |D b|^2 / 2, D taking second differences. What D does not
/// see, a straight line, is one column; the rest is turned so that the penalty is a plain sum of
/// squares:
///
///     f(z) = beta (z - origin) + (Z(z) - Z(origin)) u,   Z = B D' (D D')^-1,   |D b|^2 = u'u
///
/// so f(origin) = 0, and a large kappa leaves the log-linear (Gompertz) effect. Beyond the ends f
/// goes on as a straight line.
///
/// @see  Eilers & Marx (1996), Statist Sci 11:89-121; Currie & Durban (2002), Stat Modelling
///       2:333-349
class clock_spline {
 public:
  /// @pre  lower < upper, all finite, segments >= 1
  clock_spline(double lower, double upper, int segments, double origin);

  /// 1 + the number of squares in the penalty.
  [[nodiscard]] int columns() const { return static_cast<int>(turned_.cols()) + 1; }

  /// @param z    the clock, in years
  /// @param out  `columns` values: z - origin, then Z(z) - Z(origin)
  void at(double z, double* out) const;

 private:
  void bends(double z, double* out) const;

  double lower_, width_, origin_;
  int segments_;
  Eigen::MatrixXd turned_;         // m x (m - 2): D' (D D')^-1
  std::vector<double> at_origin_;  // Z(origin)
};

}  // namespace kohort
