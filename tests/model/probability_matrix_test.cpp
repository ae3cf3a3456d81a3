#include <kohort/model/probability_matrix.hpp>  // first, so the header must stand on its own

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <kohort/model/probability_batch.hpp>

#include "catch.hpp"
#include "published_models.hpp"
#include "random_generators.hpp"
#include "slow_exponential.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::intensity_matrix;
using kohort::transition_probability;
using kohort_tests::slow_exponential;
using kohort_tests::worst_relative_error;

namespace {

/// Largest differences between two matrices that should be the same.
struct difference {
  double absolute = 0;
  double relative = 0;  // to entries that a double holds with all its digits

  void add(const Eigen::MatrixXd& A, const Eigen::MatrixXd& B) {
    for (Eigen::Index i = 0; i < A.size(); ++i) {
      const double apart = std::abs(A(i) - B(i)), size = std::max(A(i), B(i));
      absolute = std::max(absolute, apart);
      if (size > 1e-290) relative = std::max(relative, apart / size);
    }
  }
};

struct random_case {
  intensity_matrix<> Q;
  double t;
};

/// 2 to 12 states, rates 1e-8 .. 1e4, times 1e-6 .. 1e4.
random_case make_case(kohort_tests::dice& roll) {
  const int n = roll.integer(2, 12);
  auto Q = intensity_matrix<>::from_rates(kohort_tests::random_rates(roll, n, 1e-8, 1e4));
  return {std::move(Q), roll.log_uniform(1e-6, 1e4)};
}

/// Laws that hold for every model, beside the slow second implementation.
void check_laws(std::uint64_t first, std::uint64_t last) {
  double worst = 0, worst_batch = 0, worst_sum = 0;
  difference order_apart, split_apart, periods_apart;
  for (std::uint64_t seed = first; seed < last; ++seed) {
    CAPTURE(seed);
    kohort_tests::dice roll(seed);
    const auto [Q, t] = make_case(roll);
    const int n = Q.size();
    const auto P = transition_probability(Q, t);

    // Entrywise against multiprecision, one by one and as a batch of one.
    const auto truth = slow_exponential(Q, t);
    const double error = worst_relative_error(P, truth);
    REQUIRE(error <= 1e-11);
    worst = std::max(worst, error);
    const auto batch = kohort::transition_probabilities<Eigen::Dynamic>({&Q, 1}, {&t, 1}, 1);
    const double batch_error = worst_relative_error(batch[0], truth);
    REQUIRE(batch_error <= 1e-11);
    worst_batch = std::max(worst_batch, batch_error);

    for (int r = 0; r < n; ++r) {
      worst_sum = std::max(worst_sum, std::abs(P.row(r).sum() - 1));
      if (Q.row(r).isZero(0)) REQUIRE(P.row(r) == Eigen::RowVectorXd::Unit(n, r));
    }

    // Other numbers for the states: the same probabilities, elsewhere.
    Eigen::PermutationMatrix<Eigen::Dynamic> order(n);
    order.setIdentity();
    for (int i = n - 1; i > 0; --i)
      std::swap(order.indices()(i), order.indices()(roll.integer(0, i)));
    const auto renamed = intensity_matrix<>::from_rates(order * Q.matrix() * order.transpose());
    order_apart.add(transition_probability(renamed, t).matrix(),
                    order * P.matrix() * order.transpose());

    // A state split into two copies, entered in some proportion, left alike.
    const int split = roll.integer(0, n - 1);
    const double share = roll.integer(1, 7) / 8.0;  // exact, so that the rates in keep their sum
    Eigen::MatrixXd longer = Eigen::MatrixXd::Zero(n + 1, n + 1);
    longer.topLeftCorner(n, n) = Q.matrix();
    longer.row(n).head(n) = Q.row(split);
    longer(n, split) = 0;
    longer.col(n).head(n) = (1 - share) * Q.col(split);
    longer.col(split).head(n) *= share;
    longer(split, n) = 0;
    const auto two =
        transition_probability(intensity_matrix<>::from_rates(longer), t).matrix().eval();
    Eigen::MatrixXd merged = two.topLeftCorner(n, n);
    merged.col(split) += two.col(n).head(n);
    split_apart.add(merged, P.matrix());

    // Two periods make one, where their sum is exact.
    const int whole = roll.integer(2, 1024), part = roll.integer(1, whole - 1);
    const double unit = std::ldexp(1.0, roll.integer(-30, 3));
    const Eigen::MatrixXd product = transition_probability(Q, part * unit).matrix() *
                                    transition_probability(Q, (whole - part) * unit).matrix();
    periods_apart.add(product, transition_probability(Q, whole * unit).matrix());
  }
  INFO("worst relative errors: multiprecision "
       << worst << ", in lanes " << worst_batch << "; row sums " << worst_sum
       << "; order of states " << order_apart.absolute << ", relative " << order_apart.relative
       << "; split state " << split_apart.absolute << ", relative " << split_apart.relative
       << "; two periods " << periods_apart.absolute << ", relative " << periods_apart.relative);
  CHECK(worst_sum < 1e-14);
  CHECK(order_apart.absolute < 1e-13);
  CHECK(split_apart.absolute < 1e-12);
  CHECK(periods_apart.absolute < 1e-12);
  CHECK(order_apart.relative < 1e-11);
  CHECK(split_apart.relative < 1e-11);
  CHECK(periods_apart.relative < 1e-11);
}

}  // namespace

TEST_CASE("the laws hold for random models, part one", "[model]") { check_laws(0, 2500); }
TEST_CASE("the laws hold for random models, part two", "[model]") { check_laws(2500, 5000); }
TEST_CASE("the laws hold for random models, part three", "[model]") { check_laws(5000, 7500); }
TEST_CASE("the laws hold for random models, part four", "[model]") { check_laws(7500, 10000); }

TEST_CASE("five levels over a year and a half, as msm and mpmath have them", "[model]") {
  const std::array light{.5886114313649514, .276220257731966, .05502027442987182,
                         .006865725896318062, .0732823105768928};
  const std::array high{.01010576469120095, .08577646199822143, .4771274382546856,
                        .1817955827022088, .2451947523536832};
  const auto Q = kohort_tests::five_levels();
  const auto P = transition_probability(Q, 1.5);
  const auto same = transition_probability(intensity_matrix<>(Q.matrix()), 1.5);
  for (int s = 0; s < 5; ++s) {
    CHECK_THAT(P(0, s), WithinRel(light[static_cast<std::size_t>(s)], 2e-15));
    CHECK_THAT(P(2, s), WithinRel(high[static_cast<std::size_t>(s)], 2e-15));
    CHECK_THAT(same(0, s), WithinRel(light[static_cast<std::size_t>(s)], 2e-15));
  }
}

TEST_CASE("a stiff chain keeps every digit", "[model]") {
  Eigen::Matrix4d rates = Eigen::Matrix4d::Zero();
  rates(0, 1) = 2e5, rates(1, 0) = 5e4, rates(1, 2) = 3e-5, rates(1, 3) = 1e-6;
  rates(2, 0) = 4e-4, rates(2, 3) = 2;
  const auto Q = intensity_matrix<4>::from_rates(rates);
  const auto P = transition_probability(Q, 3e4);
  const std::array first{.09505553857484681, .3802221542522032, 5.702262555644744e-6,
                         .5247166049103944};
  const std::array third{1.900754185450791e-5, 7.603016740859659e-5, 1.140238599631598e-9,
                         .9999049611504983};
  for (int s = 0; s < 4; ++s) {
    CHECK_THAT(P(0, s), WithinRel(first[static_cast<std::size_t>(s)], 1e-14));
    CHECK_THAT(P(2, s), WithinRel(third[static_cast<std::size_t>(s)], 1e-14));
  }
  CHECK(P.row(3) == Eigen::RowVector4d(0, 0, 0, 1));
  CHECK(kohort::is_stiff(Q, 3e4));
  CHECK(kohort::is_stiff(Q, 1e-9));
  CHECK_FALSE(kohort::is_stiff(kohort_tests::five_levels(), 10));
  CHECK(kohort::is_stiff(kohort_tests::five_levels(), 1e7));
}

TEST_CASE("rates of a million and a millionth over a hundred thousand years", "[model]") {
  Eigen::Matrix3d rates = Eigen::Matrix3d::Zero();
  rates(0, 1) = 1e6, rates(1, 0) = 1e6, rates(1, 2) = 1e-6;
  const auto Q = intensity_matrix<3>::from_rates(rates);
  const auto P = transition_probability(Q, 1e5);
  CHECK(P.row(2) == Eigen::RowVector3d(0, 0, 1));
  CHECK(worst_relative_error(P, slow_exponential<kohort_tests::fifty>(Q, 1e5)) < 1e-13);
  const auto batch = kohort::transition_probabilities<3>(std::array{Q}, std::array{1e5}, 1);
  CHECK(batch[0].row(2) == Eigen::RowVector3d(0, 0, 1));
  CHECK(worst_relative_error(batch[0], slow_exponential<kohort_tests::fifty>(Q, 1e5)) < 1e-13);
}

TEST_CASE("rates alike, almost alike and far from alike are one computation", "[model]") {
  const double gap = GENERATE(0.0, 1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2);
  Eigen::Matrix<double, 5, 5> rates = Eigen::Matrix<double, 5, 5>::Zero();
  for (int r = 0; r < 4; ++r) rates(r, r + 1) = 0.3 * (1 + gap * r);
  const auto Q = intensity_matrix<5>::from_rates(rates);
  double log_likelihood = 0;
  kohort_tests::fifty exact = 0;
  for (const double t : {0.25, 1.0, 3.0, 12.0}) {
    const auto P = transition_probability(Q, t);
    const auto truth = slow_exponential<kohort_tests::fifty>(Q, t);
    CHECK(worst_relative_error(P, truth) < 1e-14);
    for (int r = 0; r < 5; ++r) {
      for (int s = r; s < 5; ++s) {
        const double persons = 40 - 5 * r - 3 * s;
        log_likelihood += persons * std::log(P(r, s));
        exact += persons * log(truth(r, s));
      }
    }
  }
  CAPTURE(gap);
  CHECK_THAT(log_likelihood, WithinRel(exact.convert_to<double>(), 1e-13));
  CHECK_THAT(log_likelihood, WithinAbs(exact.convert_to<double>(), 1e-9));
}

TEST_CASE("two states and a chain of equal rates have their closed forms", "[model]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    kohort_tests::dice roll(seed);
    const double a = roll.log_uniform(1e-8, 1e4), b = roll.log_uniform(1e-8, 1e4);
    const double t = roll.log_uniform(1e-6, 1e4);
    Eigen::Matrix2d rates;
    rates << 0, a, b, 0;
    const auto P = transition_probability(intensity_matrix<2>::from_rates(rates), t);
    CAPTURE(seed, a, b, t);
    REQUIRE_THAT(P(0, 1), WithinRel(-a / (a + b) * std::expm1(-(a + b) * t), 1e-12));
    REQUIRE_THAT(P(1, 0), WithinRel(-b / (a + b) * std::expm1(-(a + b) * t), 1e-12));
  }
  for (const double t : {1e-6, 0.01, 1.0, 30.0, 400.0}) {  // q = 1: k steps as in Poisson
    Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(8, 8);
    for (int r = 0; r < 7; ++r) rates(r, r + 1) = 1;
    const auto P = transition_probability(intensity_matrix<>::from_rates(rates), t);
    double poisson = std::exp(-t);
    for (int k = 0; k < 7; ++k) {
      CAPTURE(t, k);
      CHECK_THAT(P(0, k), WithinRel(poisson, 1e-12));
      poisson *= t / (k + 1);
    }
  }
}

TEST_CASE("cycles, whose eigenvalues are complex, give real probabilities", "[model]") {
  const int n = GENERATE(3, 5, 9);
  for (const double t : {1e-3, 0.5, 4.0, 100.0}) {
    Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(n, n);
    for (int r = 0; r < n; ++r) rates(r, (r + 1) % n) = 0.5 + r;
    const auto Q = intensity_matrix<>::from_rates(rates);
    CAPTURE(n, t);
    CHECK(worst_relative_error(transition_probability(Q, t), slow_exponential(Q, t)) < 1e-13);
  }
}

TEST_CASE("tiny times keep tiny probabilities, huge times leave probabilities", "[model]") {
  const auto Q = kohort_tests::progressive();
  const auto tiny = transition_probability(Q, 1.5e-7);
  CHECK(tiny(0, 4) < 1e-30);
  CHECK(worst_relative_error(tiny, slow_exponential(Q, 1.5e-7)) < 1e-14);
  for (const double t : {800.0, 1e5, 1e30, 1e300, 1.7e308}) {
    Eigen::Matrix2d rates;
    rates << 0, 1, 0, 0;
    for (const double rate : {1.0, 1e-300, 1e300}) {
      CAPTURE(t, rate);
      const auto P = transition_probability(intensity_matrix<2>::from_rates(rates * rate), t);
      CHECK(P(0, 0) >= 0);
      CHECK(P(0, 1) >= 0);
      CHECK_THAT(P(0, 0) + P(0, 1), WithinRel(1.0, 1e-15));
      CHECK(P.row(1) == Eigen::RowVector2d(0, 1));
      const double left = std::exp(-std::min(rate * t, 1e4));
      CHECK_THAT(P(0, 0), WithinRel(left, 1e-12) || WithinAbs(left, 1e-300));
    }
  }
}

TEST_CASE("without rates everybody stays for ever, exactly", "[model]") {
  const int n = GENERATE(1, 2, 5, 9);
  const auto still = intensity_matrix<>::from_rates(Eigen::MatrixXd::Zero(n, n));
  for (const double t : {0.0, 1.0, 1e300}) {
    CHECK(transition_probability(still, t).matrix() == Eigen::MatrixXd::Identity(n, n));
  }
}

TEST_CASE("no time changes nothing, and only time can pass", "[model]") {
  const auto Q = kohort_tests::five_levels();
  CHECK(transition_probability(Q, 0.0).matrix() == Eigen::Matrix<double, 5, 5>::Identity());
  for (const double t :
       {-1.0, -std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::quiet_NaN(),
        std::numeric_limits<double>::infinity()}) {
    CAPTURE(t);
    try {
      (void)transition_probability(Q, t);
      FAIL("accepted");
    } catch (const kohort::invalid_input& error) {
      CHECK(error.code() == "E-TIME");
    }
  }
}

TEST_CASE("a matrix that is not one of probabilities is refused, with the reason", "[model]") {
  Eigen::Matrix2d P;
  const auto refusal = [&] {
    try {
      (void)kohort::probability_matrix<>(P);
      return std::string("accepted");
    } catch (const kohort::invalid_input& error) {
      return error.code() + ": " + error.what();
    }
  };
  P << .75, .25, 0, 1;
  CHECK(refusal() == "accepted");
  CHECK(kohort::probability_matrix<2>(P)(0, 1) == .25);
  P << .75, .5, 0, 1;
  CHECK_THAT(refusal(), kohort_tests::contains("E-PROBABILITY") &&
                            kohort_tests::contains("row 0 sums to 1.25"));
  P << 1, 0, 1.25, -.25;
  CHECK_THAT(refusal(), kohort_tests::contains("row 1, column 1 is -0.25"));
  P << 1, 0, std::numeric_limits<double>::quiet_NaN(), 1;
  CHECK_THAT(refusal(), kohort_tests::contains("row 1, column 0 is nan"));
  P << std::numeric_limits<double>::infinity(), 0, 0, 1;
  CHECK_THAT(refusal(), kohort_tests::contains("row 0 sums to inf"));
  CHECK_THROWS_AS(kohort::probability_matrix<>(Eigen::MatrixXd(2, 3)), kohort::invalid_input);
}
