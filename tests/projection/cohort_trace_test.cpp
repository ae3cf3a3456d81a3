#include <kohort/projection/cohort_trace.hpp>  // first, so the header must stand on its own

#include <tuple>

#include "catch.hpp"
#include "projection/slow.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::cohort_trace;
using kohort::intensity_matrix;

namespace {

Eigen::VectorXd first_of(int n) { return Eigen::VectorXd::Unit(n, 0); }

}  // namespace

TEST_CASE("nobody is lost, nobody is negative, and no dead return", "[projection]") {
  const auto seed = GENERATE(range(0, 20));
  CAPTURE(seed);
  const auto Q = slow::random_intensities(5, seed);
  const auto trace =
      cohort_trace(Q, first_of(5), {.cycles = 60, .cycle_length = 0.5, .persons = 250});
  CHECK(trace.rows() == 61);
  for (int k = 0; k <= 60; ++k) CHECK_THAT(trace.row(k).sum(), WithinRel(250.0, 1e-12));
  CHECK(trace.minCoeff() >= 0);
  for (int k = 0; k < 60; ++k) CHECK(trace(k + 1, 4) >= trace(k, 4));
}

TEST_CASE("shorter cycles tell the same story", "[projection]") {
  const auto Q = slow::random_intensities(4, 3);
  const auto years = cohort_trace(Q, first_of(4), {.cycles = 10});
  const auto months = cohort_trace(Q, first_of(4), {.cycles = 120, .cycle_length = 1.0 / 12});
  for (int k = 0; k <= 10; ++k) {
    CHECK((years.row(k) - months.row(12 * k)).cwiseAbs().maxCoeff() < 1e-13);
  }
}

TEST_CASE("two states and pure chains have their closed forms", "[projection]") {
  Eigen::Matrix2d two;
  two << 0, 0.3, 0.1, 0;
  const auto there_and_back =
      cohort_trace(intensity_matrix<>::from_rates(two), first_of(2), {.cycles = 5});
  for (int t = 0; t <= 5; ++t) {
    CHECK_THAT(there_and_back(t, 0), WithinRel(0.25 + 0.75 * std::exp(-0.4 * t), 1e-12));
  }
  Eigen::Matrix3d chain;  // equal rates: Poisson counts
  chain << 0, 0.5, 0, 0, 0, 0.5, 0, 0, 0;
  const auto down = cohort_trace(intensity_matrix<>::from_rates(chain), first_of(3), {.cycles = 8});
  for (int t = 0; t <= 8; ++t) {
    CHECK_THAT(down(t, 1), WithinRel(0.5 * t * std::exp(-0.5 * t), 1e-12));
    CHECK_THAT(down(t, 0), WithinRel(std::exp(-0.5 * t), 1e-12));
  }
}

TEST_CASE("all rates 0 leave everyone where they were, exactly", "[projection]") {
  const auto still = intensity_matrix<>::from_rates(Eigen::MatrixXd::Zero(3, 3));
  const Eigen::VectorXd start = (Eigen::VectorXd(3) << 0.25, 0.5, 0.25).finished();
  const auto trace = cohort_trace(still, start, {.cycles = 40});
  for (int k = 0; k <= 40; ++k) CHECK(trace.row(k) == start.transpose());
}

TEST_CASE("without deaths everyone lives, with very fast ones nobody", "[projection]") {
  Eigen::Matrix3d rates;
  rates << 0, 0.4, 0, 0.2, 0, 0, 0, 0, 0;
  const auto alive =
      cohort_trace(intensity_matrix<>::from_rates(rates), first_of(3), {.cycles = 10});
  CHECK_THAT(alive.row(10).head(2).sum(), WithinRel(1.0, 1e-12));
  rates.col(2) << 1e9, 1e9, 0;
  const auto dead = cohort_trace(intensity_matrix<>::from_rates(rates), first_of(3), {.cycles = 3});
  CHECK(dead(1, 2) == 1.0);
}

TEST_CASE("twice the cohort is twice everything, a mixture the sum of its parts", "[projection]") {
  const auto Q = slow::random_intensities(4, 9);
  const auto one = cohort_trace(Q, Eigen::VectorXd::Unit(4, 0), {.cycles = 10});
  const auto other = cohort_trace(Q, Eigen::VectorXd::Unit(4, 1), {.cycles = 10});
  const auto twice = cohort_trace(Q, Eigen::VectorXd::Unit(4, 0), {.cycles = 10, .persons = 2});
  const Eigen::VectorXd mixed =
      0.3 * Eigen::VectorXd::Unit(4, 0) + 0.7 * Eigen::VectorXd::Unit(4, 1);
  const auto together = cohort_trace(Q, mixed, {.cycles = 10});
  CHECK(twice == 2 * one);
  CHECK((together - 0.3 * one - 0.7 * other).cwiseAbs().maxCoeff() < 1e-13);
}

TEST_CASE("a cohort that cannot be is refused", "[projection]") {
  const auto Q = slow::random_intensities(3, 1);
  const auto code = [&](const Eigen::VectorXd& start, const kohort::trace_options& options) {
    try {
      std::ignore = cohort_trace(Q, start, options);
      return std::string("accepted");
    } catch (const kohort::invalid_input& error) {
      return error.code();
    }
  };
  const Eigen::VectorXd off = (Eigen::VectorXd(3) << 0.5, 0.501, 0).finished();
  CHECK(code(off, {}) == "E-INIT-SUM");
  CHECK(code(first_of(4), {}) == "E-SHAPE");
  CHECK(code(first_of(3), {.cycles = -1}) == "E-GRID");
  CHECK(code(first_of(3), {.cycle_length = 0}) == "E-GRID");
  CHECK(code(first_of(3), {.persons = -1}) == "E-NUM");
  CHECK(code(first_of(3), {.cycles = 0}) == "accepted");
}
