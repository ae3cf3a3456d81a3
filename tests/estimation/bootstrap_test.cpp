#include <kohort/estimation/bootstrap.hpp>  // first, so the header must stand on its own

#include <kohort/estimation/fit.hpp>
#include <kohort/model/probability_matrix.hpp>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const kohort::model one_way({"a", "b"}, {{"a", "b"}});

kohort::observations thirty_seven() { return persons(one_way, {{.5, 0, 1, 37}, {.5, 0, 0, 83}}); }

}  // namespace

TEST_CASE("drawing subjects is drawing from a binomial", "[estimation]") {
  const auto seen = thirty_seven();
  const auto fitted = kohort::fit(seen, kohort::intensity_model{one_way});
  const auto found = kohort::bootstrap(fitted, seen, {.replicates = 2000, .seed = 5});
  CHECK(found.failures == 0);
  double mean = 0, squares = 0;
  for (int r = 0; r < 2000; ++r) {  // every estimate is a closed form of a whole number of moves
    const double q = std::exp(found.coefficients(r, 0));
    const double moved = 120 * -std::expm1(-.5 * q);
    CHECK_THAT(moved, WithinAbs(std::round(moved), 1e-5));
    mean += moved / 2000;
    squares += (moved - 37) * (moved - 37) / 2000;
  }
  const double variance = 120 * 37. / 120 * 83. / 120;
  CHECK_THAT(mean, WithinAbs(37, 4 * std::sqrt(variance / 2000)));
  CHECK_THAT(squares, WithinRel(variance, 4 * std::sqrt(2. / 2000)));
  CHECK_THAT(kohort::covariance_of(found.coefficients)(0, 0),
             WithinRel(fitted.covariance(0, 0), .15));

  SECTION("replicate r depends on the seed and r alone") {
    const auto fewer = kohort::bootstrap(fitted, seen, {.replicates = 50, .seed = 5, .threads = 3});
    CHECK(fewer.coefficients == found.coefficients.topRows(50));
    const auto other = kohort::bootstrap(fitted, seen, {.replicates = 50, .seed = 6});
    CHECK(other.coefficients != found.coefficients.topRows(50));
  }
}

TEST_CASE("the prior stands beside every replicate", "[estimation]") {
  // Events by exposure with a gamma prior: (shape + n) / (rate + T) in each, exactly.
  const auto exact = observation_kind::exact_transition;
  const auto seen = persons(one_way, {{1, 0, 1, 6, exact}, {2, 0, 0, 12, exact}});
  const auto fitted = kohort::fit(seen, kohort::intensity_model{one_way},
                                  {.priors = {kohort::gamma_prior("a -> b", 4, 10)}});
  const auto found = kohort::bootstrap(fitted, seen, {.replicates = 200, .seed = 3});
  CHECK(found.failures == 0);
  for (int r = 0; r < 200; ++r) {  // n moved after a year each, 18 - n stayed for two
    const double q = std::exp(found.coefficients(r, 0));
    const double n = (46 * q - 4) / (1 + q);
    CHECK_THAT(n, WithinAbs(std::round(n), 1e-4));
    CHECK(n > -.5);
  }
  const auto again = kohort::bootstrap(fitted, seen, {.replicates = 200, .seed = 3, .threads = 3});
  CHECK(again.coefficients == found.coefficients);
}

TEST_CASE("replicates keep an inequality, and use the room it leaves", "[estimation]") {
  const auto exact = observation_kind::exact_transition;
  const kohort::model both({"a", "b"}, {{"a", "b"}, {"b", "a"}});
  const kohort::constraint order{
      {{"a -> b", 1.0}, {"b -> a", -1.0}}, kohort::relation::at_least, 0};
  const int first = GENERATE(8, 5);  // the limit is met at the estimate in the second
  const auto seen = persons(
      both,
      {{1, 0, 1, first, exact}, {2, 0, 0, 12, exact}, {1, 1, 0, 7, exact}, {2, 1, 1, 12, exact}});
  const kohort::intensity_model im{both};
  const auto fitted = kohort::fit(seen, im, {.constraints = {order}});
  const auto limited = kohort::bootstrap(fitted, seen, {.replicates = 300, .seed = 11});
  const auto plain =
      kohort::bootstrap(kohort::fit(seen, im), seen, {.replicates = 300, .seed = 11});
  CHECK(limited.failures == 0);
  int equal = 0, apart = 0;
  for (int r = 0; r < 300; ++r) {
    CAPTURE(first, r);
    const double a = std::exp(limited.coefficients(r, 0)), b = std::exp(limited.coefficients(r, 1));
    const double free_a = std::exp(plain.coefficients(r, 0));
    const double free_b = std::exp(plain.coefficients(r, 1));
    if (free_a >= free_b * (1 - 1e-6)) {  // the limit says nothing
      CHECK_THAT(a, WithinRel(free_a, 1e-4));
      CHECK_THAT(b, WithinRel(free_b, 1e-4));
      ++apart;
    } else {  // one common rate, between the two
      CHECK_THAT(a, WithinRel(b, 1e-7));
      CHECK(a > free_a);
      CHECK(a < free_b);
      ++equal;
    }
  }
  CHECK(equal > 30);
  CHECK(apart > 30);
}

TEST_CASE("histories simulated at the estimate scatter as its errors say", "[estimation]") {
  const kohort::intensity_model im{five_levels()};
  std::vector<counted> rows;
  const Eigen::VectorXd rates = five_levels_rates();
  const auto P = kohort::transition_probability(
      kohort::intensity_matrix<>::from_rates(im.structure,
                                             std::vector<double>(rates.begin(), rates.end())),
      1.0);
  for (int from = 0; from < 4; ++from) {
    for (int to = 0; to < 5; ++to)
      rows.push_back({1, from, to, static_cast<int>(std::lround(1000 * P(from, to)))});
  }
  const auto seen = persons(im.structure, rows);
  const auto fitted = kohort::fit(seen, im);
  const auto found = kohort::parametric_bootstrap(fitted, seen, std::vector<double>{},
                                                  {.replicates = 120, .seed = 4});
  CHECK(found.failures <= 1);
  const auto C = kohort::covariance_of(found.coefficients);
  int compared = 0;
  for (Eigen::Index i = 0; i < 10; ++i) {
    if (fitted.covariance(i, i) > .02) continue;  // few moves: the logarithm has a long tail
    CAPTURE(fitted.names[static_cast<std::size_t>(i)]);
    CHECK_THAT(C(i, i) / fitted.covariance(i, i), WithinAbs(1, .55));
    ++compared;
  }
  CHECK(compared >= 5);
  const auto fewer = kohort::parametric_bootstrap(fitted, seen, std::vector<double>{},
                                                  {.replicates = 5, .seed = 4, .threads = 2});
  CHECK(fewer.coefficients == found.coefficients.topRows(5));
}

TEST_CASE("clusters are drawn whole", "[estimation]") {
  // Two clusters, one in which all moved and one in which nobody did: three outcomes.
  const auto exact = observation_kind::exact_transition;
  const auto seen = persons(one_way, {{1, 0, 1, 10, exact}, {1, 0, 0, 30, exact}});
  std::vector<std::int32_t> clusters(40, 1);
  std::fill_n(clusters.begin(), 10, 0);
  const auto fitted = kohort::fit(seen, kohort::intensity_model{one_way});
  const auto found =
      kohort::bootstrap(fitted, seen, {.replicates = 200, .seed = 1, .clusters = clusters});
  int both = 0, only_moves = 0, no_moves = 0;
  for (int r = 0; r < 200; ++r) {
    const double q = std::exp(found.coefficients(r, 0));
    if (std::abs(q - .25) < 1e-6) ++both;
    if (std::abs(q - 1) < 1e-6) ++only_moves;
    if (q < 1e-6) ++no_moves;
  }
  CHECK(both + only_moves + no_moves == 200);
  CHECK(both > 70);
  CHECK(only_moves > 25);
  CHECK(no_moves > 25);
}

TEST_CASE("weights of subjects stay what they are worth", "[estimation]") {
  auto seen = thirty_seven();
  const auto plain = kohort::bootstrap(kohort::fit(seen, kohort::intensity_model{one_way}), seen,
                                       {.replicates = 5, .seed = 2});
  for (auto& w : seen.weights) w = 2.5;
  const auto heavy = kohort::bootstrap(kohort::fit(seen, kohort::intensity_model{one_way}), seen,
                                       {.replicates = 5, .seed = 2});
  for (int r = 0; r < 5; ++r)
    CHECK_THAT(heavy.coefficients(r, 0), WithinAbs(plain.coefficients(r, 0), 1e-6));
}

TEST_CASE("data made elsewhere are fitted as they come, and failures are counted", "[estimation]") {
  const auto seen = thirty_seven();
  const auto fitted = kohort::fit(seen, kohort::intensity_model{one_way});
  const auto make = [&](std::uint32_t r) {
    if (r == 2) return persons(one_way, {{.5, 0, 1, 1}});  // all moved: no finite estimate
    const auto moved = static_cast<int>(20 + r);
    auto made = persons(one_way, {{.5, 0, 1, moved}, {.5, 0, 0, 120 - moved}});
    if (r == 3) std::fill(made.weights.begin(), made.weights.end(), 0.0);  // nothing to learn from
    return made;
  };
  const auto found = kohort::parametric_bootstrap(fitted, make, {.replicates = 5});
  CHECK_THAT(std::exp(found.coefficients(0, 0)), WithinRel(-2 * std::log(100. / 120), 1e-6));
  CHECK_THAT(std::exp(found.coefficients(4, 0)), WithinRel(-2 * std::log(96. / 120), 1e-6));
  CHECK(std::isnan(found.coefficients(3, 0)));
  CHECK(found.failures >= 1);
}

TEST_CASE("limits of replicates, by hand", "[estimation]") {
  std::vector<double> values;
  for (int i = 1; i <= 199; ++i) values.push_back(i);
  values.push_back(std::numeric_limits<double>::quiet_NaN());  // one that failed
  const auto one = kohort::interval_of(values, 110, .95);
  CHECK_THAT(one.percentile_lower, WithinAbs(5, 1e-9));  // .025 (199 + 1)
  CHECK_THAT(one.percentile_upper, WithinAbs(195, 1e-9));
  CHECK_THAT(one.basic_lower, WithinAbs(220 - 195, 1e-9));
  CHECK_THAT(one.basic_upper, WithinAbs(220 - 5, 1e-9));
  CHECK_THAT(one.error, WithinRel(std::sqrt(200 * 199 / 12.), 1e-12));
  CHECK_THAT(one.lower_error, WithinRel(200 * std::sqrt(.025 * .975 / 199), .02));
  CHECK_THROWS_WITH(kohort::interval_of(values, 0, 1), contains("between 0 and 1"));
  CHECK_THROWS_WITH(kohort::interval_of({1}, 0), contains("1 replicates did not fail"));
}

TEST_CASE("a bootstrap can be stopped, and refuses what makes no sense", "[estimation]") {
  const auto seen = thirty_seven();
  const auto fitted = kohort::fit(seen, kohort::intensity_model{one_way});
  for (const int threads : {1, 2}) {
    CHECK_THROWS_AS(
        kohort::bootstrap(
            fitted, seen,
            {.threads = threads, .report = [](std::size_t done, std::size_t) { return done < 3; }}),
        kohort::interrupted);
  }
  CHECK_THROWS_WITH(kohort::bootstrap(fitted, seen, {.replicates = 0}), contains("0 replicates"));
  CHECK_THROWS_WITH(kohort::bootstrap(fitted, seen, {.clusters = {1, 2}}),
                    contains("2 clusters were given"));
  CHECK_THROWS_WITH(
      kohort::bootstrap(fitted, seen, {.clusters = std::vector<std::int32_t>(120, 0)}),
      contains("all subjects are in one cluster"));
}

TEST_CASE("rows are picked with replacement, each by its number", "[estimation]") {
  const auto rows = kohort::pick_rows(3000, 7, 9);
  std::vector<int> times(7, 0);
  for (const auto row : rows) ++times.at(static_cast<std::size_t>(row));
  for (const int count : times) CHECK(std::abs(count - 3000. / 7) < 4.5 * std::sqrt(3000. / 7));
  const auto fewer = kohort::pick_rows(10, 7, 9);
  CHECK(std::equal(fewer.begin(), fewer.end(), rows.begin()));
  CHECK(kohort::pick_rows(10, 7, 10) != fewer);
  CHECK_THROWS_WITH(kohort::pick_rows(1, 0, 1), contains("there are 0 to pick from"));
}
