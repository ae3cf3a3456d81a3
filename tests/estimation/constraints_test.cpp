#include <kohort/estimation/constraints.hpp>  // first, so the header must stand on its own

#include <kohort/estimation/fit.hpp>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

constexpr auto exact = observation_kind::exact_transition;
const kohort::model three({"a", "b", "c"}, {{"a", "b"}, {"a", "c"}, {"b", "c"}}, "c");

// a: 12 moves to b and 4 to c in 40 years; b: 9 moves to c in 30 years
std::vector<counted> dated() {
  return {{2, 0, 1, 12, exact},
          {1, 0, 2, 4, exact},
          {1.5, 0, 0, 8, exact},
          {1, 1, 2, 9, exact},
          {3, 1, 1, 7, exact}};
}

kohort::fitted_model fit(const std::vector<kohort::constraint>& constraints,
                         const std::vector<counted>& rows = dated()) {
  return kohort::fit(persons(three, rows), {three}, {.constraints = constraints});
}

double rate(const kohort::fitted_model& fitted, int k) { return std::exp(fitted.coefficients[k]); }

}  // namespace

TEST_CASE("equal rates are all events by all years, and vary together", "[estimation]") {
  const auto fitted = fit({kohort::equal("a -> c", "b -> c")});
  CHECK(fitted.convergence.verdict == kohort::search_verdict::converged);
  CHECK(fitted.coefficients[1] == fitted.coefficients[2]);
  CHECK_THAT(rate(fitted, 1), WithinRel(13.0 / 70, 1e-10));
  CHECK_THAT(rate(fitted, 0), WithinRel(12.0 / 40, 1e-10));
  CHECK_THAT(fitted.covariance(1, 1), WithinRel(1.0 / 13, 1e-7));
  CHECK(fitted.covariance(1, 2) == fitted.covariance(1, 1));
  const auto rows = kohort::draws(fitted, 50, 3);
  CHECK((rows.col(1) - rows.col(2)).cwiseAbs().maxCoeff() < 1e-12);
  CHECK((rows.col(1).array() - rows(0, 1)).abs().maxCoeff() > 0.01);
}

TEST_CASE("a fixed rate stays, has no error, and leaves the others alone", "[estimation]") {
  const auto fitted = fit({kohort::fixed("a -> c", std::log(.25))});
  CHECK(fitted.coefficients[1] == std::log(.25));
  CHECK_FALSE(fitted.has_error[1]);
  CHECK(fitted.covariance.col(1).norm() == 0);
  CHECK_THAT(rate(fitted, 2), WithinRel(.3, 1e-10));
  const double lost = 4 * std::log(.1 / .25) - 40 * (.1 - .25);
  CHECK_THAT(fit({}).log_likelihood - fitted.log_likelihood, WithinAbs(lost, 1e-10));
}

TEST_CASE("any linear relation holds exactly: a ratio of two rates", "[estimation]") {
  const kohort::constraint ratio{{{"b -> c", 1}, {"a -> c", -1}}, {}, std::log(2)};
  const auto fitted = fit({ratio});
  CHECK_THAT(rate(fitted, 2) / rate(fitted, 1), WithinRel(2, 1e-12));
  CHECK_THAT(rate(fitted, 1), WithinRel(13.0 / (40 + 2 * 30), 1e-10));
  CHECK_THAT(fitted.covariance(1, 2), WithinRel(1.0 / 13, 1e-7));
}

TEST_CASE("everything fixed: no search, and the likelihood there", "[estimation]") {
  const auto fitted = fit({kohort::fixed("a -> b", 0), kohort::equal("a -> b", "a -> c"),
                           kohort::equal("a -> c", "b -> c")});
  CHECK(fitted.coefficients.isZero());
  CHECK(fitted.covariance.isZero());
  CHECK_THAT(fitted.log_likelihood, WithinAbs(-40 * 2 - 30, 1e-12));
  CHECK((kohort::draws(fitted, 2, 1)).isZero());
}

TEST_CASE("a limit that does not bind changes nothing; one that binds holds", "[estimation]") {
  const auto free = fit({});
  SECTION("not met") {
    const auto limited =
        fit({kohort::at_least("a -> c", std::log(.05)), kohort::at_most("b -> c", std::log(1))});
    CHECK((limited.coefficients - free.coefficients).norm() < 1e-8);
    CHECK(limited.active == std::vector<bool>{false, false});
    CHECK(limited.has_error == std::vector<bool>(3, true));
  }
  SECTION("met") {
    const auto limited =
        fit({kohort::at_least("a -> c", std::log(.2)), kohort::at_most("b -> c", std::log(.1))});
    CHECK_THAT(rate(limited, 1), WithinRel(.2, 1e-12));
    CHECK_THAT(rate(limited, 2), WithinRel(.1, 1e-12));
    CHECK_THAT(rate(limited, 0), WithinRel(.3, 1e-10));
    CHECK(limited.active == std::vector<bool>{true, true});
    CHECK(limited.has_error == std::vector<bool>{true, false, false});
    CHECK(limited.diagnostics.size() == 2);
  }
  SECTION("between two rates") {
    const kohort::constraint order{{{"a -> c", 1}, {"b -> c", -1}}, kohort::relation::at_least};
    const auto limited = fit({order});
    CHECK_THAT(rate(limited, 1), WithinRel(13.0 / 70, 1e-9));
    CHECK_THAT(rate(limited, 2), WithinRel(13.0 / 70, 1e-9));
  }
  SECTION("met on the way, and left again") {  // from a start beyond both
    auto rows = dated();
    const auto limited =
        fit({kohort::at_most("a -> b", std::log(.31)), kohort::at_least("a -> b", std::log(.29))},
            rows);
    CHECK_THAT(rate(limited, 0), WithinRel(.3, 1e-10));
  }
}

TEST_CASE("rates tied to each other go to 0 together, with the bound of both", "[estimation]") {
  const std::vector<counted> none = {
      {2, 0, 1, 12, exact}, {1.5, 0, 0, 8, exact}, {3, 1, 1, 7, exact}};
  const auto fitted = fit({kohort::equal("a -> c", "b -> c")}, none);
  REQUIRE(fitted.bounds.size() == 2);
  const double years = 24 + 12 + 21;
  CHECK_THAT(fitted.bounds[0].rate, WithinRel(2.995732273553991 / years, 1e-7));
  CHECK_THAT(fitted.bounds[1].rate, WithinRel(2.995732273553991 / years, 1e-7));
  CHECK(rate(fitted, 2) == 0);
}

TEST_CASE("an upper limit does not keep a rate from 0, and cuts its bound", "[estimation]") {
  SECTION("dated moves, none of them a -> c: the exact bound, or the limit below it") {
    const std::vector<counted> none = {
        {2, 0, 1, 12, exact}, {1.5, 0, 0, 8, exact}, {1, 1, 2, 9, exact}, {3, 1, 1, 7, exact}};
    const double years = 24 + 12, poisson = 2.995732273553991 / years;
    for (const double most : {.5, .01, 1e-9}) {
      const auto fitted = fit({kohort::at_most("a -> c", std::log(most))}, none);
      CAPTURE(most);
      CHECK(rate(fitted, 1) == 0);
      REQUIRE(fitted.bounds.size() == 1);
      CHECK_THAT(fitted.bounds[0].rate, WithinRel(std::min(most, poisson), 1e-7));
      CHECK(fitted.diagnostics.at(0).code == "D-BOUNDARY-ZERO");
      CHECK(fitted.active == std::vector<bool>{false});
      CHECK_THAT(rate(fitted, 2), WithinRel(9. / 30, 1e-10));
    }
  }
  SECTION("visits: the likelihood is highest at 0, limited or not") {
    const std::vector<counted> visits{{1, 0, 0, 60}, {1, 0, 1, 25}, {1, 1, 1, 30}, {1, 1, 2, 9}};
    const auto fitted = fit({kohort::at_most("a -> c", std::log(.2))}, visits);
    CHECK(rate(fitted, 1) == 0);
    REQUIRE(fitted.bounds.size() == 1);
    CHECK_THAT(fitted.bounds[0].rate, WithinRel(.041531304279614, 1e-6));
    CHECK_THAT(fitted.log_likelihood, WithinAbs(-75.455530239109, 1e-8));
  }
  SECTION("a lower limit does keep it, and two rates in order go their way") {
    const std::vector<counted> none = {
        {2, 0, 1, 12, exact}, {1.5, 0, 0, 8, exact}, {1, 1, 2, 9, exact}, {3, 1, 1, 7, exact}};
    const auto kept = fit({kohort::at_least("a -> c", std::log(.02))}, none);
    CHECK_THAT(rate(kept, 1), WithinRel(.02, 1e-9));
    CHECK(kept.bounds.empty());
  }
}

TEST_CASE("constraints that make no sense are refused in the user's names", "[estimation]") {
  const auto why = [](const std::vector<kohort::constraint>& constraints) -> std::string {
    try {
      fit(constraints);
      return "fitted";
    } catch (const kohort::invalid_input& refusal) {
      return refusal.code() + " " + refusal.what();
    }
  };
  CHECK_THAT(why({kohort::fixed("a -> d", 1)}),
             contains("E-CONSTRAINT") && contains("'a -> d'") && contains("'b -> c'"));
  CHECK_THAT(why({kohort::fixed("a -> c", 1), kohort::equal("a -> b", "a -> c"),
                  kohort::fixed("a -> b", 2), kohort::fixed("b -> c", 1)}),
             contains("cannot hold together") && contains("'a -> c' = 1") &&
                 contains("'a -> b' - 'a -> c' = 0") && contains("'a -> b' = 2") &&
                 !contains("'b -> c'"));
  CHECK_THAT(why({kohort::at_least("a -> b", 1), kohort::at_most("a -> b", 0)}),
             contains("cannot hold") && contains("'a -> b' >= 1"));
  CHECK_THAT(why({kohort::equal("a -> b", "a -> b")}), contains("says nothing"));
  CHECK_THAT(why({kohort::fixed("a -> b", -INFINITY)}), contains("not finite"));
  CHECK_THAT(why({kohort::fixed("a -> b", 1), kohort::fixed("a -> b", 1)}), contains("fitted"));
}

TEST_CASE("a constraint reads as it would be written", "[estimation]") {
  CHECK(kohort::words({{{"x", -1}, {"y", 2.5}}, kohort::relation::at_most, 1}) ==
        "-'x' + 2.5 'y' <= 1");
  CHECK(kohort::words(kohort::at_least("x", 0)) == "'x' >= 0");
}
