#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <kohort/estimation/detail/rate_search.hpp>

namespace kohort::detail {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double bound_drop = 2.995732273553991;  // -log .05
constexpr double no_bound = 100;                  // moves a mean gap; further no bound is sought
constexpr int steps_of_a_profile = 40;            // beyond, only what hardly matters still creeps

/// Where the profile log-likelihood of a rate estimated as 0 has fallen far enough. In the rate the
/// fall is nearly a straight line, so Newton's method takes few searches; the bracket keeps it
/// safe.
///
/// @param drop   of a log rate: how far beyond the target the fall is
/// @param slope  of that in the log rate, where `drop` was asked last
double upper_bound(const std::function<double(double)>& drop, const std::function<double()>& slope,
                   double start, double last) {
  double low = 0, high = infinity, rate = std::min(start, last);
  for (int i = 0; i < 60; ++i) {
    const double f = drop(std::log(rate));
    if (std::abs(f) < 1e-9) break;
    (f < 0 ? low : high) = rate;
    if (f < 0 && rate >= last) return infinity;
    if (high - low < 1e-12 * high) break;
    double next = rate - f * rate / slope();
    if (!(next > low && next < high))
      next = high < infinity ? std::sqrt(std::max(low, high / 64) * high) : 8 * rate;
    if (high == infinity) next = std::min({next, 8 * rate, last});
    if (std::abs(next - rate) < 1e-11 * rate) break;
    rate = next;
  }
  return rate;
}

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
    const auto best = rates.search(theta, rates.rest(ends, theta),
                                   std::min(iterations, steps_of_a_profile), in_range);
    return std::min(found.value - best.value - target, 1e6);
  };
  if (upper) {
    const auto fall = [&] { return -rates.slope(theta, transition); };
    return std::min(
        upper_bound(drop, fall, target / rows.years(transition), no_bound / rates.mean_gap()),
        std::exp(highest));
  }
  double inside =
      std::min(found.theta[rates.intercept(transition)], std::log(no_bound / rates.mean_gap()));
  const double last = inside - 60;
  double below = drop(inside), outside = inside, above = below;
  while (!(above > 0)) {
    if (!(last < outside)) return 0.0;
    inside = outside;
    below = above;
    outside -= 1;
    above = drop(outside);
  }
  for (int i = 0; i < 60 && below > 0; ++i) {  // the first point was beyond the bound already
    outside = inside;
    above = below;
    inside += 1;
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
  return std::exp(middle);
}

}  // namespace kohort::detail
