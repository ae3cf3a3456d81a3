// Phases and misread levels over clocks that move.
#include <cmath>
#include <random>

#include <kohort/estimation/hidden_paths.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/likelihood/moving.hpp>
#include <kohort/model/misclassification.hpp>
#include <kohort/model/phases.hpp>

#include "catch.hpp"
#include "gradient_check.hpp"
#include "slow_moving.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::covariate_path;
using kohort::hidden_start;
using enum kohort::observation_kind;

namespace {

const kohort::model four({"1", "2", "3", "4"},
                         {{"1", "2"}, {"1", "4"}, {"2", "1"}, {"2", "3"}, {"2", "4"}, {"3", "4"}},
                         "4");
const std::vector<double> slopes{.08, .12, -.05, .04, .09, .03};
const std::vector<double> levels{-1.2, -3, -2.3, -1.4, -2.1, -1};
const std::vector<double> shares{.7, .25, .05, 0};

kohort::intensity_model misread() {
  kohort::intensity_model im{four, {{"age", covariate_path::gompertz, {}, 75}}};
  im.misread = kohort::misclassification{.errors = {{0, 1}, {1, 0}, {1, 2}, {2, 1}},
                                         .start = hidden_start::given,
                                         .probabilities = shares};
  return im;
}

Eigen::VectorXd misread_coefficients() {
  Eigen::VectorXd b(16);
  for (Eigen::Index k = 0; k < 6; ++k)
    b.segment(2 * k, 2) << levels[static_cast<std::size_t>(k)], slopes[static_cast<std::size_t>(k)];
  b.tail(4) << std::log(.08 / .92), std::log(.06 / .87), std::log(.07 / .87), std::log(.1 / .9);
  return b;
}

slow_rates gompertz_rates(const Eigen::VectorXd& b, std::size_t transitions) {
  slow_rates rates;
  for (std::size_t k = 0; k < transitions; ++k) {
    const auto at = static_cast<Eigen::Index>(2 * k);
    rates.push_back({b[at], b[at + 1]});
  }
  return rates;
}

/// Adds a person whose age runs on.
void add_aged(kohort::observations& raw, const kohort::model& m, const std::vector<mixed_row>& rows,
              double age, double weight = 1) {
  add_person(raw, m, rows, weight);
  raw.covariate_names = {"age"};
  for (const auto& row : rows) raw.covariates.push_back(age + row.time);
}

void jump(std::vector<wide>& p, const slow_course& course, const wide& age,
          const std::vector<char>& marked) {
  std::vector<wide> after(p.size(), wide(0));
  const auto& moves = course.structure().transitions();
  for (std::size_t k = 0; k < moves.size(); ++k) {
    if (marked[k])
      after[static_cast<std::size_t>(moves[k].to)] +=
          p[static_cast<std::size_t>(moves[k].from)] * course.rate(k, age);
  }
  p = after;
}

double log_sum(const std::vector<wide>& p) {
  wide sum = 0;
  for (const auto& one : p) sum += one;
  return static_cast<double>(log(sum));
}

/// Visits and a closing death of somebody whose levels may be misread.
double slow_misread(const kohort::intensity_model& im, const Eigen::VectorXd& b,
                    const std::vector<mixed_row>& rows, double age) {
  const slow_course course(four, gompertz_rates(b, 6), {75, {}});
  const auto E =
      kohort::reading_probability(im, std::span(b.data(), static_cast<std::size_t>(b.size())), {});
  std::vector<wide> p;
  for (int s = 0; s < 4; ++s)
    p.push_back(wide(shares[static_cast<std::size_t>(s)]) * wide(E(s, rows[0].states[0])));
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const double then = age + rows[i - 1].time, t = rows[i].time - rows[i - 1].time;
    course.pass(p, then, t, false);
    if (rows[i].kind == exact_death) {
      jump(p, course, wide(then) + wide(t), {0, 1, 0, 0, 1, 1});
    } else {
      for (int s = 0; s < 4; ++s) p[static_cast<std::size_t>(s)] *= wide(E(s, rows[i].states[0]));
    }
  }
  return log_sum(p);
}

// --- a state with two phases

const kohort::model stays({"a", "b", "dead"},
                          {{"a", "b"}, {"b", "a"}, {"a", "dead"}, {"b", "dead"}}, "dead");

struct phased {
  kohort::phased_model split = kohort::with_phases(stays, std::array{1, 2, 1});
  kohort::intensity_model im{
      split.fine, {{"age", covariate_path::gompertz, {}, 75}}, {}, split.map};
  Eigen::VectorXd b{kohort::layout(im).size()};
  phased() {
    for (Eigen::Index i = 0; i < b.size(); ++i)
      b[i] = i % 2 == 0 ? -1.5 + .3 * std::sin(3.0 * static_cast<double>(i))
                        : .08 * std::cos(static_cast<double>(i));
  }
  [[nodiscard]] std::size_t transitions() const { return im.structure.transitions().size(); }
  [[nodiscard]] kohort::state seen(int fine) const {
    return im.phases.seen_of[static_cast<std::size_t>(fine)];
  }
};

}  // namespace

TEST_CASE("misread levels over a clock that moves have the likelihood of 50 digits",
          "[likelihood]") {
  const auto im = misread();
  const auto b = misread_coefficients();
  const std::vector<std::vector<mixed_row>> persons{
      {{0, {0}}, {.5, {1}}, {1.1, {0}}, {1.6, {1}}, {2.2, {2}}, {2.75, {3}, exact_death}},
      {{0, {1}}, {2.5, {1}}, {5.5, {0}}},
      {{0, {2}}, {.3, {1}}, {.9, {3}, exact_death}}};
  kohort::observations raw;
  double truth = 0, age = 71.4;
  for (const auto& rows : persons) {
    add_aged(raw, kohort::observable_model(im), rows, age);
    truth += slow_misread(im, b, rows, age);
    age += 7.7;
  }
  const auto seen = kohort::validate(kohort::observable_model(im), raw);
  auto tables = kohort::aggregate(seen, im);
  CHECK(tables.hidden.size() == 3);
  tables.step = .02;
  CHECK_THAT(kohort::log_likelihood(im, tables, b), WithinAbs(truth, 1e-9));
  tables.step = .5;
  check_gradient(im, tables, b);
  const double stated = kohort::substep_error(im, tables, b);
  CHECK(std::abs(kohort::log_likelihood(im, tables, b) - truth) < 1.05 * stated);
  CHECK(stated < 1e-3);
}

TEST_CASE("hardly any misreading leaves the likelihood of the levels themselves", "[likelihood]") {
  auto im = misread();
  im.misread->start = hidden_start::seen;
  im.misread->probabilities.clear();
  auto b = misread_coefficients();
  b.tail(4).setConstant(-30);
  kohort::observations raw;
  add_aged(raw, four, {{0, {0}}, {1.3, {1}}, {2, {1}}, {3.1, {3}, exact_death}}, 77);
  add_aged(raw, four, {{0, {1}}, {.4, {0}}, {2.9, {2}}}, 84);
  const auto seen = kohort::validate(four, raw);
  const kohort::intensity_model plain{four, im.terms};
  CHECK_THAT(
      kohort::log_likelihood(im, kohort::aggregate(seen, im), b),
      WithinAbs(kohort::log_likelihood(plain, kohort::aggregate(seen, plain), b.head(12)), 1e-10));
}

TEST_CASE("phases over a clock that moves have the likelihood of 50 digits", "[likelihood]") {
  const phased model;
  const auto K = model.transitions();
  const auto& fine = model.im.structure;
  const slow_course course(fine, gompertz_rates(model.b, K), {75, {}});
  const auto marked = [&](auto&& wanted) {
    std::vector<char> chosen;
    for (const auto& move : fine.transitions())
      chosen.push_back(wanted(model.seen(move.from), model.seen(move.to)) ? 1 : 0);
    return chosen;
  };
  const auto keep = [&](std::vector<wide>& p, kohort::state shown) {
    for (std::size_t s = 0; s < p.size(); ++s) {
      if (model.seen(static_cast<int>(s)) != shown) p[s] = 0;
    }
  };
  kohort::observations raw;
  double truth = 0;
  {  // visits, the phase never seen, then a dated death
    const std::vector<mixed_row> rows{{0, {0}}, {1, {1}}, {2.2, {1}}, {2.9, {2}, exact_death}};
    add_aged(raw, stays, rows, 79.6, 2);
    std::vector<wide> p{1, 0, 0, 0};
    course.pass(p, 79.6, 1, false);
    keep(p, 1);
    course.pass(p, 80.6, 2.2 - 1.0, false);
    keep(p, 1);
    course.pass(p, 79.6 + 2.2, 2.9 - 2.2, false);
    jump(p, course, wide(79.6 + 2.2) + wide(2.9 - 2.2),
         marked([](int from, int to) { return from != 2 && to == 2; }));
    truth += 2 * log_sum(p);
  }
  {  // dated moves: into the first phase, and out of whichever it is
    const std::vector<mixed_row> rows{
        {0, {0}}, {.7, {1}, exact_transition}, {2.4, {0}, exact_transition}, {3, {1}}};
    add_aged(raw, stays, rows, 83.1);
    std::vector<wide> p{1, 0, 0, 0};
    course.pass(p, 83.1, .7, true);
    jump(p, course, wide(83.1) + wide(.7),
         marked([](int from, int to) { return from == 0 && to == 1; }));
    course.pass(p, 83.1 + .7, 2.4 - .7,
                marked([](int from, int to) { return from == 1 && to == 1; }));
    jump(p, course, wide(83.1 + .7) + wide(2.4 - .7),
         marked([](int from, int to) { return from == 1 && to == 0; }));
    course.pass(p, 83.1 + 2.4, 3 - 2.4, false);
    keep(p, 1);
    truth += log_sum(p);
  }
  {  // found in the state: phases as stays spend time there at the rates of that year's middle
    const std::vector<mixed_row> rows{{0, {1}}, {.6, {0}}};
    add_aged(raw, stays, rows, 70.3);
    const std::vector<double> middle{70.5};
    std::vector<double> q(K);
    kohort::rates_at(kohort::layout(model.im),
                     std::span(model.b.data(), static_cast<std::size_t>(model.b.size())),
                     kohort::design_row(model.im, middle), q);
    const auto share = kohort::stationary_phases(kohort::intensity_matrix<>::from_rates(fine, q),
                                                 model.im.phases, 1);
    std::vector<wide> p;
    for (Eigen::Index s = 0; s < 4; ++s) p.emplace_back(share[s]);
    course.pass(p, 70.3, .6, false);
    keep(p, 0);
    truth += log_sum(p);
  }
  const auto seen = kohort::validate(stays, raw);
  auto tables = kohort::aggregate(seen, model.im);
  tables.step = .02;
  CHECK_THAT(kohort::log_likelihood(model.im, tables, model.b), WithinAbs(truth, 1e-9));
  tables.step = .5;
  check_gradient(model.im, tables, model.b);
  const double stated = kohort::substep_error(model.im, tables, model.b);
  CHECK(std::abs(kohort::log_likelihood(model.im, tables, model.b) - truth) < 1.05 * stated);
}

TEST_CASE("smoothed states over a clock that moves, by hand", "[likelihood]") {
  const auto im = misread();
  const auto b = misread_coefficients();
  kohort::observations raw;
  const std::vector<mixed_row> rows{{0, {0}}, {1.5, {1}}, {3.2, {0}}};
  add_aged(raw, four, rows, 78.2);
  const auto smoothed = kohort::smoothed_states(kohort::validate(four, raw), im, b);
  const slow_course course(four, gompertz_rates(b, 6), {75, {}});
  const auto E =
      kohort::reading_probability(im, std::span(b.data(), static_cast<std::size_t>(b.size())), {});
  double sum = 0;
  std::vector<double> middle;
  for (int true_state = 0; true_state < 4; ++true_state) {
    std::vector<wide> p;
    for (int s = 0; s < 4; ++s)
      p.push_back(wide(shares[static_cast<std::size_t>(s)]) * wide(E(s, 0)));
    course.pass(p, 78.2, 1.5, false);
    for (int s = 0; s < 4; ++s)
      p[static_cast<std::size_t>(s)] *= s == true_state ? wide(E(s, 1)) : wide(0);
    course.pass(p, 79.7, 3.2 - 1.5, false);
    wide all = 0;
    for (int s = 0; s < 4; ++s) all += p[static_cast<std::size_t>(s)] * wide(E(s, 0));
    middle.push_back(static_cast<double>(all));
    sum += middle.back();
  }
  for (int s = 0; s < 4; ++s)
    CHECK_THAT(smoothed(1, s), WithinAbs(middle[static_cast<std::size_t>(s)] / sum, 1e-7));
}
