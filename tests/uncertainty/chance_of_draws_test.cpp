#include <kohort/uncertainty/chance_of_draws.hpp>  // first, so the header must stand on its own

#include <algorithm>
#include <cmath>
#include <span>

#include <kohort/model/probability_matrix.hpp>
#include <kohort/population/lexis.hpp>
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
  for (auto& inc : in.entries.log_incidence) inc = -60;  // nobody comes, and nobody moves
  auto& people = in.population;
  for (int sex = 0; sex < 2; ++sex) {
    const double *persons = &people.persons[static_cast<std::size_t>(sex * 7)],
                 *m = &people.mortality[static_cast<std::size_t>((2 + sex) * 7)];
    double* next = &people.persons[static_cast<std::size_t>((2 + sex) * 7)];
    std::fill(next, next + 7, 0.0);
    for (int a = 0; a < 7; ++a) {
      const int b = std::min(a + 1, 6);
      for (const auto& node : birth_nodes) {
        next[b] += node.weight * persons[a] * std::exp(-m[a] * (1 - node.age) - m[b] * node.age);
      }
    }
  }
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

TEST_CASE("a year's entries at one age and sex carry their dispersion together", "[uncertainty]") {
  const auto in = constructed::municipality(0, 1, 1);
  auto recipe = constructed::recipe_of(in);
  recipe.rates.slopes.setZero();
  recipe.entries.log_incidence_slopes.setZero();
  const auto numbers = numbers_of(recipe, 0, 1, 1);
  const auto by = [&](double d) { return chance_of(in, recipe, numbers, cost, {}, d, scaling()); };
  const auto one = by(1), wide = by(2.5), wider = by(4);
  auto options = constructed::by_single_age();
  options.closure = closure_policy::scale;
  const auto made = project_open_cohort(in, {projection_run{}}, options);
  const auto K = in.structure.transitions().size();
  Eigen::MatrixXd added = Eigen::MatrixXd::Zero(4, 4);
  for (int sex = 0; sex < 2; ++sex) {
    for (int a = 0; a < 7; ++a) {
      std::vector<double> mix(3);
      in.entries.rates(0, sex, a, 1, true, true, mix.data());
      const double without = (constructed::cell(made, made.persons, 2, 0, 0, 0, sex, a) +
                              constructed::cell(made, made.persons, 2, 0, 1, 0, sex, a)) /
                             2;
      const auto Q = intensity_matrix<>::from_rates(
          in.structure, std::span(in.rates).subspan(static_cast<std::size_t>(sex * 7 + a) * K, K));
      const auto P = transition_probability(Q, 0.5).matrix();
      const Eigen::RowVectorXd come =
          without * Eigen::Map<const Eigen::RowVectorXd>(mix.data(), 3) * P.topLeftCorner(3, 4);
      added += come.transpose() * come / (without * (mix[0] + mix[1] + mix[2]));
    }
  }
  for (std::size_t i = 0; i < 16; ++i) {
    const auto cell = static_cast<Eigen::Index>(i);
    CHECK_THAT(wide.persons[16 + i] - one.persons[16 + i],
               WithinAbs(1.5 * added(cell / 4, cell % 4), 1e-9));
    CHECK_THAT(wider.persons[16 + i] - one.persons[16 + i],
               WithinAbs(3 * added(cell / 4, cell % 4), 1e-9));
  }
  CHECK_THAT(wider.cost[0] - one.cost[0], WithinRel(2 * (wide.cost[0] - one.cost[0]), 1e-9));
  CHECK(wide.cost[0] > one.cost[0]);
  CHECK_THROWS_WITH(by(0.5), Contains("the dispersion is 0.5"));
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

namespace {

/// Their `high` in two phases that leave alike: nobody can tell.
open_cohort_inputs with_idle_phases(const open_cohort_inputs& plain) {
  auto fine = plain;
  std::vector<std::pair<std::string, std::string>> moves;
  std::vector<std::size_t> of;  // of each, the transition of the plain model; none: between phases
  constexpr auto none = static_cast<std::size_t>(-1);
  for (std::size_t k = 0; k < plain.structure.transitions().size(); ++k) {
    const auto& [from, to] = plain.structure.transitions()[k];
    const auto &a = plain.structure.name(from), &b = plain.structure.name(to);
    moves.emplace_back(a, b);
    of.push_back(k);
    if (a != "high") continue;
    moves.emplace_back("high 2", b);
    of.push_back(k);
  }
  moves.emplace_back("high", "high 2");
  of.push_back(none);
  fine.structure = model({"light", "moderate", "high", "high 2", "ended", "dead"}, moves, "dead");
  const auto K = plain.structure.transitions().size();
  fine.rates.clear();
  for (std::size_t cell = 0; cell < plain.rates.size() / K; ++cell) {
    for (const auto& move : fine.structure.transitions()) {
      const std::pair names{fine.structure.name(move.from), fine.structure.name(move.to)};
      const auto k = of[static_cast<std::size_t>(std::find(moves.begin(), moves.end(), names) -
                                                 moves.begin())];
      fine.rates.push_back(k == none ? 0.7 : plain.rates[cell * K + k]);
    }
  }
  fine.stock.clear();
  for (std::size_t i = 0; i < plain.stock.size(); i += 4) {
    const double* n = &plain.stock[i];
    fine.stock.insert(fine.stock.end(), {n[0], n[1], .4 * n[2], .6 * n[2], n[3]});
  }
  return fine;
}

}  // namespace

TEST_CASE("phases that leave alike change no law of chance", "[uncertainty]") {
  const auto plain = constructed::municipality(2, 1, 4);
  const auto fine = with_idle_phases(plain);
  auto recipe = constructed::recipe_of(plain), in_phases = constructed::recipe_of(fine);
  recipe.rates.slopes.setZero();
  in_phases.rates.slopes.setZero();
  in_phases.first_phases = {0, 1, 2};
  const Eigen::VectorXd by_phase = (Eigen::VectorXd(6) << 0, 20, 80, 240, 240, 5).finished();
  const auto one = chance_of(plain, recipe, numbers_of(recipe, 0, 2, 1), cost, {}, 1.5, scaling());
  const auto two = chance_of(fine, in_phases, numbers_of(in_phases, 0, 2, 1), by_phase, {}, 1.5,
                             scaling(), {0, 1, 2, 2, 3});
  REQUIRE(two.persons.size() == one.persons.size());
  CHECK(two.living == 4);
  for (std::size_t i = 0; i < one.persons.size(); ++i) {
    CHECK_THAT(two.persons[i], WithinAbs(one.persons[i], 1e-8 * (1 + std::abs(one.persons[i]))));
  }
  for (std::size_t i = 0; i < one.cost.size(); ++i) {
    CHECK_THAT(two.cost[i], WithinRel(one.cost[i], 1e-6));
  }
  CHECK_THROWS_WITH(chance_of(fine, in_phases, numbers_of(in_phases, 0, 2, 1), by_phase, {}, 1.5,
                              scaling(), {0, 1, 2, 3}),
                    Contains("the map of phases has 4 states"));
}

TEST_CASE("returns as new: those who come back do so as each draw's newcomers come in",
          "[uncertainty]") {
  auto in = constructed::municipality(1, 1, 2);
  auto moves = in.structure.transitions();
  std::vector<std::pair<std::string, std::string>> names;
  for (const auto& [from, to] : moves) {
    names.emplace_back(in.structure.name(from), in.structure.name(to));
  }
  names.emplace_back("ended", "high");
  const auto K = moves.size();
  in.structure = model({"light", "moderate", "high", "ended", "dead"}, names, "dead");
  std::vector<double> rates;
  for (std::size_t cell = 0; cell < in.rates.size() / K; ++cell) {
    for (const auto& move : in.structure.transitions()) {
      const std::pair pair{in.structure.name(move.from), in.structure.name(move.to)};
      const auto k =
          static_cast<std::size_t>(std::find(names.begin(), names.end(), pair) - names.begin());
      rates.push_back(k < K ? in.rates[cell * K + k] : 0.3);
    }
  }
  in.rates = rates;
  auto recipe = constructed::recipe_of(in);
  recipe.returns_as_new = true;
  const auto numbers = numbers_of(recipe, 0, 2, 1);
  auto drawn = in;
  draw_into(drawn, recipe, numbers);
  const auto size = in.rates.size();
  REQUIRE(drawn.rates.size() == 2 * size);
  const auto& structure = in.structure;
  const auto M = structure.transitions().size();
  const auto back = static_cast<std::size_t>(structure.index(structure.find("ended"), 1));
  for (int k = 0; k < 2; ++k) {
    double coming[3];
    drawn.entries.rates(k, 1, 4, 0, false, false, coming);
    CHECK_THAT(drawn.rates[static_cast<std::size_t>(k) * size + (7 + 4) * M + back],
               WithinRel(coming[1], 1e-12));
  }
  // Chance is that of a recipe that has these rates itself.
  auto same = recipe;
  same.returns_as_new = false;
  same.rates.slopes.setZero();
  const auto still = numbers_of(recipe, 0, 1, 1);
  same.rates.base =
      Eigen::Map<const Eigen::VectorXd>(drawn.rates.data(), static_cast<Eigen::Index>(size))
          .array()
          .log();
  const auto one = chance_of(in, recipe, still, cost, {}, 1, scaling());
  const auto two = chance_of(in, same, still, cost, {}, 1, scaling());
  for (std::size_t i = 0; i < one.cost.size(); ++i) {
    CHECK_THAT(one.cost[i], WithinRel(two.cost[i], 1e-10));
  }
  for (std::size_t i = 0; i < one.persons.size(); ++i) {
    CHECK_THAT(one.persons[i], WithinAbs(two.persons[i], 1e-9 * (1 + std::abs(two.persons[i]))));
  }
}
