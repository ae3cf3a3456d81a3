#include <kohort/uncertainty/chance_of_draws.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/support/error.hpp>
#include <kohort/uncertainty/chance_moments.hpp>

#include "../projection/banded_municipality.hpp"
#include "catch.hpp"
#include "constructed_recipe.hpp"

using namespace kohort;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const Eigen::VectorXd cost = (Eigen::VectorXd(5) << 0, 20, 80, 240, 5).finished();

open_cohort_options scaling() {
  open_cohort_options options;
  options.closure = closure_policy::scale;
  return options;
}

chance_of_draws of(const open_cohort_inputs& in, const Eigen::VectorXd& c = cost,
                   double dispersion = 1, const std::vector<double>& index = {}) {
  const auto recipe = constructed::recipe_of(in);
  return chance_of(in, recipe, numbers_of(recipe, 0, 2, 1), c, index, dispersion, scaling());
}

}  // namespace

TEST_CASE("in the first year, the cost of those at the start varies as each person's does",
          "[uncertainty]") {
  auto in = constructed::municipality(0, 1, 1);
  for (auto& inc : in.entries.log_incidence) inc = -60;  // nobody comes
  const auto recipe = constructed::recipe_of(in);
  const auto numbers = numbers_of(recipe, 0, 1, 1);
  const auto found = chance_of(in, recipe, numbers, cost, {}, 1, scaling());
  const auto rates = rates_from(recipe.rates, numbers.rate_normals, numbers.rate_uniforms);
  const auto K = in.structure.transitions().size();
  const auto Q = [&](int sex, int a) {
    return intensity_matrix<>::from_rates(
        in.structure, std::span(rates).subspan(static_cast<std::size_t>(sex * 7 + a) * K, K));
  };
  const Eigen::VectorXd c = (Eigen::VectorXd(5) << 20, 80, 240, 5, 0).finished();
  double variance = 0;
  for (int sex = 0; sex < 2; ++sex) {
    for (int a = 0; a < 7; ++a) {
      const auto year = person_cost({{Q(sex, a), 0.5}, {Q(sex, std::min(a + 1, 6)), 0.5}}, c);
      for (int s = 0; s < 4; ++s) {
        variance += in.stock[static_cast<std::size_t>((sex * 7 + a) * 4 + s)] *
                    (year.second[s] - year.mean[s] * year.mean[s]);
      }
    }
  }
  CHECK_THAT(found.cost[0], WithinRel(variance, 1e-10));
}

TEST_CASE("twice the people, twice the variance by chance; twice the price, four times",
          "[uncertainty]") {
  const auto in = constructed::municipality();
  auto twice = in;
  for (auto& n : twice.population.persons) n *= 2;
  for (auto& n : twice.stock) n *= 2;
  const auto one = of(in), two = of(twice), dear = of(in, 2 * cost);
  for (std::size_t i = 0; i < one.cost.size(); ++i) {
    CHECK(one.cost[i] > 0);
    // The smoothed prevalence of who reaches the lowest age depends on the size a little.
    CHECK_THAT(two.cost[i], WithinRel(2 * one.cost[i], 2e-2));
    CHECK_THAT(dear.cost[i], WithinRel(4 * one.cost[i], 1e-10));
  }
  const auto indexed = of(in, cost, 1, {1, 1, 1, 1, 1, 3});
  CHECK_THAT(indexed.cost[4], WithinRel(9 * one.cost[4], 1e-12));
  const auto wider = of(in, cost, 2);
  CHECK(wider.cost[3] > one.cost[3]);
  CHECK(of(in, 0 * cost).cost[2] == 0);
}

TEST_CASE("the numbers of persons vary as with_chance has them", "[uncertainty]") {
  const auto in = constructed::municipality();
  const auto found = of(in);
  CHECK(found.draws == 2);
  CHECK(found.living == 4);
  REQUIRE(found.persons.size() == 2 * 6 * 16);
  CHECK(found.persons[0] == 0);              // the start is known
  CHECK(found.persons[5 * 16] > 0);          // the last 31 December
  CHECK(found.persons[5 * 16 + 1] <= 1e-9);  // who is at one level is not at another
}

TEST_CASE("costs of another number of states are refused", "[uncertainty]") {
  CHECK_THROWS_WITH(of(constructed::municipality(), Eigen::VectorXd::Ones(3)),
                    Contains("3 costs") && Contains("[E-SHAPE]"));
}

TEST_CASE("bands of time since entry that are alike are no bands by chance either",
          "[uncertainty]") {
  const auto by_chance = [](open_cohort_inputs in) {
    constructed::die_alike(in, 1);
    auto recipe = constructed::recipe_of(in);
    recipe.rates.slopes.setZero();
    return chance_of(in, recipe, numbers_of(recipe, 0, 2, 1), cost, {}, 1.5, scaling());
  };
  const auto plain = by_chance(constructed::municipality(3, 1, 3)),
             fine = by_chance(constructed::with_bands({0.5, 2}, {1, 1, 1}, 12)),
             apart = by_chance(constructed::with_bands({0.5, 2}, {1, 0.5, 2}, 12));
  REQUIRE(fine.persons.size() == plain.persons.size());
  for (std::size_t i = 0; i < plain.persons.size(); ++i) {
    CHECK_THAT(fine.persons[i],
               WithinAbs(plain.persons[i], 1e-8 * (1 + std::abs(plain.persons[i]))));
  }
  for (std::size_t i = 0; i < plain.cost.size(); ++i) {
    CHECK_THAT(fine.cost[i], WithinRel(plain.cost[i], 1e-8));
    CHECK(std::abs(apart.cost[i] / plain.cost[i] - 1) > 1e-3);
  }
}
