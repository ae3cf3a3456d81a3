#include <kohort/likelihood/runs.hpp>  // first, so the header must stand on its own

#include <Eigen/Eigenvalues>
#include <kohort/data/transitions.hpp>
#include <kohort/likelihood/log_likelihood.hpp>

#include "catch.hpp"
#include "histories.hpp"
#include "mixed_histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using enum kohort::observation_kind;

namespace {

Eigen::VectorXd logs(const std::vector<double>& rates) {
  return Eigen::Map<const Eigen::VectorXd>(rates.data(), static_cast<Eigen::Index>(rates.size()))
      .array()
      .log();
}

double log_likelihood(const kohort::model& m, const std::vector<double>& rates,
                      const std::vector<mixed_row>& rows) {
  const kohort::intensity_model im{m};
  return kohort::log_likelihood(im, kohort::aggregate(mixed_person(m, rows), im), logs(rates));
}

std::vector<double> five_rates() {
  const auto rates = five_levels_rates();
  return {rates.begin(), rates.end()};
}

/// well, ill, ended, dead: two of them absorbing.
const kohort::model two_exits({"well", "ill", "ended", "dead"},
                              {{"well", "ill"},
                               {"well", "ended"},
                               {"well", "dead"},
                               {"ill", "well"},
                               {"ill", "ended"},
                               {"ill", "dead"}},
                              "dead");
const std::vector<double> two_exits_rates{.3, .1, .05, .2, .02, .25};

}  // namespace

TEST_CASE("kinds of rows mix within one person as worked out elsewhere", "[likelihood]") {
  const auto m = five_levels();
  std::vector<mixed_row> rows{{0, {0}},
                              {.7, {1}},
                              {1.2, {1, 2}},
                              {2, {2}},
                              {2.6, {3}, exact_transition},
                              {3.1, {4}, exact_death}};
  CHECK_THAT(-2 * log_likelihood(m, five_rates(), rows), WithinAbs(12.43317817471507, 1e-11));
  const auto factor = [&](std::size_t first, std::size_t last) {
    return std::exp(log_likelihood(m, five_rates(),
                                   {rows.begin() + static_cast<std::ptrdiff_t>(first),
                                    rows.begin() + static_cast<std::ptrdiff_t>(last) + 1}));
  };
  CHECK_THAT(factor(0, 1), WithinRel(.180099196588142, 1e-12));
  CHECK_THAT(factor(1, 3), WithinRel(.1890938302726932, 1e-12));
  CHECK_THAT(factor(3, 4), WithinRel(.1819006971036489, 1e-12));
  CHECK_THAT(factor(4, 5), WithinRel(.3222153049858254, 1e-12));
  rows.back() = {2.6 + .4 + 30 / 365.25, {4}, window_death, 2.6 + .4};
  CHECK_THAT(factor(4, 5), WithinRel(.02714513201819167, 1e-11));
}

TEST_CASE("a run splits exactly at the states that are known", "[likelihood]") {
  const auto m = five_levels();
  const kohort::intensity_model im{m};
  const auto tables = kohort::aggregate(
      mixed_person(m, {{0, {0}}, {.7, {1}}, {1.2, {1, 2}}, {2, {2}}, {2.6, {3}, exact_transition}}),
      im);
  CHECK(tables.cells.size() == 1);  // 0 to .7
  CHECK(tables.cells[0].size() == 1);
  CHECK(tables.exact.intervals == 1);
  REQUIRE(tables.runs.size() == 1);
  CHECK(tables.runs.kinds == std::vector{panel, panel});
  // Nobody comes back from the last levels here: the set leaves one of them.
  const kohort::model forward({"a", "b", "c"}, {{"a", "b"}, {"b", "c"}}, "c");
  const kohort::intensity_model one_way{forward};
  const auto known =
      kohort::aggregate(mixed_person(forward, {{0, {1}}, {1, {0, 1}}, {2, {2}}}), one_way);
  CHECK(known.runs.size() == 0);
  CHECK(known.cells[0].size() == 2);
}

TEST_CASE("two ways out have the densities worked out elsewhere", "[likelihood]") {
  const auto density = [&](std::vector<int> states, kohort::observation_kind kind) {
    return std::exp(
        log_likelihood(two_exits, two_exits_rates, {{0, {0}}, {2, std::move(states), kind}}));
  };
  CHECK_THAT(density({2}, exact_death), WithinRel(.05054435053452924, 1e-12));
  CHECK_THAT(density({3}, exact_death), WithinRel(.08498600889560543, 1e-12));
  CHECK_THAT(density({2, 3}, exact_death),
             WithinRel(.05054435053452924 + .08498600889560543, 1e-12));
  CHECK_THAT(density({0, 1}, panel), WithinRel(.7044896174397617, 1e-12));
}

TEST_CASE("all kinds after all kinds within one person have the likelihood of a slow one",
          "[likelihood]") {
  // Every pair of ways to leave the time between two rows in doubt or not.
  const auto m = two_exits;
  const std::vector<mixed_row> middles{{1, {0}},
                                       {1, {1}},
                                       {1, {0, 1}},
                                       {1, {1}, exact_transition},
                                       {1, {0}, exact_transition},
                                       {1, {0, 1}, exact_stay},
                                       {1, {0}, exact_stay},
                                       {1, {0, 1, 2}},
                                       {1, {1, 2}, exact_transition}};
  const std::vector<mixed_row> ends{{1.7, {0}},
                                    {1.7, {1}},
                                    {1.7, {0, 1}},
                                    {1.7, {2, 3}},
                                    {1.7, {3}, exact_death},
                                    {1.7, {2, 3}, exact_death},
                                    {1.7, {3}, exact_transition},
                                    {1.7, {2, 3}, exact_transition},
                                    {1.7, {1}, exact_stay},
                                    {1.7, {0, 1}, exact_stay},
                                    {1.7, {3}, window_death, 1.4},
                                    {1.7, {2, 3}, window_death, 1.4},
                                    {1.7, {3}, window_death, .3}};
  const std::vector<std::vector<int>> begins{{0}, {1}, {0, 1}};
  int done = 0, refused = 0;
  for (const auto& begin : begins) {
    for (const auto& middle : middles) {
      for (const auto& end : ends) {
        const std::vector<mixed_row> rows{{0, begin}, middle, end, {2, end.states}};
        kohort::observations raw;
        add_person(raw, m, rows);
        raw.start = kohort::first_state::uniform;
        const double share = 1 / static_cast<double>(begin.size());
        const auto slow = slow_likelihood(m, two_exits_rates, rows, std::vector<wide>(4, share));
        CAPTURE(begin, middle.states, static_cast<int>(middle.kind), end.states,
                static_cast<int>(end.kind));
        kohort::observations good;
        try {
          good = kohort::validate(m, raw);
        } catch (const kohort::data_refused& error) {
          ++refused;
          // Impossible by the formula too, or a stay that might be a move.
          if (slow > 0) CHECK(error.findings()[0].code == "E-KIND");
          continue;
        }
        ++done;
        const kohort::intensity_model im{m};
        const auto tables = kohort::aggregate(good, im);
        CHECK_THAT(kohort::log_likelihood(im, tables, logs(two_exits_rates)),
                   WithinAbs(static_cast<double>(log(slow)), 1e-12));
      }
    }
  }
  CHECK(done > 120);
  CHECK(refused > 20);
}

TEST_CASE("a row carried by its formula is the table's", "[likelihood]") {
  const auto Q = kohort::intensity_matrix<4>::from_rates(two_exits, two_exits_rates);
  Eigen::Matrix<double, 1, 4> row;
  row << .5, .5, 0, 0;
  const std::vector<mixed_row> rows{
      {0, {0, 1}}, {.4, {0, 1}, exact_stay}, {1, {0, 1}, panel}, {1.5, {2, 3}, exact_transition}};
  for (std::size_t i = 1; i < rows.size(); ++i) {
    std::uint64_t named = 0;
    for (const int s : rows[i].states) named |= std::uint64_t{1} << s;
    row = kohort::run_row(row, rows[i].kind, named, Q, rows[i].time - rows[i - 1].time);
  }
  CHECK_THAT(row.sum(), WithinRel(static_cast<double>(slow_likelihood(two_exits, two_exits_rates,
                                                                      rows, {.5, .5, 0, 0})),
                                  1e-13));
  const Eigen::Matrix<double, 1, 4> known(1, 0, 0, 0);
  CHECK_THAT(kohort::run_row(known, exact_death, 8, Q, 2)[3], WithinRel(.08498600889560543, 1e-12));
}

TEST_CASE("the gradient of mixed rows is the slope of their log-likelihood", "[likelihood]") {
  const auto seed = GENERATE(range(1, 4));
  const auto im = mixed_model();
  const auto tables = kohort::aggregate(mixed_histories(static_cast<std::uint64_t>(seed), 60), im);
  const auto b = mixed_coefficients(im);
  const auto l = kohort::log_likelihood_gradient(im, tables, b);
  CHECK(l.value == kohort::log_likelihood(im, tables, b));
  const double h = 1e-4, largest = l.gradient.cwiseAbs().maxCoeff();
  for (Eigen::Index i = 0; i < b.size(); ++i) {
    const auto at = [&](double step) {
      auto moved = b;
      moved[i] += step;
      return kohort::log_likelihood(im, tables, moved);
    };
    CAPTURE(seed, i);
    CHECK_THAT(
        l.gradient[i],
        WithinAbs((8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h), 1e-7 * largest));
  }
}

TEST_CASE(
    "observed information of mixed rows is the slope of the gradient, the other is never "
    "negative",
    "[likelihood]") {
  const auto im = mixed_model();
  const auto tables = kohort::aggregate(mixed_histories(4, 80), im);
  const auto b = mixed_coefficients(im);
  const auto H = kohort::observed_information(im, tables, b);
  const double h = 1e-4;
  for (Eigen::Index i = 0; i < b.size(); i += 5) {
    const auto at = [&](double step) {
      auto moved = b;
      moved[i] += step;
      return kohort::log_likelihood_gradient(im, tables, moved).gradient;
    };
    const Eigen::VectorXd slope = -(8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    CAPTURE(i);
    CHECK((H.col(i) - slope).cwiseAbs().maxCoeff() < 1e-6 * H.cwiseAbs().maxCoeff());
  }
  const auto B = kohort::expected_information(im, tables, b);
  CHECK(Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(B).eigenvalues()[0] > 0);
}

TEST_CASE("threads do not change a bit of what runs add", "[likelihood]") {
  const auto im = mixed_model();
  const auto tables = kohort::aggregate(mixed_histories(6, 4000), im);
  REQUIRE(tables.runs.size() > 600);
  const auto b = mixed_coefficients(im);
  const auto one = kohort::log_likelihood_gradient(im, tables, b, 1);
  const auto four = kohort::log_likelihood_gradient(im, tables, b, 4);
  CHECK(one.value == four.value);
  CHECK(one.gradient == four.gradient);
  CHECK(kohort::expected_information(im, tables, b, 1) ==
        kohort::expected_information(im, tables, b, 3));
}

TEST_CASE("runs that are the same throughout stand once, whatever the order of the subjects",
          "[likelihood]") {
  const auto m = five_levels();
  const kohort::intensity_model im{m};
  const std::vector<mixed_row> first{{0, {0}}, {1, {1, 2}}, {2, {3}}};
  const std::vector<mixed_row> second{{5, {0}}, {6, {1, 2}}, {7.5, {3}}};
  kohort::observations there, back;
  for (int i = 0; i < 3; ++i) {
    add_person(there, m, i == 1 ? second : first, 2);
    add_person(back, m, i == 0 ? second : first, 2);
  }
  const auto a = kohort::aggregate(kohort::validate(m, there), im);
  const auto z = kohort::aggregate(kohort::validate(m, back), im);
  CHECK(a.runs.counts == std::vector<std::int64_t>{2, 1});
  CHECK(a.runs.weights == std::vector<double>{4, 2});
  CHECK(a.runs.counts == z.runs.counts);
  CHECK(a.runs.elapsed == z.runs.elapsed);
  CHECK(a.cell_count() == 2);
}

TEST_CASE("days or years, a person cut in two, weights of two: for every kind", "[likelihood]") {
  kohort::observations raw;
  const auto seen = mixed_histories(8, 60, &raw);
  const kohort::intensity_model im{mixed_structure(), {{"x"}}};
  Eigen::VectorXd b = Eigen::VectorXd::Constant(kohort::layout(im).size(), -.5);
  const auto value = [&](const kohort::observations& of, const Eigen::VectorXd& at) {
    return kohort::log_likelihood(im, kohort::aggregate(of, im), at);
  };
  const double l = value(seen, b);
  SECTION("times of 365.25 days a year, taken for years") {
    double densities = 0;
    auto days = raw;
    for (auto& time : days.times) time *= 365.25;
    for (auto& time : days.earliest) time *= 365.25;
    for (std::size_t i = 1; i < seen.rows(); ++i) {
      const bool moved = seen.kinds[i] == exact_death || (seen.kinds[i] == exact_transition &&
                                                          seen.states[i] != seen.states[i - 1]);
      if (moved) densities += seen.weight(seen.subjects[i]);
    }
    REQUIRE(densities > 10);
    auto per_day = b;
    for (const int start : kohort::layout(im).starts) {
      if (start < per_day.size()) per_day[start] -= std::log(365.25);
    }
    CHECK_THAT(value(kohort::validate(im.structure, days), per_day),
               WithinAbs(l - densities * std::log(365.25), 1e-8));
    days.units_per_year = 365.25;
    CHECK_THAT(value(kohort::validate(im.structure, days), b), WithinAbs(l, 1e-9));
  }
  SECTION("weights of two") {
    auto twice = raw;
    for (auto& weight : twice.weights) weight *= 2;
    CHECK_THAT(value(kohort::validate(im.structure, twice), b), WithinAbs(2 * l, 1e-10));
  }
  SECTION("cut in two at a known state") {
    const auto m = five_levels();
    const std::vector<mixed_row> rows{
        {0, {0}}, {.5, {0, 1}}, {1, {1}}, {1.5, {1, 2}}, {2, {4}, window_death, 1.9}};
    CHECK_THAT(log_likelihood(m, five_rates(), rows),
               WithinAbs(log_likelihood(m, five_rates(), {rows.begin(), rows.begin() + 3}) +
                             log_likelihood(m, five_rates(), {rows.begin() + 2, rows.end()}),
                         1e-12));
  }
}

TEST_CASE("what is known of the first state", "[likelihood]") {
  const auto m = two_exits;
  const kohort::intensity_model im{m};
  const auto b = logs(two_exits_rates);
  kohort::observations raw;
  add_person(raw, m, {{0, {0}}, {1, {1}}});
  add_person(raw, m, {{0, {0, 1}}, {1, {1}}, {2, {0}}}, 3);
  const auto value = [&] {
    return kohort::log_likelihood(im, kohort::aggregate(kohort::validate(m, raw), im), b);
  };
  const auto Q = kohort::intensity_matrix<>::from_rates(m, two_exits_rates);
  const auto P = kohort::transition_probability(Q, 1);
  raw.start = kohort::first_state::uniform;
  CHECK_THAT(value(),
             WithinAbs(std::log(P(0, 1)) + 3 * std::log((P(0, 1) + P(1, 1)) / 2 * P(1, 0)), 1e-12));
  raw.start = kohort::first_state::given;
  raw.start_probabilities = {.7, .2, .1, 0};
  CHECK_THAT(value(), WithinAbs(std::log(.7 * P(0, 1)) +
                                    3 * std::log((.7 * P(0, 1) + .2 * P(1, 1)) * P(1, 0)),
                                1e-12));
  raw.start_probabilities = {.7, .2, .1, 0, 0, 1, 0, 0};  // one row for each subject
  CHECK_THAT(value(), WithinAbs(std::log(.7 * P(0, 1)) + 3 * std::log(P(1, 1) * P(1, 0)), 1e-12));
  raw.start_probabilities = {.7, .2, .2, 0};
  CHECK_THROWS_WITH(value(), contains("sum to 1.1"));
  raw.start = kohort::first_state::conditioned;
  CHECK_THROWS_WITH(value(), contains("not said to have them"));
  raw.start_probabilities.clear();
  CHECK_THROWS_WITH(value(), contains("well or ill"));
}
