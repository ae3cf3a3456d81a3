#include <kohort/model/moving_probability.hpp>

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

/// Worked number W08: q = q0 exp(gamma (age - 80)), three states.
kohort::intensity_model w08(kohort::covariate_path path = kohort::covariate_path::gompertz) {
  return {kohort::model({"1", "2", "3"}, {{"1", "2"}, {"1", "3"}, {"2", "1"}, {"2", "3"}}),
          {{"age", path, {}, 80}}};
}
const std::vector<double> w08_coefficients{std::log(.20), .05,  std::log(.05), .09,
                                           std::log(.10), -.04, std::log(.30), .03};

/// The Taylor series of the row's equation, in long double: independent of exponentials.
Eigen::MatrixXd taylor(const kohort::intensity_model& intensities, const std::vector<double>& b,
                       double age, double t, int steps) {
  const auto& moves = intensities.structure.transitions();
  const int n = intensities.structure.size();
  const auto origin = intensities.terms[0].origin;
  const long double h = static_cast<long double>(t) / steps;
  Eigen::MatrixXd P(n, n);
  for (int from = 0; from < n; ++from) {
    std::vector<long double> row(static_cast<std::size_t>(n), 0);
    row[static_cast<std::size_t>(from)] = 1;
    for (int step = 0; step < steps; ++step) {
      constexpr int order = 24;
      std::vector<std::vector<long double>> series{row};
      for (int m = 0; m < order; ++m) {
        std::vector<long double> next(static_cast<std::size_t>(n), 0);
        for (std::size_t k = 0; k < moves.size(); ++k) {
          const long double gamma = b[2 * k + 1];
          long double coefficient =
              std::exp(static_cast<long double>(b[2 * k]) + gamma * (age + step * h - origin));
          for (int j = 0; j <= m; ++j) {  // q has the Taylor coefficients q gamma^j / j!
            const long double flow =
                coefficient *
                series[static_cast<std::size_t>(m - j)][static_cast<std::size_t>(moves[k].from)];
            next[static_cast<std::size_t>(moves[k].from)] -= flow;
            next[static_cast<std::size_t>(moves[k].to)] += flow;
            coefficient *= gamma / (j + 1);
          }
        }
        for (auto& value : next) value /= m + 1;
        series.push_back(next);
      }
      for (int s = 0; s < n; ++s) {
        long double sum = 0, power = 1;
        for (const auto& term : series) {
          sum += term[static_cast<std::size_t>(s)] * power;
          power *= h;
        }
        row[static_cast<std::size_t>(s)] = sum;
      }
    }
    for (int s = 0; s < n; ++s) P(from, s) = static_cast<double>(row[static_cast<std::size_t>(s)]);
  }
  return P;
}

}  // namespace

TEST_CASE("W08: probabilities while age moves on", "[model]") {
  const auto intensities = w08();
  const std::array age{80.0};
  const auto five = kohort::transition_probability(intensities, w08_coefficients, age, 5, 1e-13);
  const double expected[2][3] = {{.2821813878804, .2230389525893, .4947796595303},
                                 {.0849662530843, .1717028165007, .7433309304150}};
  for (int r = 0; r < 2; ++r) {
    for (int s = 0; s < 3; ++s) CHECK_THAT(five(r, s), WithinAbs(expected[r][s], 1e-12));
  }
  CHECK(five(2, 2) == 1.0);
  const auto one = kohort::transition_probability(intensities, w08_coefficients, age, 1, 1e-13);
  CHECK_THAT(one(0, 0), WithinRel(.7803677262206687, 1e-13));
  CHECK_THAT(one(0, 1), WithinRel(.1482756283144647, 1e-13));
  CHECK_THAT(one(0, 2), WithinRel(.07135664546486658, 1e-13));
}

TEST_CASE("W08: age frozen at the last visit gives other probabilities", "[model]") {
  const auto frozen = w08(kohort::covariate_path::held);
  auto coefficients = w08_coefficients;
  const std::array at_origin{0.0};  // held columns have no origin: age - 80
  CHECK_THAT(kohort::transition_probability(frozen, coefficients, at_origin, 5)(0, 2),
             WithinAbs(.4359727646530355, 1e-13));
}

TEST_CASE("W08: a slope shared by all rates is a change of time", "[model]") {
  auto coefficients = w08_coefficients;
  for (std::size_t k = 0; k < 4; ++k) coefficients[2 * k + 1] = .08;
  const auto intensities = w08();
  const std::array age{80.0};
  const auto P = kohort::transition_probability(intensities, coefficients, age, 5, 1e-13);
  CHECK_THAT(P(0, 0), WithinAbs(.2798569415303805, 1e-12));
  CHECK_THAT(P(0, 1), WithinAbs(.1949769642915194, 1e-12));
  CHECK_THAT(P(0, 2), WithinAbs(.5251660941781001, 1e-12));

  const double gamma = GENERATE(.08, -.3, 1.1, 1e-9, 0.0);
  const double start = GENERATE(62.0, 80.0, 93.5), t = GENERATE(.3, 4.0);
  CAPTURE(gamma, start, t);
  for (std::size_t k = 0; k < 4; ++k) coefficients[2 * k + 1] = gamma;
  const std::array from{start};
  const auto moving = kohort::transition_probability(intensities, coefficients, from, t, 1e-13);
  std::vector<double> rates(4);
  kohort::rates_at(kohort::layout(intensities), coefficients, kohort::design_row(intensities, from),
                   rates);
  const auto Q = kohort::intensity_matrix<>::from_rates(intensities.structure, rates);
  const double years = gamma == 0 ? t : std::expm1(gamma * t) / gamma;
  const auto still = kohort::transition_probability(Q, years);
  for (int r = 0; r < 2; ++r) {
    for (int s = 0; s < 3; ++s) {
      if (still(r, s) > 1e-12) {
        CHECK_THAT(moving(r, s), WithinRel(still(r, s), 1e-11));
      } else {
        CHECK_THAT(moving(r, s), WithinAbs(still(r, s), 1e-12));
      }
    }
  }
}

TEST_CASE("probabilities along a clock agree with the Taylor series of their equation", "[model]") {
  const auto seed = GENERATE(range(0, 12));
  CAPTURE(seed);
  auto random = std::mt19937(static_cast<unsigned>(seed));
  std::uniform_real_distribution<double> rate(-4, .7), slope(-.12, .15);
  kohort::intensity_model intensities{
      kohort::model(
          {"a", "b", "c", "d"},
          {{"a", "b"}, {"a", "d"}, {"b", "a"}, {"b", "c"}, {"b", "d"}, {"c", "b"}, {"c", "d"}}),
      {{"age", kohort::covariate_path::gompertz, {}, 75}}};
  std::vector<double> b;
  for (int k = 0; k < 7; ++k) {
    b.push_back(rate(random));
    b.push_back(slope(random));
  }
  const std::array age{71.25};
  const auto P = kohort::transition_probability(intensities, b, age, 6.5, 1e-12);
  const auto expected = taylor(intensities, b, 71.25, 6.5, 120);
  for (int r = 0; r < 4; ++r) {
    for (int s = 0; s < 4; ++s) CHECK_THAT(P(r, s), WithinAbs(expected(r, s), 1e-11));
  }
}

TEST_CASE("a time cut in two gives the same probabilities, whatever moves", "[model]") {
  using path = kohort::covariate_path;
  const kohort::intensity_model intensities{
      kohort::model({"a", "b", "c"}, {{"a", "b"}, {"b", "a"}, {"a", "c"}, {"b", "c"}}),
      {{"age", path::gompertz, {}, 80},
       {"since", path::weibull},
       {"year", path::spline, {2015, 2027}, 2020, 3},
       {"age", path::bands, {82.3}},
       {"man", path::held}}};
  std::vector<double> b;
  for (int k = 0; k < 4; ++k) {
    for (const double value :
         {-1.3 + .3 * k, .05 - .02 * k, -.4 + .2 * k, .03, .2, -.3, .1, .25, .1 * k, -.2})
      b.push_back(value);
  }
  const double cut = GENERATE(.01, .8, 1.3, 2.9);
  const auto whole = kohort::transition_probability(
      intensities, b, std::array{81.0, 0.0, 2016.5, 81.0, 1.0}, 3.5, 1e-11);
  const auto first = kohort::transition_probability(
      intensities, b, std::array{81.0, 0.0, 2016.5, 81.0, 1.0}, cut, 1e-11);
  const auto second = kohort::transition_probability(
      intensities, b, std::array{81 + cut, cut, 2016.5 + cut, 81 + cut, 1.0}, 3.5 - cut, 1e-11);
  const Eigen::MatrixXd product = first.matrix() * second.matrix();
  CAPTURE(cut);
  for (int r = 0; r < 2; ++r) {
    for (int s = 0; s < 3; ++s) CHECK_THAT(whole(r, s), WithinAbs(product(r, s), 2e-7));
  }
}

TEST_CASE("one exit along a Weibull clock survives as the closed form says", "[model]") {
  const double shape = GENERATE(.5, .8, 1.0, 1.7, 2.6), start = GENERATE(0.0, .02, 3.0);
  const kohort::intensity_model intensities{kohort::model({"in", "out"}, {{"in", "out"}}),
                                            {{"since", kohort::covariate_path::weibull}}};
  const std::vector<double> b{std::log(.4 * shape), shape - 1};
  const auto P = kohort::transition_probability(intensities, b, std::array{start}, 2.5, 1e-12);
  const double hazard = .4 * (std::pow(start + 2.5, shape) - std::pow(start, shape));
  CAPTURE(shape, start);
  CHECK_THAT(P(0, 0), WithinRel(std::exp(-hazard), 1e-7));
}

TEST_CASE("sub-steps along a clock are of order 4", "[model]") {
  // Seen in multiprecision: worst relative error 8.8e-7 h^4.
  const auto intensities = w08();
  const std::array age{80.0};
  const auto exact = kohort::transition_probability(intensities, w08_coefficients, age, 5, 1e-14);
  double errors[2];
  for (int i = 0; i < 2; ++i) {
    const auto P =
        kohort::detail::moving_probability(intensities, w08_coefficients, age, 5, i == 0 ? 1 : .5);
    errors[i] = 0;
    for (int r = 0; r < 2; ++r) {
      for (int s = 0; s < 3; ++s)
        errors[i] = std::max(errors[i], std::abs(P(r, s) / exact(r, s) - 1));
    }
  }
  CHECK_THAT(errors[0], WithinRel(8.8e-7, .02));
  CHECK_THAT(errors[0] / errors[1], WithinRel(16, .02));
}

TEST_CASE("rates that change too fast for the mixture stay rates", "[model]") {
  auto coefficients = w08_coefficients;
  coefficients[1] = 9;  // 9 a year: the mixture would be negative even for sub-steps of half a year
  const auto P = kohort::detail::moving_probability(w08(), coefficients, std::array{79.5}, 1, 1);
  CHECK(P.minCoeff() >= 0);
  CHECK_THAT(P.row(0).sum(), WithinAbs(1, 1e-14));
}

TEST_CASE("probabilities along a clock refuse what makes no sense", "[model]") {
  const auto intensities = w08();
  CHECK_THROWS_WITH(
      kohort::transition_probability(intensities, w08_coefficients, std::array{80.0}, -1),
      kohort_tests::contains("it must be a number of years, 0 or more"));
  CHECK_THROWS_AS(
      kohort::transition_probability(intensities, w08_coefficients, std::array{80.0, 1.0}, 1),
      kohort::invalid_input);
}
