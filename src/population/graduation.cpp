#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include <Eigen/LU>

#include <kohort/population/graduation.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

Eigen::VectorXd graduate(const Eigen::VectorXd& totals, const std::vector<int>& group_starts,
                         const Eigen::VectorXd& indicator) {
  const auto ages = indicator.size();
  const auto groups = totals.size();
  const auto refuse = [](const std::string& seen, const std::string& needed) {
    reject("E-GRADUATION", "graduate", seen, needed,
           "Give one total for each group and one indicator for each single age");
  };
  if (groups == 0 || static_cast<Eigen::Index>(group_starts.size()) != groups ||
      !std::is_sorted(group_starts.begin(), group_starts.end(), std::less_equal<>())) {
    refuse(std::to_string(groups) + " totals and " + std::to_string(group_starts.size()) +
               " groups were given",
           "there must be one total for each group, in the order of age");
  }
  if (group_starts.back() - group_starts.front() >= ages) {
    refuse("the indicator covers " + std::to_string(ages) + " ages",
           "it must reach into the last group");
  }
  if (!(totals.minCoeff() >= 0) || !totals.allFinite() || !(indicator.minCoeff() > 0) ||
      !indicator.allFinite()) {
    refuse("a total is negative or an indicator not positive",
           "totals are numbers of persons and indicators person-years");
  }

  // C z = N, with C the indicator arranged by group.
  Eigen::MatrixXd C = Eigen::MatrixXd::Zero(groups, ages);
  for (Eigen::Index g = 0; g < groups; ++g) {
    const Eigen::Index from = group_starts[static_cast<std::size_t>(g)] - group_starts.front();
    const Eigen::Index to =
        g + 1 < groups ? group_starts[static_cast<std::size_t>(g) + 1] - group_starts.front()
                       : ages;
    C.row(g).segment(from, to - from) = indicator.segment(from, to - from).transpose();
  }
  Eigen::MatrixXd curvature = Eigen::MatrixXd::Zero(ages, ages);  // 2 D'D
  for (Eigen::Index a = 1; a < ages; ++a) {
    curvature(a, a) += 2;
    curvature(a - 1, a - 1) += 2;
    curvature(a, a - 1) -= 2;
    curvature(a - 1, a) -= 2;
  }
  // Scaled so that rows of C are of the size of the curvature, whatever the unit of the indicator.
  const Eigen::VectorXd scale = C.rowwise().maxCoeff().cwiseInverse();
  const Eigen::MatrixXd constraints = scale.asDiagonal() * C;
  const Eigen::VectorXd wanted = scale.cwiseProduct(totals);

  std::vector<bool> held(static_cast<std::size_t>(ages), false);
  Eigen::VectorXd z;
  for (int attempt = 0; attempt < 8 * ages; ++attempt) {
    Eigen::MatrixXd kkt = Eigen::MatrixXd::Zero(ages + groups, ages + groups);
    Eigen::VectorXd right = Eigen::VectorXd::Zero(ages + groups);
    kkt.topLeftCorner(ages, ages) = curvature;
    kkt.topRightCorner(ages, groups) = constraints.transpose();
    kkt.bottomLeftCorner(groups, ages) = constraints;
    right.tail(groups) = wanted;
    for (Eigen::Index a = 0; a < ages; ++a) {
      if (!held[static_cast<std::size_t>(a)]) continue;
      kkt.row(a).setZero();
      kkt(a, a) = 1;
    }
    const Eigen::VectorXd solved = kkt.fullPivLu().solve(right);
    z = solved.head(ages);
    Eigen::Index worst;
    const double tolerance = 1e-12 * z.cwiseAbs().maxCoeff();
    if (z.minCoeff(&worst) < -tolerance) {
      held[static_cast<std::size_t>(worst)] = true;
      continue;
    }
    // A held age is let go where the sum of squares would fall if it rose above 0.
    const Eigen::VectorXd slope = curvature * z + constraints.transpose() * solved.tail(groups);
    Eigen::Index freed = -1;
    for (Eigen::Index a = 0; a < ages; ++a) {
      if (!held[static_cast<std::size_t>(a)] || slope[a] > -1e-9 * z.cwiseAbs().maxCoeff())
        continue;
      if (freed < 0 || slope[a] < slope[freed]) freed = a;
    }
    if (freed < 0) break;
    held[static_cast<std::size_t>(freed)] = false;
  }
  Eigen::VectorXd persons = z.cwiseMax(0.0).cwiseProduct(indicator);
  for (Eigen::Index g = 0; g < groups; ++g) {  // the last rounding goes out here
    double sum = 0;
    for (Eigen::Index a = 0; a < ages; ++a) sum += C(g, a) > 0 ? persons[a] : 0;
    for (Eigen::Index a = 0; a < ages; ++a) {
      if (C(g, a) > 0) persons[a] *= sum > 0 ? totals[g] / sum : 0.0;
    }
  }
  return persons;
}

}  // namespace kohort
