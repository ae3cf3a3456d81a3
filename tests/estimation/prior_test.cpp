#include <kohort/estimation/prior.hpp>  // first, so the header must stand on its own

#include <kohort/estimation/detail/log_prior.hpp>
#include <kohort/estimation/fit.hpp>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

constexpr auto exact = observation_kind::exact_transition;
const kohort::model one_way({"a", "b"}, {{"a", "b"}});

bool said(const kohort::fitted_model& fitted) {
  for (const auto& f : fitted.diagnostics) {
    if (f.severity == 'D') return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a gamma prior adds events and years: the mode on the log scale", "[estimation]") {
  // 12 events in 31 years, Gamma(2, 8): worked out elsewhere
  const auto seen = persons(one_way, {{1, 0, 1, 12, exact}, {1, 0, 0, 19, exact}});
  const auto fitted =
      kohort::fit(seen, {one_way}, {.priors = {kohort::gamma_prior("a -> b", 2, 8)}});
  CHECK_THAT(std::exp(fitted.coefficients[0]), WithinRel(.358974358974359, 1e-10));
  CHECK_THAT(fitted.covariance(0, 0), WithinRel(1.0 / 14, 1e-7));
  const double q = 14.0 / 39;
  CHECK_THAT(fitted.log_likelihood, WithinAbs(12 * std::log(q) - 31 * q, 1e-10));
  // the density of log q under Gamma(2, 8): 64 q^2 exp(-8 q)
  CHECK_THAT(fitted.log_prior, WithinAbs(std::log(64 * q * q) - 8 * q, 1e-10));
}

TEST_CASE("a normal prior pulls a coefficient in proportion to the information", "[estimation]") {
  const auto sd = GENERATE(.01, .3, 50.0);
  const auto seen = persons(one_way, {{1, 0, 1, 12, exact}, {1, 0, 0, 19, exact}});
  const auto fitted =
      kohort::fit(seen, {one_way}, {.priors = {kohort::normal_prior("a -> b", -2, sd)}});
  const double b = fitted.coefficients[0];
  CHECK_THAT(12 - 31 * std::exp(b), WithinAbs((b + 2) / (sd * sd), 1e-6 / (sd * sd)));
  CHECK_THAT(1 / fitted.covariance(0, 0), WithinRel(31 * std::exp(b) + 1 / (sd * sd), 1e-6));
}

TEST_CASE("with a prior, what had no finite estimate has one", "[estimation]") {
  SECTION("a move never seen") {
    const auto seen = persons(one_way, {{2.5, 0, 0, 100, exact}});
    const auto fitted =
        kohort::fit(seen, {one_way}, {.priors = {kohort::gamma_prior("a -> b", 1, 10)}});
    CHECK_THAT(std::exp(fitted.coefficients[0]), WithinRel(1.0 / 260, 1e-9));
    CHECK_FALSE(said(fitted));
    CHECK(fitted.has_error[0]);
  }
  SECTION("everybody moved") {
    const auto seen = persons(one_way, {{.5, 0, 1, 120}});
    const auto fitted =
        kohort::fit(seen, {one_way}, {.priors = {kohort::normal_prior("a -> b", 0, 2)}});
    CHECK(fitted.convergence.verdict == kohort::search_verdict::converged);
    CHECK_FALSE(said(fitted));
    CHECK(fitted.has_error[0]);
  }
  SECTION("a covariate that separates") {
    const auto panel = observation_kind::panel;
    const kohort::intensity_model im{one_way, {{"x"}}};
    const auto seen = persons(
        one_way, {{1, 0, 1, 21, panel, 0}, {1, 0, 0, 59, panel, 0}, {1, 0, 0, 46, panel, 1}});
    const auto fitted =
        kohort::fit(seen, im, {.priors = {kohort::normal_prior("a -> b: x", 0, 2)}});
    CHECK_FALSE(said(fitted));
    CHECK(fitted.has_error[1]);
    CHECK(fitted.coefficients[1] < -2);
  }
  SECTION("two rates that cannot be told apart") {
    const kohort::model three({"a", "b", "c"}, {{"a", "b"}, {"a", "c"}, {"b", "c"}}, "c");
    const auto seen = persons(three, {{1, 0, 0, 60}, {1, 0, 1, 25}, {1, 0, 2, 15}});
    const auto fitted =
        kohort::fit(seen, {three}, {.priors = {kohort::gamma_prior("b -> c", 3, 10)}});
    CHECK_FALSE(said(fitted));
    CHECK(fitted.has_error == std::vector<bool>(3, true));
  }
}

TEST_CASE("a penalty smooths: slopes and curvatures are those of its value", "[estimation]") {
  const std::vector<std::string> names = {"a -> b", "a -> b: x", "a -> b: y"};
  Eigen::MatrixXd K(2, 2);
  K << 2, -2, -2, 2;
  const kohort::detail::log_prior prior(
      {kohort::normal_prior("a -> b: y", 1, .5), kohort::gamma_prior("a -> b", 2, 3)},
      {{{"a -> b: x", "a -> b: y"}, K, Eigen::Vector2d(1, 2)}}, names, {0});
  Eigen::VectorXd at(3);
  at << -.5, .3, -.8;
  kohort::log_likelihood_slope slope{0, Eigen::VectorXd::Zero(3)};
  prior.add_slope(at, 1, slope);
  CHECK(slope.value == prior.value(at));
  const auto H = prior.information(at);
  for (Eigen::Index i = 0; i < 3; ++i) {
    Eigen::VectorXd above = at, below = at;
    above[i] += 1e-5;
    below[i] -= 1e-5;
    CHECK_THAT((prior.value(above) - prior.value(below)) / 2e-5,
               WithinAbs(slope.gradient[i], 1e-8));
    CHECK_THAT((prior.value(above) - 2 * prior.value(at) + prior.value(below)) / -1e-10,
               WithinAbs(H(i, i), 1e-4));
  }
  CHECK(prior.on(0));
  CHECK(prior.on(1));
}

TEST_CASE("priors that are none are refused in the user's names", "[estimation]") {
  const kohort::intensity_model im{one_way, {{"x"}}};
  const auto panel = observation_kind::panel;
  const auto seen = persons(one_way, {{1, 0, 1, 21, panel, 0}, {1, 0, 0, 59, panel, 1}});
  const auto why = [&](const kohort::prior& one) -> std::string {
    try {
      kohort::fit(seen, im, {.priors = {one}});
      return "fitted";
    } catch (const kohort::invalid_input& refusal) {
      return refusal.code() + " " + refusal.what();
    }
  };
  CHECK_THAT(why(kohort::normal_prior("a -> b: z", 0, 1)), contains("E-PRIOR") && contains("z'"));
  CHECK_THAT(why(kohort::normal_prior("a -> b: x", 0, 0)), contains("must be above 0"));
  CHECK_THAT(why(kohort::gamma_prior("a -> b: x", 1, 1)), contains("normal prior on an effect"));
  CHECK_THAT(why(kohort::gamma_prior("a -> b", -1, 1)), contains("must be above 0"));
}
