#include <kohort/uncertainty/price_paths.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using namespace kohort;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("prices drift as stated on average, and their steps are correlated", "[uncertainty]") {
  price_model prices{{{"wage", 0.02, 0.015}, {"other", 0.005, 0.03}}, Eigen::Matrix2d()};
  prices.correlation << 1, 0.4, 0.4, 1;
  const int draws = 20000, years = 5;
  const auto paths = price_paths(prices, years, 0, draws, 3);
  const auto log_of = [&](int k, int h, int c) {
    return std::log(paths[static_cast<std::size_t>((k * (years + 1) + h) * 2 + c)]);
  };
  double mean[2] = {0, 0}, spread[2] = {0, 0}, together = 0;
  for (int k = 0; k < draws; ++k) {
    CHECK(log_of(k, 0, 0) == 0);
    double z[2];
    for (int c = 0; c < 2; ++c) {
      const auto& one = prices.components[static_cast<std::size_t>(c)];
      mean[c] += std::exp(log_of(k, years, c)) / draws;
      z[c] = log_of(k, years, c) - years * (std::log1p(one.growth) - one.sd * one.sd / 2);
      spread[c] += z[c] * z[c] / draws;
    }
    together += z[0] * z[1] / draws;
  }
  for (int c = 0; c < 2; ++c) {
    const auto& one = prices.components[static_cast<std::size_t>(c)];
    CHECK_THAT(mean[c], WithinAbs(std::pow(1 + one.growth, years), 0.0025));
    CHECK_THAT(spread[c], WithinRel(years * one.sd * one.sd, 0.05));
  }
  CHECK_THAT(together, WithinRel(years * 0.4 * 0.015 * 0.03, 0.1));
}

TEST_CASE("without spread the path is its drift, and blocks of draws join", "[uncertainty]") {
  const price_model prices{{{"all", 0.03, 0}}, {}};
  CHECK_THAT(price_paths(prices, 2, 0, 1, 1)[2], WithinRel(1.03 * 1.03, 1e-15));
  const price_model wide{{{"all", 0, 0.1}}, {}};
  const auto all = price_paths(wide, 3, 0, 6, 5), end = price_paths(wide, 3, 4, 2, 5);
  CHECK(std::vector<double>(all.begin() + 16, all.end()) == end);
}

TEST_CASE("what is no correlation is refused", "[uncertainty]") {
  price_model prices{{{"a", 0, 0.1}, {"b", 0, 0.1}}, Eigen::Matrix2d()};
  prices.correlation << 1, 1.2, 1.2, 1;
  CHECK_THROWS_WITH(price_paths(prices, 1, 0, 1, 1),
                    Contains("eigenvalue -0.2") && Contains("[E-PRICE]"));
  prices.correlation = Eigen::Matrix3d::Identity();
  CHECK_THROWS_WITH(price_paths(prices, 1, 0, 1, 1), Contains("3 x 3 for 2 components"));
  CHECK_THROWS_WITH(price_paths({{{"wage", -1, 0}}, {}}, 1, 0, 1, 1), Contains("wage grows by -1"));
}
