#include <kohort/projection/phased.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/support/error.hpp>

#include "catch.hpp"
#include "projection/small_municipality.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

constexpr int ages = 12;

/// One level of care, left slowly after a quick beginning: phase 1 goes on to phase 2 at .5.
kohort::open_cohort_inputs in_phases(double second_leaves = 0.1, double on = 0.5) {
  kohort::open_cohort_inputs in{kohort::model({"short", "long", "ended", "dead"},
                                              {{"short", "long"},
                                               {"short", "ended"},
                                               {"long", "ended"},
                                               {"short", "dead"},
                                               {"long", "dead"},
                                               {"ended", "dead"}},
                                              "dead"),
                                "ended",
                                {},
                                {},
                                {},
                                {}};
  auto& p = in.population;
  p.first_age = 70;
  p.ages = ages;
  p.years = 3;
  for (int y = 0; y <= 3; ++y) {
    for (int cell = 0; cell < 2 * ages; ++cell) {
      p.mortality.push_back(0.05);
      p.persons.push_back(1000);
    }
  }
  for (int cell = 0; cell < 2 * ages; ++cell) {
    in.rates.insert(in.rates.end(), {on, 0.8, second_leaves, 0.05, 0.05, 0.05});
  }
  const auto entries = kohort::entry_table(Eigen::MatrixXd::Constant(2, ages, 0.03),
                                           std::vector<double>(2 * ages, 1.0), 1);
  in.entries = kohort::entries_at_first_phase(entries, {0}, 2);
  return in;
}

}  // namespace

TEST_CASE("everybody enters the first phase", "[projection]") {
  const auto in = in_phases();
  double rates[2];
  in.entries.rates(0, 1, 3, 2, true, true, rates);
  CHECK_THAT(rates[0], WithinRel(0.03, 1e-14));
  CHECK(rates[1] == 0);
  CHECK_THROWS_AS(kohort::entries_at_first_phase(in.entries, {0}, 2), kohort::invalid_input);
  CHECK_THROWS_AS(kohort::entries_at_first_phase(in.entries, {0, 2}, 2), kohort::invalid_input);
}

TEST_CASE("a stock stands in its phases as steady entries leave it", "[projection]") {
  const auto in = in_phases();
  std::vector<double> seen;
  for (int cell = 0; cell < 2 * ages; ++cell) seen.insert(seen.end(), {30, 10});
  const auto split = kohort::split_stock(in, {0, 0, 1}, seen);
  CHECK_THAT(split.split, WithinRel(0.75, 1e-14));
  for (std::size_t cell = 0; cell < 2 * ages; ++cell) {
    CHECK_THAT(split.stock[3 * cell] + split.stock[3 * cell + 1], WithinRel(30.0, 1e-12));
    CHECK(split.stock[3 * cell + 2] == 10);
  }
  // Those who came at a after age 70, closed form: with x1' = b - 1.35 x1, x2' = .5 x1 - .15 x2 per
  // person alive, at the open age long after: x2 / x1 = .5 / (.15 - the outflow of the group .05).
  const double open = split.stock[3 * (ages - 1) + 1] / split.stock[3 * (ages - 1)];
  CHECK(open > split.stock[3 * 2 + 1] / split.stock[3 * 2]);
  CHECK_THAT(open, WithinRel(0.5 / 0.1, 0.6));
  CHECK_THROWS_AS(kohort::split_stock(in, {0, 0, 1}, {1.0}), kohort::invalid_input);
}

TEST_CASE("phases that leave alike are one state", "[projection]") {
  // Lumping: equal ways out, so what is seen follows the model without phases (V19).
  auto in = in_phases(0.8);
  std::vector<double> seen;
  for (int cell = 0; cell < 2 * ages; ++cell) seen.insert(seen.end(), {30, 10});
  in.stock = kohort::split_stock(in, {0, 0, 1}, seen).stock;
  kohort::open_cohort_inputs one{
      kohort::model({"care", "ended", "dead"},
                    {{"care", "ended"}, {"care", "dead"}, {"ended", "dead"}}, "dead"),
      "ended",
      in.population,
      seen,
      {},
      kohort::entry_table(Eigen::MatrixXd::Constant(2, ages, 0.03),
                          std::vector<double>(2 * ages, 1.0), 1)};
  for (int cell = 0; cell < 2 * ages; ++cell) {
    one.rates.insert(one.rates.end(), {0.8, 0.05, 0.05});
  }
  const auto options = constructed::by_single_age(ages);
  const auto fine = project_open_cohort(in, {{}}, options);
  const auto coarse = project_open_cohort(one, {{}}, options);
  double worst = 0;
  for (int y = 0; y <= 3; ++y) {
    for (int c = 0; c < 2 * ages; ++c) {
      const auto of = [&](const auto& r, int s) {
        return constructed::cell(r, r.persons, 4, 0, y, s, c / ages, c % ages);
      };
      worst = std::max({worst, std::abs(of(fine, 0) / of(coarse, 0) - 1),
                        std::abs((of(fine, 1) + of(fine, 2)) / of(coarse, 1) - 1),
                        std::abs(of(fine, 3) / of(coarse, 2) - 1)});
    }
  }
  CHECK(worst < 1e-12);
}
