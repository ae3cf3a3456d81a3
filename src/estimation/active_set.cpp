#include <algorithm>
#include <cmath>

#include <Eigen/QR>

#include <kohort/estimation/detail/active_set.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

namespace {

/// A rate of 0 has an intercept of -infinity, which must not meet a factor of 0.
double product(const Eigen::MatrixXd& rows, std::size_t i, const Eigen::VectorXd& theta) {
  double sum = 0;
  for (Eigen::Index c = 0; c < theta.size(); ++c) {
    const double factor = rows(static_cast<Eigen::Index>(i), c);
    if (factor != 0) sum += factor * theta[c];
  }
  return sum;
}

linear_block some(const linear_block& all, const std::vector<std::size_t>& chosen) {
  linear_block block;
  const auto count = static_cast<Eigen::Index>(chosen.size());
  block.rows.resize(count, all.rows.cols());
  block.values.resize(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const auto from = static_cast<Eigen::Index>(chosen[static_cast<std::size_t>(i)]);
    block.rows.row(i) = all.rows.row(from);
    block.values[i] = all.values[from];
    block.words.push_back(all.words[static_cast<std::size_t>(from)]);
  }
  return block;
}

bool contains(const std::vector<std::size_t>& some, std::size_t one) {
  return std::find(some.begin(), some.end(), one) != some.end();
}

}  // namespace

void active_set::release(Eigen::Index coefficient) {
  std::erase_if(active_, [&](std::size_t i) {
    return problem_.limits.rows(static_cast<Eigen::Index>(i), coefficient) != 0;
  });
}

free_coefficients active_set::beside(const free_coefficients& left) const {
  if (active_.empty()) return left;
  auto rest = restrict(left, some(problem_.limits, active_));
  return rest.b.size() == 0 ? left : rest;
}

Eigen::VectorXd active_set::start(const Eigen::VectorXd& near) {
  const auto nearest = [&](const free_coefficients& free) {
    if (free.A.cols() == 0) return free.b;
    const Eigen::MatrixXd design = problem_.triangle * free.A;
    const Eigen::VectorXd beta =
        design.colPivHouseholderQr().solve(problem_.triangle * (near - free.b));
    return free.theta(beta);
  };
  auto theta = nearest(problem_.free);
  const auto& limits = problem_.limits;
  for (std::size_t round = 0; round <= limits.words.size(); ++round) {
    std::size_t worst = limits.words.size();
    double lowest = -1e-9;
    for (std::size_t i = 0; i < limits.words.size(); ++i) {
      const double slack =
          product(limits.rows, i, theta) - limits.values[static_cast<Eigen::Index>(i)];
      if (slack >= lowest || contains(active_, i)) continue;
      lowest = slack;
      worst = i;
    }
    if (worst == limits.words.size()) return theta;
    active_.push_back(worst);
    std::vector<std::size_t> depends;
    const auto rest = restrict(problem_.free, some(limits, active_), &depends);
    if (rest.b.size() == 0) {
      std::string listed;
      for (const auto i : depends)
        listed += (listed.empty() ? "" : ", ") + limits.words[active_[i]];
      reject("E-CONSTRAINT", "constraints",
             listed +
                 (depends.size() > 1 ? " cannot hold together" : " cannot hold beside the others"),
             "one set of coefficients must fulfil all constraints", "Leave one of them out");
    }
    theta = nearest(rest);
  }
  return theta;
}

std::size_t active_set::given_up(const Eigen::VectorXd& theta,
                                 const free_coefficients& left) const {
  const Eigen::VectorXd slope = left.A.transpose() * problem_.wanted.slope(theta).gradient;
  const Eigen::MatrixXd rows = some(problem_.limits, active_).rows * left.A;
  const Eigen::VectorXd pushes = rows.transpose().colPivHouseholderQr().solve(-slope);
  Eigen::Index least = 0;
  if (!(pushes.minCoeff(&least) < -1e-7 * (1 + slope.lpNorm<Eigen::Infinity>())))
    return problem_.limits.words.size();
  return static_cast<std::size_t>(least);
}

maximum active_set::run(Eigen::VectorXd& theta, const free_coefficients& left, int iterations,
                        const std::function<bool(const Eigen::VectorXd&, int)>& keep_going) {
  const auto& limits = problem_.limits;
  if (limits.words.empty()) return scaled_search(problem_, left).run(theta, iterations, keep_going);
  std::size_t met = limits.words.size();
  const auto inside = [&](const Eigen::VectorXd& at, const Eigen::VectorXd& step) {
    double share = 1;
    for (std::size_t i = 0; i < limits.words.size(); ++i) {
      if (contains(active_, i)) continue;
      const double limit = limits.values[static_cast<Eigen::Index>(i)];
      const double slack = product(limits.rows, i, at) - limit, by = product(limits.rows, i, step);
      if (!(by < 0) || slack + by >= -1e-12 * (1 + std::abs(limit))) continue;
      const double here = std::max(slack / -by, 0.0);
      if (here < share) {
        share = here;
        met = i;
      }
    }
    return share;
  };
  int taken = 0, evaluations = 0;
  maximum found;
  for (std::size_t round = 0; round < 4 * limits.words.size() + 8; ++round) {
    const int before = taken;
    found = scaled_search(problem_, beside(left))
                .run(theta, iterations - taken,
                     keep_going ? std::function<bool(const Eigen::VectorXd&, int)>(
                                      [&](const Eigen::VectorXd& at, int more) {
                                        return keep_going(at, before + more);
                                      })
                                : std::function<bool(const Eigen::VectorXd&, int)>(),
                     inside);
    taken += found.iterations;
    evaluations += found.evaluations;
    if (found.verdict == search_verdict::blocked) {
      active_.push_back(met);
      continue;
    }
    if (found.verdict == search_verdict::stopped || active_.empty()) break;
    const auto leaves = given_up(theta, left);
    if (leaves == limits.words.size()) break;
    active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(leaves));
  }
  found.iterations = taken;
  found.evaluations = evaluations;
  return found;
}

}  // namespace kohort::detail
