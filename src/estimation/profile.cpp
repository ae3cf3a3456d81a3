#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <boost/math/special_functions/erf.hpp>

#include <kohort/estimation/detail/linear_system.hpp>
#include <kohort/estimation/detail/refit.hpp>
#include <kohort/estimation/profile.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/support/detail/tasks.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The profile of one coefficient, towards one side.
class side {
 public:
  side(const fitted_model& fitted, const detail::goal& wanted, const detail::room& where,
       Eigen::Index coefficient, double sign, double target, double at_estimate)
      : fitted_(fitted),
        wanted_(wanted),
        i_(coefficient),
        sign_(sign),
        target_(target),
        at_estimate_(at_estimate),
        beside_(detail::beside(where, coefficient)) {
    const auto& directions = where.directions;
    const Eigen::VectorXd row = directions.row(i_).transpose();
    const double squared = row.squaredNorm();
    along_ = Eigen::VectorXd::Zero(directions.rows());
    if (squared > 0) {
      along_ = directions * row / squared;  // how the others follow, to first order
      unit_ = std::sqrt(squared);
    } else {  // it has no standard error: it moves alone, the others are found anew
      unit_ = std::max(std::abs(fitted.coefficients[i_]) / 4, 0.25);
    }
    along_[i_] = 1;
  }

  profile_end end(std::vector<profile_point>& points, double& higher) {
    const double limit = farthest();
    if (limit <= 1e-9 * unit_) return at_limit(0);
    double inside = 0, r_inside = 0, here = std::min(unit_ * target_, limit);
    const auto ask = [&](double distance) {
      const double drop = drop_at(distance);
      if (std::isfinite(drop)) {
        points.push_back({fitted_.coefficients[i_] + sign_ * distance, drop});
        higher = std::max(higher, -drop);
      }
      return std::sqrt(std::max(drop, 0.0));
    };
    const profile_end none{profile_end::kind::none, sign_ * infinity};
    double wall = infinity;  // from here on nothing can be computed
    double r = ask(here);
    for (int i = 0; !(r >= target_ && std::isfinite(r)); ++i) {  // outwards until the end is behind
      if (std::isnan(r)) return {profile_end::kind::not_free, sign_ * infinity};
      if (r < target_ && here >= limit) return at_limit(limit);
      if (i == 60) return none;
      if (!std::isfinite(r)) {
        wall = here;
        if (wall - inside < 1e-3 * wall) return none;
        here = (inside + wall) / 2;
        r = ask(here);
        continue;
      }
      const double step =
          r > r_inside ? (here - inside) * (target_ - r) / (r - r_inside) : infinity;
      if (inside > 0 && step > 50 * here && !std::isfinite(limit)) return none;  // it is flat
      inside = here;
      r_inside = r;
      here = std::min(here + 1.05 * step, 2 * here);
      if (here >= wall) here = (inside + wall) / 2;
      here = std::min(here, limit);
      r = ask(here);
    }
    double outside = here, before = inside, r_before = r_inside;
    const double noise = 1e-14 * (1 + std::abs(at_estimate_)) / target_;
    for (int i = 0; i < 60; ++i) {
      if (std::isnan(r)) return {profile_end::kind::not_free, sign_ * infinity};
      if (std::abs(r - target_) < std::max(3e-10 * target_, noise) ||
          outside - inside < 1e-11 * (unit_ + outside))
        break;
      const double secant = here + (target_ - r) * (here - before) / (r - r_before);
      before = here;
      r_before = r;
      here = secant > inside && secant < outside ? secant : (inside + outside) / 2;
      r = ask(here);
      (r < target_ ? inside : outside) = here;
    }
    return {profile_end::kind::found, fitted_.coefficients[i_] + sign_ * here};
  }

 private:
  [[nodiscard]] profile_end at_limit(double distance) const {
    return {profile_end::kind::limit, fitted_.coefficients[i_] + sign_ * distance};
  }

  /// How far the coefficient can go before no values of the others keep the fit's inequalities.
  [[nodiscard]] double farthest() const {
    const auto& limits = beside_.limits;
    if (limits.none()) return infinity;
    double far = infinity;  // by limits on this coefficient alone, which are exact
    for (Eigen::Index r = 0; r < limits.rows.rows(); ++r) {
      const double factor = limits.rows(r, i_);
      const bool alone = factor != 0 && (limits.rows.row(r).array() != 0).count() == 1;
      if (!alone || factor * sign_ > 0) continue;
      far = std::min(far, (fitted_.coefficients[i_] - limits.least[r] / factor) * -sign_);
    }
    const auto possible = [&](double distance) {
      Eigen::VectorXd origin = fitted_.coefficients;
      origin[i_] += sign_ * distance;
      const auto here = detail::limits_along(beside_, origin);
      return here &&
             detail::nearest_within(*here, Eigen::VectorXd::Zero(beside_.directions.cols()));
    };
    far = std::max(far, 0.0);
    double low = 0, high = std::min(far, 1e3 * (1 + unit_));
    if (possible(high)) return far;
    for (int i = 0; i < 60; ++i) {
      const double middle = (low + high) / 2;
      (possible(middle) ? low : high) = middle;
    }
    return low;
  }

  /// 2 (l(estimate) - l_profile) with the coefficient this far from its estimate.
  double drop_at(double distance) {
    Eigen::VectorXd origin = fitted_.coefficients;
    for (Eigen::Index j = 0; j < origin.size(); ++j) {
      if (along_[j] != 0) origin[j] += sign_ * distance * along_[j];
    }
    if (last_.size() > 0) {  // closer to where the search before this one ended
      origin = last_;
      origin[i_] = fitted_.coefficients[i_] + sign_ * distance;
      for (Eigen::Index j = 0; j < origin.size(); ++j) {
        if (j != i_ && along_[j] != 0) origin[j] += sign_ * (distance - last_distance_) * along_[j];
      }
    }
    maximum found;
    try {
      found = detail::refit(wanted_, origin, beside_, 1e-11);
    } catch (const invalid_input&) {  // rates beyond any number
      return infinity;
    }
    if (!std::isfinite(found.value)) return infinity;
    last_ = found.point;
    last_distance_ = distance;
    return 2 * (at_estimate_ - found.value);
  }

  const fitted_model& fitted_;
  const detail::goal& wanted_;
  Eigen::Index i_;
  double sign_, target_, at_estimate_, unit_ = 1;
  Eigen::VectorXd along_, last_;
  double last_distance_ = 0;
  detail::room beside_;
};

/// Coefficients of rates whose estimate lies at the end of their range.
profile_interval at_bound(const fitted_model& fitted, Eigen::Index i, const rate_bound& bound,
                          bool intercept) {
  profile_interval result{i, fitted.coefficients[i]};
  result.lower = result.upper = {profile_end::kind::not_free, infinity};
  result.lower.value = -infinity;
  if (!intercept) return result;
  auto& far = bound.upper ? result.upper : result.lower;
  auto& near = bound.upper ? result.lower : result.upper;
  near.what = profile_end::kind::none;
  const bool limited = bound.rate > 0 && std::isfinite(bound.rate);
  far = {limited ? profile_end::kind::bound : profile_end::kind::none, std::log(bound.rate)};
  return result;
}

}  // namespace

std::vector<profile_interval> profile(const fitted_model& fitted, const transition_tables& tables,
                                      std::vector<Eigen::Index> coefficients,
                                      const profile_settings& settings) {
  if (!(settings.level > 0 && settings.level < 1)) {
    reject("E-LEVEL", "profile", "the level is " + shown(settings.level),
           "it must lie between 0 and 1", "Give 0.95 for 95 %");
  }
  const auto p = fitted.coefficients.size();
  if (coefficients.empty()) {
    coefficients.resize(static_cast<std::size_t>(p));
    std::iota(coefficients.begin(), coefficients.end(), 0);
  }
  const double target = std::sqrt(2.0) * boost::math::erf_inv(settings.level);
  const auto where = layout(fitted.intensities);
  const auto all = detail::wanted_by(fitted, tables, settings.threads, settings.report);
  const auto room = detail::room_of(fitted, all);
  const double at_estimate = all.value(fitted.coefficients);
  const auto free = detail::eliminate(detail::resolve(fitted.constraints, fitted.names).equal, p);

  std::vector<profile_interval> found;
  std::vector<std::size_t> open;  // those that need a search
  for (const auto i : coefficients) {
    if (i < 0 || i >= p) {
      reject("E-COLUMN", "profile", "there is no coefficient " + std::to_string(i),
             "there are " + std::to_string(p) + ", from 0", "Name one of these");
    }
    const rate_bound* bound = nullptr;
    for (const auto& one : fitted.bounds) {
      const auto k = static_cast<std::size_t>(one.transition);
      if (where.starts[k] <= i && i < where.starts[k + 1]) bound = &one;
    }
    if (bound) {
      const auto k = static_cast<std::size_t>(bound->transition);
      found.push_back(at_bound(fitted, i, *bound, i == where.starts[k]));
    } else if (!free.varies(i)) {  // its value was given
      const profile_end none{profile_end::kind::not_free, infinity};
      found.push_back({i, fitted.coefficients[i], none, none});
      found.back().lower.value = -infinity;
    } else {
      open.push_back(found.size());
      found.push_back({i, fitted.coefficients[i]});
    }
  }

  std::vector<std::vector<profile_point>> points(2 * open.size());
  std::vector<double> higher(2 * open.size(), 0.0);
  detail::for_each_task(
      2 * open.size(), settings.threads,
      [&](std::size_t task, const progress& go_on) {
        auto& one = found[open[task / 2]];
        const double sign = task % 2 == 0 ? -1 : 1;
        const auto wanted = detail::wanted_by(fitted, tables, 1, go_on);
        side walk(fitted, wanted, room, one.coefficient, sign, target, at_estimate);
        (sign < 0 ? one.lower : one.upper) = walk.end(points[task], higher[task]);
      },
      settings.report);
  const double rounding = 1e-9 * (1 + std::abs(at_estimate));
  for (std::size_t j = 0; j < open.size(); ++j) {
    auto& one = found[open[j]];
    one.points = points[2 * j];
    one.points.push_back({one.estimate, 0});
    one.points.insert(one.points.end(), points[2 * j + 1].begin(), points[2 * j + 1].end());
    std::sort(one.points.begin(), one.points.end(),
              [](const profile_point& a, const profile_point& b) { return a.value < b.value; });
    const double most = std::max(higher[2 * j], higher[2 * j + 1]);
    one.higher = most > rounding ? most : 0;
  }
  return found;
}

std::vector<profile_interval> profile(const fitted_model& fitted, const observations& seen,
                                      const std::vector<Eigen::Index>& coefficients,
                                      const profile_settings& settings) {
  return profile(fitted, detail::tables_for(fitted, seen, settings.report), coefficients, settings);
}

}  // namespace kohort
