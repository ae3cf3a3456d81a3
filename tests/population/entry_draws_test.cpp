#include <kohort/population/entry_draws.hpp>  // first, so the header must stand on its own

#include <kohort/support/error.hpp>

#include "catch.hpp"

using namespace kohort;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;

namespace {

entry_model fitted() {
  entry_counts counts;
  counts.first_year = 2018;
  counts.years = 6;
  counts.first_age = 70;
  counts.ages = 20;
  counts.levels = 2;
  for (int y = 0; y < counts.years; ++y) {
    for (int c = 0; c < 2 * counts.ages; ++c) {
      counts.exposure.push_back(500);
      counts.population.push_back(600);
      for (int j = 0; j < 2; ++j) counts.entries.push_back(5 + (c + 3 * j + y) % 4);
    }
  }
  return fit_entries(counts);
}

}  // namespace

TEST_CASE("rates of a seed are those from its normals, in any block", "[population]") {
  const auto model = fitted();
  const auto all = rates_of(model, 70, 20, 6, 5);
  const auto later = rates_from(model, 70, 20, entry_numbers_of(model, 4, 2, 5));
  CHECK(later.draws == 2);
  CHECK(std::vector<double>(all.log_incidence.begin() + 4 * 40, all.log_incidence.end()) ==
        later.log_incidence);
  CHECK(std::vector<double>(all.log_odds.begin() + 4 * 80, all.log_odds.end()) == later.log_odds);
}

TEST_CASE("normals of zero are the point estimate", "[population]") {
  const auto model = fitted();
  const auto point = rates_of(model, 70, 20);
  const auto same = rates_from(model, 70, 20, Eigen::MatrixXd::Zero(1, entry_normals(model)));
  CHECK(point.log_incidence == same.log_incidence);
  CHECK(point.mix_trend == same.mix_trend);
  double x = 0;
  for (const auto& row : {0, 7}) x += incidence_terms(model, 70 + row, true).dot(model.incidence);
  CHECK_THAT(point.log_incidence[0] + point.log_incidence[7], WithinAbs(x, 1e-12));
}

TEST_CASE("normals of another model are refused", "[population]") {
  CHECK_THROWS_WITH(rates_from(fitted(), 70, 20, Eigen::MatrixXd::Zero(1, 1)),
                    Contains("1 normals a draw") && Contains("[E-SHAPE]"));
}
