#include <kohort/likelihood/misclassified.hpp>  // first, so the header must stand on its own

#include <array>
#include <cmath>

#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/model/misclassification.hpp>

#include "catch.hpp"
#include "gradient_check.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::hidden_start;

namespace {

const kohort::model four({"1", "2", "3", "4"},
                         {{"1", "2"}, {"1", "4"}, {"2", "1"}, {"2", "3"}, {"2", "4"}, {"3", "4"}},
                         "4");
const std::vector<double> rates{0.30, 0.05, 0.10, 0.25, 0.12, 0.35};

/// The four-state model read with error, the first state given: example W07.
kohort::intensity_model misread_four() {
  kohort::intensity_model im{four};
  im.misread = kohort::misclassification{.errors = {{0, 1}, {1, 0}, {1, 2}, {2, 1}},
                                         .start = hidden_start::given,
                                         .probabilities = {0.7, 0.25, 0.05, 0}};
  return im;
}

Eigen::VectorXd w07_coefficients() {
  Eigen::VectorXd b(10);
  for (int k = 0; k < 6; ++k) b[k] = std::log(rates[static_cast<std::size_t>(k)]);
  b.tail(4) << std::log(.08 / .92), std::log(.06 / .87), std::log(.07 / .87), std::log(.1 / .9);
  return b;
}

kohort::observations w07_rows(const kohort::intensity_model& im) {
  return person(
      kohort::observable_model(im),
      {{0, 0}, {0.5, 1}, {1.1, 0}, {1.6, 1}, {2.2, 2}, {2.75, 3, observation_kind::exact_death}});
}

/// Sum over every path of true states at the visits: nothing in common with the recursion.
double by_enumeration(const kohort::intensity_model& im, const Eigen::VectorXd& b,
                      const kohort::observations& data, const std::vector<double>& first) {
  const auto& m = im.structure;
  const std::span all(b.data(), static_cast<std::size_t>(b.size()));
  const auto where = kohort::layout(im);
  const auto living = m.size() - 1;
  double sum = 0;
  const auto visits = data.rows() - 1;  // the last row is the death
  std::vector<int> path(visits, 0);
  while (true) {
    double product = 1;
    for (std::size_t i = 0; i < visits; ++i) {
      const auto x = data.row_covariates(i);
      const auto E = kohort::reading_probability(im, all, x);
      product *= i == 0 ? first[static_cast<std::size_t>(path[0])] : 1;
      product *= E(path[i], data.states[i]);
    }
    for (std::size_t i = 1; i <= visits; ++i) {
      std::vector<double> q(m.transitions().size());
      kohort::rates_at(where, all, data.row_covariates(i - 1), q);
      const auto Q = kohort::intensity_matrix<>::from_rates(m, q);
      const auto P = kohort::transition_probability(Q, data.elapsed(i));
      if (i < visits) {
        product *= P(path[i - 1], path[i]);
      } else {
        double death = 0;
        for (int j = 0; j < living; ++j) death += P(path[i - 1], j) * Q(j, m.size() - 1);
        product *= death;
      }
    }
    sum += product;
    std::size_t at = 0;
    while (at < visits && ++path[at] == living) path[at++] = 0;
    if (at == visits) return std::log(sum);
  }
}

}  // namespace

TEST_CASE("misread levels: the worked example with its derivatives", "[likelihood]") {
  const auto im = misread_four();
  const auto tables = kohort::aggregate(w07_rows(im), im);
  const auto b = w07_coefficients();
  CHECK(tables.hidden.size() == 1);
  CHECK(tables.intervals == 5);
  const auto l = kohort::log_likelihood_gradient(im, tables, b, 1);
  CHECK_THAT(-2 * l.value, WithinAbs(16.42337828525656, 1e-12));
  const std::array expected{0.74471382611587, -0.0416932412988, -0.0391335717621,
                            0.58923911942525, -0.0065890841359, 0.61160676830974};
  for (int k = 0; k < 6; ++k)
    CHECK_THAT(l.gradient[k], WithinAbs(expected[static_cast<std::size_t>(k)], 1e-12));
  CHECK_THAT(l.gradient[6], WithinAbs(0.43724473165934, 1e-12));
  CHECK_THAT(l.value, WithinAbs(by_enumeration(im, b, w07_rows(im), {0.7, 0.25, 0.05}), 1e-13));
  check_gradient(im, tables, b);

  SECTION("row by row with the formulas of the header") {
    const auto Q = kohort::intensity_matrix<>::from_rates(four, rates);
    const auto E = kohort::reading_probability(
        im, std::span(b.data(), static_cast<std::size_t>(b.size())), {});
    const std::array times{0.5, 0.6, 0.5, 0.6};
    const std::array seen_states{0, 1, 0, 1, 2};
    Eigen::RowVectorXd row(4);
    row << 0.7 * E(0, 0), 0.25 * E(1, 0), 0.05 * E(2, 0), 0;
    for (std::size_t i = 0; i < times.size(); ++i) {
      row = kohort::misclassified_row(row, kohort::transition_probability(Q, times[i]),
                                      E.col(seen_states[i + 1]));
    }
    const auto last = kohort::transition_probability(Q, 0.55);
    CHECK_THAT(std::log(kohort::misclassified_death(row, last, Q, 3)), WithinAbs(l.value, 1e-13));
  }
}

TEST_CASE("misreadings that depend on covariates, and estimated first states", "[likelihood]") {
  auto im = misread_four();
  im.terms = {{"x"}};
  im.misread->terms = {{"x"}};
  im.misread->uses = {{true}, {false}, {true}, {true}};
  im.misread->start = hidden_start::estimated;
  kohort::observations raw;
  raw.covariate_names = {"x"};
  const auto add = [&](std::vector<seen> rows) {
    const auto subject = static_cast<std::int32_t>(raw.subject_names.size());
    raw.subject_names.push_back(std::to_string(subject));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      raw.subjects.push_back(subject);
      raw.times.push_back(rows[i].time);
      raw.states.push_back(rows[i].state);
      raw.kinds.push_back(rows[i].kind);
      raw.covariates.push_back(0.3 * static_cast<double>(i) - 0.1 * subject);
    }
  };
  add({{0, 0}, {0.5, 1}, {1.1, 0}, {1.9, 2}, {2.4, 3, observation_kind::exact_death}});
  add({{0, 1}, {1.5, 0}, {2.0, 3, observation_kind::exact_death}});
  add({{0, 2}, {0.4, 1}, {3.0, 3, observation_kind::exact_death}});
  raw.weights = {1, 2.5, 1};
  const auto data = kohort::validate(kohort::observable_model(im), raw);
  const auto tables = kohort::aggregate(data, im);
  const auto names = kohort::coefficient_names(im);
  Eigen::VectorXd b(static_cast<Eigen::Index>(names.size()));
  for (Eigen::Index i = 0; i < b.size(); ++i)
    b[i] = -1 + 0.2 * std::sin(3.0 * static_cast<double>(i));
  check_gradient(im, tables, b);

  double sum = 0;
  const auto first =
      kohort::start_probability(im, std::span(b.data(), static_cast<std::size_t>(b.size())));
  for (std::int32_t subject = 0; subject < 3; ++subject) {
    kohort::observations one;
    one.covariate_names = {"x"};
    one.subject_names = {"A"};
    for (std::size_t i = 0; i < raw.rows(); ++i) {
      if (raw.subjects[i] != subject) continue;
      one.subjects.push_back(0);
      one.times.push_back(raw.times[i]);
      one.states.push_back(raw.states[i]);
      one.kinds.push_back(raw.kinds[i]);
      one.covariates.push_back(raw.covariates[i]);
    }
    // The enumeration has one set of terms for rates and readings alike, so it needs them equal.
    auto all = im;
    all.misread->uses = {};
    Eigen::VectorXd c(b.size() + 1);
    c << b.head(15), 0, b.tail(b.size() - 15);  // "2 seen as 1: x" is 0
    REQUIRE(kohort::coefficient_names(all)[15] == "2 seen as 1: x");
    sum += raw.weights[static_cast<std::size_t>(subject)] * by_enumeration(all, c, one, first);
  }
  CHECK_THAT(kohort::log_likelihood(im, tables, b, 1), WithinAbs(sum, 1e-12));

  SECTION("the same bytes on any number of threads, and for any order of subjects") {
    CHECK(kohort::log_likelihood(im, tables, b, 3) == kohort::log_likelihood(im, tables, b, 1));
  }
  SECTION("the information is the sum of the scores' outer products") {
    const auto B = kohort::expected_information(im, tables, b, 1);
    Eigen::MatrixXd outer = Eigen::MatrixXd::Zero(b.size(), b.size());
    for (std::size_t r = 0; r < tables.hidden.size(); ++r) {
      auto alone = tables;
      for (std::size_t s = 0; s < tables.hidden.size(); ++s) {
        if (s != r) alone.hidden.weights[s] = 0;
      }
      const double weight = alone.hidden.weights[r];
      alone.hidden.weights[r] = 1;
      const Eigen::VectorXd u = kohort::log_likelihood_gradient(im, alone, b, 1).gradient;
      outer += weight * u * u.transpose();
    }
    CHECK((B - outer).cwiseAbs().maxCoeff() < 1e-12);
    const auto H = kohort::observed_information(im, tables, b, 1);
    CHECK((H - H.transpose()).cwiseAbs().maxCoeff() == 0);
  }
  SECTION("a value that a reading needs must be there") {
    auto gap = data;
    gap.covariates[2] = std::nan("");
    CHECK_THROWS_WITH(kohort::aggregate(gap, im), Contains("lacks the value of 'x'"));
  }
}

TEST_CASE("misreadings as rare as can be say what the plain model says", "[likelihood]") {
  kohort::intensity_model plain{four}, im{four};
  im.misread = kohort::misclassification{.errors = {{0, 1}, {1, 2}}, .start = hidden_start::seen};
  const auto seed = GENERATE(range(0, 5));
  std::vector<seen> rows{{0, seed % 2}};
  double t = 0;
  for (int i = 1; i < 5; ++i) rows.push_back({t += 0.3 + 0.1 * ((i * seed) % 3), (i + seed) % 2});
  rows.push_back({t + 1, 3, seed % 2 ? observation_kind::exact_death : observation_kind::panel});
  const auto data = person(four, rows);
  Eigen::VectorXd b(6), c(8);
  for (int k = 0; k < 6; ++k) b[k] = std::log(rates[static_cast<std::size_t>(k)]);
  c << b, -800, -800;
  const auto expected =
      kohort::log_likelihood_gradient(plain, kohort::aggregate(data, plain), b, 1);
  const auto found = kohort::log_likelihood_gradient(im, kohort::aggregate(data, im), c, 1);
  CHECK_THAT(found.value, WithinRel(expected.value, 1e-13));
  for (int k = 0; k < 6; ++k) CHECK_THAT(found.gradient[k], WithinAbs(expected.gradient[k], 1e-11));
  CHECK(found.gradient.tail(2).cwiseAbs().maxCoeff() == 0);
}

TEST_CASE("the names of the levels do not matter", "[likelihood]") {
  // State s of the first model is state p(s) of the second.
  const std::array p{2, 0, 1, 3};
  const kohort::model other(
      {"2", "3", "1", "4"},
      {{"1", "2"}, {"1", "4"}, {"2", "1"}, {"2", "3"}, {"2", "4"}, {"3", "4"}}, "4");
  auto im = misread_four();
  kohort::intensity_model jm{other};
  jm.misread = im.misread;
  for (auto& error : jm.misread->errors)
    error = {p[static_cast<std::size_t>(error.truth)], p[static_cast<std::size_t>(error.seen)]};
  jm.misread->probabilities = {0.25, 0.05, 0.7, 0};
  auto data = w07_rows(im);
  const double value =
      kohort::log_likelihood(im, kohort::aggregate(data, im), w07_coefficients(), 1);
  for (auto& s : data.states) s = p[static_cast<std::size_t>(s)];
  CHECK_THAT(kohort::log_likelihood(jm, kohort::aggregate(data, jm), w07_coefficients(), 1),
             WithinRel(value, 1e-13));
}

TEST_CASE("a subject seen once says something of the first states and of the errors",
          "[likelihood]") {
  auto im = misread_four();
  im.misread->start = hidden_start::estimated;
  kohort::observations raw;
  for (const int subject : {0, 0, 1, 2}) {
    if (subject >= static_cast<int>(raw.subject_names.size()))
      raw.subject_names.push_back(std::to_string(subject));
    raw.subjects.push_back(subject);
    raw.times.push_back(static_cast<double>(raw.times.size()));
    raw.states.push_back(subject == 2 ? 2 : 1);
    raw.kinds.push_back(observation_kind::panel);
  }
  const auto tables = kohort::aggregate(kohort::validate(kohort::observable_model(im), raw), im);
  CHECK(tables.hidden.size() == 3);
  CHECK(tables.single_subjects == 2);
  Eigen::VectorXd b(12);
  b << w07_coefficients(), std::log(0.5), std::log(0.25);
  check_gradient(im, tables, b);
}

TEST_CASE("a history that no truth explains is refused by row", "[likelihood]") {
  auto im = misread_four();
  im.misread->errors = {{0, 1}};
  const auto rows = person(kohort::observable_model(im), {{0, 0}, {1, 2}, {2, 1}});
  CHECK_THROWS_WITH(kohort::aggregate(rows, im),
                    Contains("row 2 says 3 -> 2") && Contains("E-IMPOSSIBLE"));
  const auto known =
      person(kohort::observable_model(im), {{0, 0}, {1, 1, observation_kind::exact_transition}});
  CHECK_THROWS_WITH(kohort::aggregate(known, im), Contains("E-KIND"));
  im.misread->probabilities = {0, 0, 1, 0};
  CHECK_THROWS_WITH(kohort::aggregate(rows, im), Contains("first seen in 1"));
}

TEST_CASE("misread levels at exact times are refused, or read as msm does if asked to",
          "[likelihood]") {
  auto im = misread_four();
  const auto exact = observation_kind::exact_transition;
  const auto rows = person(
      kohort::observable_model(im),
      {{0, 0}, {0.5, 1, exact}, {1.1, 0, exact}, {1.6, 1}, {2.2, 2, exact}, {2.75, 3, exact}});
  CHECK_THROWS_WITH(kohort::aggregate(rows, im),
                    Contains("E-KIND") && Contains("msm's convention"));
  im.misread->throughout = kohort::known_throughout::move_or_stay;
  const auto tables = kohort::aggregate(rows, im);
  const auto b = w07_coefficients();
  const std::span all(b.data(), static_cast<std::size_t>(b.size()));
  check_gradient(im, tables, b);
  const double value = kohort::log_likelihood(im, tables, b, 1);

  SECTION("row by row with the formula of the header") {
    const auto Q = kohort::intensity_matrix<>::from_rates(four, rates);
    const auto E = kohort::reading_probability(im, all, {});
    Eigen::RowVectorXd row(4);
    row << 0.7 * E(0, 0), 0.25 * E(1, 0), 0.05 * E(2, 0), 0;
    row = kohort::misclassified_move_or_stay(row, Q, 0.5, E.col(1));
    row = kohort::misclassified_move_or_stay(row, Q, 0.6, E.col(0));
    row = kohort::misclassified_row(row, kohort::transition_probability(Q, 0.5), E.col(1));
    row = kohort::misclassified_move_or_stay(row, Q, 0.6, E.col(2));
    row = kohort::misclassified_move_or_stay(row, Q, 0.55, E.col(3));
    CHECK_THAT(value, WithinAbs(std::log(row.sum()), 1e-13));
  }
  SECTION("without errors it is the likelihood of exact transitions") {
    kohort::intensity_model plain{four};
    im.misread->errors = {{0, 1}};
    im.misread->start = hidden_start::seen;
    const auto one =
        person(four, {{0, 0}, {0.4, 0, exact}, {1, 1, exact}, {1.5, 0, exact}, {3, 3, exact}});
    Eigen::VectorXd c(7);
    c << b.head(6), -800;
    CHECK_THAT(kohort::log_likelihood(im, kohort::aggregate(one, im), c, 1),
               WithinRel(kohort::log_likelihood(plain, kohort::aggregate(one, plain),
                                                Eigen::VectorXd(b.head(6)), 1),
                         1e-13));
  }
  SECTION("on logarithms too, where a double would not hold the row") {
    // From 3 nobody is read as 1 but by an error; its log odds are a factor.
    im.misread->errors = {{2, 0}};
    im.misread->start = hidden_start::seen;
    const auto one = person(kohort::observable_model(im),
                            {{0, 2}, {0.4, 0, exact}, {1, 2, exact}, {2, 3, exact}});
    Eigen::VectorXd c(7);
    c << b.head(6), -600;
    const auto held = kohort::aggregate(one, im);
    const auto near = kohort::log_likelihood_gradient(im, held, c, 1);
    c[6] = -700;
    const auto far = kohort::log_likelihood_gradient(im, held, c, 1);
    CHECK_THAT(far.value, WithinAbs(near.value - 100, 1e-9));
    CHECK((far.gradient - near.gradient).cwiseAbs().maxCoeff() < 1e-7);
  }
  SECTION("rates that change in steps: every piece before the last is held") {
    im.terms = {{"age", kohort::covariate_path::bands, {80.2, 81}}};
    kohort::observations aged = rows;
    aged.covariate_names = {"age"};
    for (std::size_t i = 0; i < aged.rows(); ++i) aged.covariates.push_back(80 + aged.times[i]);
    const auto cut = kohort::aggregate(aged, im);
    Eigen::VectorXd c(22);
    for (int k = 0; k < 6; ++k) c.segment(3 * k, 3) << b[k], 0, 0;
    c.tail(4) = b.tail(4);
    CHECK_THAT(kohort::log_likelihood(im, cut, c, 1), WithinAbs(value, 1e-12));
    for (int k = 0; k < 6; ++k) c.segment(3 * k, 3) << b[k], 0.3 - 0.1 * k, 0.2 * k - 0.5;
    check_gradient(im, cut, c);
  }
  SECTION("rates that move on: those of the row's own time are the move's") {
    im.terms = {{"age", kohort::covariate_path::gompertz, {}, 80}};
    kohort::observations aged = rows;
    aged.covariate_names = {"age"};
    for (std::size_t i = 0; i < aged.rows(); ++i) aged.covariates.push_back(80 + aged.times[i]);
    const auto along = kohort::aggregate(aged, im);
    Eigen::VectorXd c(16);
    for (int k = 0; k < 6; ++k) c.segment(2 * k, 2) << b[k], 0;
    c.tail(4) = b.tail(4);
    CHECK_THAT(kohort::log_likelihood(im, along, c, 1), WithinAbs(value, 1e-12));
    for (int k = 0; k < 6; ++k) c.segment(2 * k, 2) << b[k], 0.1 * k - 0.2;
    check_gradient(im, along, c);
    // One row from light, where time runs as (e^{gt} - 1)/g: all slopes g.
    const auto one = person(kohort::observable_model(im), {{0, 0}, {0.7, 1, exact}});
    aged = one;
    aged.covariate_names = {"age"};
    aged.covariates = {80, 80.7};
    const double g = 0.4, t = std::expm1(g * 0.7) / g;
    for (int k = 0; k < 6; ++k) c.segment(2 * k, 2) << b[k], g;
    const auto Q = kohort::intensity_matrix<>::from_rates(four, rates).matrix();
    const auto E = kohort::reading_probability(im, std::span(c.data(), 16), {});
    double sum = 0;
    for (int s = 0; s < 3; ++s) {
      for (int o = 0; o < 3; ++o) {
        const double move = s == o ? 1 : Q(s, o) * std::exp(g * 0.7);
        sum += im.misread->probabilities[static_cast<std::size_t>(s)] * E(s, 0) *
               std::exp(Q(s, s) * t) * move * E(o, 1);
      }
    }
    CHECK_THAT(kohort::log_likelihood(im, kohort::aggregate(aged, im), c, 1),
               WithinAbs(std::log(sum), 1e-9));
  }
}
