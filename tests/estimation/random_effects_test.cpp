#include <kohort/estimation/random_effects.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/estimation/fit.hpp>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const kohort::model one_way({"a", "b"}, {{"a", "b"}});
const kohort::model both_ways({"a", "b"}, {{"a", "b"}, {"b", "a"}});

/// `events` moves in `years` under exact observation, in as many persons as years.
kohort::transition_tables counts(int events, int years) {
  const auto exact = observation_kind::exact_transition;
  return kohort::aggregate(
      persons(one_way, {{1, 0, 1, events, exact}, {1, 0, 0, years - events, exact}}),
      kohort::intensity_model{one_way});
}

}  // namespace

TEST_CASE("three municipalities, integrated elsewhere", "[estimation]") {
  const int events[] = {6, 15, 4}, years[] = {30, 41, 28};
  const double exact[] = {-2.271402402629258, -3.165593687287582, -2.357666223407669};
  const double approximate[] = {-2.270720400952976, -3.16616768414084, -2.356587078679646};
  const double modes[] = {-.112411606527, .264162567831, -.240544030901};
  const kohort::intensity_model im{one_way};
  Eigen::VectorXd coefficients(1), log_sd(1);
  coefficients << std::log(.25);
  log_sd << std::log(.4);
  for (int m = 0; m < 3; ++m) {
    const auto tables = counts(events[m], years[m]);
    const auto found = kohort::laplace(im, tables, coefficients, {0}, log_sd);
    // There, the number of events has a Poisson distribution; here, each has its time.
    const double constant = events[m] * std::log(years[m]) - std::lgamma(events[m] + 1.0);
    CAPTURE(m);
    REQUIRE(found.found);
    CHECK_THAT(found.value + constant, WithinAbs(approximate[m], 1e-9));
    CHECK_THAT(found.effects.mode[0], WithinAbs(modes[m], 1e-9));
    CHECK_THAT(kohort::quadrature(im, tables, coefficients, 0, log_sd[0], found) + constant,
               WithinAbs(exact[m], 2e-7));
  }
}

TEST_CASE("the gradient of the approximation is its slope", "[estimation]") {
  const kohort::intensity_model im{both_ways, {{"x"}}};
  const auto panel = observation_kind::panel;
  const auto tables = kohort::aggregate(persons(both_ways, {{.5, 0, 1, 9, panel, 0},
                                                            {.5, 0, 0, 20, panel, 0},
                                                            {1, 1, 0, 7, panel, 0},
                                                            {.5, 1, 1, 12, panel, 1},
                                                            {1, 0, 1, 8, panel, 1},
                                                            {.5, 0, 0, 9, panel, 1}}),
                                        im);
  Eigen::VectorXd phi(6);
  phi << -.4, .3, -.7, .2, std::log(.5), std::log(.3);
  const std::vector<int> effects{0, 1};
  const auto value = [&](const Eigen::VectorXd& at) {
    return kohort::laplace(im, tables, at.head(4), effects, at.tail(2));
  };
  const auto here = value(phi);
  for (int i = 0; i < 6; ++i) {
    auto above = phi, below = phi;
    above[i] += 1e-3;
    below[i] -= 1e-3;
    CAPTURE(i);
    CHECK_THAT((value(above).value - value(below).value) / 2e-3, WithinAbs(here.gradient[i], 2e-5));
    if (i >= 4) continue;
    const Eigen::VectorXd moved = (value(above).effects.mode - value(below).effects.mode) / 2e-3;
    for (int k = 0; k < 2; ++k) CHECK_THAT(here.effects.follows(k, i), WithinAbs(moved[k], 1e-4));
  }
}

TEST_CASE("pooling many municipalities", "[estimation]") {
  // 24 municipalities whose log rates differ by an sd of about .5.
  const kohort::intensity_model im{one_way};
  std::vector<kohort::transition_tables> tables;
  int events = 0, years = 0;
  for (int m = 0; m < 24; ++m) {
    const int of = 20 + 7 * (m % 5);
    const double rate = .3 * std::exp(.5 * std::sin(1.0 + 2.3 * m) * std::sqrt(2.0));
    const int moved = std::min(static_cast<int>(std::lround(of * rate)), of);
    tables.push_back(counts(moved, of));
    events += moved;
    years += of;
  }
  const auto together = kohort::fit(counts(events, years), im);
  const auto pooled = kohort::fit_pooled(tables, together);
  CHECK(pooled.common.convergence.verdict == kohort::search_verdict::converged);
  REQUIRE(pooled.sd.size() == 1);
  CHECK(pooled.sd[0] > .3);
  CHECK(pooled.sd[0] < .7);
  CHECK(pooled.sd_error[0] > .05);
  CHECK(pooled.common.log_likelihood > together.log_likelihood + 5);
  CHECK(std::abs(pooled.quadrature_gap) < .05 * 24);

  SECTION("no other point near is higher") {
    const auto total = [&](double theta, double log_sd) {
      Eigen::VectorXd a(1), b(1);
      a << theta;
      b << log_sd;
      double sum = 0;
      for (const auto& one : tables) sum += kohort::laplace(im, one, a, {0}, b).value;
      return sum;
    };
    const double theta = pooled.common.coefficients[0], log_sd = std::log(pooled.sd[0]);
    const double best = total(theta, log_sd), h = 1e-3;
    CHECK_THAT(best, WithinAbs(pooled.common.log_likelihood, 1e-8));
    CHECK(total(theta + .02, log_sd) < best);
    CHECK(total(theta - .02, log_sd) < best);
    CHECK(total(theta, log_sd + .05) < best);
    CHECK(total(theta, log_sd - .05) < best);
    Eigen::Matrix2d H;  // the errors are those of the curvature
    const auto second = [&](double i, double j) {
      return -(total(theta + i * h, log_sd + j * h) - 2 * best +
               total(theta - i * h, log_sd - j * h)) /
             (h * h);
    };
    H(0, 0) = second(1, 0);
    H(1, 1) = second(0, 1);
    H(0, 1) = H(1, 0) = (second(1, 1) - H(0, 0) - H(1, 1)) / 2;
    const double determinant = H(0, 0) * H(1, 1) - H(0, 1) * H(0, 1);
    CHECK_THAT(pooled.covariance(0, 0), WithinRel(H(1, 1) / determinant, 1e-3));
    CHECK_THAT(pooled.covariance(1, 1), WithinRel(H(0, 0) / determinant, 1e-3));
  }
  SECTION("each is drawn towards the others, the more the less it has seen") {
    for (std::size_t m = 0; m < tables.size(); ++m) {
      const auto& one = tables[m];
      double own_events = 0, own_years = 0;
      for (const double e : one.exact.events) own_events += e;
      for (const double e : one.exact.exposure) own_years += e;
      const double own = std::log(own_events / own_years) - pooled.common.coefficients[0];
      const double mode = pooled.municipalities[m].mode[0];
      CAPTURE(m, own, mode);
      CHECK(mode * own > 0);
      CHECK(std::abs(mode) < std::abs(own));
      CHECK(pooled.municipalities[m].variance(0, 0) < pooled.sd[0] * pooled.sd[0]);
    }
  }
  SECTION("draws of one municipality spread as its own data and the common ones allow") {
    const auto& one = pooled.municipalities[3];
    const auto drawn = kohort::municipality_draws(pooled.common, {0}, one, 20000, 5);
    const double mean = drawn.col(0).mean();
    const double slope = 1 + one.follows(0, 0);  // its rate moves less than the common one
    const double variance = slope * slope * pooled.common.covariance(0, 0) + one.variance(0, 0);
    CHECK_THAT(mean, WithinAbs(pooled.common.coefficients[0] + one.mode[0], .01));
    CHECK_THAT((drawn.array() - mean).square().mean(), WithinRel(variance, .04));
    CHECK(slope < 1);
    CHECK(kohort::municipality_draws(pooled.common, {0}, one, 10, 5) == drawn.topRows(10));
  }
  SECTION("the same bytes on any number of threads, and it can be stopped") {
    const auto again = kohort::fit_pooled(tables, together, {.threads = 3});
    CHECK(again.common.coefficients == pooled.common.coefficients);
    CHECK(again.sd == pooled.sd);
    const auto stop = [](std::size_t, std::size_t) { return false; };
    CHECK_THROWS_AS(kohort::fit_pooled(tables, together, {.report = stop}), kohort::interrupted);
  }
}

TEST_CASE("municipalities that are alike have no spread", "[estimation]") {
  const kohort::intensity_model im{one_way};
  std::vector<kohort::transition_tables> tables(8, counts(9, 30));
  const auto together = kohort::fit(counts(72, 240), im);
  const auto pooled = kohort::fit_pooled(tables, together);
  CHECK(pooled.sd.size() == 0);
  REQUIRE(pooled.common.diagnostics.size() == 1);
  CHECK(pooled.common.diagnostics[0].code == "D-NO-SPREAD");
  CHECK(pooled.common.diagnostics[0].column == "a -> b");
  CHECK_THAT(pooled.common.coefficients[0], WithinAbs(std::log(.3), 1e-6));
  CHECK_THAT(pooled.common.covariance(0, 0), WithinRel(1. / 72, 1e-5));
  CHECK_THAT(pooled.common.log_likelihood, WithinAbs(together.log_likelihood, 1e-8));
  CHECK_THROWS_WITH(kohort::fit_pooled({tables[0]}, together), contains("two or more"));
}

TEST_CASE("no spread is tested by half a chi-square", "[estimation]") {
  CHECK_THAT(kohort::spread_p_value(3.841458820694124 / 2, 0), WithinRel(.025, 1e-10));
  CHECK(kohort::spread_p_value(1, 1) == 1);
}

TEST_CASE("priors and limits of the common rate hold while municipalities are pooled",
          "[estimation]") {
  const kohort::intensity_model im{one_way};
  std::vector<kohort::transition_tables> tables;
  int events = 0, years = 0;
  for (int m = 0; m < 12; ++m) {
    const int of = 20 + 7 * (m % 5);
    const int moved = static_cast<int>(std::lround(of * .3 * std::exp(.5 * std::sin(1 + 2.3 * m))));
    tables.push_back(counts(moved, of));
    events += moved;
    years += of;
  }
  const auto all = counts(events, years);
  const auto best = [](double low, double high, const auto& value) {  // golden section
    constexpr double part = .6180339887498949;
    double a = high - part * (high - low), b = low + part * (high - low);
    double at_a = value(a), at_b = value(b);
    while (high - low > 2e-4) {
      if (at_a < at_b) {
        low = a;
        a = b;
        at_a = at_b;
        at_b = value(b = low + part * (high - low));
      } else {
        high = b;
        b = a;
        at_b = at_a;
        at_a = value(a = high - part * (high - low));
      }
    }
    return (low + high) / 2;
  };
  const auto highest = [&](bool prior) {
    // Over both parameters without any slope, the prior written out: slow, and another way.
    return best(-2.2, -.4, [&](double log_q) {
      const auto value = [&](double log_sd) {
        Eigen::VectorXd theta(1), sd(1);
        theta << log_q;
        sd << log_sd;
        double sum = prior ? 40 * log_q - 200 * std::exp(log_q) : 0;
        for (const auto& one : tables) sum += kohort::laplace(im, one, theta, {0}, sd).value;
        return sum;
      };
      return value(best(-2.5, 0, value));
    });
  };
  SECTION("a gamma prior") {
    const std::vector<kohort::prior> priors{kohort::gamma_prior("a -> b", 40, 200)};
    const auto together = kohort::fit(all, im, {.priors = priors});
    const auto pooled = kohort::fit_pooled(tables, together);
    CHECK(pooled.common.convergence.verdict == kohort::search_verdict::converged);
    CHECK_THAT(pooled.common.coefficients[0], WithinAbs(highest(true), 1e-3));
    const double log_q = pooled.common.coefficients[0];
    CHECK_THAT(pooled.common.log_prior, WithinAbs(40 * std::log(200.) - std::lgamma(40.) +
                                                      40 * log_q - 200 * std::exp(log_q),
                                                  1e-8));
  }
  SECTION("an upper limit") {
    const double most = std::log(.25);
    const auto together = kohort::fit(all, im, {.constraints = {kohort::at_most("a -> b", most)}});
    const auto pooled = kohort::fit_pooled(tables, together);
    CHECK_THAT(pooled.common.coefficients[0], WithinAbs(std::min(highest(false), most), 1e-3));
    CHECK(pooled.common.coefficients[0] <= most + 1e-9);
    CHECK(pooled.common.convergence.verdict == kohort::search_verdict::converged);
    CHECK(pooled.common.active == std::vector<bool>{true});
  }
}
