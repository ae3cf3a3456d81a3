#include <kohort/model/intensity_model.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <limits>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using kohort::covariate_path;

namespace {

kohort::intensity_model two_moves() {
  return {kohort::model({"well", "ill", "dead"}, {{"well", "ill"}, {"ill", "dead"}}, "dead"),
          {{"male"},
           {"age", covariate_path::bands, {75, 85}},
           {"entry", covariate_path::yearly, {}, 2}}};
}

std::string refusal(const kohort::intensity_model& m) {
  try {
    kohort::layout(m);
    return "accepted";
  } catch (const kohort::invalid_input& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("coefficients stand transition by transition, each with a name", "[model]") {
  auto m = two_moves();
  m.uses = {{true, true, false}, {false, false, true}};
  CHECK(kohort::coefficient_names(m) ==
        std::vector<std::string>{"well -> ill", "well -> ill: male", "well -> ill: age 75-85",
                                 "well -> ill: age 85+", "ill -> dead", "ill -> dead: entry"});
  const auto where = kohort::layout(m);
  CHECK(where.starts == std::vector<int>{0, 4, 6});
  CHECK(where.columns == std::vector<std::vector<int>>{{0, 1, 2}, {3}});
}

TEST_CASE("a band begins at its cut, a year at the birthday", "[model]") {
  const auto m = two_moves();
  const auto row = [&](double male, double age, double entry) {
    return kohort::design_row(m, std::vector<double>{male, age, entry});
  };
  CHECK(row(1, 74.9, 0) == std::vector<double>{1, 0, 0, -1.5});
  CHECK(row(0, 75, .99) == std::vector<double>{0, 1, 0, -1.5});
  CHECK(row(0, 85, 3) == std::vector<double>{0, 0, 1, 1.5});
}

TEST_CASE("rates are log-linear, and a rate of 0 stays 0 whatever the covariates", "[model]") {
  auto m = two_moves();
  m.uses = {{true, false, false}, {true, false, false}};
  const std::vector<double> b{std::log(.2), .5, -std::numeric_limits<double>::infinity(), 0};
  std::vector<double> rates(2);
  kohort::rates_at(kohort::layout(m), b, kohort::design_row(m, std::vector<double>{1, 80, 0}),
                   rates);
  CHECK_THAT(rates[0], Catch::Matchers::WithinRel(.2 * std::exp(.5), 1e-15));
  CHECK(rates[1] == 0);
}

TEST_CASE("terms that make no sense are refused", "[model]") {
  auto m = two_moves();
  m.terms[1].cuts = {85, 75};
  CHECK_THAT(refusal(m), kohort_tests::contains("'age' do not increase"));
  m.terms[1].cuts = {};
  CHECK_THAT(refusal(m), kohort_tests::contains("no cut"));
  m = two_moves();
  m.terms.push_back({"male"});
  CHECK_THAT(refusal(m), kohort_tests::contains("'male' stands twice"));
  m = two_moves();
  m = two_moves();
  m.terms.push_back({"age 75-85"});
  CHECK_THAT(refusal(m), kohort_tests::contains("two effects would be called 'age 75-85'"));
  m = two_moves();
  m.uses = {{true, true, true}};
  CHECK_THAT(refusal(m), kohort_tests::contains("1 rows"));
  m.uses = {{true, true, true}, {true}};
  CHECK_THAT(refusal(m), kohort_tests::contains("row 1"));
}
