#include <kohort/economics/partial_information.hpp>  // first: it must stand on its own

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include <Eigen/Cholesky>
#include <boost/math/special_functions/erf.hpp>

#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

#include "catch.hpp"

namespace {

// inb = 2000 + 3000 theta + 4000 noise, so sd 5000, of which 3000 from theta: worked number 17.
struct sample {
  Eigen::MatrixXd benefit, theta;
};

sample normal_increment(unsigned n, std::uint64_t seed, int parameters = 1) {
  const kohort::random_stream stream(seed, kohort::purpose::parameters);
  sample made{Eigen::MatrixXd::Zero(n, 2), Eigen::MatrixXd(n, parameters)};
  const double share = 1 / std::sqrt(static_cast<double>(parameters));
  for (unsigned i = 0; i < n; ++i) {
    double sum = 0;
    for (int p = 0; p < parameters; ++p) {
      made.theta(i, p) = stream.normal(i, 1, static_cast<unsigned>(p));
      sum += share * made.theta(i, p);
    }
    made.benefit(i, 1) = 2000 + 3000 * sum + 4000 * stream.normal(i, 0, 0);
  }
  return made;
}

constexpr double truth = 453.3589414732;

}  // namespace

TEST_CASE("worked number 17: EVPPI of a normal increment", "[economics]") {
  const int parameters = GENERATE(1, 2, 3, 5);
  CAPTURE(parameters);
  const auto draws = normal_increment(4000, 11, parameters);
  const auto found = kohort::value_of_knowing(draws.benefit, draws.theta);
  CAPTURE(found.in_sample, found.cross_fit, found.se);
  CHECK(std::abs(found.in_sample - truth) < 4 * found.se);
  CHECK(std::abs(found.cross_fit - truth) < 4 * found.se);
  CHECK(found.se < 60);
  CHECK(found.in_sample >= 0);
  CHECK(found.in_sample <= found.evpi);
  CHECK(found.pattern[0] > 0.001);
}

TEST_CASE("where nothing can be learnt, in-sample is above 0 and cross-fit below on average",
          "[economics]") {
  // Two options that are equally good: the truth is 0, and any rule fitted to noise costs nothing
  // on average in new draws.
  const auto n = GENERATE(200U, 1000U);
  constexpr int samples = 60;
  double above = 0, below = 0, square = 0;
  for (int s = 0; s < samples; ++s) {
    auto draws = normal_increment(n, 100 + static_cast<std::uint64_t>(s));
    const kohort::random_stream idle(7, kohort::purpose::entries);
    for (unsigned i = 0; i < n; ++i) {
      draws.benefit(i, 1) -= 2000;
      draws.theta(i, 0) = idle.normal(i, static_cast<unsigned>(s), 0);
    }
    const auto found = kohort::value_of_knowing(draws.benefit, draws.theta, {.repeats = 2});
    above += found.in_sample / samples;
    below += found.cross_fit / samples;
    square += found.cross_fit * found.cross_fit / samples;
  }
  CAPTURE(n, above, below);
  CHECK(above > 0);
  CHECK(below < above);
  CHECK(below < 2 * std::sqrt(square / samples));
  CHECK(above < 5000 / std::sqrt(n));  // and it shrinks with the draws
}

TEST_CASE("knowing what does not matter is worth nothing, knowing more never less", "[economics]") {
  const auto draws = normal_increment(2000, 5, 2);
  const kohort::random_stream stream(9, kohort::purpose::parameters);
  Eigen::MatrixXd idle(2000, 1);
  for (unsigned i = 0; i < 2000; ++i) idle(i, 0) = stream.normal(i, 7, 7);
  const auto nothing = kohort::value_of_knowing(draws.benefit, idle);
  CAPTURE(nothing.in_sample, nothing.se);
  CHECK(nothing.in_sample < 4 * nothing.se + 20);
  const auto one = kohort::value_of_knowing(draws.benefit, draws.theta.leftCols(1));
  const auto both = kohort::value_of_knowing(draws.benefit, draws.theta);
  CHECK(both.in_sample + 2 * both.se > one.in_sample);
  // Half the variance of theta each: sd 3000/sqrt(2).
  const double sd = 3000 / std::sqrt(2.0), z = 2000 / sd;
  const double expected = sd * std::exp(-z * z / 2) / std::sqrt(2 * 3.14159265358979323846) -
                          2000 * std::erfc(z / std::sqrt(2.0)) / 2;
  CHECK(std::abs(one.in_sample - expected) < 4 * one.se);
}

TEST_CASE("a curve and an interaction are found by the splines", "[economics]") {
  const kohort::random_stream stream(21, kohort::purpose::parameters);
  constexpr unsigned n = 3000;
  Eigen::MatrixXd theta(n, 2), benefit = Eigen::MatrixXd::Zero(n, 3);
  Eigen::VectorXd curve(n), product(n);
  for (unsigned i = 0; i < n; ++i) {
    theta(i, 0) = stream.normal(i, 0, 0);
    theta(i, 1) = stream.normal(i, 1, 0);
    curve[i] = 1000 * std::sin(1.5 * theta(i, 0));
    product[i] = 800 * theta(i, 0) * theta(i, 1) - 200;
    benefit(i, 1) = curve[i] + 500 * stream.normal(i, 2, 0);
    benefit(i, 2) = product[i] + 500 * stream.normal(i, 3, 0);
  }
  // The exact conditional means in the same draws.
  double known = 0;
  for (unsigned i = 0; i < n; ++i) known += std::max({0.0, curve[i], product[i]}) / n;
  known -= std::max({0.0, curve.mean(), product.mean()});
  const auto found = kohort::value_of_knowing(benefit, theta);
  CAPTURE(found.in_sample, found.cross_fit, found.se, known);
  CHECK(std::abs(found.in_sample - known) < 4 * found.se);
  CHECK(std::abs(found.cross_fit - known) < 4 * found.se);
}

TEST_CASE("EVPPI of any of eight correlated parameters agrees with its closed form",
          "[economics]") {
  // theta = L e, inb = -800 + c theta + 2000 noise. Given some of theta, its mean is normal, with
  // variance (S c)' S^-1 (S c) over them: sd phi(mu / sd) - |mu| Phi(-|mu| / sd).
  constexpr int P = 8, samples = 30;
  constexpr unsigned n = 1000;
  const int known = GENERATE(4, 6, 8);
  const kohort::random_stream fixed(3, kohort::purpose::parameters);
  Eigen::MatrixXd L(P, P);
  Eigen::VectorXd c(P);
  for (unsigned i = 0; i < P; ++i) {
    c[i] = 1500 * fixed.normal(0, 1, i);
    for (unsigned j = 0; j < P; ++j) L(i, j) = 0.3 * fixed.normal(0, 2 + i, j) + (i == j ? 0.7 : 0);
  }
  const Eigen::MatrixXd S = L * L.transpose();
  const Eigen::VectorXd seen = (S * c).head(known);
  const double sd = std::sqrt(seen.dot(S.topLeftCorner(known, known).llt().solve(seen)));
  const double z = 800 / sd;
  const double exact = sd * std::exp(-z * z / 2) / std::sqrt(2 * 3.14159265358979323846) -
                       800 * std::erfc(z / std::sqrt(2.0)) / 2;
  Eigen::ArrayXd in_sample(samples), cross_fit(samples), se(samples);
  for (int r = 0; r < samples; ++r) {
    const kohort::random_stream stream(500 + static_cast<std::uint64_t>(r),
                                       kohort::purpose::parameters);
    Eigen::MatrixXd theta(n, P), benefit = Eigen::MatrixXd::Zero(n, 2);
    for (unsigned i = 0; i < n; ++i) {
      Eigen::VectorXd e(P);
      for (unsigned p = 0; p < P; ++p) e[p] = stream.normal(i, 1, p);
      theta.row(i) = (L * e).transpose();
      benefit(i, 1) = -800 + theta.row(i).dot(c) + 2000 * stream.normal(i, 0, 0);
    }
    const auto found = kohort::value_of_knowing(benefit, theta.leftCols(known), {.repeats = 60});
    in_sample[r] = found.in_sample;
    cross_fit[r] = found.cross_fit;
    se[r] = found.se;
  }
  const double spread = std::sqrt((in_sample - in_sample.mean()).square().sum() / (samples - 1.0));
  const double error = spread / std::sqrt(static_cast<double>(samples));
  CAPTURE(known, exact, in_sample.mean(), cross_fit.mean(), spread, se.mean(), error);
  CHECK(std::abs(in_sample.mean() - exact) < 4 * error);
  CHECK(std::abs(cross_fit.mean() - exact) < 4 * error);
  CHECK(error < 0.02 * exact);  // so 4 of them would show a bias of 8 %
  // The standard error is the spread over samples, known to 4 / sqrt(2 x 29) = 53 % here.
  CHECK(std::abs(se.mean() / spread - 1) < 4 / std::sqrt(2.0 * (samples - 1)));
}

namespace {

// A course of ten years: persons worsen at a rate, slower by a ratio where treated, and cost and
// lose more once they have. Four of eight independent parameters are asked for.
double net_benefit(const std::array<double, 8>& x) {
  const auto [ratio, rate, share, loss, high_cost, treatment, once, rest] = x;
  const auto worse = [](double r) { return 10 - (1 - std::exp(-10 * r)) / r; };
  return (worse(rate) - worse(ratio * rate)) *
             (high_cost * (share + 0.3) + 15000 * loss + once * share) -
         6 * treatment - once + 3000 * rest;
}

std::array<double, 8> course(const std::array<double, 8>& z) {
  return {std::exp(-0.35 + 0.25 * z[0]),          0.15 * std::exp(0.3 * z[1]),
          1 / (1 + std::exp(1.4 - 0.25 * z[2])),  1 / (1 + std::exp(0.85 - 0.2 * z[3])),
          50000 * std::exp(0.2 * z[4] - 0.02),    5400 * std::exp(0.3 * z[5] - 0.045),
          8000 * std::exp(0.25 * z[6] - 0.03125), z[7]};
}

std::array<double, 8> course(const kohort::random_stream& stream, unsigned draw) {
  std::array<double, 8> z{};
  for (unsigned p = 0; p < 8; ++p) z[p] = stream.normal(draw, 0, p);
  return course(z);
}

}  // namespace

TEST_CASE("EVPPI of four parameters of a course agrees with Monte Carlo in two stages",
          "[economics]") {
  // Outer draws of the four; for each the mean over a Latin hypercube of the others.
  constexpr unsigned outer = 20000, inner = 509;
  constexpr std::array<unsigned, 8> strides{0, 0, 0, 0, 1, 7, 60, 211};
  const kohort::random_stream first(71, kohort::purpose::parameters);
  std::vector<std::array<double, 8>> others;
  for (unsigned j = 0; j < inner; ++j) {
    std::array<double, 8> z{};
    for (unsigned p = 4; p < 8; ++p) {
      const double u = ((j + 1) * strides[p] % inner + 0.5) / inner;
      z[p] = -std::sqrt(2.0) * boost::math::erfc_inv(2 * u);
    }
    others.push_back(course(z));
  }
  double positive = 0, square = 0, mean = 0;
  for (unsigned i = 0; i < outer; ++i) {
    auto x = course(first, i);
    double given = 0;
    for (const auto& other : others) {
      std::copy(other.begin() + 4, other.end(), x.begin() + 4);
      given += net_benefit(x) / inner;
    }
    positive += std::max(0.0, given) / outer;
    square += std::pow(std::max(0.0, given), 2) / outer;
    mean += given / outer;
  }
  REQUIRE(mean < 0);  // so that the treatment is not chosen now
  const double exact = positive, error_of_exact = std::sqrt((square - exact * exact) / outer);

  constexpr int samples = 12;
  constexpr unsigned n = 2000;
  Eigen::ArrayXd in_sample(samples), cross_fit(samples);
  double unexplained = 1;
  for (int r = 0; r < samples; ++r) {
    const kohort::random_stream stream(900 + static_cast<std::uint64_t>(r),
                                       kohort::purpose::parameters);
    Eigen::MatrixXd theta(n, 4), benefit = Eigen::MatrixXd::Zero(n, 2);
    for (unsigned i = 0; i < n; ++i) {
      const auto x = course(stream, i);
      for (int p = 0; p < 4; ++p) theta(i, p) = x[static_cast<std::size_t>(p)];
      benefit(i, 1) = net_benefit(x);
    }
    const auto found = kohort::value_of_knowing(benefit, theta, {.repeats = 2});
    in_sample[r] = found.in_sample;
    cross_fit[r] = found.cross_fit;
    unexplained = std::min(unexplained, found.pattern[0]);
  }
  const double error =
      std::sqrt((in_sample - in_sample.mean()).square().sum() / (samples - 1.0) / samples +
                error_of_exact * error_of_exact);
  CAPTURE(exact, in_sample.mean(), cross_fit.mean(), error, unexplained);
  CHECK(std::abs(in_sample.mean() - exact) < 4 * error);
  CHECK(std::abs(cross_fit.mean() - exact) < 4 * error);
  CHECK(error < 0.03 * exact);
  CHECK(unexplained > 0.001 / samples);
}

TEST_CASE("of five parameters a product is found, and three multiplied are reported as missed",
          "[economics]") {
  // Neither is along any line: an index of the parameters would find nothing in both.
  constexpr unsigned n = 3000;
  const int together = GENERATE(2, 3);
  const kohort::random_stream stream(31, kohort::purpose::parameters);
  Eigen::MatrixXd theta(n, 5), benefit = Eigen::MatrixXd::Zero(n, 2);
  Eigen::VectorXd known(n);
  for (unsigned i = 0; i < n; ++i) {
    for (unsigned p = 0; p < 5; ++p) theta(i, p) = stream.normal(i, 1, p);
    known[i] = 2000 * theta.row(i).head(together).prod() + 600 * theta(i, 4) - 300;
    benefit(i, 1) = known[i] + 1000 * stream.normal(i, 0, 0);
  }
  const double exact = known.cwiseMax(0.0).mean() - std::max(0.0, known.mean());
  const auto found = kohort::value_of_knowing(benefit, theta);
  CAPTURE(together, exact, found.in_sample, found.cross_fit, found.se, found.pattern[0]);
  if (together == 2) {
    CHECK(std::abs(found.in_sample - exact) < 4 * found.se);
    CHECK(std::abs(found.cross_fit - exact) < 4 * found.se);
    CHECK(found.pattern[0] > 0.001);
  } else {
    CHECK(found.in_sample < exact - 4 * found.se);
    CHECK(found.pattern[0] < 0.001);
  }
}

TEST_CASE("too few draws, or none that belong together, are refused", "[economics]") {
  const auto refusal = [](const Eigen::MatrixXd& b, const Eigen::MatrixXd& p) {
    try {
      std::ignore = kohort::value_of_knowing(b, p);
      return std::string("accepted");
    } catch (const kohort::invalid_input& error) {
      return error.code();
    }
  };
  const auto few = normal_increment(99, 1), enough = normal_increment(100, 1);
  CHECK(refusal(few.benefit, few.theta) == "E-DRAWS");
  CHECK(refusal(enough.benefit, few.theta) == "E-SHAPE");
  CHECK(refusal(enough.benefit.leftCols(1), enough.theta) == "E-SHAPE");
  CHECK(refusal(enough.benefit, enough.theta.replicate(1, 11)) == "E-DRAWS");
  CHECK(refusal(enough.benefit, enough.theta * std::nan("")) == "E-NUM");
  CHECK(refusal(enough.benefit, enough.theta) == "accepted");
}
