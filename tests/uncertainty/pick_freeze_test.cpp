#include <kohort/uncertainty/pick_freeze.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

#include "catch.hpp"

using namespace kohort;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const std::vector<std::string> names{"parameters", "population", "price"};
const double mean[3] = {10, 1, 2}, cv[3] = {.1, .05, .03};

/// Draws of a product of three independent normal factors, and its frozen mixtures.
struct sample {
  std::vector<double> y;
  Eigen::MatrixXd frozen;
};

sample product(int n, std::uint64_t seed) {
  const random_stream random(seed, purpose::chance);
  sample drawn{std::vector<double>(static_cast<std::size_t>(n)), Eigen::MatrixXd(n, 7)};
  for (int k = 0; k < n; ++k) {
    double x[2][3];
    for (std::uint32_t set = 0; set < 2; ++set) {
      for (std::uint32_t i = 0; i < 3; ++i) {
        x[set][i] = mean[i] * (1 + cv[i] * random.normal(static_cast<std::uint32_t>(k), set, i));
      }
    }
    drawn.y[static_cast<std::size_t>(k)] = x[0][0] * x[0][1] * x[0][2];
    for (int S = 0; S < 7; ++S) {
      double value = 1;
      for (int i = 0; i < 3; ++i) value *= x[(S >> i & 1) ? 0 : 1][i];
      drawn.frozen(k, S) = value;
    }
  }
  return drawn;
}

Eigen::VectorXd closed() {
  Eigen::VectorXd v(8);
  for (int S = 0; S < 8; ++S) {
    double growth = 1;
    for (int i = 0; i < 3; ++i) growth *= (S >> i & 1) ? 1 + cv[i] * cv[i] : 1;
    v[S] = 400 * (growth - 1);
  }
  return v;
}

}  // namespace

TEST_CASE("the Shapley effects of a product are those worked by hand", "[uncertainty]") {
  const auto table = variance_by_group(names, closed());
  CHECK_THAT(table.variance, WithinRel(5.374509, 1e-12));
  const double guide[3] = {4.006803, 1.005453, .362253};
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK_THAT(table.parts[i].shapley * table.variance, WithinAbs(guide[i], 5e-7));
    CHECK_THAT(table.parts[i].alone, WithinRel(20 * cv[i], 1e-12));
    sum += table.parts[i].shapley;
  }
  CHECK_THAT(sum, WithinRel(1.0, 1e-14));
}

TEST_CASE("pick-freeze finds them within its stated errors", "[uncertainty]") {
  const auto exact = variance_by_group(names, closed(), 0.8);
  const auto drawn = product(40000, 3);
  const auto table = variance_by_group(names, drawn.y, drawn.frozen, 0.8);
  CHECK_THAT(table.variance, WithinAbs(exact.variance, 4 * table.variance_error));
  REQUIRE(table.parts.size() == 4);
  CHECK(table.parts[3].name == "chance");
  double sum = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto &seen = table.parts[i], &true_ = exact.parts[i];
    CAPTURE(seen.name);
    CHECK_THAT(seen.alone, WithinAbs(true_.alone, 4 * seen.alone_error + 1e-12));
    CHECK_THAT(seen.first_order, WithinAbs(true_.first_order, 4 * seen.first_order_error));
    CHECK_THAT(seen.shapley, WithinAbs(true_.shapley, 4 * seen.shapley_error));
    CHECK(seen.shapley_error < 0.02);
    sum += seen.shapley;
  }
  CHECK_THAT(sum, WithinRel(1.0, 1e-12));
}

TEST_CASE("the stated errors are those of repeated samples", "[uncertainty]") {
  const int repeats = 200;
  double squares = 0, stated = 0, mean_of = 0;
  for (int r = 0; r < repeats; ++r) {
    const auto drawn = product(400, static_cast<std::uint64_t>(100 + r));
    const auto table = variance_by_group(names, drawn.y, drawn.frozen);
    mean_of += table.parts[0].shapley / repeats;
    squares += table.parts[0].shapley * table.parts[0].shapley / repeats;
    stated += table.parts[0].shapley_error / repeats;
  }
  CHECK_THAT(stated, WithinRel(std::sqrt(squares - mean_of * mean_of), 0.2));
}

TEST_CASE("a group that does nothing has no part, and one alone has all", "[uncertainty]") {
  auto drawn = product(500, 1);
  for (int k = 0; k < 500; ++k) {  // y depends on the first group alone
    const double own = 7 + std::sin(k), other = 7 + std::cos(3 * k);
    drawn.y[static_cast<std::size_t>(k)] = own;
    for (int S = 0; S < 7; ++S) drawn.frozen(k, S) = S & 1 ? own : other;
  }
  const auto table = variance_by_group(names, drawn.y, drawn.frozen);
  CHECK_THAT(table.parts[0].first_order, WithinRel(1.0, 1e-12));
  CHECK_THAT(table.parts[0].shapley, WithinRel(1.0, 1e-12));
  for (const std::size_t i : {1U, 2U}) {
    CHECK_THAT(table.parts[i].shapley, WithinAbs(0, 1e-12));
    CHECK(table.parts[i].alone == 0);
    CHECK(table.parts[i].shapley_error < 1e-12);
  }
}

TEST_CASE("shapes that do not belong together are refused", "[uncertainty]") {
  const auto drawn = product(10, 1);
  CHECK_THROWS_WITH(variance_by_group({"a", "b"}, drawn.y, drawn.frozen), Contains("2^k - 1"));
  CHECK_THROWS_WITH(variance_by_group(names, Eigen::VectorXd(4)), Contains("[E-SHAPE]"));
}
