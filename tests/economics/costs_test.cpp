#include <kohort/economics/costs.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <tuple>

#include "catch.hpp"
#include "refusal.hpp"

using Catch::Matchers::WithinAbs;
using kohort_tests::refusal;

TEST_CASE("the slides' entry mix costs 136 435.64 once it is normalised", "[economics]") {
  const Eigen::VectorXd slide = (Eigen::VectorXd(4) << 0.53, 0.17, 0.24, 0.07).finished();
  const kohort::costs slides(
      {{"light", 20000}, {"moderate", 80000}, {"high", 240000}, {"total", 800000}}, 2011);
  const auto cost = slides.per_state({"light", "moderate", "high", "total"});
  CHECK_THAT(kohort::entry_cost(kohort::checked_shares(slide, "entry_mix", true), cost),
             WithinAbs(136435.64, 0.005));
  CHECK_THAT(slide.dot(cost), WithinAbs(137800, 1e-9));  // the weights as printed
}

TEST_CASE("a cost that is missing, odd or for nobody is refused", "[economics]") {
  using table = std::vector<std::pair<std::string, double>>;
  const kohort::costs some({{"light", 1}}, 2020);
  CHECK(refusal([&] { std::ignore = some.per_state({"light", "high"}); }) == "E-COST-MISSING");
  CHECK(some.per_state({"light", "none"}, {"none"})[1] == 0);
  CHECK(refusal([&] { std::ignore = some.per_state({"high"}, {"high"}); }) == "E-STATE-UNKNOWN");
  CHECK(refusal([] { kohort::costs(table{{"light", -1}}, 2020); }) == "E-COST");
  CHECK(kohort::costs(table{{"light", -1}}, 2020, true).by_level()[0].second == -1);
  CHECK(refusal([] { kohort::costs(table{{"light", std::nan("")}}, 2020); }) == "E-NUM");
  CHECK(refusal([] { kohort::costs(table{{"light", 1}, {"light", 2}}, 2020); }) == "E-COST");
  CHECK(refusal([] { kohort::costs(table{{"light", 1}}, 0); }) == "E-COST");
}

TEST_CASE("parts in öre add up to the rounded total, each within one öre", "[economics]") {
  const auto seed = GENERATE(range(0, 50));
  CAPTURE(seed);
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_real_distribution<double> amount(-100, 1000);
  std::vector<double> parts(17);
  for (auto& part : parts) part = amount(random) / 7;
  const auto ore = kohort::round_to_ore(parts);
  const double total = std::accumulate(parts.begin(), parts.end(), 0.0);
  CHECK(std::accumulate(ore.begin(), ore.end(), std::int64_t{0}) == std::llround(total * 100));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    CHECK(std::abs(static_cast<double>(ore[i]) - parts[i] * 100) < 1);
  }
}

TEST_CASE("the left-over öre goes to the largest remainder, the first of equals", "[economics]") {
  const std::vector<double> thirds{1.0 / 3, 1.0 / 3, 1.0 / 3};
  CHECK(kohort::round_to_ore(thirds) == std::vector<std::int64_t>{34, 33, 33});
  const std::vector<double> mixed{0.004, 0.007, 0.009};
  CHECK(kohort::round_to_ore(mixed) == std::vector<std::int64_t>{0, 1, 1});
  const std::vector<double> nothing{0, 0};
  CHECK(kohort::round_to_ore(nothing) == std::vector<std::int64_t>{0, 0});
}
