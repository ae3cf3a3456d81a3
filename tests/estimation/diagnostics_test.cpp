#include <kohort/estimation/diagnostics.hpp>  // first, so the header must stand on its own

#include <kohort/estimation/fit.hpp>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;

TEST_CASE("time at risk counts every state on some way, and no other", "[estimation]") {
  const kohort::model m({"a", "b", "c", "d"}, {{"a", "b"}, {"b", "c"}, {"a", "d"}});
  const kohort::intensity_model im{m};
  const auto tables = kohort::aggregate(persons(m, {{2, 0, 1, 3}, {1, 0, 2, 1}}), im);
  CHECK(kohort::exposure_at_risk(m, tables) == std::vector<double>{7, 7, 1, 0});
}

TEST_CASE("collinear columns are named with those that they depend on", "[estimation]") {
  const kohort::model m({"a", "b"}, {{"a", "b"}});
  kohort::intensity_model im{m, {{"x"}, {"twice"}}};
  auto seen = persons(m, {{1, 0, 1, 3, observation_kind::panel, 1},
                          {1, 0, 0, 3, observation_kind::panel, 2},
                          {1, 0, 0, 3, observation_kind::panel, 5}});
  std::vector<double> both;
  for (const double x : seen.covariates) both.insert(both.end(), {x, 2 * x});
  seen.covariates = both;
  seen.covariate_names = {"x", "twice"};
  CHECK_THROWS_WITH(kohort::fit(seen, im),
                    contains("'x'") && contains("'twice'") && contains("say the same"));
  CHECK_NOTHROW(kohort::fit(seen, im, {.constraints = {kohort::fixed("a -> b: twice", 0)}}));
  im.terms.pop_back();
  CHECK_NOTHROW(kohort::fit(seen, im));
}

TEST_CASE("each diagnosis speaks both languages and names its culprit", "[estimation]") {
  const auto m = five_levels();
  const kohort::intensity_model im{m};
  for (const auto& f : {kohort::boundary_zero(m, 1, .25), kohort::diverging(m, 1, 3),
                        kohort::separation(im, 1, "light -> dead: x")}) {
    CHECK_THAT(f.message, contains("light -> dead"));
    CHECK_THAT(f.message_sv, contains("light -> dead"));
    CHECK(f.severity == 'D');
    CHECK_FALSE(f.remedy_sv.empty());
  }
  CHECK_THAT(kohort::boundary_zero(m, 1, .25).message, contains("0.25 per year"));
  CHECK_THAT(kohort::ill_conditioned(1e12, true, {"a -> b: x", "a -> b: y"}).message,
             contains("1e+12"));
  CHECK_THAT(kohort::not_converged(kohort::search_verdict::iteration_limit, 200).message,
             contains("200 steps"));
}
