#include <algorithm>
#include <cmath>
#include <limits>

#include <kohort/estimation/detail/rate_search.hpp>

namespace kohort::detail {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double bound_drop = 2.995732273553991;  // -log .05
constexpr double no_bound = 100;                  // moves a mean gap; further no bound is sought
/// Leaves limits out of a problem, and out of those that are active in it.
void drop_limits(search_problem& problem, std::vector<std::size_t>& active,
                 const std::vector<std::size_t>& dropped) {
  if (dropped.empty()) return;
  const auto all = problem.limits;
  std::vector<std::size_t> place(all.words.size(), all.words.size()), still;
  problem.limits.words.clear();
  for (std::size_t r = 0; r < all.words.size(); ++r) {
    if (std::find(dropped.begin(), dropped.end(), r) != dropped.end()) continue;
    place[r] = problem.limits.words.size();
    const auto to = static_cast<Eigen::Index>(place[r]);
    problem.limits.rows.row(to) = all.rows.row(static_cast<Eigen::Index>(r));
    problem.limits.values[to] = all.values[static_cast<Eigen::Index>(r)];
    problem.limits.words.push_back(all.words[r]);
  }
  const auto count = static_cast<Eigen::Index>(problem.limits.words.size());
  problem.limits.rows.conservativeResize(count, all.rows.cols());
  problem.limits.values.conservativeResize(count);
  for (const auto r : active) {
    if (place[r] < all.words.size()) still.push_back(place[r]);
  }
  active = still;
}

}  // namespace

double one_sided_bound(const search_problem& given, const located& found, int transition,
                       int iterations) {
  // Limits on this rate alone only cut the bound; the search for it goes without them.
  auto problem = given;
  double highest = infinity;
  auto active = found.active;
  {
    const rate_search all(given);
    highest = all.highest(transition);
    drop_limits(problem, active, all.own_limits(transition));
  }
  rate_search rates(problem, std::move(active));
  const auto& rows = problem.rows;
  const bool upper = found.ends[static_cast<std::size_t>(transition)] == rate_end::zero;
  auto theta = found.theta;
  auto ends = found.ends;  // held where `set_rate` puts it
  for (const int l : rates.together(transition))
    ends[static_cast<std::size_t>(l)] = rate_end::infinite;
  const auto in_range = [&](const Eigen::VectorXd& at, int taken) {
    if (taken < 2) return true;
    for (int k = 0; k < rates.transitions(); ++k) {
      if (ends[static_cast<std::size_t>(k)] != rate_end::inside) continue;
      if (rows.expected(at, k).least_rate * rates.mean_gap() > no_bound) return false;
    }
    return true;
  };
  const double target = bound_drop * problem.wanted.unit();
  const auto drop = [&](double log_rate) {
    rates.set_rate(theta, transition, log_rate);
    const auto best = rates.search(theta, rates.rest(ends, theta), iterations, in_range);
    return std::min(found.value - best.value - target, 1e6);
  };
  const double direction = upper ? 1 : -1;
  double inside = upper ? std::log(target / rows.years(transition)) - 1
                        : std::min(found.theta[rates.intercept(transition)],
                                   std::log(no_bound / rates.mean_gap()));
  const double last = upper ? std::log(no_bound / rates.mean_gap()) : inside - 60;
  double below = drop(inside), outside = inside, above = below;
  while (!(above > 0)) {
    if (!((last - outside) * direction > 0)) return upper ? std::exp(highest) : 0.0;
    inside = outside;
    below = above;
    outside += direction;
    above = drop(outside);
  }
  for (int i = 0; i < 60 && below > 0; ++i) {  // the first point was beyond the bound already
    outside = inside;
    above = below;
    inside -= direction;
    below = drop(inside);
  }
  double left = inside, right = outside, f_left = below, f_right = above, middle = left;
  for (int i = 0; i < 60; ++i) {  // regula falsi, Illinois
    middle = (left * f_right - right * f_left) / (f_right - f_left);
    const double f = drop(middle);
    if (std::abs(f) < 1e-9 || std::abs(right - left) < 1e-12) break;
    if ((f > 0) == (f_right > 0)) {
      right = middle;
      f_right = f;
      f_left /= 2;
    } else {
      left = right;
      f_left = f_right;
      right = middle;
      f_right = f;
    }
  }
  return std::exp(std::min(middle, highest));
}

}  // namespace kohort::detail
