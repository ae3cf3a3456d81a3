#include <kohort/economics/evaluation.hpp>  // first, so the header must stand on its own

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <tuple>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::option_status;
using kohort::quadrant;

namespace {

Eigen::VectorXd column(std::initializer_list<double> values) {
  Eigen::VectorXd made(static_cast<Eigen::Index>(values.size()));
  std::copy(values.begin(), values.end(), made.data());
  return made;
}

const kohort::incremental_row& of(const std::vector<kohort::incremental_row>& rows, int option) {
  return *std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.option == option; });
}

}  // namespace

TEST_CASE("worked number 18: a frontier with both kinds of dominance", "[economics]") {
  const auto rows =
      kohort::incremental_analysis(column({0, 10000, 30000, 35000, 60000, 62000, 90000}),
                                   column({0, 0.10, 0.15, 0.30, 0.35, 0.33, 0.42}));
  CHECK(of(rows, 0).status == option_status::reference);
  CHECK_THAT(of(rows, 1).icer, WithinRel(100000, 1e-12));
  CHECK_THAT(of(rows, 3).icer, WithinRel(125000, 1e-12));
  CHECK_THAT(of(rows, 6).icer, WithinRel(458333.3333333333, 1e-12));
  CHECK(of(rows, 2).status == option_status::extendedly_dominated);
  CHECK(of(rows, 2).compared_with == 1);
  CHECK(of(rows, 2).and_with == 3);
  CHECK(of(rows, 4).status == option_status::extendedly_dominated);
  CHECK(of(rows, 4).compared_with == 3);
  CHECK(of(rows, 4).and_with == 6);
  CHECK(of(rows, 5).status == option_status::dominated);
  CHECK(of(rows, 5).compared_with == 4);
  CHECK(std::isnan(of(rows, 5).icer));
}

TEST_CASE("the frontier holds whoever has the largest benefit, and nobody else", "[economics]") {
  const auto seed = GENERATE(range(0, 200));
  CAPTURE(seed);
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_int_distribution<int> number(0, 12);
  const int options = 2 + seed % 7;
  Eigen::VectorXd cost(options), effect(options);
  for (int i = 0; i < options; ++i) {
    cost[i] = 1000 * number(random);
    effect[i] = 0.1 * number(random);
  }
  const auto rows = kohort::incremental_analysis(cost, effect);
  std::vector<double> ratios;
  for (const auto& row : rows) {
    if (row.status == option_status::efficient && !std::isnan(row.icer)) ratios.push_back(row.icer);
  }
  CHECK(std::is_sorted(ratios.begin(), ratios.end()));
  // Half way between two neighbouring ratios the best option is unique but for its equals.
  ratios.insert(ratios.begin(), 0);
  ratios.push_back(ratios.back() + 1000);
  std::size_t step = 0;
  for (const auto& row : rows) {
    const bool entry = row.status == option_status::reference ||
                       (row.status == option_status::efficient && !std::isnan(row.icer));
    if (!entry || row.compared_with >= 0 && row.added_cost == 0 && row.added_effect == 0) continue;
    const double w = (ratios[step] + ratios[step + 1]) / 2;
    ++step;
    double best = -1e300;
    for (int i = 0; i < options; ++i) {
      best = std::max(best, kohort::net_monetary_benefit(cost[i], effect[i], w));
    }
    CAPTURE(row.option, w);
    CHECK_THAT(kohort::net_monetary_benefit(row.cost, row.effect, w), WithinAbs(best, 1e-6));
  }
}

TEST_CASE("equals are one entry, and a lone option is the reference", "[economics]") {
  const auto rows = kohort::incremental_analysis(column({5, 1, 5}), column({2, 1, 2}));
  CHECK(of(rows, 0).status == option_status::efficient);
  CHECK_THAT(of(rows, 0).icer, WithinAbs(4, 1e-15));
  CHECK(of(rows, 2).status == option_status::efficient);
  CHECK(of(rows, 2).compared_with == 0);
  CHECK(std::isnan(of(rows, 2).icer));
  CHECK(kohort::incremental_analysis(column({7}), column({1}))[0].status ==
        option_status::reference);
}

TEST_CASE("an increment has a quadrant", "[economics]") {
  CHECK(kohort::quadrant_of(1, 1) == quadrant::north_east);
  CHECK(kohort::quadrant_of(-1, 1) == quadrant::south_east);
  CHECK(kohort::quadrant_of(-1, -1) == quadrant::south_west);
  CHECK(kohort::quadrant_of(1, -1) == quadrant::north_west);
  CHECK(kohort::quadrant_of(0, 0) == quadrant::none);
  CHECK(kohort::quadrant_of(0, 1) == quadrant::south_east);
  CHECK(kohort::quadrant_of(0, -1) == quadrant::north_west);
}

TEST_CASE("options that cannot be compared are refused", "[economics]") {
  const auto refusal = [](const Eigen::VectorXd& c, const Eigen::VectorXd& e) {
    try {
      std::ignore = kohort::incremental_analysis(c, e);
      return std::string("accepted");
    } catch (const kohort::invalid_input& error) {
      return error.code();
    }
  };
  CHECK(refusal(column({1, 2}), column({1})) == "E-SHAPE");
  CHECK(refusal(column({}), column({})) == "E-SHAPE");
  CHECK(refusal(column({1, std::nan("")}), column({1, 2})) == "E-NUM");
}
