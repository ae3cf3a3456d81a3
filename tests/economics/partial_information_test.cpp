#include <kohort/economics/partial_information.hpp>  // first: it must stand on its own

#include <cmath>
#include <tuple>

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
  CHECK(refusal(enough.benefit, enough.theta * std::nan("")) == "E-NUM");
  CHECK(refusal(enough.benefit, enough.theta) == "accepted");
}
