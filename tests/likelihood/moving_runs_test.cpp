// Rows of every kind within one person, over clocks that move.
#include <algorithm>
#include <cmath>

#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/likelihood/moving.hpp>

#include "catch.hpp"
#include "mixed_histories.hpp"
#include "slow_moving.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::covariate_path;
using enum kohort::observation_kind;

namespace {

const kohort::model levels = mixed_structure();

/// A held effect, age as a slope, as a power and in bands.
kohort::intensity_model moving_model() {
  std::vector<std::vector<bool>> uses;
  for (int k = 0; k < 9; ++k) uses.push_back({k % 2 == 0, k != 3, k % 3 == 1, k % 4 == 2});
  return {levels,
          {{"x"},
           {"age", covariate_path::gompertz, {}, 75},
           {"age", covariate_path::weibull},
           {"age", covariate_path::bands, {72, 80}}},
          uses};
}

Eigen::VectorXd somewhere(const kohort::intensity_model& im) {
  const auto where = kohort::layout(im);
  const auto names = kohort::coefficient_names(im);
  Eigen::VectorXd b(where.size());
  for (Eigen::Index i = 0; i < b.size(); ++i) {
    b[i] = .3 * std::sin(2.0 * static_cast<double>(i) + 1);
    if (names[static_cast<std::size_t>(i)].ends_with(": age")) b[i] /= 3;
  }
  for (std::size_t k = 0; k + 1 < where.starts.size(); ++k) b[where.starts[k]] -= 1.2;
  return b;
}

/// What `moving_model` says to somebody with this x.
slow_rates rates_of(const kohort::intensity_model& im, const Eigen::VectorXd& b, double x) {
  const auto where = kohort::layout(im);
  slow_rates all;
  for (std::size_t k = 0; k < where.columns.size(); ++k) {
    slow_rate one{b[where.starts[k]]};
    Eigen::Index at = where.starts[k] + 1;
    if (im.uses[k][0]) one.intercept += b[at++] * x;
    if (im.uses[k][1]) one.gompertz = b[at++];
    if (im.uses[k][2]) one.power = b[at++];
    if (im.uses[k][3]) one.bands = {b[at], b[at + 1]};
    all.push_back(one);
  }
  return all;
}

/// The rows of one subject, as they were written down.
std::vector<mixed_row> rows_of(const kohort::observations& raw, std::size_t first,
                               std::size_t last) {
  std::vector<mixed_row> rows;
  const int n = levels.size();
  for (auto i = first; i < last; ++i) {
    const auto s = raw.states[i];
    rows.push_back({raw.times[i],
                    s < n ? std::vector{s} : raw.sets[static_cast<std::size_t>(s - n)],
                    raw.kinds[i], raw.earliest[i]});
  }
  return rows;
}

double slow(const kohort::observations& raw, const kohort::intensity_model& im,
            const Eigen::VectorXd& b, const std::vector<wide>& start) {
  double sum = 0;
  for (std::size_t first = 0, last = 0; first < raw.rows(); first = last) {
    while (last < raw.rows() && raw.subjects[last] == raw.subjects[first]) ++last;
    std::vector<double> ages;
    for (auto i = first; i < last; ++i) ages.push_back(raw.covariates[2 * i]);
    const slow_course course(levels, rates_of(im, b, raw.covariates[2 * first + 1]),
                             {75, {72, 80}});
    const auto L = slow_moving_likelihood(course, rows_of(raw, first, last), ages, start);
    sum += raw.weights[static_cast<std::size_t>(raw.subjects[first])] * static_cast<double>(log(L));
  }
  return sum;
}

}  // namespace

TEST_CASE("every kind of row over moving clocks has the likelihood of 50 digits", "[likelihood]") {
  const auto seed = static_cast<std::uint64_t>(GENERATE(range(1, 4)));
  kohort::observations raw;
  const auto seen = mixed_histories(seed, 24, &raw);
  const auto im = moving_model();
  const auto b = somewhere(im);
  auto tables = kohort::aggregate(seen, im);
  REQUIRE(tables.runs.size() > 10);
  const double truth = slow(raw, im, b, {.5, .3, .2, 0, 0});
  CAPTURE(seed);
  tables.step = .02;
  CHECK_THAT(kohort::log_likelihood(im, tables, b), WithinAbs(truth, 1e-9));
  // The error that is stated is the error there is.
  tables.step = 1;
  const double stated = kohort::substep_error(im, tables, b);
  CHECK(std::abs(kohort::log_likelihood(im, tables, b) - truth) < 1.05 * stated);
  CHECK(stated < 1e-2);
  tables.step = kohort::choose_step(im, tables, b, 2e-6);
  CHECK_THAT(kohort::log_likelihood(im, tables, b), WithinAbs(truth, 2e-6));
}

TEST_CASE("all kinds after all kinds within one person, clocks moving", "[likelihood]") {
  const kohort::model m({"well", "ill", "ended", "dead"},
                        {{"well", "ill"},
                         {"well", "ended"},
                         {"well", "dead"},
                         {"ill", "well"},
                         {"ill", "ended"},
                         {"ill", "dead"}},
                        "dead");
  const kohort::intensity_model im{m, {{"age", covariate_path::gompertz, {}, 75}}};
  Eigen::VectorXd b(12);
  b << -1.2, .08, -2.3, -.05, -3, .12, -1.6, -.06, -3.9, .02, -1.4, .09;
  slow_rates rates;
  for (Eigen::Index k = 0; k < 6; ++k) rates.push_back({b[2 * k], b[2 * k + 1]});
  const slow_course course(m, rates, {75, {}});
  const std::vector<mixed_row> middles{{1, {0}},
                                       {1, {0, 1}},
                                       {1, {1}, exact_transition},
                                       {1, {0, 1}, exact_stay},
                                       {1, {0}, exact_stay},
                                       {1, {1, 2}, exact_transition}};
  const std::vector<mixed_row> ends{{1.7, {1}},
                                    {1.7, {2, 3}},
                                    {1.7, {3}, exact_death},
                                    {1.7, {2, 3}, exact_death},
                                    {1.7, {2, 3}, exact_transition},
                                    {1.7, {0, 1}, exact_stay},
                                    {1.7, {3}, window_death, 1.4},
                                    {1.7, {2, 3}, window_death, 1.4},
                                    {1.7, {3}, window_death, .3}};
  int done = 0;
  for (const auto& begin : {std::vector{0}, std::vector{0, 1}}) {
    for (const auto& middle : middles) {
      for (const auto& end : ends) {
        const std::vector<mixed_row> rows{{0, begin}, middle, end};
        kohort::observations raw;
        add_person(raw, m, rows);
        raw.start = kohort::first_state::uniform;
        raw.covariate_names = {"age"};
        raw.covariates = {81.3, 82.3, 83};
        const auto L = slow_moving_likelihood(course, rows, raw.covariates,
                                              std::vector<wide>(4, 1 / wide(begin.size())));
        kohort::observations good;
        try {
          good = kohort::validate(m, raw);
        } catch (const kohort::data_refused&) {
          continue;
        }
        ++done;
        auto tables = kohort::aggregate(good, im);
        tables.step = .05;
        CAPTURE(begin, middle.states, static_cast<int>(middle.kind), end.states,
                static_cast<int>(end.kind));
        CHECK_THAT(kohort::log_likelihood(im, tables, b),
                   WithinAbs(static_cast<double>(log(L)), 2e-9));
      }
    }
  }
  CHECK(done > 60);
}

TEST_CASE("the gradient and the curvature of mixed rows over moving clocks", "[likelihood]") {
  const auto im = moving_model();
  auto tables = kohort::aggregate(mixed_histories(5, 60), im);
  tables.step = .4;
  const auto b = somewhere(im);
  const auto l = kohort::log_likelihood_gradient(im, tables, b);
  CHECK(l.value == kohort::log_likelihood(im, tables, b));
  const auto H = kohort::observed_information(im, tables, b);
  const double h = 1e-4, largest = l.gradient.cwiseAbs().maxCoeff();
  for (Eigen::Index i = 0; i < b.size(); ++i) {
    const auto at = [&](double step) {
      auto moved = b;
      moved[i] += step;
      return kohort::log_likelihood_gradient(im, tables, moved);
    };
    const auto up = at(h), down = at(-h), up2 = at(2 * h), down2 = at(-2 * h);
    CAPTURE(i);
    CHECK_THAT(l.gradient[i],
               WithinAbs((8 * (up.value - down.value) - (up2.value - down2.value)) / (12 * h),
                         1e-7 * largest));
    const Eigen::VectorXd slope =
        -(8 * (up.gradient - down.gradient) - (up2.gradient - down2.gradient)) / (12 * h);
    CHECK((H.col(i) - slope).cwiseAbs().maxCoeff() < 1e-6 * H.cwiseAbs().maxCoeff());
  }
}

TEST_CASE("a clock without an effect leaves the likelihood of constant rates", "[likelihood]") {
  const auto seen = mixed_histories(7, 60);
  const kohort::intensity_model still{levels, {{"x"}}};
  const kohort::intensity_model clock{levels, {{"x"}, {"age", covariate_path::gompertz, {}, 75}}};
  Eigen::VectorXd b(18), c(27);
  for (Eigen::Index k = 0; k < 9; ++k) {
    b.segment(2 * k, 2) << -1 - .1 * static_cast<double>(k), .2;
    c.segment(3 * k, 3) << b[2 * k], b[2 * k + 1], 0;
  }
  CHECK_THAT(kohort::log_likelihood(clock, kohort::aggregate(seen, clock), c),
             WithinAbs(kohort::log_likelihood(still, kohort::aggregate(seen, still), b), 1e-9));
}

TEST_CASE("the same bytes for runs over moving clocks on one thread and on three", "[likelihood]") {
  const auto im = moving_model();
  const auto tables = kohort::aggregate(mixed_histories(6, 2500), im);
  REQUIRE(tables.runs.size() > 600);
  const auto b = somewhere(im);
  const auto one = kohort::log_likelihood_gradient(im, tables, b, 1);
  const auto three = kohort::log_likelihood_gradient(im, tables, b, 3);
  CHECK(one.value == three.value);
  CHECK(one.gradient == three.gradient);
  CHECK(kohort::substep_error(im, tables, b, 1, 1) == kohort::substep_error(im, tables, b, 1, 3));
}

TEST_CASE("equal runs whose clocks stand alike are one", "[likelihood]") {
  const kohort::intensity_model im{levels, {{"age", covariate_path::gompertz, {}, 75}}};
  kohort::observations raw;
  const std::vector<mixed_row> rows{{0, {0}}, {1, {0, 1}}, {2, {2}}};
  raw.covariate_names = {"age"};
  for (const double age : {81.0, 70.5, 81.0}) {
    add_person(raw, levels, rows, 2);
    for (const auto& row : rows) raw.covariates.push_back(age + row.time);
  }
  const auto tables = kohort::aggregate(kohort::validate(levels, raw), im);
  CHECK(tables.runs.counts == std::vector<std::int64_t>{1, 2});
  CHECK(tables.runs.weights == std::vector<double>{2, 4});
  CHECK(tables.runs.row_clocks == std::vector<double>{70.5, 71.5, 81, 82});
  REQUIRE(tables.stand_in);
  CHECK(tables.stand_in->runs.size() == 2);
}
