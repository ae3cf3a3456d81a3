#include <kohort/support/maximise.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <limits>

#include "catch.hpp"

namespace {

using slope = kohort::maximise_problem::slope;

double longest(const Eigen::VectorXd& step) { return step.cwiseAbs().maxCoeff(); }

/// Rosenbrock's valley upside down; its information is that of Gauss and Newton.
kohort::maximise_problem valley() {
  kohort::maximise_problem p;
  p.gradient = [](const Eigen::VectorXd& x) {
    const double a = 1 - x[0], b = x[1] - x[0] * x[0];
    return slope{-(a * a + 100 * b * b), Eigen::Vector2d(2 * a + 400 * b * x[0], -200 * b)};
  };
  p.information = [](const Eigen::VectorXd& x) {
    Eigen::Matrix2d J;
    J << -1, 0, -20 * x[0], 10;
    return Eigen::MatrixXd(2 * J.transpose() * J);
  };
  p.length = longest;
  return p;
}

}  // namespace

TEST_CASE("it finds the top of a curved ridge", "[support]") {
  const auto found = kohort::maximise(valley(), Eigen::Vector2d(-1.2, 1));
  CHECK(found.verdict == kohort::search_verdict::converged);
  CHECK_THAT(found.point[0], Catch::Matchers::WithinAbs(1, 1e-8));
  CHECK_THAT(found.point[1], Catch::Matchers::WithinAbs(1, 1e-8));
  CHECK(found.iterations < 40);
}

TEST_CASE("one Newton step tops a quadratic, and the gap is what was left to gain", "[support]") {
  kohort::maximise_problem p;
  Eigen::Matrix2d H;
  H << 3, 1, 1, 2;
  p.gradient = [&](const Eigen::VectorXd& x) { return slope{-x.dot(H * x) / 2, -(H * x)}; };
  p.information = [&](const Eigen::VectorXd&) { return Eigen::MatrixXd(H); };
  p.length = longest;
  const auto found = kohort::maximise(p, Eigen::Vector2d(1, -1));
  CHECK(found.iterations <= 2);
  CHECK(found.point.cwiseAbs().maxCoeff() < 1e-12);
}

TEST_CASE("the curvature is asked for once where the search goes well", "[support]") {
  // A Poisson regression whose information is wrong by a half: what the gradient does puts it
  // right.
  const Eigen::Matrix3d X = (Eigen::Matrix3d() << 1, 0, .5, 1, 1, -.5, 1, 2, .25).finished() / 2;
  const Eigen::Vector3d events(12, 40, 55);
  int information = 0, curvature = 0;
  kohort::maximise_problem p;
  const auto mean = [&](const Eigen::VectorXd& b) -> Eigen::Vector3d {
    return (X * b).array().exp();
  };
  p.gradient = [&](const Eigen::VectorXd& b) {
    return slope{events.dot(X * b) - mean(b).sum(), X.transpose() * (events - mean(b))};
  };
  p.information = [&](const Eigen::VectorXd& b) {
    ++information;
    return Eigen::MatrixXd(1.5 * X.transpose() * mean(b).asDiagonal() * X);
  };
  p.curvature = [&](const Eigen::VectorXd& b) {
    ++curvature;
    return Eigen::MatrixXd(X.transpose() * mean(b).asDiagonal() * X);
  };
  p.length = longest;
  const auto found = kohort::maximise(p, Eigen::Vector3d(4, 2, 0));
  CHECK(found.verdict == kohort::search_verdict::converged);
  CHECK((mean(found.point) - events).cwiseAbs().maxCoeff() < 1e-8);
  CHECK(curvature == 1);
  CHECK(information < found.iterations);
}

TEST_CASE("steps into forbidden ground are shortened, not fatal", "[support]") {
  kohort::maximise_problem p;  // log x - x beyond x = 0.1 only, nothing below
  p.gradient = [](const Eigen::VectorXd& x) {
    if (x[0] <= .1)
      return slope{-std::numeric_limits<double>::infinity(), Eigen::VectorXd::Zero(1)};
    return slope{std::log(x[0]) - x[0], Eigen::VectorXd::Constant(1, 1 / x[0] - 1)};
  };
  p.information = [](const Eigen::VectorXd&) { return Eigen::MatrixXd::Constant(1, 1, .05); };
  p.length = longest;
  const auto found = kohort::maximise(p, Eigen::VectorXd::Constant(1, 3.0), {.radius = 64});
  CHECK(found.verdict == kohort::search_verdict::converged);
  CHECK_THAT(found.point[0], Catch::Matchers::WithinAbs(1, 1e-4));
}

TEST_CASE("a search that ends early says so", "[support]") {
  const Eigen::Vector2d start(-1.2, 1);
  CHECK(kohort::maximise(valley(), start, {.iterations = 2}).verdict ==
        kohort::search_verdict::iteration_limit);
  auto p = valley();
  p.keep_going = [](const Eigen::VectorXd&, int iteration) { return iteration < 3; };
  const auto found = kohort::maximise(p, start);
  CHECK(found.verdict == kohort::search_verdict::stopped);
  CHECK(found.iterations == 3);
  p = valley();
  p.gradient = [](const Eigen::VectorXd& x) {  // a gradient that points the wrong way
    return slope{-x.squaredNorm(), x};
  };
  CHECK(kohort::maximise(p, start).verdict == kohort::search_verdict::no_progress);
}

TEST_CASE("nothing to vary is a maximum already", "[support]") {
  auto p = valley();
  p.gradient = [](const Eigen::VectorXd&) { return slope{7, Eigen::VectorXd(0)}; };
  const auto found = kohort::maximise(p, Eigen::VectorXd(0));
  CHECK(found.verdict == kohort::search_verdict::converged);
  CHECK(found.value == 7);
}

TEST_CASE("a limit ends the search where a step meets it", "[support]") {
  auto p = valley();
  p.inside = [](const Eigen::VectorXd& x,
                const Eigen::VectorXd& step) {  // x >= 0.5 is out of reach
    return step[0] > 0 ? std::min(1.0, (0.5 - x[0]) / step[0]) : 1.0;
  };
  const auto found = kohort::maximise(p, Eigen::Vector2d(-1.2, 1));
  CHECK(found.verdict == kohort::search_verdict::blocked);
  CHECK_THAT(found.point[0], Catch::Matchers::WithinAbs(.5, 1e-12));
}
