#include <kohort/population/migration.hpp>  // first, so the header must stand on its own

#include <algorithm>
#include <cmath>
#include <limits>

#include "catch.hpp"
#include "projection/fixed_part.hpp"
#include "projection/small_municipality.hpp"

using namespace kohort;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

/// A forecast whose cohorts change by deaths, at one rate for all, and by these rates of moving.
population_forecast moving(const std::vector<double>& g, double m = 0.08) {
  population_forecast f{
      80, 4, 2024, 3, std::vector<double>(8, 100.0), std::vector<double>(4 * 8, m)};
  for (std::size_t y = 0; y < 3; ++y) {
    for (std::size_t sex = 0; sex < 2; ++sex) {
      std::vector<double> next{120, 0, 0, 0};
      for (std::size_t a = 0; a < 4; ++a) {
        const std::size_t b = std::min<std::size_t>(a + 1, 3);
        next[b] += f.persons[(y * 2 + sex) * 4 + a] * std::exp(g[(y * 2 + sex) * 4 + b] - m);
      }
      f.persons.insert(f.persons.end(), next.begin(), next.end());
    }
  }
  return f;
}

}  // namespace

TEST_CASE("net migration is what a forecast was made with", "[population]") {
  std::vector<double> g(24);  // by the age at the year's end
  for (std::size_t i = 0; i < g.size(); ++i) g[i] = 0.03 * std::sin(static_cast<double>(i));
  const auto net = net_migration(moving(g));
  REQUIRE(net.size() == 24);
  for (std::size_t i = 0; i < net.size(); ++i) {
    const std::size_t end = i % 4 == 3 ? i : i + 1;
    CHECK_THAT(net[i], WithinAbs(g[end], 1e-13));
  }
}

TEST_CASE("net migration is that of the projection", "[population]") {
  auto in = constructed::municipality(2);
  in.population.persons[static_cast<std::size_t>((2 * 2 + 1) * 7 + 3)] = 0;  // filled a year later
  auto options = constructed::by_single_age();
  options.mortality_change = GENERATE(true, false);
  const auto net = net_migration(in.population, options.mortality_change);
  const auto projected = detail::prepare(in, options);
  REQUIRE(net.size() == projected.growth.size());
  int emptied = 0;
  for (std::size_t i = 0; i < net.size(); ++i) {
    if (std::isfinite(net[i])) {
      CHECK_THAT(net[i], WithinAbs(projected.growth[i], 1e-14));
      continue;
    }
    ++emptied;
    CHECK(projected.emptied[i + 1] == 1);
  }
  CHECK(emptied == 1);
}

TEST_CASE("who stays: the net alone, or more who move out", "[population]") {
  const double all_leave = -std::numeric_limits<double>::infinity();
  const std::vector<double> net{0.05, -0.05, 0, all_leave, 0.01, -0.2, 0, 0};
  const auto alone = share_staying(net, 2);
  CHECK(alone[0] == 1);
  CHECK_THAT(alone[1], WithinRel(std::exp(-0.05), 1e-15));
  CHECK(alone[3] == 0);
  const auto gross = share_staying(net, 2, {0.02, 0.02, 0, 0.1});
  CHECK_THAT(gross[0], WithinRel(std::exp(-0.02), 1e-15));  // and .07 move in
  CHECK(gross[1] == alone[1]);                              // the net is more
  CHECK(gross[2] == 1);
  CHECK(gross[3] == 0);
  CHECK_THAT(gross[7], WithinRel(std::exp(-0.1), 1e-15));
  CHECK_THROWS_WITH(share_staying(net, 2, {0.1, 0, 0, -1}), Contains("[E-NUM]"));
  CHECK_THROWS_WITH(share_staying(net, 2, {0.1, 0.1, 0.1}), Contains("3 rates"));
  CHECK_THROWS_WITH(net_migration({80, 4, 2024, 3, {1, 2}, {1}}), Contains("[E-SHAPE]"));
}
