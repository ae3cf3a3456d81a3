#include <algorithm>
#include <cmath>

#include <Eigen/Cholesky>

#include <kohort/model/clock_spline.hpp>

namespace kohort {

clock_spline::clock_spline(double lower, double upper, int segments, double origin)
    : lower_(lower), width_((upper - lower) / segments), origin_(origin), segments_(segments) {
  const Eigen::Index m = segments + 3;
  Eigen::MatrixXd D = Eigen::MatrixXd::Zero(m - 2, m);
  for (Eigen::Index i = 0; i + 2 < m; ++i) {
    D(i, i) = D(i, i + 2) = 1;
    D(i, i + 1) = -2;
  }
  turned_ = Eigen::LLT<Eigen::MatrixXd>(D * D.transpose()).solve(D).transpose();
  at_origin_.assign(static_cast<std::size_t>(m - 2), 0.0);
  bends(origin, at_origin_.data());
}

void clock_spline::bends(double z, double* out) const {
  const double place = (z - lower_) / width_;
  const double inside = std::clamp(place, 0.0, static_cast<double>(segments_));
  const int first = std::min(static_cast<int>(inside), segments_ - 1);
  const double f = inside - first, g = 1 - f, beyond = place - inside;
  const double values[4] = {g * g * g / 6, (3 * f * f * f - 6 * f * f + 4) / 6,
                            (3 * g * g * g - 6 * g * g + 4) / 6, f * f * f / 6};
  const double slopes[4] = {-g * g / 2, (3 * f * f - 4 * f) / 2, (4 * g - 3 * g * g) / 2,
                            f * f / 2};
  for (Eigen::Index c = 0; c < turned_.cols(); ++c) {
    double sum = 0;
    for (int i = 0; i < 4; ++i) sum += (values[i] + beyond * slopes[i]) * turned_(first + i, c);
    out[c] = sum;
  }
}

void clock_spline::at(double z, double* out) const {
  out[0] = z - origin_;
  bends(z, out + 1);
  for (std::size_t c = 0; c < at_origin_.size(); ++c) out[c + 1] -= at_origin_[c];
}

}  // namespace kohort
