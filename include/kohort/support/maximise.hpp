#pragma once

#include <functional>

#include <Eigen/Core>

namespace kohort {

/// Why a search for a maximum ended.
enum class search_verdict {
  converged,        ///< what is left to gain in 2 f is below the tolerance
  iteration_limit,  ///< too many steps
  no_progress,      ///< too many steps in a row that gained nothing
  stopped,          ///< `keep_going` said so
  blocked           ///< a limit was met: see `maximise_problem::inside`
};

/// A smooth function to be maximised. It is only ever asked at points that the search visits.
struct maximise_problem {
  struct slope {
    double value = 0;  ///< not finite: the point is outside, and a shorter step is tried
    Eigen::VectorXd gradient;
  };
  std::function<slope(const Eigen::VectorXd&)> gradient;
  /// In place of minus the second derivative; never a negative eigenvalue.
  std::function<Eigen::MatrixXd(const Eigen::VectorXd&)> information;
  /// Minus the second derivative itself, for the maximum and where steps fail. May be left empty.
  std::function<Eigen::MatrixXd(const Eigen::VectorXd&)> curvature = {};
  /// How far a step goes, in the unit of `radius`.
  std::function<double(const Eigen::VectorXd& step)> length;
  /// The share of a step, at most 1, that stays within the limits. A shorter step is taken and ends
  /// the search as `blocked`. May be left empty.
  std::function<double(const Eigen::VectorXd& point, const Eigen::VectorXd& step)> inside = {};
  /// Asked after each step; false ends the search.
  std::function<bool(const Eigen::VectorXd& point, int iteration)> keep_going = {};
};

struct maximise_settings {
  int iterations = 200;
  int rejections = 60;       ///< in a row
  int patience = 12;         ///< steps after which the curvature is used also far from the maximum
  double radius = 2;         ///< of the first step, in the unit of `length`
  double tolerance = 1e-10;  ///< on g' H^-1 g, the remaining gap in 2 f
  double polish = 1e-10;     ///< further steps are taken until the gap is that share of it
};

struct maximum {
  Eigen::VectorXd point;
  double value = 0;
  Eigen::VectorXd gradient;
  search_verdict verdict = search_verdict::iteration_limit;
  int iterations = 0;   ///< steps taken
  int evaluations = 0;  ///< of the gradient
  double gap = 0;       ///< g' H^-1 g before the last steps
};

/// Newton's method in a trust region: steps (B + mu diag B) d = g, with mu as small as the radius
/// allows. B is the information; near the maximum, and where a step gained what was promised, it is
/// corrected by what the gradient did (BFGS). After many steps it is the curvature, and mu is large
/// enough for a step upwards.
///
/// A step is taken if it gains more than 1e-4 of what the quadratic promises. The radius doubles
/// above 3/4 of that and shrinks to a quarter after a failure. The search ends when g' H^-1 g, the
/// gap that remains in 2 f, is below the tolerance or the rounding of f, by B and then by H.
///
/// @see Nocedal & Wright (2006), Numerical Optimization, ch. 4 and 6
maximum maximise(const maximise_problem& problem, const Eigen::VectorXd& start,
                 const maximise_settings& settings = {});

}  // namespace kohort
