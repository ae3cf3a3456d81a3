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
