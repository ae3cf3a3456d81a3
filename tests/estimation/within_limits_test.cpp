#include <kohort/estimation/detail/within_limits.hpp>  // first, so the header must stand on its own

#include <random>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using kohort::detail::limits_on;

namespace {

/// -|x - centre|^2_W / 2: its maximum within limits is a projection.
kohort::maximise_problem bowl(const Eigen::MatrixXd& W, const Eigen::VectorXd& centre) {
  kohort::maximise_problem problem;
  problem.gradient = [=](const Eigen::VectorXd& x) {
    const Eigen::VectorXd g = W * (centre - x);
    return kohort::maximise_problem::slope{-(centre - x).dot(g) / 2, g};
  };
  problem.information = [=](const Eigen::VectorXd&) { return W; };
  problem.length = [](const Eigen::VectorXd& step) { return step.norm(); };
  return problem;
}

}  // namespace

TEST_CASE("the nearest point within limits, and the same by an active set", "[estimation]") {
  std::mt19937 random(GENERATE(range(1u, 40u)));
  std::normal_distribution<double> z;
  const auto draw = [&](Eigen::Index r, Eigen::Index c) {
    return Eigen::MatrixXd::NullaryExpr(r, c, [&] { return z(random); }).eval();
  };
  const Eigen::Index n = 4, m = 5;
  const Eigen::VectorXd somewhere = draw(n, 1), centre = 3 * draw(n, 1);
  limits_on limits{draw(m, n), {}};
  limits.least = limits.rows * somewhere - draw(m, 1).cwiseAbs();
  const auto nearest = kohort::detail::nearest_within(limits, centre);
  REQUIRE(nearest);
  CHECK(limits.hold(*nearest, 1e-8));
  const auto found = kohort::detail::maximise_within(bowl(Eigen::MatrixXd::Identity(n, n), centre),
                                                     somewhere, limits);
  CHECK((found.found.point - *nearest).norm() < 1e-6);
  // What is pushed against is what is active (Karush-Kuhn-Tucker).
  const Eigen::VectorXd slack = limits.rows * *nearest - limits.least;
  for (Eigen::Index i = 0; i < m; ++i) {
    const auto row = static_cast<std::size_t>(i);
    const bool active = std::count(found.active.begin(), found.active.end(), row) > 0;
    if (active) CHECK_THAT(slack[i], WithinAbs(0, 1e-7));
  }
  const Eigen::MatrixXd root = draw(n, n);
  const Eigen::MatrixXd W = root * root.transpose() + Eigen::MatrixXd::Identity(n, n);
  const auto tilted = kohort::detail::maximise_within(bowl(W, centre), somewhere, limits);
  CHECK(limits.hold(tilted.found.point, 1e-9));
  for (int k = 0; k < 200; ++k) {  // no better point nearby
    const auto other =
        kohort::detail::nearest_within(limits, tilted.found.point + .01 * draw(n, 1));
    REQUIRE(other);
    CHECK(bowl(W, centre).gradient(*other).value <= tilted.found.value + 1e-9);
  }
}

TEST_CASE("limits that contradict each other have no point", "[estimation]") {
  limits_on limits{Eigen::MatrixXd(2, 2), Eigen::VectorXd(2)};
  limits.rows << 1, 1, -1, -1;
  limits.least << 1, 0;
  CHECK_FALSE(kohort::detail::nearest_within(limits, Eigen::VectorXd::Zero(2)));
  limits.least[1] = -1;  // now exactly one line
  const auto one = kohort::detail::nearest_within(limits, Eigen::VectorXd::Zero(2));
  REQUIRE(one);
  CHECK_THAT(one->sum(), WithinAbs(1, 1e-9));
  CHECK_THAT((*one)[0], WithinAbs(.5, 1e-9));
}
