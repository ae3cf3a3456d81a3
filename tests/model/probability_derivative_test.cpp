#include <kohort/model/probability_derivative.hpp>  // first, so the header must stand on its own

#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "published_models.hpp"
#include "random_generators.hpp"
#include "slow_exponential.hpp"

using Catch::Matchers::WithinRel;
using kohort::intensity_matrix;
using kohort::transition_probability;
using kohort::transition_probability_adjoint;
using kohort::transition_probability_derivative;
using kohort_tests::fifty;

namespace {

/// dP / dq_ab by differences with fifty digits: right to about 25 of them.
kohort_tests::slow_matrix<fifty> slow_derivative(const intensity_matrix<>& Q, double t, int a,
                                                 int b) {
  std::vector<fifty> rates;
  for (int r = 0; r < Q.size(); ++r) {
    for (int s = 0; s < Q.size(); ++s) rates.emplace_back(r == s ? 0.0 : Q(r, s));
  }
  fifty& rate = rates[static_cast<std::size_t>(a * Q.size() + b)];
  const fifty centre = rate, step = centre * fifty(1e-12);
  rate = centre + step;
  auto up = kohort_tests::slow_exponential<fifty>(Q.size(), rates, fifty(t));
  rate = centre - step;
  const auto down = kohort_tests::slow_exponential<fifty>(Q.size(), rates, fifty(t));
  for (std::size_t i = 0; i < up.entries.size(); ++i) {
    up.entries[i] = (up.entries[i] - down.entries[i]) / (2 * step);
  }
  return up;
}

/// Rates of the usual size; every other point has rates that are almost or exactly equal.
intensity_matrix<> random_point(kohort_tests::dice& roll, int n, bool near_equal) {
  Eigen::MatrixXd rates = kohort_tests::random_rates(roll, n, 1e-3, 10);
  if (near_equal) {
    const double gaps[] = {0, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2};
    const double gap = gaps[roll.integer(0, 6)], base = roll.log_uniform(0.05, 2);
    rates = rates.unaryExpr(
        [&](double rate) { return rate > 0 ? base * (1 + gap * roll.uniform(-1, 1)) : 0; });
  }
  if (rates.isZero(0)) rates(0, n - 1) = 1;
  return intensity_matrix<>::from_rates(rates);
}

}  // namespace

TEST_CASE("the gradient of a panel likelihood, as msm and mpmath have it", "[model]") {
  struct count {
    double t;
    int from, to;
    double persons;
  };
  const count counts[] = {{.5, 0, 0, 40}, {.5, 0, 1, 7}, {.5, 0, 4, 1}, {.5, 1, 0, 3},
                          {.5, 1, 1, 20}, {.5, 1, 2, 6}, {1, 0, 3, 1},  {1, 2, 2, 15},
                          {1, 2, 3, 5},   {1, 2, 4, 3},  {1, 3, 3, 6},  {1, 3, 4, 4}};
  using square = Eigen::Matrix<double, 5, 5>;
  const auto Q = kohort_tests::five_levels();
  square gradient = square::Zero();
  double log_likelihood = 0;
  for (const double t : {.5, 1.0}) {
    const auto P = transition_probability(Q, t);
    square P_bar = square::Zero();
    for (const auto& cell : counts) {
      if (cell.t != t) continue;
      log_likelihood += cell.persons * std::log(P(cell.from, cell.to));
      P_bar(cell.from, cell.to) = cell.persons / P(cell.from, cell.to);
    }
    gradient += transition_probability_adjoint(Q, t, P_bar).cwiseProduct(Q.matrix());
  }
  CHECK_THAT(-2 * log_likelihood, WithinRel(174.632377918062527, 1e-14));
  CHECK_THAT(gradient(0, 1), WithinRel(.538434196356072, 1e-12));
  CHECK_THAT(gradient(0, 4), WithinRel(-.0721211930901924, 1e-12));
  CHECK_THAT(gradient(1, 0), WithinRel(1.27654514283596, 1e-12));
  CHECK_THAT(gradient(1, 2), WithinRel(3.38876249099789, 1e-12));
  CHECK_THAT(gradient(1, 4), WithinRel(-.94572177834738, 1e-12));
  CHECK_THAT(gradient(2, 1), WithinRel(-1.98496377880445, 1e-12));
  CHECK_THAT(gradient(2, 3), WithinRel(1.74882970874624, 1e-12));
  CHECK_THAT(gradient(2, 4), WithinRel(-.934547267727752, 1e-12));
  CHECK_THAT(gradient(3, 2), WithinRel(-.418589401491453, 1e-12));
  CHECK_THAT(gradient(3, 4), WithinRel(.277392120232331, 1e-12));
  CHECK(gradient.diagonal().isZero(0));
}

TEST_CASE("gradients at 1,000 random points agree with differences in fifty digits", "[model]") {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    kohort_tests::dice roll(seed);
    const int n = roll.integer(2, 6);
    const auto Q = random_point(roll, n, seed % 2 == 1);
    const double t = roll.log_uniform(0.01, 20);
    const auto P = transition_probability(Q, t);
    Eigen::MatrixXd P_bar = Eigen::MatrixXd::Zero(n, n);  // of sum_rs count_rs log P_rs
    for (int r = 0; r < n; ++r) {
      for (int s = 0; s < n; ++s) {
        if (P(r, s) > 1e-30) P_bar(r, s) = roll.integer(0, 20) / P(r, s);
      }
    }
    const auto gradient = transition_probability_adjoint(Q, t, P_bar);
    std::vector<std::pair<int, int>> moves;
    for (int r = 0; r < n; ++r) {
      for (int s = 0; s < n; ++s) {
        if (r != s && Q(r, s) > 0) moves.emplace_back(r, s);
      }
    }
    const auto [a, b] =
        moves[static_cast<std::size_t>(roll.integer(0, static_cast<int>(moves.size()) - 1))];
    const auto slow = slow_derivative(Q, t, a, b);
    fifty exact = 0, size = 0;
    for (int r = 0; r < n; ++r) {
      for (int s = 0; s < n; ++s) {
        const fifty part = slow(r, s) * P_bar(r, s);
        exact += part;
        size += abs(part);  // what the parts come to before they cancel
      }
    }
    if (size < 1e-20) {  // the differences themselves are only right to about 1e-38
      REQUIRE(std::abs(gradient(a, b)) < 1e-18);
      continue;
    }
    const double error = abs(fifty((gradient(a, b) - exact) / size)).convert_to<double>();
    CAPTURE(seed, n, t, a, b, gradient(a, b), exact.convert_to<double>());
    REQUIRE(error < 1e-12);

    const auto forward = transition_probability_derivative(Q, t, a, b);
    const double sum = forward.cwiseProduct(P_bar).sum();
    const double forward_error = abs(fifty((sum - exact) / size)).convert_to<double>();
    REQUIRE(forward_error < 1e-12);
    REQUIRE(forward.rowwise().sum().cwiseAbs().maxCoeff() <= 1e-14 * forward.cwiseAbs().maxCoeff());
  }
}

TEST_CASE("gradients agree with plain central differences too", "[model]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    kohort_tests::dice roll(seed);
    const int n = roll.integer(2, 6);
    const auto Q = random_point(roll, n, seed % 2 == 1);
    const double t = roll.uniform(0.1, 3);
    Eigen::MatrixXd weights(n, n);
    for (int i = 0; i < n * n; ++i) weights(i) = roll.uniform(-1, 1);
    const auto value = [&](const Eigen::MatrixXd& rates) {
      const auto P = transition_probability(intensity_matrix<>::from_rates(rates), t);
      return P.matrix().cwiseProduct(weights).sum();
    };
    const auto gradient = transition_probability_adjoint(Q, t, weights);
    for (int r = 0; r < n; ++r) {
      for (int s = 0; s < n; ++s) {
        if (r == s || Q(r, s) == 0) continue;
        Eigen::MatrixXd up = Q.matrix(), down = up;
        const double step = 1e-5 * std::max(Q(r, s), 0.1);
        up(r, s) += step;
        down(r, s) = std::max(0.0, down(r, s) - step);
        if (Q(r, s) < step) continue;
        const double difference = (value(up) - value(down)) / (up(r, s) - down(r, s));
        CAPTURE(seed, n, t, r, s);
        REQUIRE(std::abs(gradient(r, s) - difference) <
                1e-7 * std::max(0.01, std::abs(difference)));
      }
    }
  }
}

TEST_CASE("backward and forward derivatives are one another's transpose", "[model]") {
  const auto Q = kohort_tests::five_levels();
  for (const double t : {0.3, 4.0, 70.0}) {
    for (int r = 0; r < 5; ++r) {
      for (int s = 0; s < 5; ++s) {
        Eigen::Matrix<double, 5, 5> unit = Eigen::Matrix<double, 5, 5>::Zero();
        unit(r, s) = 1;
        const auto backward = transition_probability_adjoint(Q, t, unit);
        for (int a = 0; a < 5; ++a) {
          for (int b = 0; b < 5; ++b) {
            if (a == b) continue;
            const auto forward = transition_probability_derivative(Q, t, a, b);
            REQUIRE(std::abs(backward(a, b) - forward(r, s)) <=
                    1e-13 * forward.cwiseAbs().maxCoeff());
          }
        }
      }
    }
  }
}

TEST_CASE("a gradient that is almost nothing keeps its digits", "[model]") {
  Eigen::Matrix2d rates = Eigen::Matrix2d::Zero(), P_bar = rates;
  rates(0, 1) = 1.25;
  P_bar(0, 1) = 1;
  const auto Q = intensity_matrix<2>::from_rates(rates);
  for (const double t : {.125, 4.0, 32.0, 64.0}) {  // dP_01 / dq = t e^(-qt)
    CAPTURE(t);
    CHECK_THAT(transition_probability_adjoint(Q, t, P_bar)(0, 1),
               WithinRel(t * std::exp(-1.25 * t), 1e-13));
  }
}

TEST_CASE("no time and no rates still have derivatives", "[model]") {
  using square = Eigen::Matrix3d;
  const auto still = intensity_matrix<3>::from_rates(square::Zero());
  CHECK(transition_probability_adjoint(still, 0, square::Ones().eval()).isZero(0));
  square expected = square::Zero();  // dP = t (e_0 e_2' - e_0 e_0'), exactly
  expected(0, 0) = -2, expected(0, 2) = 2;
  CHECK(transition_probability_derivative(still, 2, 0, 2) == expected);
  square unit = square::Zero();
  unit(0, 2) = 1;
  CHECK(transition_probability_adjoint(still, 2, unit)(0, 2) == 2);
  CHECK_THROWS_AS(transition_probability_adjoint(still, -1, unit), kohort::invalid_input);
  CHECK_THROWS_AS(transition_probability_derivative(still, NAN, 0, 1), kohort::invalid_input);
}
