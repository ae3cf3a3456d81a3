#include <array>
#include <cmath>

#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/model/misclassification.hpp>
#include <kohort/model/phases.hpp>
#include <kohort/model/probability_matrix.hpp>

#include "catch.hpp"
#include "gradient_check.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const kohort::model stays({"in", "out", "dead"},
                          {{"in", "out"}, {"in", "dead"}, {"out", "in"}, {"out", "dead"}}, "dead");

kohort::intensity_model two_phase_stays(kohort::first_phase first = kohort::first_phase::entry) {
  const auto phased = kohort::with_phases(stays, std::array{2, 1, 1});
  kohort::intensity_model im{phased.fine};
  im.phases = phased.map;
  im.phases.first = first;
  return im;
}

/// in 1 -> out .5, in 2 -> out .15, in 1 -> dead .4, in 2 -> dead .1, out -> in .3, out -> dead .2,
/// in 1 -> in 2 .7
Eigen::VectorXd stay_coefficients() {
  Eigen::VectorXd b(7);
  b << std::log(0.5), std::log(0.15), std::log(0.4), std::log(0.1), std::log(0.3), std::log(0.2),
      std::log(0.7);
  return b;
}

double value_of(const kohort::intensity_model& im, const std::vector<seen>& rows) {
  const auto data = person(kohort::observable_model(im), rows);
  const auto tables = kohort::aggregate(data, im);
  check_gradient(im, tables, stay_coefficients());
  return kohort::log_likelihood(im, tables, stay_coefficients(), 1);
}

}  // namespace

TEST_CASE("a stay with phases seen throughout has the density of its law", "[likelihood]") {
  const auto im = two_phase_stays();
  REQUIRE(kohort::coefficient_names(im) ==
          std::vector<std::string>{"in (phase 1) -> out", "in (phase 2) -> out",
                                   "in (phase 1) -> dead", "in (phase 2) -> dead",
                                   "out -> in (phase 1)", "out -> dead",
                                   "in (phase 1) -> in (phase 2)"});
  const double t = 1.3, on = 0.7, out1 = 0.9, b = 0.25, a = on + out1;
  // In phase 1 and 2 after t, worked out by hand.
  const double one = std::exp(-a * t), two = on / (a - b) * (std::exp(-b * t) - std::exp(-a * t));
  CHECK_THAT(value_of(im, {{0, 0}, {t, 1, observation_kind::exact_transition}}),
             WithinAbs(std::log(one * 0.5 + two * 0.15), 1e-13));
  CHECK_THAT(value_of(im, {{0, 0}, {t, 2, observation_kind::exact_transition}}),
             WithinAbs(std::log(one * 0.4 + two * 0.1), 1e-13));
  CHECK_THAT(value_of(im, {{0, 0}, {t, 0, observation_kind::exact_transition}}),
             WithinAbs(std::log(one + two), 1e-13));
  // Still there at 0.4 and gone at 1.3 is the same as gone at 1.3.
  CHECK_THAT(value_of(im, {{0, 0},
                           {0.4, 0, observation_kind::exact_transition},
                           {t, 1, observation_kind::exact_transition}}),
             WithinAbs(std::log(one * 0.5 + two * 0.15), 1e-13));
  // A new stay begins in phase 1 again, and time outside is exponential.
  CHECK_THAT(value_of(im, {{0, 0},
                           {t, 1, observation_kind::exact_transition},
                           {t + 2, 0, observation_kind::exact_transition},
                           {2 * t + 2, 2, observation_kind::exact_transition}}),
             WithinAbs(std::log(one * 0.5 + two * 0.15) + std::log(0.3) - 0.5 * 2 +
                           std::log(one * 0.4 + two * 0.1),
                       1e-12));
}

TEST_CASE("visits to a stay with phases sum over them", "[likelihood]") {
  const auto im =
      two_phase_stays(GENERATE(kohort::first_phase::entry, kohort::first_phase::stationary));
  const auto b = stay_coefficients();
  std::vector<double> q(7);
  for (std::size_t k = 0; k < 7; ++k) q[k] = std::exp(b[static_cast<Eigen::Index>(k)]);
  const auto Q = kohort::intensity_matrix<>::from_rates(im.structure, q);
  const auto P = [&](double t) { return kohort::transition_probability(Q, t).matrix(); };
  const Eigen::RowVectorXd start = kohort::phase_weights(Q, im.phases, 0, im.phases.first);
  Eigen::VectorXd in(4), flow = Q.col(3);
  in << 1, 1, 0, 0;
  flow[3] = 0;
  const Eigen::RowVectorXd first = (start * P(0.8)).cwiseProduct(in.transpose());
  CHECK_THAT(
      value_of(im, {{0, 0}, {0.8, 0}, {2, 1}, {2.5, 0}, {4, 3 - 1, observation_kind::exact_death}}),
      WithinAbs(
          std::log((first * P(1.2))[2]) +
              std::log(((P(0.5).row(2).cwiseProduct(in.transpose())) * P(1.5) * flow).value()),
          1e-12));
}

TEST_CASE("stays whose beginning nobody saw may be left out, counted", "[likelihood]") {
  const auto im = two_phase_stays(kohort::first_phase::unknown);
  const auto data =
      person(kohort::observable_model(im), {{0, 0},
                                            {1, 0},
                                            {2, 1},
                                            {3, 1},
                                            {4, 0, observation_kind::exact_transition},
                                            {5, 1, observation_kind::exact_transition}});
  const auto tables = kohort::aggregate(data, im);
  CHECK(tables.hidden.left_out == 2);
  CHECK(tables.intervals == 3);
  auto entered = im;
  entered.phases.clock = "since";
  auto with_clock = data;
  with_clock.covariate_names = {"since"};
  with_clock.covariates = {0, 1, 0, 1, 0, 0};
  CHECK(kohort::aggregate(with_clock, entered).hidden.left_out == 0);
  with_clock.covariates[0] = 0.5;
  CHECK(kohort::aggregate(with_clock, entered).hidden.left_out == 2);
}

TEST_CASE("one phase in every state is the plain model", "[likelihood]") {
  const auto phased = kohort::with_phases(stays, std::array{1, 1, 1});
  kohort::intensity_model im{phased.fine}, plain{stays};
  im.phases = phased.map;
  const auto data = person(stays, {{0, 0},
                                   {1, 1},
                                   {1.5, 0, observation_kind::exact_transition},
                                   {2.5, 0},
                                   {4, 2, observation_kind::exact_death}});
  Eigen::VectorXd b(4);
  b << -1, -2, -0.5, -1.5;
  CHECK_THAT(kohort::log_likelihood(im, kohort::aggregate(data, im), b, 1),
             WithinRel(kohort::log_likelihood(plain, kohort::aggregate(data, plain), b, 1), 1e-13));
}

TEST_CASE("equal runs stand once", "[likelihood]") {
  const auto im = two_phase_stays();
  std::vector<counted> rows{{1.5, 0, 0, 7}, {1.5, 0, 1, 3}, {0.5, 0, 2, 2}};
  const auto tables = kohort::aggregate(persons(stays, rows), im);
  CHECK(tables.hidden.size() == 3);
  CHECK(tables.cell_count() == 3);
  double weight = 0;
  for (const double w : tables.hidden.weights) weight += w;
  CHECK(weight == 12);
}
