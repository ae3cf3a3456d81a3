#include <kohort/economics/budget.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <tuple>

#include <kohort/projection/decomposition.hpp>
#include <kohort/support/error.hpp>

#include "catch.hpp"
#include "refusal.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort_tests::refusal;

namespace {

kohort::budget_year random_year(int levels, int services, int seed) {
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_real_distribution<double> uniform(1, 100);
  kohort::budget_year made{Eigen::VectorXd(levels), Eigen::MatrixXd(levels, services),
                           Eigen::VectorXd(services)};
  for (auto& x : made.persons) x = uniform(random);
  for (auto& x : made.services.reshaped()) x = uniform(random);
  for (auto& x : made.prices) x = uniform(random);
  return made;
}

double cost(const kohort::budget_year& year) {
  return (year.persons.transpose() * year.services * year.prices).value();
}

}  // namespace

TEST_CASE("worked number 8: population, share, mix and price", "[economics]") {
  const auto vector = [](double a, double b) { return Eigen::VectorXd(Eigen::Vector2d(a, b)); };
  Eigen::MatrixXd before(2, 2), after(2, 2);
  before << 0.2 * 1000 * 0.7, 0.2 * 1000 * 0.3, 0.5 * 500 * 0.4, 0.5 * 500 * 0.6;
  after << 0.19 * 1200 * 0.65, 0.19 * 1200 * 0.35, 0.52 * 800 * 0.38, 0.52 * 800 * 0.62;
  const auto parts = kohort::growth_split(vector(1000, 500), vector(1200, 800), before, after,
                                          vector(50, 400), vector(60, 440));
  CHECK_THAT(parts[0], WithinAbs(49275.816666667, 1e-8));
  CHECK_THAT(parts[1], WithinAbs(1710.316666667, 1e-8));
  CHECK_THAT(parts[2], WithinAbs(6346.983333333, 1e-8));
  CHECK_THAT(parts[3], WithinAbs(13640.483333333, 1e-8));
}

TEST_CASE("the parts of a change add up to it, and only what changed has a part", "[economics]") {
  const auto seed = GENERATE(range(0, 20));
  CAPTURE(seed);
  const auto before = random_year(4, 3, seed), after = random_year(4, 3, 100 + seed);
  const Eigen::VectorXd share = Eigen::Vector3d(0.8, 0.6, 0.3);
  const auto all = kohort::split_change(before, after, share, 0.03);
  CHECK_THAT(all.total(), WithinRel(cost(after) - cost(before), 1e-12));

  auto prices_only = before;
  prices_only.prices = after.prices;
  const auto dearer = kohort::split_change(before, prices_only, share, 0.03);
  CHECK_THAT(dearer.volume, WithinAbs(0, 1e-7));
  CHECK_THAT(dearer.mix, WithinAbs(0, 1e-7));
  CHECK_THAT(dearer.service, WithinAbs(0, 1e-7));
  // Wages: the cost of the first year times their share and growth.
  const Eigen::VectorXd by_service =
      (before.persons.transpose() * before.services).transpose().cwiseProduct(before.prices);
  CHECK_THAT(dearer.wage, WithinRel(0.03 * by_service.dot(share), 1e-12));

  auto more = before;
  more.persons *= 1.2;
  const auto grown = kohort::split_change(before, more, share, 0);
  CHECK_THAT(grown.volume, WithinRel(0.2 * cost(before), 1e-12));
  CHECK_THAT(grown.mix, WithinAbs(0, 1e-7));
  CHECK(grown.wage == 0);

  // Where prices follow wages and other costs, nothing is left between them.
  auto indexed = after;
  indexed.prices = before.prices.array() * (share.array() * 1.03 + (1 - share.array()) * 1.0);
  const auto wages = kohort::split_change(before, indexed, share, 0.03);
  CHECK_THAT(wages.price, WithinAbs(0, 1e-9 * cost(before)));
}

TEST_CASE("a year with nobody takes the other year's mix", "[economics]") {
  const auto before = random_year(2, 1, 1);
  auto none = before;
  none.persons.setZero();
  const auto change = kohort::split_change(none, before, Eigen::VectorXd::Zero(1), 0);
  CHECK_THAT(change.volume, WithinRel(cost(before), 1e-12));
  CHECK_THAT(change.mix, WithinAbs(0, 1e-9));
}

TEST_CASE("users pay their fee, payers share the rest", "[economics]") {
  const Eigen::VectorXd amounts = Eigen::Vector2d(1000, 500), fees = Eigen::Vector2d(100, 0);
  Eigen::MatrixXd shares(2, 2);
  shares << 1, 0, 0.4, 0.6;
  const auto paid = kohort::split_by_payer(amounts, fees, shares);
  CHECK(paid(0, 0) == 900);
  CHECK(paid(0, 2) == 100);
  CHECK_THAT(paid(1, 1), WithinAbs(300, 1e-12));
  CHECK((paid.rowwise().sum() - amounts).cwiseAbs().maxCoeff() < 1e-12);
  CHECK(refusal([&] { kohort::split_by_payer(amounts, Eigen::Vector2d(2000, 0), shares); }) ==
        "E-FEE");
  CHECK(refusal([&] { kohort::split_by_payer(amounts, fees, shares * 0.9); }) == "E-INIT-SUM");
  CHECK(refusal([&] { kohort::split_by_payer(amounts, fees, shares.topRows(1)); }) == "E-SHAPE");
}

TEST_CASE("öre add up at every level of the hierarchy, each within one öre", "[economics]") {
  const auto seed = GENERATE(range(0, 30));
  CAPTURE(seed);
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_real_distribution<double> amount(-200, 1e6);
  const std::vector<int> shape{3, 2, 4, 5};
  std::vector<double> cells(120);
  for (auto& cell : cells) cell = amount(random) / 7;
  const auto ore = kohort::round_hierarchy(cells, shape);
  REQUIRE(ore.size() == 120);
  std::size_t part = 120;  // cells in a part at this depth
  for (std::size_t depth = 0; depth <= shape.size(); ++depth) {
    for (std::size_t first = 0; first < 120; first += part) {
      const auto from = static_cast<std::ptrdiff_t>(first),
                 to = static_cast<std::ptrdiff_t>(first + part);
      const double exact = 100 * std::accumulate(cells.begin() + from, cells.begin() + to, 0.0);
      const auto given = std::accumulate(ore.begin() + from, ore.begin() + to, std::int64_t{0});
      CHECK(std::abs(static_cast<double>(given) - exact) < 1 + 1e-6);
      if (depth == 0) CHECK(given == std::llround(exact));
    }
    if (depth < shape.size()) part /= static_cast<std::size_t>(shape[depth]);
  }
}

TEST_CASE("tables that cannot be rounded are refused", "[economics]") {
  const std::vector<double> four{1, 2, 3, 4};
  CHECK(refusal([&] { kohort::round_hierarchy(four, std::vector<int>{2, 3}); }) == "E-SHAPE");
  CHECK(refusal([&] { kohort::round_hierarchy(four, std::vector<int>{}); }) == "E-SHAPE");
  CHECK(refusal([&] {
          kohort::round_hierarchy(std::vector<double>{std::nan("")}, std::vector<int>{1});
        }) == "E-NUM");
  CHECK(refusal([&] { kohort::round_hierarchy(std::vector<double>{1e14}, std::vector<int>{1}); }) ==
        "E-NUM");
  CHECK(refusal([&] {
          kohort::split_change(random_year(2, 1, 1), random_year(3, 1, 1), Eigen::VectorXd::Zero(1),
                               0);
        }) == "E-SHAPE");
}
