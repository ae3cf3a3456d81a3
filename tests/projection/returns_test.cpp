#include <kohort/projection/returns.hpp>  // first, so the header must stand on its own

#include "catch.hpp"

using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;

TEST_CASE("who comes back comes as others come in, draw by draw", "[projection]") {
  const kohort::model m({"light", "high", "ended", "dead"},
                        {{"light", "high"},
                         {"light", "ended"},
                         {"ended", "light"},
                         {"ended", "high"},
                         {"light", "dead"},
                         {"high", "dead"},
                         {"ended", "dead"}},
                        "dead");
  Eigen::MatrixXd incidence(2, 3);  // men, women x ages
  incidence << .01, .02, .04, .03, .05, .1;
  std::vector<double> mix;
  for (int cell = 0; cell < 6; ++cell) {
    mix.push_back(.5 + .05 * cell);
    mix.push_back(.5 - .05 * cell);
  }
  const auto entries = kohort::entry_table(incidence, mix, 2);
  std::vector<double> rates(2 * 2 * 3 * 7);  // two draws
  for (std::size_t i = 0; i < rates.size(); ++i) rates[i] = 7 + static_cast<double>(i);
  const auto before = rates;
  kohort::returns_as_new(m, "ended", entries, rates);
  for (std::size_t d = 0; d < 2; ++d) {
    for (int cell = 0; cell < 6; ++cell) {
      const std::size_t row = (d * 6 + static_cast<std::size_t>(cell)) * 7;
      const double coming = incidence(cell / 3, cell % 3);
      CAPTURE(d, cell);
      CHECK_THAT(rates[row + 2],
                 WithinRel(coming * mix[static_cast<std::size_t>(2 * cell)], 1e-12));
      CHECK_THAT(rates[row + 3],
                 WithinRel(coming * mix[static_cast<std::size_t>(2 * cell + 1)], 1e-12));
      for (const std::size_t k : {0, 1, 4, 5, 6}) CHECK(rates[row + k] == before[row + k]);
    }
  }
  // With bands of time since entry, the same in each.
  std::vector<double> by_band(3 * 6 * 7, 1.0), plain(6 * 7, 1.0);
  kohort::returns_as_new(m, "ended", entries, by_band, 3);
  kohort::returns_as_new(m, "ended", entries, plain);
  for (std::size_t i = 0; i < by_band.size(); ++i) {
    CHECK(by_band[i] == plain[i / 21 * 7 + i % 7]);
  }
  CHECK_THROWS_WITH(kohort::returns_as_new(m, "gone", entries, rates),
                    Contains("no state 'gone'") && Contains("E-MODEL"));
  rates.pop_back();
  CHECK_THROWS_WITH(kohort::returns_as_new(m, "ended", entries, rates), Contains("E-SHAPE"));
  const kohort::model none({"light", "high", "ended", "dead"},
                           {{"light", "ended"}, {"ended", "light"}, {"high", "dead"}}, "dead");
  CHECK_THROWS_WITH(kohort::returns_as_new(none, "ended", entries, rates),
                    Contains("no way from 'ended' to 'high'"));
}
