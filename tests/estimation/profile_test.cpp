#include <kohort/estimation/profile.hpp>  // first, so the header must stand on its own

#include <Eigen/Cholesky>

#include <kohort/estimation/fit.hpp>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using end = kohort::profile_end::kind;

namespace {

const kohort::model one_way({"a", "b"}, {{"a", "b"}});
const kohort::model three({"a", "b", "c"}, {{"a", "b"}, {"a", "c"}, {"b", "c"}}, "c");

std::vector<kohort::profile_interval> profiles(const kohort::intensity_model& im,
                                               const std::vector<counted>& rows,
                                               const kohort::profile_settings& settings = {}) {
  const auto seen = persons(im.structure, rows);
  return kohort::profile(kohort::fit(seen, im), kohort::aggregate(seen, im), {}, settings);
}

}  // namespace

TEST_CASE("37 of 120 moved in half a year: both ends, worked out elsewhere", "[estimation]") {
  const auto one = profiles({one_way}, {{.5, 0, 1, 37}, {.5, 0, 0, 83}}).at(0);
  CHECK(one.lower.what == end::found);
  CHECK(one.upper.what == end::found);
  CHECK_THAT(std::exp(one.lower.value), WithinRel(.5236760135483, 1e-8));
  CHECK_THAT(std::exp(one.upper.value), WithinRel(1.003081477057, 1e-8));
  CHECK(one.higher == 0);
}

TEST_CASE("events by exposure: the ends solve the Poisson equation at any level", "[estimation]") {
  const auto exact = observation_kind::exact_transition;
  const double level = GENERATE(0.5, 0.8, 0.99);
  const auto one =
      profiles({one_way}, {{2, 0, 1, 3, exact}, {3, 0, 0, 4, exact}}, {.level = level});
  const double years = 3 * 2 + 4 * 3, n = 3,
               quantile = level == 0.5   ? 0.454936423119572
                          : level == 0.8 ? 1.642374415149816
                                         : 6.634896601021213;
  for (const auto& limit : {one[0].lower, one[0].upper}) {
    const double q = std::exp(limit.value);
    const double drop = 2 * (n * std::log(n / years / q) - (n - q * years));
    CAPTURE(level, q);
    CHECK_THAT(drop, WithinAbs(quantile, 1e-8));
  }
}

TEST_CASE("at its ends the likelihood, maximised over the rest, has fallen by 3.84",
          "[estimation]") {
  const kohort::intensity_model im{five_levels()};
  const auto seen = persons(im.structure, five_levels_counts());
  const auto tables = kohort::aggregate(seen, im);
  const auto fitted = kohort::fit(seen, im);
  const auto all = kohort::profile(fitted, tables);
  REQUIRE(all.size() == 10);
  int ends = 0;
  for (const auto& one : all) {
    for (const auto& limit : {one.lower, one.upper}) {
      if (limit.what != end::found) continue;
      ++ends;
      // A fit of its own, the coefficient held by an offset that it cannot leave.
      auto held = fitted;
      held.coefficients[one.coefficient] = limit.value;
      double best = -1e300;
      auto at = held.coefficients;
      for (int sweep = 0; sweep < 400; ++sweep) {  // slow but independent: coordinate by coordinate
        const auto l = kohort::log_likelihood_gradient(im, tables, at, 1);
        best = std::max(best, l.value);
        Eigen::MatrixXd B = kohort::expected_information(im, tables, at, 1);
        Eigen::VectorXd g = l.gradient;
        g[one.coefficient] = 0;
        B.row(one.coefficient).setZero();
        B.col(one.coefficient).setZero();
        B(one.coefficient, one.coefficient) = 1;
        const Eigen::VectorXd step = B.ldlt().solve(g);
        at += step / std::max(1.0, step.cwiseAbs().maxCoeff());
        if (g.dot(step) < 1e-12) break;
      }
      CAPTURE(one.coefficient, limit.value);
      CHECK_THAT(2 * (fitted.log_likelihood - best), WithinAbs(3.841458820694124, 1e-6));
    }
  }
  CHECK(ends == 13);  // three rates are 0, and one has no lower end
  SECTION("and they are the same bytes on any number of threads") {
    const auto again = kohort::profile(fitted, tables, {}, {.threads = 3});
    for (std::size_t i = 0; i < all.size(); ++i) {
      CHECK(again[i].lower.value == all[i].lower.value);
      CHECK(again[i].upper.value == all[i].upper.value);
      CHECK(again[i].points.size() == all[i].points.size());
    }
  }
}

TEST_CASE("an effect without a finite estimate has one end, a rate of 0 its bound",
          "[estimation]") {
  SECTION("separation: everybody with x moved") {
    const auto panel = observation_kind::panel;
    const auto two =
        profiles({one_way, {{"x"}}},
                 {{1, 0, 1, 8, panel, 0}, {1, 0, 0, 30, panel, 0}, {1, 0, 1, 9, panel, 1}});
    CHECK(two[1].lower.what == end::found);
    CHECK(two[1].upper.what == end::none);
    CHECK(std::isinf(two[1].upper.value));
    // l_profile(x) of 9 of 9 moved at rate q e^x, and 8 of 38 at q: by hand at the limit.
    double best = -1e300;
    for (double log_q = -4; log_q < 2; log_q += 1e-4) {
      const double q = std::exp(log_q), q1 = q * std::exp(two[1].lower.value);
      best =
          std::max(best, 8 * std::log1p(-std::exp(-q)) - 30 * q + 9 * std::log1p(-std::exp(-q1)));
    }
    const double limit = 8 * std::log(8. / 38) + 30 * std::log(30. / 38);
    CHECK_THAT(2 * (limit - best), WithinAbs(3.841458820694124, 1e-4));
  }
  SECTION("a move never needed") {
    const auto all = profiles({three}, {{1, 0, 0, 60}, {1, 0, 1, 25}, {1, 1, 1, 30}, {1, 1, 2, 9}});
    CHECK(all[1].lower.what == end::none);
    CHECK(all[1].upper.what == end::bound);
    CHECK_THAT(std::exp(all[1].upper.value), WithinRel(.041531304279614, 1e-6));
    CHECK(all[0].lower.what == end::found);
  }
}

TEST_CASE("with a prior it is the posterior that falls", "[estimation]") {
  const auto exact = observation_kind::exact_transition;
  const kohort::intensity_model im{one_way};
  const auto tables =
      kohort::aggregate(persons(one_way, {{2, 0, 1, 3, exact}, {3, 0, 0, 4, exact}}), im);
  const auto fitted = kohort::fit(tables, im, {.priors = {kohort::gamma_prior("a -> b", 2, 6)}});
  const auto one = kohort::profile(fitted, tables).at(0);
  for (const auto& limit : {one.lower, one.upper}) {  // 5 events in 24 years
    const double q = std::exp(limit.value);
    CHECK_THAT(2 * (5 * std::log(5 / 24. / q) - (5 - q * 24)), WithinAbs(3.841458820694124, 1e-7));
  }
}

TEST_CASE("with priors the profile agrees with a search written out by hand", "[estimation]") {
  const kohort::intensity_model im{five_levels()};
  const auto seen = persons(im.structure, five_levels_counts());
  const auto tables = kohort::aggregate(seen, im);
  // Gamma on rates 1 and 4, whose likelihood is highest at 0, normal on the logarithms of others.
  std::vector<kohort::prior> priors;
  for (const int k : {0, 2, 3, 5, 6, 7, 9})
    priors.push_back(kohort::normal_prior(im.structure.label(k), -1, 1.5));
  for (const int k : {1, 4, 8}) priors.push_back(kohort::gamma_prior(im.structure.label(k), 1, 5));
  const auto fitted = kohort::fit(seen, im, {.priors = priors});
  const auto density = [&](const Eigen::VectorXd& at, Eigen::VectorXd* slope) {
    double sum = kohort::log_likelihood(im, tables, at, 1);
    if (slope) *slope = kohort::log_likelihood_gradient(im, tables, at, 1).gradient;
    for (Eigen::Index k = 0; k < 10; ++k) {
      if (k == 1 || k == 4 || k == 8) {  // log of 5 q e^(-5 q): the Jacobian in it
        sum += std::log(5.) + at[k] - 5 * std::exp(at[k]);
        if (slope) (*slope)[k] += 1 - 5 * std::exp(at[k]);
      } else {
        const double z = (at[k] + 1) / 1.5;
        sum += -z * z / 2 - std::log(1.5 * std::sqrt(2 * 3.14159265358979323846));
        if (slope) (*slope)[k] -= z / 1.5;
      }
    }
    return sum;
  };
  CHECK_THAT(density(fitted.coefficients, nullptr),
             WithinAbs(fitted.log_likelihood + fitted.log_prior, 1e-9));
  const auto all = kohort::profile(fitted, tables);
  for (const auto& one : all) {
    for (const auto& limit : {one.lower, one.upper}) {
      REQUIRE(limit.what == end::found);
      // Steepest ascent with a numerical curvature, the coefficient held: slow, and another way.
      Eigen::VectorXd at = fitted.coefficients, slope(10);
      at[one.coefficient] = limit.value;
      double here = density(at, &slope);
      for (int step = 0; step < 60; ++step) {
        Eigen::MatrixXd H(10, 10);
        for (Eigen::Index j = 0; j < 10; ++j) {
          Eigen::VectorXd up = at, down = at, g_up(10), g_down(10);
          up[j] += 1e-5;
          down[j] -= 1e-5;
          density(up, &g_up);
          density(down, &g_down);
          H.col(j) = (g_down - g_up) / 2e-5;
        }
        slope[one.coefficient] = 0;
        H.row(one.coefficient).setZero();
        H.col(one.coefficient).setZero();
        H(one.coefficient, one.coefficient) = 1;
        H.diagonal().array() += 1e-6;
        Eigen::VectorXd move = H.ldlt().solve(slope);
        if (slope.dot(move) < 1e-12) break;
        double size = 1;
        Eigen::VectorXd g(10);
        while (size > 1e-6 && !(density(at + size * move, &g) > here)) size /= 2;
        at += size * move;
        here = density(at, &slope);
      }
      CAPTURE(one.coefficient, limit.value);
      CHECK_THAT(2 * (fitted.log_likelihood + fitted.log_prior - here),
                 WithinAbs(3.841458820694124, 1e-5));
    }
  }
}

TEST_CASE("an inequality holds along the whole profile", "[estimation]") {
  // Two rates by events and exposure, the first one at least as high as the second.
  const auto exact = observation_kind::exact_transition;
  const kohort::model both({"a", "b"}, {{"a", "b"}, {"b", "a"}});
  const kohort::intensity_model im{both};
  const double years[2] = {5. * 1 + 9 * 2, 4. * 1 + 14 * 2};
  const auto loss = [](double n, double T, double q) {  // 2 (l(n / T) - l(q))
    return 2 * (n * std::log(n / T / q) - (n - q * T));
  };
  const kohort::constraint order{
      {{"a -> b", 1.0}, {"b -> a", -1.0}}, kohort::relation::at_least, 0};
  SECTION("not met at the estimate, met on the way down") {
    const auto seen = persons(
        both,
        {{1, 0, 1, 5, exact}, {2, 0, 0, 9, exact}, {1, 1, 0, 4, exact}, {2, 1, 1, 14, exact}});
    const auto fitted = kohort::fit(seen, im, {.constraints = {order}});
    const auto all = kohort::profile(fitted, seen);
    const double q = std::exp(all[0].lower.value), second = 4 / years[1];
    REQUIRE(all[0].lower.what == end::found);
    CHECK(q < second);  // without the limit the second rate would stay where it is
    CHECK_THAT(loss(5, years[0], q) + loss(4, years[1], q), WithinAbs(3.841458820694124, 1e-7));
    const double high = std::exp(all[0].upper.value);
    CHECK_THAT(loss(5, years[0], high), WithinAbs(3.841458820694124, 1e-7));
    const double other = std::exp(all[1].upper.value), first = 5 / years[0];
    CHECK(other > first);
    CHECK_THAT(loss(5, years[0], other) + loss(4, years[1], other),
               WithinAbs(3.841458820694124, 1e-7));
  }
  SECTION("met at the estimate, left on the way up") {
    const auto seen = persons(
        both,
        {{1, 0, 1, 4, exact}, {2, 0, 0, 14, exact}, {1, 1, 0, 5, exact}, {2, 1, 1, 9, exact}});
    const auto fitted = kohort::fit(seen, im, {.constraints = {order}});
    CHECK_THAT(std::exp(fitted.coefficients[0]), WithinRel(9 / (years[0] + years[1]), 1e-8));
    const double best =
        loss(4, years[1], 9 / (years[0] + years[1])) + loss(5, years[0], 9 / (years[0] + years[1]));
    const auto all = kohort::profile(fitted, seen);
    REQUIRE(all[0].upper.what == end::found);
    const double q = std::exp(all[0].upper.value), second = std::min(q, 5 / years[0]);
    CHECK_THAT(loss(4, years[1], q) + loss(5, years[0], second) - best,
               WithinAbs(3.841458820694124, 1e-6));
  }
  SECTION("a limit on the coefficient itself ends it") {
    const auto seen =
        persons(both, {{1, 0, 1, 5, exact}, {2, 0, 0, 9, exact}, {1, 1, 0, 4, exact}});
    const auto fitted =
        kohort::fit(seen, im, {.constraints = {kohort::at_most("a -> b", std::log(.25))}});
    const auto one = kohort::profile(fitted, seen, {0}).at(0);
    CHECK(one.upper.what == end::limit);
    CHECK_THAT(one.upper.value, WithinAbs(std::log(.25), 1e-12));
    CHECK(one.lower.what == end::found);
    CHECK_THAT(loss(5, years[0], std::exp(one.lower.value)), WithinAbs(3.841458820694124, 1e-7));
  }
  SECTION("one that is met already ends it there, and a given value has no profile") {
    const auto seen =
        persons(both, {{1, 0, 1, 5, exact}, {2, 0, 0, 9, exact}, {1, 1, 0, 4, exact}});
    const auto fitted = kohort::fit(seen, im,
                                    {.constraints = {kohort::at_most("a -> b", std::log(.15)),
                                                     kohort::fixed("b -> a", std::log(.5))}});
    const auto all = kohort::profile(fitted, seen);
    CHECK(all[0].upper.what == end::limit);
    CHECK_THAT(all[0].upper.value, WithinAbs(std::log(.15), 1e-12));
    REQUIRE(all[0].lower.what == end::found);
    CHECK_THAT(loss(5, years[0], std::exp(all[0].lower.value)) - loss(5, years[0], .15),
               WithinAbs(3.841458820694124, 1e-6));
    CHECK(all[1].lower.what == end::not_free);
    CHECK(all[1].upper.what == end::not_free);
  }
}

TEST_CASE("a profile can be stopped, and refuses levels that are none", "[estimation]") {
  const kohort::intensity_model im{five_levels()};
  const auto seen = persons(im.structure, five_levels_counts());
  const auto tables = kohort::aggregate(seen, im);
  const auto fitted = kohort::fit(seen, im);
  for (const int threads : {1, 2}) {
    const auto stop = [](std::size_t, std::size_t) { return false; };
    CHECK_THROWS_AS(kohort::profile(fitted, tables, {}, {.threads = threads, .report = stop}),
                    kohort::interrupted);
  }
  struct mine {};
  const auto throws = [](std::size_t, std::size_t) -> bool { throw mine(); };
  CHECK_THROWS_AS(kohort::profile(fitted, tables, {}, {.threads = 2, .report = throws}), mine);
  CHECK_THROWS_WITH(kohort::profile(fitted, tables, {}, {.level = 1}),
                    contains("must lie between 0 and 1"));
}
