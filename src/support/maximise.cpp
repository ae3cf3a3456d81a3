#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Cholesky>

#include <kohort/support/maximise.hpp>

namespace kohort {

namespace {

constexpr double rounding = std::numeric_limits<double>::epsilon() / 2;

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
  bool near = false;  // the curvature is in use
  double last_gap = std::numeric_limits<double>::infinity();
  Eigen::MatrixXd B = problem.information(best.point);
  int rejected = 0;

  while (true) {
    damped_solver solver(B);
    Eigen::VectorXd step = solver.solve(best.gradient, 0);
    best.gap = best.gradient.dot(step);
    const bool slow = best.iterations >= settings.patience;
    bool uphill = false;  // in some direction the curvature is that of a valley
    if (problem.curvature && (best.gap < 1 || slow) && (!near || best.gap > 0.1 * last_gap)) {
      const Eigen::MatrixXd H = problem.curvature(best.point);
      const damped_solver closer(H, near ? H : B);
      near = closer.positive_definite();
      uphill = !near && slow;
      if (near || uphill) {
        B = H;
        solver = closer;
        step = solver.solve(best.gradient, 0);
        best.gap = best.gradient.dot(step);
      }
    }
    last_gap = best.gap;
    const double noise = 16 * rounding * std::abs(2 * best.value);
    const bool done = !uphill && best.gap <= std::max(settings.tolerance, noise);
    if (done) {  // B is not exactly the curvature, so each further step gains a digit or two
      double gap = best.gap;
      for (int i = 0; i < 6 && (i == 0 || gap > settings.polish * settings.tolerance); ++i) {
        const Eigen::VectorXd last = best.point + step;
        if (problem.inside && problem.inside(best.point, step) < 1) break;
        const auto there = ask(last);
        if (!(there.value >= best.value - noise) || !there.gradient.allFinite()) break;
        const Eigen::VectorXd next = solver.solve(there.gradient, 0);
        const double left = there.gradient.dot(next);
        if (!(left < gap)) break;
        best.point = last;
        best.value = there.value;
        best.gradient = there.gradient;
        ++best.iterations;
        step = next;
        gap = left;
      }
      best.verdict = search_verdict::converged;
      return best;
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
    bool moved = false;
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
      }
    }
    if (problem.keep_going && !problem.keep_going(best.point, best.iterations)) {
      best.verdict = search_verdict::stopped;
      return best;
    }
    if (!near) B = problem.information(best.point);
  }
}

}  // namespace kohort
