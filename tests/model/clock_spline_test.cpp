#include <kohort/model/clock_spline.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <random>
#include <vector>

#include <Eigen/QR>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;

namespace {

std::vector<double> columns(const kohort::clock_spline& spline, double z) {
  std::vector<double> out(static_cast<std::size_t>(spline.columns()));
  spline.at(z, out.data());
  return out;
}

/// Cox and de Boor's recursion over equal knots, which knows nothing of the closed form.
double b_spline(double z, double lower, double width, int j, int degree) {
  const double left = lower + (j - 3) * width;
  if (degree == 0) return z >= left && z < left + width ? 1 : 0;
  return (z - left) / (degree * width) * b_spline(z, lower, width, j, degree - 1) +
         (left + (degree + 1) * width - z) / (degree * width) *
             b_spline(z, lower, width, j + 1, degree - 1);
}

}  // namespace

TEST_CASE("a clock's spline spans the B-splines but for the constant", "[model]") {
  const int segments = GENERATE(1, 4, 9);
  const kohort::clock_spline spline(65, 101, segments, 80);
  const int m = segments + 3;
  REQUIRE(spline.columns() == m - 1);
  Eigen::MatrixXd ours(200, m), theirs(200, m);
  for (int i = 0; i < 200; ++i) {
    const double z = 65 + 35.99 * i / 199;
    const auto row = columns(spline, z);
    ours(i, 0) = 1;
    for (int c = 1; c < m; ++c) ours(i, c) = row[static_cast<std::size_t>(c - 1)];
    for (int j = 0; j < m; ++j) theirs(i, j) = b_spline(z, 65, 36.0 / segments, j, 3);
  }
  const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(ours);
  CHECK(qr.rank() == m);  // and the intercept can be told from it
  CHECK((ours * qr.solve(theirs) - theirs).cwiseAbs().maxCoeff() < 1e-9);
  // The penalty of second differences is the plain sum of squares of the bends.
  const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> back(theirs);
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  Eigen::VectorXd u(m - 1);
  for (auto& value : u) value = normal(random);
  const Eigen::VectorXd b = back.solve(ours.rightCols(m - 1) * u);
  double squares = 0;
  for (int i = 0; i + 2 < m; ++i) squares += std::pow(b[i] - 2 * b[i + 1] + b[i + 2], 2);
  CHECK_THAT(squares, WithinAbs(u.tail(m - 2).squaredNorm(), 1e-7));
}

TEST_CASE("a clock's spline is 0 at its origin and straight beyond its ends", "[model]") {
  const kohort::clock_spline spline(65, 101, 6, 77.3);
  for (const double value : columns(spline, 77.3)) CHECK_THAT(value, WithinAbs(0, 1e-12));
  for (const double end : {65.0, 101.0}) {
    const double out = end == 65 ? -1 : 1;
    const auto at = columns(spline, end), one = columns(spline, end + 3 * out),
               two = columns(spline, end + 6 * out), near = columns(spline, end - 1e-6 * out);
    for (std::size_t c = 0; c < at.size(); ++c) {
      CHECK_THAT(two[c] - one[c], WithinAbs(one[c] - at[c], 1e-9));
      CHECK_THAT((one[c] - at[c]) / 3, WithinAbs((at[c] - near[c]) / 1e-6, 1e-4));
    }
  }
}
