#include <kohort/economics/demand.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <functional>
#include <tuple>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

kohort::demand_rates rates() {
  return {.hours = Eigen::Vector2d(10, 50),
          .performed = Eigen::Vector2d(0.9, 0.8),
          .in_homes = Eigen::Vector2d(0, 0.25),
          .heavy = Eigen::Vector2d(0, 0.1),
          .heavy_hours = Eigen::Vector2d(0, 150),
          .vacancy_days = 30,
          .occupancy = 0.98,
          .hours_per_post = 1400,
          .posts_per_place = 0.9};
}

std::string refusal(const std::function<void(kohort::demand_rates&)>& spoil) {
  auto spoilt = rates();
  spoil(spoilt);
  const std::vector<double> lived{100, 80}, exits{6};
  try {
    std::ignore = kohort::demand_of(spoilt, 1, 1, lived, exits);
    return "accepted";
  } catch (const kohort::invalid_input& error) {
    return error.code();
  }
}

}  // namespace

TEST_CASE("demand by hand", "[economics]") {
  const std::vector<double> lived{100, 80}, exits{6};
  const auto d = kohort::demand_of(rates(), 1, 1, lived, exits);
  CHECK(d.person_years[0] == 180);
  CHECK_THAT(d.residents[0], WithinAbs(20, 1e-12));
  // 100 at home with 10 hours; 60 at home, 54 with 50 hours and 6 with 150.
  CHECK_THAT(d.granted_hours[0], WithinRel(12.0 * (1000 + 54 * 50 + 6 * 150), 1e-13));
  CHECK_THAT(d.performed_hours[0], WithinRel(12.0 * (900 + 0.8 * 3600), 1e-13));
  CHECK_THAT(d.heavy_persons[0], WithinRel(6, 1e-13));
  CHECK_THAT(d.heavy_hours[0], WithinRel(12.0 * 900, 1e-13));
  CHECK_THAT(d.places[0], WithinRel((20 + 6 * 30 / 365.25) / 0.98, 1e-13));
  CHECK_THAT(d.posts_home[0], WithinRel(d.performed_hours[0] / 1400, 1e-13));
  CHECK_THAT(d.posts_homes[0], WithinRel(0.9 * d.places[0], 1e-13));
}

TEST_CASE("demand is linear in persons, and every run and year is by itself", "[economics]") {
  const std::vector<double> lived{100, 80, 50, 60, 200, 160, 100, 120}, exits{6, 5, 12, 10};
  const auto d = kohort::demand_of(rates(), 2, 2, lived, exits);
  for (std::size_t y = 0; y < 2; ++y) {
    CHECK_THAT(d.granted_hours[2 + y], WithinRel(2 * d.granted_hours[y], 1e-14));
    CHECK_THAT(d.places[2 + y], WithinRel(2 * d.places[y], 1e-14));
    CHECK_THAT(d.posts_home[2 + y], WithinRel(2 * d.posts_home[y], 1e-14));
  }
}

TEST_CASE("rates that cannot be are refused", "[economics]") {
  CHECK(refusal([](auto&) {}) == "accepted");
  CHECK(refusal([](auto& r) { r.performed[0] = 1.1; }) == "E-NUM");
  CHECK(refusal([](auto& r) { r.hours[1] = 800; }) == "E-NUM");
  CHECK(refusal([](auto& r) { r.in_homes = Eigen::VectorXd::Zero(3); }) == "E-SHAPE");
  CHECK(refusal([](auto& r) { r.occupancy = 0; }) == "E-SETTING");
  CHECK(refusal([](auto& r) { r.vacancy_days = std::nan(""); }) == "E-NUM");
  const std::vector<double> lived{100, -80}, exits{6};
  CHECK_THROWS_AS(kohort::demand_of(rates(), 1, 1, lived, exits), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::demand_of(rates(), 2, 1, lived, exits), kohort::invalid_input);
}
