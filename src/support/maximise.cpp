#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Cholesky>

#include <kohort/support/maximise.hpp>

namespace kohort {

namespace {

constexpr double rounding = std::numeric_limits<double>::epsilon() / 2;
constexpr double settled = 1e-4;  // of the tolerance: so near the curvature is that of the maximum
constexpr int quick_steps = 16;   // near the maximum, before the curvature is asked for

/// Solves (B + mu diag B) d = g after scaling B to a unit diagonal.
class damped_solver {
 public:
  explicit damped_solver(const Eigen::MatrixXd& B) : damped_solver(B, B) {}

  /// With the metric of another matrix: B may have negative eigenvalues.
  damped_solver(const Eigen::MatrixXd& B, const Eigen::MatrixXd& metric) {
    scale_ = metric.diagonal().cwiseMax(0).cwiseSqrt();
    for (auto& s : scale_) s = s > 0 && std::isfinite(s) ? 1 / s : 1;
    scaled_ = scale_.asDiagonal() * B * scale_.asDiagonal();
  }

  [[nodiscard]] bool positive_definite() const {
    const Eigen::LLT<Eigen::MatrixXd> factor(scaled_);
    return factor.info() == Eigen::Success;
  }

  [[nodiscard]] Eigen::VectorXd solve(const Eigen::VectorXd& g, double mu) const {
    for (double extra = mu; extra < 1e12; extra = std::max(4 * extra, 1e-13)) {
      const Eigen::MatrixXd damped =
          scaled_ + extra * Eigen::MatrixXd::Identity(scaled_.rows(), scaled_.cols());
      const Eigen::LLT<Eigen::MatrixXd> factor(damped);
      if (factor.info() != Eigen::Success) continue;
      Eigen::VectorXd d = scale_.asDiagonal() * factor.solve(scale_.asDiagonal() * g);
      if (d.allFinite()) return d;
    }
    return Eigen::VectorXd::Zero(g.size());
  }

 private:
  Eigen::VectorXd scale_;
  Eigen::MatrixXd scaled_;
};

/// The formula of Broyden, Fletcher, Goldfarb and Shanno: what the gradient did over a step says
/// what the curvature is in its direction. No eigenvalue becomes negative.
///
/// @param fall  the gradient before the step less that after it
/// @return      whether they agreed well enough for B to be worth keeping
bool correct(Eigen::MatrixXd& B, const Eigen::VectorXd& step, const Eigen::VectorXd& fall) {
  const Eigen::VectorXd pull = B * step;
  const double expected = step.dot(pull), seen = step.dot(fall);
  if (!(expected > 0) || !(seen > 1e-3 * expected) || !(seen < 1e3 * expected)) return false;
  B += fall * fall.transpose() / seen - pull * pull.transpose() / expected;
  return true;
}

}  // namespace

maximum maximise(const maximise_problem& problem, const Eigen::VectorXd& start,
                 const maximise_settings& settings) {
  maximum best;
  best.point = start;
  const auto ask = [&](const Eigen::VectorXd& point) {
    ++best.evaluations;
    return problem.gradient(point);
  };
  {
    const auto here = ask(start);
    best.value = here.value;
    best.gradient = here.gradient;
  }
  if (start.size() == 0) {
    best.verdict = search_verdict::converged;
    return best;
  }
  double radius = settings.radius;
  bool curved = false;  // B comes from the curvature
  int slow = 0;         // steps near the maximum
  int stalled = 0;      // of these, in a row, that did not halve the gap
  bool plain = false;   // no corrections of B: in some direction they are noise
  double last_gap = std::numeric_limits<double>::infinity();
  Eigen::MatrixXd B = problem.information(best.point);
  int rejected = 0;

  // A step with B, and B corrected by it, for as long as that gains digits.
  const auto polish = [&](Eigen::VectorXd step, double gap, double enough, double noise) {
    for (int i = 0; i < 8 && (i == 0 || gap > enough); ++i) {
      if (problem.inside && problem.inside(best.point, step) < 1) break;
      const Eigen::VectorXd last = best.point + step;
      const auto there = ask(last);
      if (!(there.value >= best.value - noise) || !there.gradient.allFinite()) break;
      auto corrected = B;
      if (!plain) correct(corrected, step, best.gradient - there.gradient);
      const Eigen::VectorXd next = damped_solver(corrected).solve(there.gradient, 0);
      const double left = there.gradient.dot(next);
      if (!(left < gap)) break;
      best.point = last;
      best.value = there.value;
      best.gradient = there.gradient;
      ++best.iterations;
      B = corrected;
      step = next;
      gap = left;
    }
  };

  while (true) {
    damped_solver solver(B);
    Eigen::VectorXd step = solver.solve(best.gradient, 0);
    best.gap = best.gradient.dot(step);
    slow += best.gap < 1 ? 1 : 0;
    stalled = slow > 1 && best.gap > 0.5 * last_gap ? stalled + 1 : 0;
    const bool late = slow > quick_steps || stalled > 1 ||
                      (best.gap >= 1 && best.iterations >= settings.patience);
    bool uphill = false;  // in some direction the curvature is that of a valley
    const auto take_curvature = [&](const Eigen::MatrixXd& H) {
      const damped_solver closer(H, curved ? H : B);
      curved = closer.positive_definite();
      uphill = !curved && late;
      if (!curved && !uphill) return;
      B = H;
      solver = closer;
      step = solver.solve(best.gradient, 0);
      best.gap = best.gradient.dot(step);
    };
    if (problem.curvature && late && (!curved || best.gap > 0.1 * last_gap))
      take_curvature(problem.curvature(best.point));
    plain = plain || (late && !curved);
    last_gap = best.gap;
    const double noise = 16 * rounding * std::abs(2 * best.value);
    // Where even the curvature leads no further, the rest is rounding of the gradient.
    const bool rest_is_rounding = curved && stalled > 1;
    const double small = std::max((rest_is_rounding ? 100 : 1) * settings.tolerance, noise);
    if (!uphill && best.gap <= small) {
      const double enough = settings.polish * settings.tolerance;
      const bool confirm = static_cast<bool>(problem.curvature);
      polish(step, best.gap, confirm ? std::max(enough, settled * settings.tolerance) : enough,
             noise);
      best.verdict = search_verdict::converged;
      if (!confirm) return best;
      // The curvature has the last word. It costs most of all, so it is asked for once.
      const Eigen::MatrixXd H = problem.curvature(best.point);
      const damped_solver closer(H, curved ? H : B);
      if (!closer.positive_definite()) return best;
      const Eigen::VectorXd last = closer.solve(best.gradient, 0);
      const double gap = best.gradient.dot(last);
      B = H;
      curved = true;
      if (gap <= small) {
        if (gap > enough) polish(last, gap, enough, noise);
        return best;
      }
      last_gap = std::numeric_limits<double>::infinity();
      slow = 0;
      continue;
    }
    if (best.iterations >= settings.iterations) {
      best.verdict = search_verdict::iteration_limit;
      return best;
    }

    // The shortest damping that keeps the step within the radius, found by bisection on its log.
    const auto within_radius = [&] {
      if (problem.length(step) <= radius) return;
      double low = 0, high = 1e-6;
      while (problem.length(step = solver.solve(best.gradient, high)) > radius && high < 1e12) {
        low = high;
        high *= 16;
      }
      for (int i = 0; i < 12 && low > 0; ++i) {
        const double middle = std::sqrt(low * high);
        const Eigen::VectorXd trial = solver.solve(best.gradient, middle);
        if (problem.length(trial) > radius) {
          low = middle;
        } else {
          high = middle;
          step = trial;
          if (problem.length(trial) > 0.8 * radius) break;
        }
      }
    };
    bool moved = false, foreseen = true;
    while (!moved) {
      within_radius();
      const double share = problem.inside ? std::min(problem.inside(best.point, step), 1.0) : 1;
      if (!(share > 0)) {
        best.verdict = search_verdict::blocked;
        return best;
      }
      if (share < 1) step *= share;
      const double promised = best.gradient.dot(step) - step.dot(B * step) / 2;
      const Eigen::VectorXd trial = best.point + step;
      const auto there = ask(trial);
      const double gained = there.value - best.value;
      const bool finite = std::isfinite(there.value) && there.gradient.allFinite();
      const bool within_rounding = promised < noise && gained > -noise;  // nothing can be told here
      if (within_rounding && ++rejected >= settings.rejections) {
        best.verdict = search_verdict::no_progress;
        return best;
      }
      if (finite && (gained > 1e-4 * promised || within_rounding)) {
        if (gained > 0.75 * promised) radius = std::min(2 * radius, 8.0);
        foreseen &= best.gap < 1 || std::abs(gained - promised) < 0.1 * promised;
        foreseen =
            foreseen && !uphill && !plain && correct(B, step, best.gradient - there.gradient);
        best.point = trial;
        best.value = there.value;
        best.gradient = there.gradient;
        ++best.iterations;
        if (!within_rounding) rejected = 0;
        if (share < 1) {
          best.verdict = search_verdict::blocked;
          return best;
        }
        moved = true;
      } else {
        if (++rejected >= settings.rejections) {
          best.verdict = search_verdict::no_progress;
          return best;
        }
        radius = std::min(radius, problem.length(step)) / 4;
        foreseen = false;
      }
    }
    if (problem.keep_going && !problem.keep_going(best.point, best.iterations)) {
      best.verdict = search_verdict::stopped;
      return best;
    }
    if (!foreseen && !curved) B = problem.information(best.point);
  }
}

}  // namespace kohort
