#include <kohort/estimation/from_tables.hpp>  // first, so the header must stand on its own

#include <algorithm>
#include <cmath>

#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/model/probability_matrix.hpp>

#include "catch.hpp"

using namespace kohort;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const model three({"well", "ill", "dead"},
                  {{"well", "ill"}, {"well", "dead"}, {"ill", "well"}, {"ill", "dead"}}, "dead");

table_row row(state from, const std::vector<double>& counts, double years = 1) {
  table_row made{.start = std::vector<double>(counts.size(), 0.0), .counts = counts};
  made.start[static_cast<std::size_t>(from)] = 1;
  for (state s = 0; s < static_cast<int>(counts.size()); ++s) made.ends.push_back({s});
  made.years = years;
  made.name = "a table";
  return made;
}

const std::vector<table_row> w21{row(0, {300, 70, 30}), row(1, {20, 160, 60})};

intensity_matrix<> rates(double q12, double q13, double q21, double q23) {
  const double all[4] = {q12, q13, q21, q23};
  return intensity_matrix<>::from_rates(three, all);
}

Eigen::VectorXd logs(const intensity_matrix<>& Q) {
  return Eigen::Vector4d(std::log(Q(0, 1)), std::log(Q(0, 2)), std::log(Q(1, 0)),
                         std::log(Q(1, 2)));
}

observations only(const std::vector<table_row>& rows) {
  observations seen;
  seen.tables = rows;
  return seen;
}

double at(const std::vector<table_row>& rows, const intensity_matrix<>& Q) {
  const intensity_model im{three};
  return log_likelihood(im, aggregate(only(rows), im), logs(Q));
}

bool found(const fitted_model& fit, const std::string& code) {
  return std::any_of(fit.diagnostics.begin(), fit.diagnostics.end(),
                     [&](const finding& f) { return f.code == code; });
}

}  // namespace

TEST_CASE("EM and scoring reach the published maximum", "[estimation]") {  // W21
  const auto em = maximise_expectation(three, w21, rates(.5, .5, .5, .5));
  CHECK(em.converged);
  CHECK_THAT(em.intensities(0, 1), WithinRel(.2497909519151204, 1e-9));
  CHECK_THAT(em.intensities(0, 2), WithinRel(.05210883708273081, 1e-9));
  CHECK_THAT(em.intensities(1, 0), WithinRel(.1189480723405335, 1e-9));
  CHECK_THAT(em.intensities(1, 2), WithinRel(.3018997889978513, 1e-9));
  CHECK_THAT(em.log_likelihoods.back(), WithinAbs(-483.7707000132724, 1e-9));
  const auto fit = fit_tables(w21, intensity_model{three});
  CHECK(fit.convergence.verdict == search_verdict::converged);
  CHECK_THAT(fit.log_likelihood, WithinAbs(-483.7707000132724, 1e-9));
  CHECK_THAT(fit.coefficients[0], WithinAbs(std::log(.2497909519151204), 1e-7));
  CHECK_THAT(fit.coefficients[3], WithinAbs(std::log(.3018997889978513), 1e-7));
  CHECK(found(fit, "I-TABLE"));
  CHECK_FALSE(found(fit, "D-EMBED"));
}

TEST_CASE("the likelihood never falls in EM, whatever the tables are", "[estimation]") {
  std::vector<table_row> rows = w21;
  const int kind = GENERATE(0, 1, 2, 3);
  if (kind == 1) {  // among survivors
    rows = {row(0, {300, 70, 0}), row(1, {20, 160, 60})};
    rows[0].ends = {{0}, {1}};
    rows[0].counts = {300, 70};
    rows[0].among = true;
  } else if (kind == 2) {  // marginals, over two years
    rows = {row(0, {250, 90, 160}, 2), row(0, {200, 90, 210}, 3)};
    rows[0].start = {.7, .3, 0};
    rows[1].start = {.7, .3, 0};
  } else if (kind == 3) {  // a merged column
    rows[1].ends = {{0, 1}, {2}};
    rows[1].counts = {180, 60};
  }
  CAPTURE(kind);
  const auto em = maximise_expectation(three, rows, rates(.4, .1, .2, .6), 40);
  REQUIRE(em.log_likelihoods.size() > 10);
  for (std::size_t i = 1; i < em.log_likelihoods.size(); ++i)
    CHECK(em.log_likelihoods[i] >= em.log_likelihoods[i - 1] - 1e-10);
  CHECK_THAT(em.log_likelihoods.back(), WithinRel(at(rows, em.intensities), 1e-12));
  CHECK(em.log_likelihoods.back() > em.log_likelihoods.front() + 0.1);
}

TEST_CASE("EM gives an embeddable table its logarithm; a rate of 0 stays 0", "[estimation]") {
  const auto Q = rates(.2, .05, .12, .3);
  const auto P = transition_probability(Q, 2).matrix();
  std::vector<table_row> rows;
  for (state from = 0; from < 2; ++from)
    rows.push_back(row(from, {1e3 * P(from, 0), 1e3 * P(from, 1), 1e3 * P(from, 2)}, 2));
  const auto em = maximise_expectation(three, rows, rates(1, 1, 1, 1), 2000);
  CHECK((em.intensities.matrix() - Q.matrix()).cwiseAbs().maxCoeff() < 1e-8);
  Eigen::MatrixXd start = Q.matrix();
  start(0, 2) = 0;
  CHECK(maximise_expectation(three, rows, intensity_matrix<>::from_rates(start), 50)
            .intensities(0, 2) == 0);
}

TEST_CASE("a table of transitions says what as many persons at two visits say", "[estimation]") {
  observations persons;
  for (const auto& table : w21) {
    const auto from = table.start[0] == 1 ? 0 : 1;
    for (state to = 0; to < 3; ++to) {
      const auto subject = static_cast<std::int32_t>(persons.subject_names.size());
      persons.subject_names.push_back(std::to_string(subject));
      persons.subjects.insert(persons.subjects.end(), {subject, subject});
      persons.times.insert(persons.times.end(), {0, 1});
      persons.states.insert(persons.states.end(), {from, to});
      persons.kinds.insert(persons.kinds.end(), {observation_kind::start, observation_kind::panel});
      persons.weights.push_back(table.counts[static_cast<std::size_t>(to)]);
    }
  }
  const intensity_model im{three};
  const auto theta = logs(rates(.3, .06, .1, .4));
  const auto visits = aggregate(persons, im), tables = aggregate(only(w21), im);
  CHECK_THAT(log_likelihood(im, tables, theta),
             WithinRel(log_likelihood(im, visits, theta), 1e-13));
  const auto ours = log_likelihood_gradient(im, tables, theta).gradient;
  const auto theirs = log_likelihood_gradient(im, visits, theta).gradient;
  CHECK((ours - theirs).cwiseAbs().maxCoeff() < 1e-9);
  CHECK((expected_information(im, tables, theta) - expected_information(im, visits, theta))
            .cwiseAbs()
            .maxCoeff() < 1e-8);
  CHECK((observed_information(im, tables, theta) - observed_information(im, visits, theta))
            .cwiseAbs()
            .maxCoeff() < 1e-4);
  // Persons and a table together: the sum.
  auto both = persons;
  both.tables = w21;
  CHECK_THAT(log_likelihood(im, aggregate(both, im), theta),
             WithinRel(2 * log_likelihood(im, visits, theta), 1e-13));
  CHECK(aggregate(both, im).weight == 2 * 640);
}

TEST_CASE("survivors' tables, marginals and merged columns have their likelihoods",
          "[estimation]") {
  const auto Q = rates(.3, .06, .1, .4);
  const auto P = transition_probability(Q, 2).matrix();
  auto among = row(0, {30, 10, 0}, 2);
  among.ends = {{0}, {1}};
  among.counts = {30, 10};
  among.among = true;
  const double alive = P(0, 0) + P(0, 1);
  CHECK_THAT(at({among}, Q),
             WithinRel(30 * std::log(P(0, 0) / alive) + 10 * std::log(P(0, 1) / alive), 1e-13));
  auto marginal = row(0, {50, 30, 20}, 2);
  marginal.start = {.6, .4, 0};
  const Eigen::RowVector3d share = Eigen::RowVector3d(.6, .4, 0) * P;
  CHECK_THAT(at({marginal}, Q),
             WithinRel(50 * std::log(share[0]) + 30 * std::log(share[1]) + 20 * std::log(share[2]),
                       1e-13));
  auto merged = row(1, {70, 20, 0}, 2);
  merged.ends = {{0, 1}, {2}};
  merged.counts = {70, 20};
  CHECK_THAT(at({merged}, Q),
             WithinRel(70 * std::log(P(1, 0) + P(1, 1)) + 20 * std::log(P(1, 2)), 1e-13));
  // Their gradients are slopes, and their information that of a multinomial.
  const std::vector<table_row> rows{among, marginal, merged};
  const intensity_model im{three};
  const auto tables = aggregate(only(rows), im);
  const auto theta = logs(Q);
  const auto gradient = log_likelihood_gradient(im, tables, theta).gradient;
  for (Eigen::Index k = 0; k < 4; ++k) {
    auto up = theta, down = theta;
    up[k] += 1e-5, down[k] -= 1e-5;
    CHECK_THAT((log_likelihood(im, tables, up) - log_likelihood(im, tables, down)) / 2e-5,
               WithinAbs(gradient[k], 1e-6));
  }
  // With the counts that the rates expect, expected and observed information agree.
  auto exact = rows;
  exact[0].counts = {40 * P(0, 0) / alive, 40 * P(0, 1) / alive};
  exact[1].counts = {100 * share[0], 100 * share[1], 100 * share[2]};
  exact[2].counts = {90 * (P(1, 0) + P(1, 1)), 90 * P(1, 2)};
  const auto ideal = aggregate(only(exact), im);
  CHECK((expected_information(im, ideal, theta) - observed_information(im, ideal, theta))
            .cwiseAbs()
            .maxCoeff() < 1e-5);
}

TEST_CASE("tables over different times and ages go through their own pieces", "[estimation]") {
  intensity_model im{three, {{"age", covariate_path::bands, {80.0}}}};
  observations seen;
  seen.covariate_names = {"age"};
  seen.tables = {row(0, {60, 25, 15}, 4), row(1, {10, 50, 40}, 4)};
  for (auto& one : seen.tables) one.covariates = {78.5};
  const auto tables = aggregate(seen, im);
  REQUIRE(tables.aggregates.size() == 2);
  CHECK(tables.aggregates[0].elapsed == std::vector<double>{1.5, 2.5});
  Eigen::VectorXd theta(8);
  theta << -1.2, .3, -2.8, .5, -2.1, -.2, -1, .4;
  std::vector<double> young(4), old(4);
  for (std::size_t k = 0; k < 4; ++k) {
    young[k] = std::exp(theta[static_cast<Eigen::Index>(2 * k)]);
    old[k] = young[k] * std::exp(theta[static_cast<Eigen::Index>(2 * k + 1)]);
  }
  const Eigen::MatrixXd P =
      transition_probability(intensity_matrix<>::from_rates(three, young), 1.5).matrix() *
      transition_probability(intensity_matrix<>::from_rates(three, old), 2.5).matrix();
  double expected = 0;
  for (const auto& one : seen.tables) {
    const auto from = one.start[0] == 1 ? 0 : 1;
    for (state to = 0; to < 3; ++to)
      expected += one.counts[static_cast<std::size_t>(to)] * std::log(P(from, to));
  }
  CHECK_THAT(log_likelihood(im, tables, theta), WithinRel(expected, 1e-13));
  const auto gradient = log_likelihood_gradient(im, tables, theta).gradient;
  for (Eigen::Index k = 0; k < 8; ++k) {
    auto up = theta, down = theta;
    up[k] += 1e-5, down[k] -= 1e-5;
    CHECK_THAT((log_likelihood(im, tables, up) - log_likelihood(im, tables, down)) / 2e-5,
               WithinAbs(gradient[k], 1e-6));
  }
}

TEST_CASE("a table without intensities is fitted at the boundary and told", "[estimation]") {
  const model all({"a", "b", "c"},
                  {{"a", "b"}, {"a", "c"}, {"b", "a"}, {"b", "c"}, {"c", "a"}, {"c", "b"}});
  const std::vector<table_row> rows{row(0, {90, 10, 0}), row(1, {5, 85, 10}), row(2, {0, 20, 80})};
  const auto fit = fit_tables(rows, intensity_model{all});
  REQUIRE(found(fit, "D-EMBED"));
  const auto told = *std::find_if(fit.diagnostics.begin(), fit.diagnostics.end(),
                                  [](const finding& f) { return f.code == "D-EMBED"; });
  CHECK_THAT(told.message, kohort_tests::contains("a -> c -0.0070591"));
  CHECK_THAT(told.message, kohort_tests::contains("c -> a -0.0070591"));
  CHECK_THAT(told.message_sv, kohort_tests::contains("negativa intensiteter"));
  CHECK(found(fit, "D-BOUNDARY-ZERO"));
  observations seen = only(rows);
  const auto compared = compare_with_tables(seen, intensity_model{all}, fit.coefficients);
  REQUIRE(compared.size() == 1);
  CHECK(compared[0].ratio > 0);
  CHECK(compared[0].cells == 6);
  CHECK(compared[0].whole);
  const auto em = maximise_expectation(
      all, rows, intensity_matrix<>::from_rates(Eigen::MatrixXd::Constant(3, 3, .2)), 300);
  CHECK(fit.log_likelihood >= em.log_likelihoods.back() - 1e-6);
}

TEST_CASE("tables that cannot be are refused with their names", "[estimation]") {
  const auto refused = [](table_row bad, const std::string& words) {
    bad.name = "Table 4";
    CHECK_THROWS_WITH(fit_tables({bad}, intensity_model{three}), kohort_tests::contains(words));
    CHECK_THROWS_WITH(fit_tables({bad}, intensity_model{three}), kohort_tests::contains("Table 4"));
  };
  auto bad = row(0, {3, 2, 1});
  bad.counts[1] = -1;
  refused(bad, "a count is -1");
  bad = row(0, {3, 2, 1}, 0);
  refused(bad, "0 years pass");
  bad = row(0, {0, 0, 0});
  refused(bad, "no persons");
  bad = row(0, {3, 2, 1});
  bad.start[0] = .5;
  refused(bad, "one share for each state");
  bad = row(0, {3, 2, 1});
  bad.ends.pop_back();
  bad.counts.pop_back();
  refused(bad, "no column holds 'dead'");
  bad = row(0, {3, 2, 1});
  bad.ends[1] = {0};
  refused(bad, "held by another");
  bad = row(2, {3, 2, 1});
  refused(bad, "3 persons went from 'dead' to 'well'");
}
