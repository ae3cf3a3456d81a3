#include <kohort/economics/probabilistic_analysis.hpp>  // first: it must stand on its own

#include <cmath>
#include <tuple>

#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

constexpr int draws = 20000;

// Draws of three options, the effects correlated with the costs.
std::pair<Eigen::MatrixXd, Eigen::MatrixXd> three_options(int seed) {
  const kohort::random_stream stream(static_cast<std::uint64_t>(seed), kohort::purpose::parameters);
  Eigen::MatrixXd cost(500, 3), effect(500, 3);
  for (unsigned i = 0; i < 500; ++i) {
    for (unsigned d = 0; d < 3; ++d) {
      const double z = stream.normal(i, d, 0), e = stream.normal(i, d, 1);
      cost(i, d) = 1000 * d + 800 * z;
      effect(i, d) = 0.05 * d + 0.1 * (0.6 * z + 0.8 * e);
    }
  }
  return {cost, effect};
}

}  // namespace

TEST_CASE("worked number 17: two options with a normal increment", "[economics]") {
  const kohort::random_stream stream(17, kohort::purpose::parameters);
  Eigen::MatrixXd cost = Eigen::MatrixXd::Zero(draws, 2), effect = cost;
  for (unsigned i = 0; i < draws; ++i) effect(i, 1) = 2000 + 5000 * stream.normal(i, 0, 0);
  const auto a = kohort::acceptability_of(cost, effect, Eigen::VectorXd::Ones(1));
  CHECK(a.choice[0] == 1);
  CHECK(std::abs(a.evpi[0] - 1152.194184737) < 4 * a.evpi_se[0]);
  CHECK(a.evpi_se[0] < 20);
  CHECK(std::abs(a.best(0, 1) - 0.6554217416104) < 4 * std::sqrt(0.6554 * 0.3446 / draws));
}

TEST_CASE("the smallest expected loss is the value of perfect information", "[economics]") {
  const auto seed = GENERATE(range(0, 10));
  CAPTURE(seed);
  const auto [cost, effect] = three_options(seed);
  const Eigen::VectorXd w = Eigen::VectorXd::LinSpaced(40, 0, 80000);
  const auto a = kohort::acceptability_of(cost, effect, w);
  for (Eigen::Index i = 0; i < w.size(); ++i) {
    const Eigen::MatrixXd benefit = w[i] * effect - cost;
    const double by_definition =
        benefit.rowwise().maxCoeff().mean() - benefit.colwise().mean().maxCoeff();
    CHECK_THAT(a.evpi[i], WithinRel(by_definition, 1e-10));
    CHECK(a.evpi[i] == a.expected_loss.row(i).minCoeff());
    CHECK(a.evpi[i] >= 0);
    CHECK_THAT(a.best.row(i).sum(), WithinAbs(1, 1e-12));
    CHECK(a.frontier[i] == a.best(i, a.choice[static_cast<std::size_t>(i)]));
    // The option of least expected loss is the one of largest mean benefit.
    Eigen::Index least = 0;
    a.expected_loss.row(i).minCoeff(&least);
    CHECK(static_cast<int>(least) == a.choice[static_cast<std::size_t>(i)]);
  }
  // V45: nothing is paid for effect, so the best is the cheapest.
  for (Eigen::Index d = 0; d < 3; ++d) {
    const double cheapest =
        (cost.col(d).array() <= cost.rowwise().minCoeff().array()).cast<double>().mean();
    CHECK_THAT(a.best(0, d), WithinAbs(cheapest, 1e-12));
  }
}

TEST_CASE("EVPI is continuous in the willingness to pay", "[economics]") {
  const auto [cost, effect] = three_options(3);
  const Eigen::VectorXd w = Eigen::VectorXd::LinSpaced(20001, 0, 40000);
  const auto a = kohort::acceptability_of(cost, effect, w);
  const double slope = 2 * effect.cwiseAbs().rowwise().maxCoeff().mean();
  for (Eigen::Index i = 1; i < w.size(); ++i) {
    if (std::abs(a.evpi[i] - a.evpi[i - 1]) > slope * 2) FAIL("a jump at " << w[i]);
  }
}

TEST_CASE("identical options share the draws, and leave nothing to know", "[economics]") {
  Eigen::MatrixXd cost(50, 2), effect(50, 2);
  cost << Eigen::VectorXd::LinSpaced(50, 1, 9), Eigen::VectorXd::LinSpaced(50, 1, 9);
  effect = cost.array().sqrt();
  const auto a = kohort::acceptability_of(cost, effect, Eigen::VectorXd::Constant(1, 3.0));
  CHECK(a.best(0, 0) == 0.5);
  CHECK(a.best(0, 1) == 0.5);
  CHECK(a.evpi[0] == 0);
}

TEST_CASE("decisions of later years count for less", "[economics]") {
  CHECK(kohort::discounted_decisions(Eigen::VectorXd::Constant(10, 20), 0) == 200);
  CHECK_THAT(kohort::discounted_decisions(Eigen::VectorXd::Ones(3), 0.03),
             WithinRel(1 + 1 / 1.03 + 1 / (1.03 * 1.03), 1e-15));
  CHECK_THROWS_AS(kohort::discounted_decisions(Eigen::VectorXd::Constant(1, -1), 0),
                  kohort::invalid_input);
}

TEST_CASE("draws without a partner are refused", "[economics]") {
  const auto refusal = [](const Eigen::MatrixXd& c, const Eigen::MatrixXd& e, double w) {
    try {
      std::ignore = kohort::acceptability_of(c, e, Eigen::VectorXd::Constant(1, w));
      return std::string("accepted");
    } catch (const kohort::invalid_input& error) {
      return error.code();
    }
  };
  const Eigen::MatrixXd two = Eigen::MatrixXd::Zero(5, 2), three = Eigen::MatrixXd::Zero(5, 3);
  CHECK(refusal(two, three, 1) == "E-SHAPE");
  CHECK(refusal(two, two, -1) == "E-NUM");
  CHECK(refusal(two, Eigen::MatrixXd::Constant(5, 2, std::nan("")), 1) == "E-NUM");
}
