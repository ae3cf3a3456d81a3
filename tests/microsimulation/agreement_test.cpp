#include <kohort/microsimulation/agreement.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/microsimulation/lives.hpp>
#include <kohort/projection/cohort_trace.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

Eigen::MatrixXd rates_of(double r12, double r1d, double r21, double r2d) {
  Eigen::MatrixXd Q(3, 3);
  Q << -r12 - r1d, r12, r1d, r21, -r21 - r2d, r2d, 0, 0, 0;
  return Q;
}

Eigen::MatrixXd over(const Eigen::MatrixXd& Q, double h) {
  return kohort::integrate_occupancy(kohort::intensity_matrix<>(Q), h).P;
}

}  // namespace

TEST_CASE("the covariances are those of multiprecision", "[microsimulation]") {
  // Example 11: 100 and 20 persons, 10 a year come to state 2 by a Poisson process.
  const auto Q = rates_of(.05, .04, .02, .2);
  const std::vector<Eigen::MatrixXd> years{over(Q, 1), over(Q, 1)};
  kohort::occupancy_moments closed(3, 3);
  closed.add_persons(100, Eigen::RowVector3d(1, 0, 0), years);
  closed.add_persons(20, Eigen::RowVector3d(0, 1, 0), years);
  CHECK_THAT(closed.covariance(3 + 1, 6 + 1), WithinAbs(5.654954827564, 1e-10));
  kohort::occupancy_moments open = closed;
  for (int j = 1; j < 3; ++j) {
    open.add_arrivals(
        j, 10 * kohort::integrate_occupancy(kohort::intensity_matrix<>(Q), double(j)).J0.row(1),
        {years.begin() + j, years.end()});
  }
  CHECK_THAT(open.mean[3 + 1], WithinAbs(29.32244650413472, 1e-11));
  CHECK_THAT(open.covariance(3 + 1, 3 + 1), WithinAbs(16.24457460334754, 1e-10));
  CHECK_THAT(open.covariance(3 + 0, 3 + 1), WithinAbs(-4.194106979713, 1e-10));
  CHECK((closed.covariance.block(3, 3, 3, 3).rowwise().sum()).cwiseAbs().maxCoeff() < 1e-12);
  CHECK((open.covariance - open.covariance.transpose()).cwiseAbs().maxCoeff() < 1e-12);
}

TEST_CASE("where nothing is limited, simulated persons are the closed cohort",
          "[microsimulation]") {
  const kohort::model three(
      {"light", "total", "dead"},
      {{"light", "total"}, {"light", "dead"}, {"total", "light"}, {"total", "dead"}}, "dead");
  // Two patterns, with steps at birthdays and at 1 January: P is a product over the pieces.
  const int ages = 3, years = 2;
  kohort::life_rates rates{
      .structure = three, .patterns = 2, .first_age = 80, .ages = ages, .years = years};
  for (int p = 0; p < 2; ++p)
    for (int y = 0; y < years; ++y)
      for (int a = 0; a < ages; ++a)
        for (const double q : {.3, .05, .15, .25})
          rates.rates.push_back(q * (1 + .5 * p) * (1 + .4 * a) * (1 - .3 * y));
  kohort::life_starts persons;
  kohort::occupancy_moments expected(5, 3);
  for (int p = 0; p < 2; ++p) {
    for (int s = 0; s < 2; ++s) {
      const int n = 200 + 100 * p - 50 * s;
      const double birthday = .2 + .5 * s;
      for (int i = 0; i < n; ++i) {
        persons.states.push_back(s);
        persons.patterns.push_back(p);
        persons.ages.push_back(80);
        persons.to_birthday.push_back(birthday);
      }
      std::vector<Eigen::MatrixXd> between;
      for (int j = 0; j < 4; ++j) {
        Eigen::MatrixXd P = Eigen::MatrixXd::Identity(3, 3);
        const auto piece = [&](int age, int year, double h) {
          const double* q = &rates.rates[static_cast<std::size_t>(
              ((p * years + std::min(year, 1)) * ages + std::min(age, 2)) * 4)];
          P = P * over(rates_of(q[0], q[1], q[2], q[3]), h);
        };
        piece(j, j, birthday);
        piece(j + 1, j, 1 - birthday);
        between.push_back(P);
      }
      Eigen::RowVector3d start = Eigen::RowVector3d::Zero();
      start[s] = 1;
      expected.add_persons(n, start, between);
    }
  }
  kohort::life_settings settings{.periods = 4, .step = 1};
  settings.replicates = 400;
  const auto seen = kohort::simulate_lives(rates, persons, {}, {}, settings)[0];
  std::vector<double> mean(15, 0.0), square(15, 0.0);
  for (std::size_t r = 0; r < 400; ++r) {
    for (std::size_t c = 0; c < 15; ++c) {
      mean[c] += seen.occupancy[r * 15 + c] / 400;
      square[c] += std::pow(seen.occupancy[r * 15 + c] - expected.mean[static_cast<long>(c)], 2);
    }
  }
  const auto found = kohort::compare(expected, mean, 400);
  CAPTURE(found.largest, found.chi_square, found.degrees, found.p_value);
  CHECK(found.largest <= 4);
  CHECK(found.degrees == 8);
  CHECK(found.p_value > 1e-3);
  for (int c = 3; c < 15; ++c) {  // and their spread is the chance part
    CHECK_THAT(square[static_cast<std::size_t>(c)] / 400,
               WithinRel(expected.covariance(c, c), 4 * std::sqrt(2.0 / 400)));
  }
  mean[4] += 5;  // what is wrong is seen
  CHECK(kohort::compare(expected, mean, 400).p_value < 1e-6);
}

TEST_CASE("the time to leave is exponential, and to what goes by the rates", "[microsimulation]") {
  const kohort::model fork({"in", "a", "b"}, {{"in", "a"}, {"in", "b"}}, "");
  const kohort::life_rates rates{.structure = fork, .rates = {.3, .9}};
  kohort::life_settings settings{.periods = 1, .step = 60};
  settings.replicates = 400;
  for (const bool lanes : {true, false}) {
    settings.allow_lanes = lanes;
    const auto seen = kohort::simulate_lives(rates, {.states = std::vector<kohort::state>(100, 0)},
                                             {}, {}, settings)[0];
    double years = 0, to_a = 0;
    for (std::size_t r = 0; r < 400; ++r) {
      years += seen.person_years[3 * r];
      to_a += seen.moves[2 * r];
    }
    const double n = 40000;
    CHECK(std::abs(years / n - 1 / 1.2) < 4 / 1.2 / std::sqrt(n));
    CHECK(std::abs(to_a / n - .25) < 4 * std::sqrt(.25 * .75 / n));
  }
}
