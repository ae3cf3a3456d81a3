#include <kohort/estimation/fit.hpp>  // first, so the header must stand on its own

#include <kohort/estimation/diagnostics.hpp>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const kohort::model one_way({"a", "b"}, {{"a", "b"}});
const kohort::model both_ways({"a", "b"}, {{"a", "b"}, {"b", "a"}});
const kohort::model three({"a", "b", "c"}, {{"a", "b"}, {"a", "c"}, {"b", "c"}}, "c");

kohort::fitted_model fit(const kohort::intensity_model& im, const std::vector<counted>& rows,
                         double units_per_year = 1, double weight = 1) {
  return kohort::fit(persons(im.structure, rows, units_per_year, weight), im);
}

double error(const kohort::fitted_model& fitted, int i) {
  return std::sqrt(fitted.covariance(i, i));
}

const kohort::finding* named(const kohort::fitted_model& fitted, const std::string& code) {
  for (const auto& f : fitted.diagnostics) {
    if (f.code == code) return &f;
  }
  return nullptr;
}

std::string refused(const kohort::intensity_model& im, const std::vector<counted>& rows) {
  try {
    fit(im, rows);
    return "fitted";
  } catch (const kohort::invalid_input& error) {
    return error.code() + " " + error.what();
  }
}

}  // namespace

TEST_CASE("37 of 120 moved in half a year: the closed form", "[estimation]") {
  const auto fitted = fit({one_way}, {{.5, 0, 1, 37}, {.5, 0, 0, 83}});
  CHECK(fitted.convergence.verdict == kohort::search_verdict::converged);
  CHECK_THAT(std::exp(fitted.coefficients[0]), WithinRel(-std::log(83. / 120) / .5, 1e-9));
  CHECK_THAT(std::exp(fitted.coefficients[0]), WithinRel(.7373022699708961, 1e-9));
  CHECK_THAT(error(fitted, 0), WithinRel(.165331504384414, 1e-6));
  CHECK_THAT(-2 * fitted.log_likelihood, WithinAbs(148.2625518377832, 1e-9));
  CHECK(fitted.diagnostics.empty());
}

TEST_CASE("both ways, worked out elsewhere with its errors", "[estimation]") {
  const auto fitted =
      fit({both_ways}, {{.5, 0, 1, 30}, {.5, 0, 0, 70}, {.5, 1, 0, 12}, {.5, 1, 1, 68}});
  CHECK_THAT(std::exp(fitted.coefficients[0]), WithinRel(.7971160010074939, 1e-9));
  CHECK_THAT(std::exp(fitted.coefficients[1]), WithinRel(.398558000503747, 1e-9));
  CHECK_THAT(error(fitted, 0), WithinRel(.193074727631, 1e-6));
  CHECK_THAT(error(fitted, 1), WithinRel(.301190842474, 1e-6));
  CHECK_THAT(fitted.covariance(0, 1), WithinRel(.0169135536866, 1e-6));
}

TEST_CASE("visits and exact deaths together, worked out elsewhere", "[estimation]") {
  const auto death = observation_kind::exact_death;
  const auto fitted = fit({three}, {{1, 0, 0, 60},
                                    {1, 0, 1, 25},
                                    {1, 1, 1, 30},
                                    {.4, 0, 2, 6, death},
                                    {.8, 0, 2, 5, death},
                                    {.3, 1, 2, 7, death},
                                    {.7, 1, 2, 4, death}});
  CHECK_THAT(-2 * fitted.log_likelihood, WithinAbs(217.6661273739466, 1e-9));
  const double q[] = {.40408213710622, .06487663423601, .34359485154066};
  const double se[] = {.213715949887, .777337586051, .299160749413};
  for (int k = 0; k < 3; ++k) {
    CHECK_THAT(std::exp(fitted.coefficients[k]), WithinRel(q[k], 1e-6));
    CHECK_THAT(error(fitted, k), WithinRel(se[k], 1e-6));
  }
}

TEST_CASE("a covariate, worked out elsewhere, and its scale does not matter", "[estimation]") {
  const auto unit = GENERATE(1.0, 1e-6, 1e7);
  const kohort::intensity_model im{one_way, {{"x"}}};
  const auto panel = observation_kind::panel;
  const auto fitted = fit(im, {{1, 0, 1, 21, panel, 0},
                               {1, 0, 0, 59, panel, 0},
                               {1, 0, 1, 34, panel, unit},
                               {1, 0, 0, 46, panel, unit}});
  CAPTURE(unit);
  CHECK_THAT(-2 * fitted.log_likelihood, WithinAbs(201.2016381794877, 1e-9));
  CHECK_THAT(fitted.coefficients[0], WithinRel(-1.189119690760583, 1e-8));
  CHECK_THAT(fitted.coefficients[1] * unit, WithinRel(.5974188040100193, 1e-8));
  CHECK_THAT(fitted.covariance(0, 0), WithinRel(.04798809789535319, 1e-6));
  CHECK_THAT(fitted.covariance(0, 1) * unit, WithinRel(-.04798809789535319, 1e-6));
  CHECK_THAT(fitted.covariance(1, 1) * unit * unit, WithinRel(.07815814293212131, 1e-6));
}

TEST_CASE("exactly dated moves: events by person-years, whatever the search does", "[estimation]") {
  const auto exact = observation_kind::exact_transition;
  const auto fitted =
      fit({three},
          {{2, 0, 1, 9, exact}, {3, 0, 0, 4, exact}, {1.5, 0, 2, 2, exact}, {.7, 1, 2, 5, exact}});
  const double years = 9 * 2 + 4 * 3 + 2 * 1.5;
  CHECK_THAT(std::exp(fitted.coefficients[0]), WithinRel(9 / years, 1e-12));
  CHECK_THAT(std::exp(fitted.coefficients[1]), WithinRel(2 / years, 1e-12));
  CHECK_THAT(std::exp(fitted.coefficients[2]), WithinRel(5 / (5 * .7), 1e-12));
  CHECK_THAT(error(fitted, 0), WithinRel(1 / std::sqrt(9), 1e-8));
  CHECK_THAT(error(fitted, 1), WithinRel(1 / std::sqrt(2), 1e-8));
  CHECK_THAT(error(fitted, 2), WithinRel(1 / std::sqrt(5), 1e-8));
}

TEST_CASE("days or years, weights of one or two", "[estimation]") {
  const auto rows = five_levels_counts();
  const auto one = fit({five_levels()}, rows);
  SECTION("weights of two: the same estimates, errors smaller by the root of two") {
    const auto two = fit({five_levels()}, rows, 1, 2);
    CHECK_THAT(two.log_likelihood, WithinRel(2 * one.log_likelihood, 1e-12));
    for (int k = 0; k < 10; ++k) {
      if (!one.has_error[static_cast<std::size_t>(k)]) continue;
      CHECK_THAT(error(two, k), WithinRel(error(one, k) / std::sqrt(2), 1e-7));
    }
  }
  SECTION("times in days") {
    const auto days = fit({five_levels()}, rows, 365.25);
    CHECK_THAT(days.log_likelihood, WithinAbs(one.log_likelihood, 1e-9));
    for (int k = 0; k < 10; ++k) {
      if (!one.has_error[static_cast<std::size_t>(k)]) continue;
      CHECK_THAT(std::exp(days.coefficients[k]), WithinRel(std::exp(one.coefficients[k]), 1e-8));
    }
  }
}

TEST_CASE("the unit of the weights does not matter, be they shares or counts", "[estimation]") {
  const auto rows = five_levels_counts();
  const auto one = fit({five_levels()}, rows);
  const auto weight = GENERATE(0x1p-40, 1e-9, 0x1p20, 1e9);
  CAPTURE(weight);
  const auto other = fit({five_levels()}, rows, 1, weight);
  const bool exact = std::log2(weight) == std::floor(std::log2(weight));
  CHECK(other.convergence.verdict == one.convergence.verdict);
  CHECK_THAT(other.log_likelihood, WithinRel(weight * one.log_likelihood, exact ? 1e-15 : 1e-12));
  REQUIRE(other.bounds.size() == one.bounds.size());
  for (int k = 0; k < 10; ++k) {
    const auto i = static_cast<std::size_t>(k);
    REQUIRE(other.has_error[i] == one.has_error[i]);
    if (!one.has_error[i]) continue;
    CHECK_THAT(other.coefficients[k], WithinAbs(one.coefficients[k], exact ? 0 : 1e-8));
    CHECK_THAT(error(other, k) * std::sqrt(weight), WithinRel(error(one, k), exact ? 1e-15 : 1e-6));
  }
}

TEST_CASE("a bound is one on the likelihood as it is weighted", "[estimation]") {
  const auto weight = GENERATE(.25, 3.0, 1000.0);
  const auto fitted =
      fit({one_way}, {{2.5, 0, 0, 100, observation_kind::exact_transition}}, 1, weight);
  CHECK_THAT(fitted.bounds.at(0).rate, WithinRel(.01198292909421596 / weight, 1e-8));
}

TEST_CASE("a rate of 0 that no data bound has an infinite bound, and says so", "[estimation]") {
  // From b everybody is dead a year later: whether by c first cannot be seen, however fast.
  const kohort::model by_c({"a", "b", "c", "d"}, {{"a", "b"}, {"b", "c"}, {"b", "d"}, {"c", "d"}},
                           "d");
  const auto fitted = fit(
      {by_c},
      {{1, 0, 0, 50}, {1, 0, 1, 20}, {1, 1, 1, 20}, {1, 1, 3, 12}, {1, 2, 2, 1}, {1, 2, 3, 30}});
  for (const auto& bound : fitted.bounds) {
    CHECK_FALSE(std::isnan(bound.rate));
    CHECK(bound.rate > 0);
  }
  const auto said = kohort::boundary_zero(by_c, 1, std::numeric_limits<double>::infinity());
  CHECK_THAT(said.message, contains("no upper bound") && !contains("inf"));
  CHECK_THAT(said.message_sv, contains("ingen övre gräns"));
}

TEST_CASE("a move never seen is 0 with a bound, and the others do not mind", "[estimation]") {
  const auto fitted = fit({three}, {{1, 0, 0, 60}, {1, 0, 1, 25}, {1, 1, 1, 30}, {1, 1, 2, 9}});
  const auto* diagnosis = named(fitted, "D-BOUNDARY-ZERO");
  REQUIRE(diagnosis != nullptr);
  CHECK(diagnosis->column == "a -> c");
  CHECK_FALSE(fitted.has_error[1]);
  CHECK(std::exp(fitted.coefficients[1]) == 0);
  CHECK_THAT(std::exp(fitted.coefficients[0]), WithinRel(.34637591436101, 1e-9));
  CHECK_THAT(std::exp(fitted.coefficients[2]), WithinRel(.1907543415785, 1e-9));
  CHECK_THAT(fitted.log_likelihood, WithinAbs(-75.455530239109, 1e-9));
  REQUIRE(fitted.bounds.size() == 1);
  CHECK(fitted.bounds[0].upper);
  CHECK_THAT(fitted.bounds[0].rate, WithinRel(.041531304279614, 1e-7));
  const auto without = fit({kohort::model({"a", "b", "c"}, {{"a", "b"}, {"b", "c"}}, "c")},
                           {{1, 0, 0, 60}, {1, 0, 1, 25}, {1, 1, 1, 30}, {1, 1, 2, 9}});
  CHECK_THAT(error(fitted, 0), WithinRel(error(without, 0), 1e-8));
  CHECK_THAT(error(fitted, 2), WithinRel(error(without, 1), 1e-8));
}

TEST_CASE("no event at all in 250 years: 0, and the exact bound of a Poisson count",
          "[estimation]") {
  const auto kind = GENERATE(observation_kind::exact_transition, observation_kind::panel);
  const auto fitted = fit({one_way}, {{2.5, 0, 0, 100, kind}});
  REQUIRE(named(fitted, "D-BOUNDARY-ZERO") != nullptr);
  CHECK(std::exp(fitted.coefficients[0]) == 0);
  CHECK_FALSE(fitted.has_error[0]);
  CHECK_THAT(fitted.bounds.at(0).rate, WithinRel(.01198292909421596, 1e-8));
  CHECK(fitted.covariance.allFinite());
}

TEST_CASE("everybody moved before being seen again: no estimate, but a lower bound",
          "[estimation]") {
  const auto fitted = fit({one_way}, {{.5, 0, 1, 120}});
  REQUIRE(named(fitted, "D-DIVERGING") != nullptr);
  CHECK(fitted.convergence.diverging);
  CHECK_FALSE(fitted.has_error[0]);
  CHECK_FALSE(fitted.bounds.at(0).upper);
  CHECK_THAT(fitted.bounds.at(0).rate, WithinRel(7.405518585463, 1e-6));
  CHECK_THROWS_AS(kohort::draws(fitted, 2, 1), kohort::invalid_input);
}

TEST_CASE("columns that say the same are named before anything is fitted", "[estimation]") {
  const auto panel = observation_kind::panel;
  SECTION("a column that does not vary") {
    CHECK_THAT(refused({one_way, {{"x"}}}, {{1, 0, 1, 5, panel, 3}, {1, 0, 0, 5, panel, 3}}),
               contains("D-NONIDENT") && contains("'x'") && contains("does not vary"));
  }
  SECTION("a band in which nobody was") {
    CHECK_THAT(refused({one_way, {{"x", kohort::covariate_path::bands, {70, 200}}}},
                       {{1, 0, 1, 5, panel, 60}, {1, 0, 0, 5, panel, 80}}),
               contains("D-NONIDENT") && contains("'x 200+'"));
  }
}

TEST_CASE("rates that no data of this kind can tell apart are named", "[estimation]") {
  CHECK_THAT(refused({three}, {{1, 0, 0, 60}, {1, 0, 1, 25}, {1, 0, 2, 15}}),
             contains("D-NONIDENT") && contains("'a -> c'") && contains("'b -> c'"));
}

TEST_CASE("a covariate that separates those who moved has no finite effect", "[estimation]") {
  const auto panel = observation_kind::panel;
  const auto fitted =
      fit({one_way, {{"x"}}},
          {{1, 0, 1, 21, panel, 0}, {1, 0, 0, 59, panel, 0}, {1, 0, 0, 46, panel, 1}});
  const auto* diagnosis = named(fitted, "D-SEPARATION");
  REQUIRE(diagnosis != nullptr);
  CHECK(diagnosis->column == "a -> b: x");
  CHECK_FALSE(fitted.has_error[1]);
  CHECK(fitted.has_error[0]);
}

TEST_CASE("rows after an absorbing state are dropped and counted, the fit unchanged",
          "[estimation]") {
  const kohort::intensity_model im{three};
  const auto plain =
      persons(three, {{1, 0, 1, 5}, {1, 0, 0, 9}, {1, 1, 2, 4}, {1, 0, 2, 2}, {1, 1, 1, 3}});
  auto longer = plain;
  longer.subjects.push_back(14);  // the first of those who died
  longer.times.push_back(2);
  longer.states.push_back(2);
  longer.kinds.push_back(observation_kind::panel);
  longer.covariates.push_back(0);
  longer.source_rows.push_back(99);
  const auto a = kohort::fit(plain, im);
  const auto b = kohort::fit(kohort::validate(three, longer), im);
  CHECK_THAT(b.log_likelihood, WithinAbs(a.log_likelihood, 1e-12));
  REQUIRE(named(b, "W-AFTER-ABSORB") != nullptr);
  CHECK(named(b, "W-AFTER-ABSORB")->count == 1);
}

TEST_CASE("impossible rows stop everything, also under another model's structure", "[estimation]") {
  CHECK_THROWS_AS(persons(three, {{1, 1, 0, 1}}), kohort::invalid_input);
  const auto seen = persons(both_ways, {{1, 1, 0, 1}});
  CHECK_THROWS_WITH(kohort::fit(seen, {one_way}), contains("b -> a"));
}

TEST_CASE("the same fit for any number of threads, and a caller can stop it", "[estimation]") {
  const kohort::intensity_model im{five_levels()};
  std::vector<counted> rows;
  for (int i = 0; i < 3000; ++i)
    rows.push_back({.2 + .001 * i, i % 4, i % 4 + (i % 3 == 0 ? 1 : 0), 1});
  const auto seen = persons(im.structure, rows);
  const auto one = kohort::fit(seen, im, {.threads = 1}),
             many = kohort::fit(seen, im, {.threads = 3});
  CHECK(one.coefficients == many.coefficients);
  CHECK(one.covariance == many.covariance);
  CHECK_THROWS_AS(kohort::fit(seen, im, {.report = [](std::size_t, std::size_t) { return false; }}),
                  kohort::interrupted);
}

TEST_CASE("a handful of rows under a model far too large ends, with a verdict on every rate",
          "[estimation]") {
  const kohort::model four(
      {"a", "b", "c", "d"},
      {{"a", "b"}, {"a", "c"}, {"b", "a"}, {"b", "c"}, {"c", "a"}, {"c", "b"}, {"c", "d"}}, "d");
  int evaluations = 0;
  const auto count = [&evaluations](std::size_t, std::size_t) { return ++evaluations < 200000; };
  const auto fitted = kohort::fit(
      persons(four, {{5, 0, 1, 1}, {2.5, 1, 2, 1}, {7.5, 2, 0, 1}, {5, 2, 3, 1}, {2.5, 0, 0, 1}}),
      {four}, {.report = count});
  for (const auto& bound : fitted.bounds) CHECK_FALSE(std::isnan(bound.rate));
  CHECK_FALSE(fitted.coefficients.array().isNaN().any());
}
