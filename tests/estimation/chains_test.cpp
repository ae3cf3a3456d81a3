#include <kohort/estimation/chains.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/support/random.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const kohort::random_stream noise(7, kohort::purpose::histories);

/// Chains of an autoregression of order 1; each with its own shift and scale.
Eigen::MatrixXd chains(int n, int m, double correlation, double shift = 0, double scale = 1) {
  Eigen::MatrixXd draws(n, m);
  for (int c = 0; c < m; ++c) {
    double x = noise.normal(static_cast<std::uint32_t>(c), 0, 0);
    for (int i = 0; i < n; ++i) {
      draws(i, c) = (c == 0 ? scale : 1) * x + (c == 0 ? shift : 0);
      x = correlation * x +
          std::sqrt(1 - correlation * correlation) *
              noise.normal(static_cast<std::uint32_t>(c), 1, static_cast<std::uint32_t>(i));
    }
  }
  return draws;
}

}  // namespace

TEST_CASE("independent draws count in full, correlated ones by their correlation", "[estimation]") {
  const auto good = kohort::summarise_chains(chains(1000, 4, 0));
  CHECK(good.r_hat < 1.005);
  CHECK_THAT(good.bulk_ess, WithinRel(4000, .12));
  CHECK_THAT(good.tail_ess, WithinRel(4000, .15));
  for (const double correlation : {.5, .9}) {
    const auto slow = kohort::summarise_chains(chains(5000, 4, correlation));
    CAPTURE(correlation);
    CHECK_THAT(slow.bulk_ess, WithinRel(20000 * (1 - correlation) / (1 + correlation), .2));
  }
}

TEST_CASE("chains in different places, or of different spread, disagree", "[estimation]") {
  CHECK(kohort::summarise_chains(chains(1000, 4, 0, 1)).r_hat > 1.05);
  CHECK(kohort::summarise_chains(chains(1000, 4, 0, 0, 3)).r_hat > 1.05);  // the same place
  Eigen::MatrixXd drift = chains(1000, 2, 0);
  for (int i = 0; i < 1000; ++i) drift.row(i).array() += 2. * i / 1000;  // only splitting sees it
  CHECK(kohort::summarise_chains(drift).r_hat > 1.05);
  SECTION("whatever increasing scale they are on") {
    const auto draws = chains(500, 3, .3, .1);
    const Eigen::MatrixXd cubes = draws.array().cube();
    CHECK(kohort::summarise_chains(cubes).bulk_ess == kohort::summarise_chains(draws).bulk_ess);
  }
  SECTION("constants are known, numbers that are none are not") {
    CHECK(kohort::summarise_chains(Eigen::MatrixXd::Constant(10, 2, 3)).r_hat == 1);
    CHECK(kohort::summarise_chains(Eigen::MatrixXd::Constant(10, 2, 3)).bulk_ess == 20);
    Eigen::MatrixXd broken = chains(10, 2, 0);
    broken(3, 1) = std::nan("");
    CHECK(std::isinf(kohort::summarise_chains(broken).r_hat));
  }
}

TEST_CASE("a sampler that failed is named, with the worst quantity", "[estimation]") {
  const std::vector<std::string> names{"first", "second"};
  CHECK(kohort::chain_findings({{1.005, 900, 800}, {1.0, 500, 401}}, names, 0).empty());
  const auto found = [&](kohort::chain_summary second, int divergences = 0) {
    return kohort::chain_findings({{1.0, 900, 900}, second}, names, divergences);
  };
  for (const auto& one : {found({1.02, 900, 900}), found({1, 399, 900}), found({1, 900, 10})}) {
    REQUIRE(one.size() == 1);
    CHECK(one[0].code == "D-MCMC");
    CHECK(one[0].column == "second");
    CHECK_FALSE(one[0].message_sv.empty());
  }
  CHECK_THAT(found({1, 900, 900}, 3).at(0).message, kohort_tests::contains("3 divergent"));
}

TEST_CASE("the tail of importance weights shows whether a proposal is wide enough",
          "[estimation]") {
  // Target normal with spread 1, proposal normal with spread s: weights have a tail of shape
  // 1 - s^2 where s < 1.
  for (const double s : {1.0, .8, .5}) {
    const int n = 20000;
    Eigen::VectorXd ratios(n);
    for (int i = 0; i < n; ++i) {
      const double z = noise.normal(2, 2, static_cast<std::uint32_t>(i)), x = s * z;
      ratios[i] = -x * x / 2 + z * z / 2;
    }
    const auto weights = kohort::pareto_smooth(ratios);
    CAPTURE(s, weights.k);
    CHECK_THAT(weights.log_weights.array().exp().sum(), WithinAbs(1, 1e-12));
    if (s == 1) CHECK_THAT(weights.ess, WithinRel(n, 1e-9));
    if (s == .8) CHECK_THAT(weights.k, WithinAbs(1 - s * s, .15));
    if (s == .5) CHECK(weights.k > .6);
  }
}
