#include <kohort/microsimulation/agreement.hpp>

#include <algorithm>
#include <cmath>
#include <string>

#include <boost/math/special_functions/gamma.hpp>

#include <kohort/support/detail/spectrum.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

void check(const occupancy_moments& m, int date, const std::vector<Eigen::MatrixXd>& between) {
  bool right = static_cast<int>(between.size()) == m.dates - 1 - date;
  for (const auto& P : between) right = right && P.rows() == m.states && P.cols() == m.states;
  if (right) return;
  reject("E-SHAPE", "occupancy_moments", std::to_string(between.size()) + " matrices were given",
         std::to_string(m.dates - 1 - date) + " from date " + std::to_string(date) + " of " +
             std::to_string(m.dates) + ", of " + std::to_string(m.states) + " states, are needed",
         "Give one for each pair of neighbouring dates");
}

}  // namespace

void occupancy_moments::add_persons(double n, const std::vector<course>& courses) {
  for (const auto& way : courses) check(*this, 0, way.between);
  if (n == 0) return;
  const int S = states;
  std::vector<Eigen::RowVectorXd> chance(static_cast<std::size_t>(dates),
                                         Eigen::RowVectorXd::Zero(S));
  for (const auto& way : courses) {
    Eigen::RowVectorXd p = way.start;
    for (int j = 0; j < dates; ++j) {
      if (j > 0) p = p * way.between[static_cast<std::size_t>(j - 1)];
      chance[static_cast<std::size_t>(j)] += p;
      // joint chances of (s at date j, s' at date k)
      Eigen::MatrixXd joint = p.asDiagonal();
      for (int k = j; k < dates; ++k) {
        if (k > j) joint = joint * way.between[static_cast<std::size_t>(k - 1)];
        covariance.block(j * S, k * S, S, S) += n * joint;
        if (k > j) covariance.block(k * S, j * S, S, S) += n * joint.transpose();
      }
    }
  }
  for (int j = 0; j < dates; ++j) {
    const auto& p = chance[static_cast<std::size_t>(j)];
    mean.segment(j * S, S) += n * p.transpose();
    for (int k = 0; k < dates; ++k) {
      covariance.block(j * S, k * S, S, S) -=
          n * p.transpose() * chance[static_cast<std::size_t>(k)];
    }
  }
}

void occupancy_moments::add_arrivals(int date, const Eigen::RowVectorXd& expected,
                                     const std::vector<Eigen::MatrixXd>& between) {
  check(*this, date, between);
  const int S = states;
  mean.segment(date * S, S) += expected.transpose();
  Eigen::MatrixXd joint = expected.asDiagonal();
  for (int k = date; k < dates; ++k) {
    if (k > date) joint = joint * between[static_cast<std::size_t>(k - date - 1)];
    covariance.block(date * S, k * S, S, S) += joint;
    if (k > date) covariance.block(k * S, date * S, S, S) += joint.transpose();
  }
}

agreement compare(const occupancy_moments& expected, const std::vector<double>& seen,
                  int replicates) {
  const auto cells = expected.mean.size();
  if (static_cast<Eigen::Index>(seen.size()) != cells || replicates < 1) {
    reject("E-SHAPE", "compare",
           std::to_string(seen.size()) + " numbers were seen in " + std::to_string(replicates) +
               " replicates",
           std::to_string(cells) + " are expected, in one replicate at least",
           "Give the mean over the replicates of each cell");
  }
  const Eigen::VectorXd off = Eigen::Map<const Eigen::VectorXd>(seen.data(), cells) - expected.mean;
  agreement found;
  const double most = std::max(1e-300, expected.covariance.diagonal().maxCoeff());
  for (Eigen::Index c = 0; c < cells; ++c) {
    const double variance = expected.covariance(c, c) / replicates;
    double z = 0;
    if (variance * replicates > 1e-12 * most) {
      z = off[c] / std::sqrt(variance);
    } else if (std::abs(off[c]) > 1e-7 * (1 + std::abs(expected.mean[c]))) {
      z = std::copysign(INFINITY, off[c]);
    }
    found.z.push_back(z);
    found.largest = std::max(found.largest, std::abs(z));
  }
  const auto parts = detail::spectrum_of(expected.covariance);
  const double largest = parts.values.maxCoeff();
  for (Eigen::Index i = 0; i < cells; ++i) {
    const double variance = parts.values[i];
    if (!(variance > 1e-9 * largest)) continue;
    const double along = parts.vectors.col(i).dot(off);
    found.chi_square += along * along * replicates / variance;
    ++found.degrees;
  }
  if (found.degrees > 0)
    found.p_value = boost::math::gamma_q(found.degrees / 2.0, found.chi_square / 2);
  return found;
}

}  // namespace kohort
