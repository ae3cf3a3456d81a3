#include <kohort/uncertainty/outcome_draws.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/support/error.hpp>

#include "../projection/banded_municipality.hpp"
#include "catch.hpp"
#include "constructed_recipe.hpp"

using namespace kohort;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;

TEST_CASE("draws of a recipe are runs of the open population", "[uncertainty]") {
  const auto in = constructed::municipality();
  const auto recipe = constructed::recipe_of(in);
  auto numbers = numbers_of(recipe, 0, 3, 1);
  numbers.rate_normals(0, 0) = numbers.entry_normals(0, 0) = 0;  // the point estimate
  open_cohort_options options;
  options.closure = closure_policy::scale;
  const auto drawn = project_draws(in, recipe, numbers, {}, options);
  auto single = options;
  single.group_of_age.assign(7, 0);
  const auto point = project_open_cohort(in, {{}}, single);
  CHECK(drawn.states == point.states);
  for (std::size_t i = 0; i < drawn.persons.size() / 3; ++i) {
    CHECK_THAT(drawn.persons[i], WithinRel(point.persons[2 * i] + point.persons[2 * i + 1], 1e-10));
  }
  double came = 0;
  for (std::size_t k = 0; k < point.moves.size(); ++k) {
    if (point.moves[k].from == 0) came += point.moved[k];
  }
  CHECK_THAT(drawn.new_users[0], WithinRel(came, 1e-10));
  CHECK(std::abs(drawn.new_users[5] - came) > 1e-3);
  // A block of its own has the same bytes.
  const draw_numbers last{numbers.rate_normals.bottomRows(1), numbers.rate_uniforms.bottomRows(1),
                          numbers.entry_normals.bottomRows(1)};
  const auto alone = project_draws(in, recipe, last, {}, options);
  const auto size = static_cast<std::ptrdiff_t>(alone.person_years.size());
  CHECK(alone.person_years ==
        std::vector<double>(drawn.person_years.end() - size, drawn.person_years.end()));
}

TEST_CASE("strategies stand beside usual care in the same draws", "[uncertainty]") {
  auto in = constructed::municipality();
  const auto recipe = constructed::recipe_of(in);
  const auto numbers = numbers_of(recipe, 0, 4, 1);
  open_cohort_options options;
  options.closure = closure_policy::scale;
  const auto usual = project_draws(in, recipe, numbers, {}, options);
  const auto living = static_cast<int>(usual.states.size());
  in.strategies = {
      for_everybody("nothing", {}, living),
      for_everybody("fewer deaths",
                    {{.from = 1, .to = living, .log_ratio = {std::log(0.5)}, .step = 50}}, living)};
  const auto courses = project_courses(in, recipe, numbers, {}, options);
  REQUIRE(courses.size() == 3);
  CHECK(courses[0].persons == usual.persons);
  CHECK(courses[0].new_users == usual.new_users);
  CHECK(courses[1].persons == usual.persons);  // exactly
  // The same runs by hand.
  auto single = options;
  single.group_of_age.assign(7, 0);
  auto by_hand = in;
  by_hand.rates = rates_from(recipe.rates, numbers.rate_normals, numbers.rate_uniforms);
  by_hand.entries = entries_from(recipe.entries, numbers.entry_normals);
  const auto third = project_open_cohort(by_hand, {{.draw = 2, .strategy = 1}}, single);
  const auto each = courses[2].person_years.size() / 4;
  double lived = 0;
  for (std::size_t i = 0; i < each; ++i) {
    const double here = third.person_years[2 * i] + third.person_years[2 * i + 1];
    CHECK_THAT(courses[2].person_years[2 * each + i], WithinRel(here, 1e-12));
    lived += courses[2].person_years[2 * each + i] - courses[0].person_years[2 * each + i];
  }
  CHECK(lived > 1);
  double enrolled = 0, before = 0;
  for (const double one : courses[2].enrolled) enrolled += one;
  for (const double one : courses[0].enrolled) before += one;
  CHECK(enrolled > 100);
  CHECK(before == 0);
}

TEST_CASE("cost is what a year in each state costs, times its prices", "[uncertainty]") {
  outcome_draws of;
  of.states = {"none", "light", "high"};
  of.runs = 2;
  of.years = 1;
  of.person_years = {900, 100, 50, 800, 120, 60};
  const Eigen::Vector3d cost(0, 10, 100);
  CHECK(yearly_cost(of, cost, {}, {}, {}) == std::vector<double>{6000, 7200});
  CHECK(yearly_cost(of, cost, {1, 2}, {}, {}) == std::vector<double>{12000, 14400});
  Eigen::MatrixXd shares(3, 2);
  shares << 1, 0, 1, 0, .5, .5;  // wages, other
  const std::vector<double> prices{1, 1, 1.1, 1.0, 1, 1, 1.0, 1.2};
  const auto money = yearly_cost(of, cost, {}, shares, prices);
  CHECK_THAT(money[0], WithinRel(1000 * 1.1 + 5000 * 1.05, 1e-14));
  CHECK_THAT(money[1], WithinRel(1200 + 6000 * 1.1, 1e-14));
  CHECK_THROWS_WITH(yearly_cost(of, Eigen::Vector2d(1, 2), {}, {}, {}), Contains("2 costs"));
}

TEST_CASE("bands of time since entry that are alike are no bands, in draws too", "[uncertainty]") {
  auto plain = constructed::municipality(3, 1, 3),
       fine = constructed::with_bands({0.5, 2}, {1, 1, 1}, 12);
  constructed::die_alike(plain, 1);
  constructed::die_alike(fine, 1);
  const auto drawn = [](const open_cohort_inputs& in) {
    auto recipe = constructed::recipe_of(in);
    recipe.rates.slopes.setZero();  // all die as the life table says, in every draw
    const auto moves = static_cast<Eigen::Index>(in.structure.transitions().size());
    for (Eigen::Index c = 0; c < recipe.rates.slopes.rows(); ++c) {
      if (in.structure.transitions()[static_cast<std::size_t>(c % moves)].to !=
          *in.structure.death()) {
        recipe.rates.slopes(c, 0) = 0.1;
      }
    }
    open_cohort_options options;
    options.closure = closure_policy::scale;
    return project_draws(in, recipe, numbers_of(recipe, 0, 3, 1), {}, options);
  };
  const auto one = drawn(plain), other = drawn(fine);
  REQUIRE(one.persons.size() == other.persons.size());
  CHECK(one.persons[5] != one.persons[5 + one.persons.size() / 3]);  // draws do differ
  for (std::size_t i = 0; i < one.persons.size(); ++i) {
    CHECK_THAT(other.persons[i], WithinRel(one.persons[i], 1e-9));
  }
  for (std::size_t i = 0; i < one.new_users.size(); ++i) {
    CHECK_THAT(other.new_users[i], WithinRel(one.new_users[i], 1e-9));
  }
  auto apart = constructed::with_bands({0.5, 2}, {1, 0.5, 2}, 12);
  constructed::die_alike(apart, 1);
  CHECK(std::abs(drawn(apart).persons.back() / one.persons.back() - 1) > 1e-3);
}
