#include <kohort/economics/closed_cohort.hpp>  // first, so the header must stand on its own

#include <functional>
#include <random>
#include <tuple>

#include "catch.hpp"
#include "refusal.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::accounting;

namespace {

using chain = std::vector<kohort::probability_matrix<>>;
using rates = std::vector<kohort::intensity_matrix<>>;
using kohort_tests::refusal;

const std::vector<accounting> all{accounting::start,
                                  accounting::end,
                                  accounting::trapezoid,
                                  accounting::continuous,
                                  accounting::life_table,
                                  accounting::simpson,
                                  accounting::simpson_published};

rates leaving() {
  Eigen::Matrix2d q;
  q << 0, 0.2, 0, 0;
  return {kohort::intensity_matrix<>::from_rates(q)};
}

rates random_rates(int n, int cycles, int seed) {
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_real_distribution<double> uniform(0, 0.4);
  rates made;
  for (int k = 0; k < cycles; ++k) {
    Eigen::MatrixXd q(n, n);
    for (auto& rate : q.reshaped()) rate = uniform(random);
    made.push_back(kohort::intensity_matrix<>::from_rates(q));
  }
  return made;
}

Eigen::VectorXd in_first(int n) { return Eigen::VectorXd::Unit(n, 0); }

double total(const kohort::closed_cohort& cohort, const kohort::amounts& per,
             const kohort::accounting_settings& settings) {
  return kohort::accrue(cohort, per, settings).total();
}

}  // namespace

TEST_CASE("worked number 10: an exit that costs 1, under every convention", "[economics]") {
  const auto cohort = kohort::follow(leaving(), in_first(2), {.cycles = 4});
  const kohort::amounts exits{.state = {}, .move = {{{0, 1}, 1.0}}, .once = {}};
  const auto value = [&](accounting convention, double discount) {
    return total(cohort, exits, {.convention = convention, .discount = discount});
  };
  CHECK_THAT(value(accounting::start, 0.03), WithinAbs(0.5309313796577, 1e-12));
  CHECK_THAT(value(accounting::end, 0.03), WithinAbs(0.5154673588910, 1e-12));
  CHECK_THAT(value(accounting::trapezoid, 0.03), WithinAbs(0.5231993692744, 1e-12));
  CHECK_THAT(value(accounting::continuous, 0.03), WithinAbs(0.5234188619754, 1e-12));
  for (const auto convention : all) {
    CHECK_THAT(value(convention, 0), WithinAbs(0.5506710358828, 1e-12));
  }
}

TEST_CASE("rates that differ from cycle to cycle: a cohort followed on", "[economics]") {
  const auto seed = GENERATE(range(0, 5));
  CAPTURE(seed);
  const auto Q = random_rates(4, 6, seed);
  const auto whole = kohort::follow(Q, in_first(4), {.cycles = 6, .cycle_length = 0.5});
  Eigen::RowVectorXd x = in_first(4).transpose();
  for (int k = 0; k < 6; ++k) {
    x = (x * kohort::transition_probability(Q[static_cast<std::size_t>(k)], 0.5).matrix()).eval();
    CHECK((whole.occupancy.row(k + 1) - x).cwiseAbs().maxCoeff() < 1e-14);
  }
  // Moves in minus moves out of a state are its change.
  for (int k = 0; k < 6; ++k) {
    Eigen::RowVectorXd change = Eigen::RowVectorXd::Zero(4);
    for (std::size_t m = 0; m < whole.moves.size(); ++m) {
      change[whole.moves[m].from] -= whole.moved(k, static_cast<Eigen::Index>(m));
      change[whole.moves[m].to] += whole.moved(k, static_cast<Eigen::Index>(m));
    }
    CHECK((whole.occupancy.row(k + 1) - whole.occupancy.row(k) - change).cwiseAbs().maxCoeff() <
          1e-13);
  }
  // The same matrix six times is a homogeneous cohort.
  const auto same = kohort::follow(rates(6, Q[0]), in_first(4), {.cycles = 6});
  const auto once = kohort::follow(rates{Q[0]}, in_first(4), {.cycles = 6});
  CHECK(same.occupancy == once.occupancy);
  CHECK(same.moved == once.moved);
}

TEST_CASE("totals obey the laws of money under every convention", "[economics]") {
  const auto convention = GENERATE(from_range(all));
  const auto seed = GENERATE(range(0, 3));
  CAPTURE(kohort::name_of(convention), seed);
  const auto Q = random_rates(3, 6, seed);
  const auto cohort = kohort::follow(Q, in_first(3), {.cycles = 6, .persons = 250});
  const kohort::accounting_settings plain{.convention = convention, .discount = 0.03},
      undiscounted{.convention = convention};
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_real_distribution<double> uniform(0, 1000);
  kohort::amounts per{.state = Eigen::MatrixXd(6, 3),
                      .move = {{{0, 1}, 7}, {{2, 0}, 3}},
                      .once = {{0, 500}, {2.5, 90}},
                      .entry = 40,
                      .newcomers = 100};
  for (auto& amount : per.state.reshaped()) amount = uniform(random);

  kohort::amounts twice = per;
  twice.state *= 2;
  for (auto& one : twice.move) one.amount *= 2;
  for (auto& one : twice.once) one.amount *= 2;
  twice.entry *= 2;
  CHECK_THAT(total(cohort, twice, plain), WithinRel(2 * total(cohort, per, plain), 1e-14));

  // The same cost in all states is that cost for every person-year.
  if (convention != accounting::simpson_published) {
    const kohort::amounts flat{
        .state = Eigen::MatrixXd::Constant(1, 3, 10), .move = {}, .once = {}};
    CHECK_THAT(total(cohort, flat, undiscounted), WithinRel(10 * 250 * 6.0, 1e-13));
  }
  // One move costs one: the number of moves, whatever the convention.
  const kohort::amounts one{.state = {}, .move = {{{0, 1}, 1}}, .once = {}};
  const auto at = std::find(cohort.moves.begin(), cohort.moves.end(), kohort::transition{0, 1});
  CHECK_THAT(total(cohort, one, undiscounted),
             WithinRel(cohort.moved.col(at - cohort.moves.begin()).sum(), 1e-13));
  // An entry cost is counted once and in full, on the newcomers; so is what falls at the start.
  const auto parts = kohort::accrue(cohort, per, plain);
  CHECK(parts.entry == 4000);
  CHECK_THAT(parts.once, WithinRel(500 + 90 * std::pow(1.03, -2.5), 1e-15));
  CHECK_THAT(parts.total(),
             WithinRel(parts.states + parts.moves + parts.once + parts.entry, 1e-15));
  // Present value falls in the rate.
  CHECK(total(cohort, per, plain) < total(cohort, per, undiscounted));
}

TEST_CASE("two conventions of a chain in discrete time", "[economics]") {
  // The chain of a published test of counting: 10 people, two cycles with matrices of their own.
  Eigen::Matrix2d first, second;
  first << 0.5, 0.5, 0.1, 0.9;
  second << 0.67, 0.33, 0.2, 0.8;
  const chain P{kohort::probability_matrix<>(first), kohort::probability_matrix<>(second)};
  const auto cohort = kohort::follow(P, in_first(2), {.cycles = 2, .persons = 10});
  CHECK_THAT(cohort.occupancy(1, 0), WithinAbs(5, 1e-15));
  CHECK_THAT(cohort.occupancy(2, 0), WithinAbs(4.35, 1e-15));
  const kohort::amounts years{.state = Eigen::RowVector2d(1, 0), .move = {}, .once = {}};
  CHECK_THAT(total(cohort, years, {.convention = accounting::start}), WithinAbs(15, 1e-14));
  CHECK_THAT(total(cohort, years, {.convention = accounting::end}), WithinAbs(9.35, 1e-14));
  CHECK_THAT(total(cohort, years, {.convention = accounting::life_table}),
             WithinAbs(12.175, 1e-14));
}

TEST_CASE("what cannot be followed or added up is refused", "[economics]") {
  const auto Q = leaving();
  const auto cohort = kohort::follow(Q, in_first(2), {.cycles = 4});
  const chain P{kohort::probability_matrix<>(Eigen::Matrix2d::Identity().eval())};
  const auto still = kohort::follow(P, in_first(2), {.cycles = 4});
  const kohort::amounts none, wrong{.state = Eigen::RowVector3d(1, 2, 3), .move = {}, .once = {}},
      impossible{.state = {}, .move = {{{1, 0}, 5}}, .once = {}},
      before{.state = {}, .move = {}, .once = {{-1, 5}}};
  CHECK(refusal([&] { std::ignore = total(cohort, wrong, {}); }) == "E-SHAPE");
  CHECK(refusal([&] { std::ignore = total(cohort, impossible, {}); }) == "E-STATE-UNKNOWN");
  CHECK(refusal([&] { std::ignore = total(cohort, before, {}); }) == "E-NUM");
  CHECK(refusal([&] { std::ignore = total(cohort, none, {.cycle_length = 0.5}); }) == "E-GRID");
  CHECK(refusal([&] {
          std::ignore = total(still, none, {.convention = accounting::continuous});
        }) == "E-ACCOUNTING");
  CHECK(refusal([&] {
          std::ignore = kohort::follow(rates(3, Q[0]), in_first(2), {.cycles = 4});
        }) == "E-SHAPE");
  CHECK(refusal([&] { std::ignore = kohort::follow(Q, in_first(2), {.cycles = -1}); }) == "E-GRID");
}
