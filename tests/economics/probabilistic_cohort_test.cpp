#include <kohort/economics/probabilistic_cohort.hpp>  // first: it must stand on its own

#include <cmath>
#include <random>
#include <tuple>

#include <kohort/economics/closed_cohort.hpp>
#include <kohort/projection/decomposition.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

struct drawn {
  int draws, strategies, states;
  std::vector<double> probabilities, costs, utilities;
  [[nodiscard]] kohort::probabilistic_cohort_inputs inputs(int cycles) const {
    Eigen::VectorXd start = Eigen::VectorXd::LinSpaced(states, 1, 2);
    start /= start.sum();
    return {draws, strategies, states, cycles, probabilities, start, costs, utilities, {}};
  }
};

drawn random_draws(int draws, int strategies, int states, int seed, bool ties = false) {
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_real_distribution<double> uniform(0, 1);
  drawn made{draws, strategies, states, {}, {}, {}};
  for (int cell = 0; cell < draws * strategies; ++cell) {
    for (int r = 0; r < states; ++r) {
      std::vector<double> row;
      double sum = 0;
      for (int s = 0; s < states; ++s) {
        double p = 0.1 * uniform(random) + (r == s ? 2 : 0);
        if (ties) p = r == s || s == 0 ? 1 + cell % 3 : 0;
        if (r == states - 1) p = r == s;  // the last is absorbing
        row.push_back(p);
        sum += p;
      }
      for (const double p : row) made.probabilities.push_back(p / sum);
    }
    for (int s = 0; s < states; ++s) {
      made.costs.push_back(1000 * uniform(random));
      made.utilities.push_back(uniform(random));
    }
  }
  return made;
}

}  // namespace

TEST_CASE("many draws at once are each draw by itself", "[economics]") {
  const int draws = GENERATE(1, 7, 16, 203), states = GENERATE(2, 6, 9);
  const auto convention = GENERATE(kohort::accounting::trapezoid, kohort::accounting::start,
                                   kohort::accounting::simpson);
  CAPTURE(draws, states, kohort::name_of(convention));
  constexpr int cycles = 9, strategies = 2;
  const auto given = random_draws(draws, strategies, states, 3);
  const auto in = given.inputs(cycles);
  const kohort::accounting_settings money{
      .convention = convention, .discount = 0.03, .cycle_length = 0.25};
  auto effects = money;
  effects.discount = 0.015;
  const auto out =
      kohort::probabilistic_cohort(in, {.accounting = money, .discount_effects = 0.015});
  std::vector<double> traces;
  for (int d = 0; d < draws; ++d) {
    for (int s = 0; s < strategies; ++s) {
      const auto cell = static_cast<std::size_t>(d * strategies + s);
      using row_major = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
      const auto n = static_cast<std::size_t>(states);
      const Eigen::MatrixXd P =
          Eigen::Map<const row_major>(given.probabilities.data() + cell * n * n, states, states);
      const std::vector<kohort::probability_matrix<>> chain{kohort::probability_matrix<>(P)};
      const auto one = kohort::follow(chain, in.start, {.cycles = cycles, .cycle_length = 0.25});
      const Eigen::MatrixXd cost =
          Eigen::Map<const row_major>(given.costs.data() + cell * n, 1, states);
      const Eigen::MatrixXd utility =
          Eigen::Map<const row_major>(given.utilities.data() + cell * n, 1, states);
      const kohort::amounts per_cost{.state = cost, .move = {}, .once = {}},
          per_utility{.state = utility, .move = {}, .once = {}};
      CHECK_THAT(out.costs[cell], WithinRel(kohort::accrue(one, per_cost, money).total(), 1e-12));
      CHECK_THAT(out.effects[cell],
                 WithinRel(kohort::accrue(one, per_utility, effects).total(), 1e-12));
      for (int k = 0; k <= cycles; ++k) {
        for (int i = 0; i < states; ++i) traces.push_back(one.occupancy(k, i));
      }
    }
  }
  // traces: draws x (strategies x (cycles + 1) x states)
  const auto columns = static_cast<std::size_t>(strategies * (cycles + 1) * states);
  const double ends[] = {0.025, 0.975};
  const auto wanted = kohort::column_quantiles(traces, columns, ends);
  for (int s = 0; s < strategies; ++s) {
    for (int k = 0; k <= cycles; ++k) {
      for (int i = 0; i < states; ++i) {
        const auto theirs = static_cast<std::size_t>((s * (cycles + 1) + k) * states + i);
        const auto ours = static_cast<std::size_t>((k * strategies + s) * states + i);
        CHECK_THAT(out.low[ours], WithinAbs(wanted[theirs], 1e-14));
        CHECK_THAT(out.high[ours], WithinAbs(wanted[columns + theirs], 1e-14));
        double mean = 0;
        for (int d = 0; d < draws; ++d) {
          mean += traces[static_cast<std::size_t>(d) * columns + theirs] / draws;
        }
        CHECK_THAT(out.mean[ours], WithinAbs(mean, 1e-14));
      }
    }
  }
}

TEST_CASE("brackets foreseen from the cycle before give exact order statistics", "[economics]") {
  // Many cycles, so that brackets are handed on; equal values; a bracket that falls short.
  const bool ties = GENERATE(false, true);
  const int draws = GENERATE(64, 1000);
  CAPTURE(ties, draws);
  const auto given = random_draws(draws, 1, 3, 8, ties);
  const auto in = given.inputs(60);
  for (const double level : {0.95, 0.5, 0.999}) {
    const auto out = kohort::probabilistic_cohort(in, {.level = level});
    std::vector<double> columns;
    for (int d = 0; d < draws; ++d) {
      const Eigen::Matrix3d P = Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>>(
          given.probabilities.data() + 9 * d);
      Eigen::RowVector3d x = in.start.transpose();
      for (int k = 0; k <= 60; ++k) {
        for (int i = 0; i < 3; ++i) columns.push_back(x[i]);
        x = (x * P).eval();
      }
    }
    const double ends[] = {(1 - level) / 2, (1 + level) / 2};
    const auto wanted = kohort::column_quantiles(columns, 61 * 3, ends);
    for (std::size_t c = 0; c < 61 * 3; ++c) {
      REQUIRE_THAT(out.low[c], WithinAbs(wanted[c], 1e-14));
      REQUIRE_THAT(out.high[c], WithinAbs(wanted[61 * 3 + c], 1e-14));
    }
  }
}

TEST_CASE("the same bytes on any number of threads, 1e-12 between instruction sets",
          "[economics]") {
  const auto given = random_draws(3000, 2, 6, 5);
  const auto in = given.inputs(13);
  const auto one = kohort::probabilistic_cohort(in, {.threads = 1});
  for (const int threads : {2, 8}) {
    const auto more = kohort::probabilistic_cohort(in, {.threads = threads});
    CHECK(more.costs == one.costs);
    CHECK(more.effects == one.effects);
    CHECK(more.mean == one.mean);
    CHECK(more.low == one.low);
    CHECK(more.high == one.high);
  }
  for (const auto with : {kohort::instruction_set::baseline, kohort::instruction_set::avx2}) {
    if (with > kohort::best_instruction_set()) continue;
    const auto other = kohort::probabilistic_cohort(in, {.with = with});
    for (std::size_t i = 0; i < one.costs.size(); ++i) {
      REQUIRE_THAT(other.costs[i], WithinRel(one.costs[i], 1e-12));
    }
    for (std::size_t i = 0; i < one.low.size(); ++i) {
      REQUIRE_THAT(other.low[i], WithinAbs(one.low[i], 1e-12));
      REQUIRE_THAT(other.high[i], WithinAbs(one.high[i], 1e-12));
    }
  }
}

TEST_CASE("without utilities effects are years lived; bad draws are refused", "[economics]") {
  auto given = random_draws(10, 1, 3, 4);
  auto in = given.inputs(4);
  in.utilities = {};
  in.alive = {1, 1, 1};
  const auto all = kohort::probabilistic_cohort(in);
  for (const double years : all.effects) CHECK_THAT(years, WithinAbs(4, 1e-13));
  const auto refusal = [](const kohort::probabilistic_cohort_inputs& inputs,
                          const kohort::probabilistic_cohort_options& options = {}) {
    try {
      std::ignore = kohort::probabilistic_cohort(inputs, options);
      return std::string("accepted");
    } catch (const kohort::invalid_input& error) {
      return error.code();
    }
  };
  auto bad = in;
  bad.alive = {};
  CHECK(refusal(bad) == "E-SHAPE");
  CHECK(refusal(in, {.level = 1}) == "E-SETTING");
  CHECK(refusal(in, {.accounting = {.convention = kohort::accounting::continuous}}) ==
        "E-ACCOUNTING");
  given.probabilities[40] += 0.1;
  CHECK(refusal(in) == "E-PROBABILITY");
  given.probabilities[40] -= 0.1;
  given.costs[3] = std::nan("");
  CHECK(refusal(in) == "E-NUM");
}
