#include <kohort/estimation/answers.hpp>

#include "catch.hpp"

#include <array>
#include <cmath>

#include <kohort/support/error.hpp>

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::ask;
using kohort::course;
using kohort::covariate_path;
using kohort::quantity;
using kohort::question;

namespace {

constexpr double for_ever = std::numeric_limits<double>::infinity();

/// Three levels and death, with an effect of age and of x; a covariance of full rank.
kohort::fitted_model some_fit(covariate_path age) {
  kohort::term clock{"age", age};
  if (age == covariate_path::bands) clock.cuts = {80, 84};
  clock.origin = age == covariate_path::bands ? 0 : 80;
  kohort::fitted_model fit{{kohort::model({"light", "high", "total", "dead"},
                                          {{"light", "high"},
                                           {"high", "light"},
                                           {"high", "total"},
                                           {"light", "dead"},
                                           {"high", "dead"},
                                           {"total", "dead"}},
                                          "dead"),
                            {clock, {"x"}}}};
  const int p = kohort::layout(fit.intensities).size();
  fit.coefficients.resize(p);
  const int each = p / 6;
  const double rates[6] = {.3, .1, .2, .05, .15, .4};
  for (int k = 0; k < 6; ++k) {
    fit.coefficients[k * each] = std::log(rates[k]);
    for (int c = 1; c < each; ++c) fit.coefficients[k * each + c] = 0.03 * c + 0.01 * k;
  }
  Eigen::MatrixXd root = Eigen::MatrixXd::Identity(p, p) * 0.05;
  for (int i = 1; i < p; ++i) root(i, i - 1) = 0.01;
  fit.covariance = root * root.transpose();
  fit.has_error.assign(static_cast<std::size_t>(p), true);
  return fit;
}

Eigen::MatrixXd value(const kohort::fitted_model& fit, const question& asked,
                      std::span<const course> persons, std::span<const double> weights,
                      const Eigen::VectorXd& b) {
  return kohort::evaluate(fit.intensities, asked, persons, weights,
                          {b.data(), static_cast<std::size_t>(b.size())});
}

std::vector<question> questions() {
  question costs{quantity::stay, {}, 0.03};
  costs.rewards = Eigen::Vector4d(1, 3, 9, 0);
  costs.starts = Eigen::RowVector4d(.5, .4, .1, 0);
  return {{quantity::transition_probability, {3}},
          {quantity::stay, {6, 1}, 0.03},
          {quantity::stay},
          {quantity::visits, {5}},
          {quantity::visits},
          {quantity::passage_probability, {4}, 0, {2}},
          {quantity::passage_probability, {}, 0, {2}},
          {quantity::passage_time, {4}, 0, {2}},
          {quantity::passage_time, {}, 0, {2, 3}},
          {quantity::passage_time, {}, 0, {2}},
          {quantity::sojourn},
          {quantity::next_state},
          {quantity::rate_ratio, {}, 0, {0, 2}},
          costs};
}

}  // namespace

TEST_CASE("every answer's gradient is that of differences", "[estimation]") {
  const auto age = GENERATE(covariate_path::held, covariate_path::bands, covariate_path::yearly);
  const auto number = GENERATE(range(0, 14));
  CAPTURE(static_cast<int>(age), number);
  const auto fit = some_fit(age);
  const auto asked = questions()[static_cast<std::size_t>(number)];
  const std::array<course, 2> persons{course{{{0, {78.25, 0}}, {2.5, {80.75, 1}}}},
                                      course{{{0, {82, 1}}}}};
  const std::array<double, 2> weights{3, 1};
  const auto found = ask(fit, asked, persons, weights);
  const auto& b = fit.coefficients;
  const Eigen::MatrixXd plain = value(fit, asked, persons, weights, b);
  for (Eigen::Index r = 0; r < plain.rows(); ++r) {
    for (Eigen::Index m = 0; m < plain.cols(); ++m) {
      if (std::isfinite(plain(r, m)))
        CHECK_THAT(found.estimate(r, m), WithinRel(plain(r, m), 1e-12));
      else
        CHECK(found.estimate(r, m) == for_ever);
    }
  }
  for (Eigen::Index i = 0; i < b.size(); ++i) {
    const double h = 1e-4;  // times a covariate of 80 still small
    const auto at = [&](double change) {
      Eigen::VectorXd other = b;
      other[i] += change;
      return value(fit, asked, persons, weights, other);
    };
    const Eigen::MatrixXd slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    for (Eigen::Index r = 0; r < found.gradient.rows(); ++r) {
      const double expected = slope(r / plain.cols(), r % plain.cols());
      if (std::isfinite(expected))
        CHECK_THAT(found.gradient(r, i), WithinAbs(expected, 1e-7 * (1 + std::abs(expected))));
    }
  }
}

TEST_CASE("the published years with rates that move all the time", "[estimation][W08][W18]") {
  kohort::term clock{"age", covariate_path::gompertz};
  clock.origin = 80;
  const kohort::intensity_model im{
      kohort::model({"light", "total", "dead"},
                    {{"light", "total"}, {"light", "dead"}, {"total", "light"}, {"total", "dead"}},
                    "dead"),
      {clock}};
  const std::vector<double> b{std::log(.2), .05,  std::log(.05), .09,
                              std::log(.1), -.04, std::log(.3),  .03};
  const std::array<course, 1> person{course{{{0, {80}}}}};
  const auto P = kohort::evaluate(im, {quantity::transition_probability, {5}}, person, {}, b);
  CHECK_THAT(P(0, 0), WithinRel(.2821813878804, 1e-10));
  CHECK_THAT(P(1, 2), WithinRel(.7433309304150, 1e-10));
  const auto years = kohort::evaluate(im, {quantity::stay}, person, {}, b);
  CHECK_THAT(years(0, 0), WithinRel(3.751229501806, 1e-10));
  CHECK_THAT(years(0, 1), WithinRel(2.041949759513, 1e-10));
}

TEST_CASE("limits follow their scale", "[estimation]") {
  using kohort::delta_interval;
  const double z = 1.959963984540054;
  const auto log = delta_interval(2, 0.5, kohort::scale::logarithm, 0.95);
  CHECK_THAT(log.lower, WithinRel(2 * std::exp(-z / 4), 1e-14));
  CHECK_THAT(log.upper, WithinRel(2 * std::exp(z / 4), 1e-14));
  const auto logit = delta_interval(0.2, 0.05, kohort::scale::logit, 0.95);
  const double at = std::log(0.25), half = z * 0.05 / 0.16;
  CHECK_THAT(logit.lower, WithinRel(1 / (1 + std::exp(-(at - half))), 1e-14));
  CHECK_THAT(logit.upper, WithinRel(1 / (1 + std::exp(-(at + half))), 1e-14));
  const auto plain = delta_interval(-1, 0.5, kohort::scale::plain, 0.95);
  CHECK_THAT(plain.lower, WithinRel(-1 - z / 2, 1e-14));
  const auto none = delta_interval(0, 0.5, kohort::scale::logarithm, 0.95);
  CHECK(none.lower == 0);
  CHECK(none.upper == 0);
  CHECK(delta_interval(1, 0.5, kohort::scale::logit, 0.95).upper == 1);
  CHECK(delta_interval(for_ever, 0, kohort::scale::logarithm, 0.95).lower == for_ever);
  CHECK_THROWS_AS(delta_interval(1, 1, kohort::scale::plain, 1.5), kohort::invalid_input);
}

TEST_CASE("draws and the delta method agree where errors are small", "[estimation]") {
  auto fit = some_fit(covariate_path::yearly);
  fit.covariance /= 100;
  const std::array<course, 1> person{course{{{0, {78.25, 0}}}}};
  const auto all = questions();
  for (const std::size_t number : {0U, 1U, 3U, 7U, 10U, 13U}) {
    CAPTURE(number);
    const auto delta = ask(fit, all[number], person);
    kohort::interval_options by_draws;
    by_draws.draws = kohort::draws(fit, 4000, 7);
    const auto drawn = ask(fit, all[number], person, {}, by_draws);
    for (Eigen::Index i = 0; i < delta.estimate.size(); ++i) {
      const double e = delta.error(i);
      if (e == 0 || !std::isfinite(delta.estimate(i))) continue;
      CHECK_THAT(drawn.error(i), WithinRel(e, 0.06));
      CHECK_THAT(drawn.lower(i), WithinAbs(delta.lower(i), 0.2 * e));
      CHECK_THAT(drawn.upper(i), WithinAbs(delta.upper(i), 0.2 * e));
    }
  }
}

TEST_CASE("threads change nothing", "[estimation]") {
  const auto fit = some_fit(covariate_path::bands);
  const std::array<course, 1> person{course{{{0, {78.25, 0}}}}};
  kohort::interval_options options;
  options.draws = kohort::draws(fit, 37, 7);
  options.threads = 1;
  const auto one = ask(fit, {quantity::stay}, person, {}, options);
  options.threads = 3;
  const auto three = ask(fit, {quantity::stay}, person, {}, options);
  CHECK(one.lower == three.lower);
  CHECK(one.upper == three.upper);
}

TEST_CASE("questions without an answer are refused", "[estimation]") {
  const auto fit = some_fit(covariate_path::held);
  const std::array<course, 1> person{course{{{0, {80, 0}}}}};
  const auto refused = [&](const question& asked, std::span<const double> weights = {}) {
    CHECK_THROWS_AS(ask(fit, asked, person, weights), kohort::invalid_input);
  };
  refused({quantity::transition_probability});
  refused({quantity::stay, {1}, -0.1});
  refused({quantity::passage_time});
  refused({quantity::passage_time, {}, 0, {4}});
  refused({quantity::rate_ratio, {}, 0, {0}});
  refused({quantity::rate_ratio, {}, 0, {0, 6}});
  const std::array<double, 1> nothing{0};
  refused({quantity::stay}, nothing);
  question odd{quantity::stay};
  odd.rewards = Eigen::MatrixXd::Ones(3, 1);
  refused(odd);
  odd.rewards = {};
  odd.starts = Eigen::MatrixXd::Ones(1, 3);
  refused(odd);
  CHECK_THROWS_AS(ask(fit, {quantity::stay}, {}), kohort::invalid_input);
}
