#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/QR>

#include <kohort/estimation/detail/within_limits.hpp>

namespace kohort::detail {

namespace {

/// min |A x - b| over x >= 0.
Eigen::VectorXd non_negative_least_squares(const Eigen::MatrixXd& A, const Eigen::VectorXd& b) {
  const auto n = A.cols();
  Eigen::VectorXd x = Eigen::VectorXd::Zero(n);
  std::vector<char> positive(static_cast<std::size_t>(n), 0);
  const double tolerance = 1e-13 * (1 + A.cwiseAbs().maxCoeff()) * (1 + b.cwiseAbs().maxCoeff());
  for (Eigen::Index round = 0; round < 3 * n + 10; ++round) {
    const Eigen::VectorXd slope = A.transpose() * (b - A * x);
    Eigen::Index enters = n;
    double steepest = tolerance;
    for (Eigen::Index j = 0; j < n; ++j) {
      if (positive[static_cast<std::size_t>(j)] || !(slope[j] > steepest)) continue;
      steepest = slope[j];
      enters = j;
    }
    if (enters == n) break;
    positive[static_cast<std::size_t>(enters)] = 1;
    while (true) {
      std::vector<Eigen::Index> chosen;
      for (Eigen::Index j = 0; j < n; ++j) {
        if (positive[static_cast<std::size_t>(j)]) chosen.push_back(j);
      }
      Eigen::MatrixXd some(A.rows(), static_cast<Eigen::Index>(chosen.size()));
      for (std::size_t c = 0; c < chosen.size(); ++c)
        some.col(static_cast<Eigen::Index>(c)) = A.col(chosen[c]);
      const Eigen::VectorXd solved = some.colPivHouseholderQr().solve(b);
      double share = 1;
      for (std::size_t c = 0; c < chosen.size(); ++c) {
        const double to = solved[static_cast<Eigen::Index>(c)], from = x[chosen[c]];
        if (to <= 0) share = std::min(share, from > 0 ? from / (from - to) : 0.0);
      }
      for (std::size_t c = 0; c < chosen.size(); ++c) {
        auto& one = x[chosen[c]];
        one += share * (solved[static_cast<Eigen::Index>(c)] - one);
        if (share < 1 && one <= 1e-14 * (1 + std::abs(solved[static_cast<Eigen::Index>(c)]))) {
          one = 0;
          positive[static_cast<std::size_t>(chosen[c])] = 0;
        }
      }
      if (share == 1) break;
    }
  }
  return x;
}

Eigen::MatrixXd orthogonal_to(const Eigen::MatrixXd& rows, Eigen::Index size) {
  if (rows.rows() == 0) return Eigen::MatrixXd::Identity(size, size);
  Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(rows.transpose());
  qr.setThreshold(1e-11);
  const Eigen::MatrixXd all = qr.householderQ();
  return all.rightCols(size - qr.rank());
}

Eigen::MatrixXd chosen_rows(const limits_on& limits, const std::vector<std::size_t>& chosen) {
  Eigen::MatrixXd rows(static_cast<Eigen::Index>(chosen.size()), limits.rows.cols());
  for (std::size_t i = 0; i < chosen.size(); ++i)
    rows.row(static_cast<Eigen::Index>(i)) = limits.rows.row(static_cast<Eigen::Index>(chosen[i]));
  return rows;
}

/// The place in `active` of the limit that the slope leaves; none: its size.
std::size_t given_up(const limits_on& limits, const std::vector<std::size_t>& active,
                     const Eigen::VectorXd& slope) {
  const Eigen::VectorXd pushes =
      chosen_rows(limits, active).transpose().colPivHouseholderQr().solve(-slope);
  Eigen::Index least = 0;
  if (!(pushes.minCoeff(&least) < -1e-7 * (1 + slope.lpNorm<Eigen::Infinity>())))
    return active.size();
  return static_cast<std::size_t>(least);
}

}  // namespace

bool limits_on::hold(const Eigen::VectorXd& x, double slack) const {
  if (none()) return true;
  const Eigen::VectorXd above = rows * x - least;
  for (Eigen::Index i = 0; i < above.size(); ++i) {
    if (!(above[i] >= -slack * (1 + std::abs(least[i])))) return false;
  }
  return true;
}

std::optional<Eigen::VectorXd> nearest_within(const limits_on& limits,
                                              const Eigen::VectorXd& near) {
  if (limits.hold(near, 0)) return near;
  // With y = x - near and h = least - rows near: min |y| with rows y >= h.
  const auto m = limits.rows.rows();
  const auto n = near.size();
  Eigen::VectorXd h = limits.least - limits.rows * near;
  Eigen::MatrixXd E(n + 1, m);
  for (Eigen::Index i = 0; i < m; ++i) {
    const double length = limits.rows.row(i).norm();
    if (!(length > 0)) {
      if (h[i] > 1e-9) return {};
      E.col(i).setZero();
      continue;
    }
    E.col(i).head(n) = limits.rows.row(i).transpose() / length;
    E(n, i) = h[i] / length;
  }
  const double size = std::max(E.row(n).cwiseAbs().maxCoeff(), 1e-300);
  E.row(n) /= size;  // the unit of y does not matter
  const Eigen::VectorXd f = Eigen::VectorXd::Unit(n + 1, n);
  const Eigen::VectorXd u = non_negative_least_squares(E, f);
  const Eigen::VectorXd left = E * u - f;
  if (!(left.norm() > 1e-9)) return {};
  Eigen::VectorXd x = near - left.head(n) * (size / left[n]);
  if (!limits.hold(x, 1e-7)) return {};
  return x;
}

maximum_within maximise_within(const maximise_problem& problem, const Eigen::VectorXd& start,
                               const limits_on& limits, const maximise_settings& settings) {
  const auto size = start.size();
  const auto count = static_cast<std::size_t>(limits.rows.rows());
  maximum_within result;
  result.along = Eigen::MatrixXd::Identity(size, size);
  if (count == 0) {
    result.found = maximise(problem, start, settings);
    return result;
  }
  Eigen::VectorXd here = start;
  auto& active = result.active;
  int taken = 0, evaluations = 0;
  for (std::size_t round = 0; round < 4 * count + 8; ++round) {
    result.along = orthogonal_to(chosen_rows(limits, active), size);
    const auto& along = result.along;
    const auto at = [&](const Eigen::VectorXd& w) -> Eigen::VectorXd { return here + along * w; };
    const auto inside = [&](const Eigen::VectorXd& x, const Eigen::VectorXd& step,
                            std::size_t& met) {
      double share = 1;
      for (std::size_t i = 0; i < count; ++i) {
        if (std::find(active.begin(), active.end(), i) != active.end()) continue;
        const auto row = static_cast<Eigen::Index>(i);
        const double by = limits.rows.row(row).dot(step);
        const double slack = limits.rows.row(row).dot(x) - limits.least[row];
        if (!(by < 0) || slack + by >= -1e-12 * (1 + std::abs(limits.least[row]))) continue;
        const double until = std::max(slack / -by, 0.0);
        if (until < share) {
          share = until;
          met = i;
        }
      }
      return share;
    };
    std::size_t met = count;
    maximise_problem part;
    part.gradient = [&](const Eigen::VectorXd& w) {
      auto slope = problem.gradient(at(w));
      if (slope.gradient.size() == size) slope.gradient = along.transpose() * slope.gradient;
      return slope;
    };
    part.information = [&](const Eigen::VectorXd& w) {
      return Eigen::MatrixXd(along.transpose() * problem.information(at(w)) * along);
    };
    if (problem.curvature) {
      part.curvature = [&](const Eigen::VectorXd& w) {
        return Eigen::MatrixXd(along.transpose() * problem.curvature(at(w)) * along);
      };
    }
    part.length = [&](const Eigen::VectorXd& step) { return problem.length(along * step); };
    part.inside = [&](const Eigen::VectorXd& w, const Eigen::VectorXd& step) {
      return inside(at(w), along * step, met);
    };
    if (problem.keep_going) {
      part.keep_going = [&](const Eigen::VectorXd& w, int more) {
        return problem.keep_going(at(w), taken + more);
      };
    }
    auto rest = settings;
    rest.iterations = std::max(settings.iterations - taken, 1);
    auto found = maximise(part, Eigen::VectorXd::Zero(along.cols()), rest);
    here = at(found.point);
    taken += found.iterations;
    evaluations += found.evaluations;
    result.found = std::move(found);
    result.found.point = here;
    if (result.found.verdict == search_verdict::blocked) {
      active.push_back(met);
      continue;
    }
    const bool ended = result.found.verdict == search_verdict::converged;
    if (!ended || active.empty() || !std::isfinite(result.found.value)) break;
    const auto leaves = given_up(limits, active, problem.gradient(here).gradient);
    if (leaves == active.size()) break;
    active.erase(active.begin() + static_cast<std::ptrdiff_t>(leaves));
  }
  result.found.gradient = problem.gradient(here).gradient;
  result.found.iterations = taken;
  result.found.evaluations = evaluations;
  return result;
}

}  // namespace kohort::detail
