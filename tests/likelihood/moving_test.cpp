#include <kohort/likelihood/moving.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <random>

#include <Eigen/LU>

#include <kohort/likelihood/detail/clock_integrals.hpp>
#include <kohort/likelihood/detail/moving.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/model/moving_probability.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::covariate_path;
using kohort::observation_kind;

namespace {

const kohort::model levels({"light", "heavy", "ended", "dead"},
                           {{"light", "heavy"},
                            {"heavy", "light"},
                            {"light", "ended"},
                            {"light", "dead"},
                            {"heavy", "dead"}},
                           "dead");

/// Persons with visits, dated deaths and times known throughout, of ages in days.
kohort::observations made_up(int persons, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> u;
  kohort::observations raw;
  raw.units_per_year = 365.25;
  raw.covariate_names = {"age", "since", "male"};
  for (int who = 0; who < persons; ++who) {
    raw.subject_names.push_back(std::to_string(who));
    raw.weights.push_back(u(random) < .5 ? 1 : 1.5);
    double time = 0, age = 66 + std::floor(30 * u(random) * 365.25) / 365.25, since = 0;
    int state = u(random) < .6 ? 0 : 1;
    const double male = u(random) < .4;
    for (int visit = 0;; ++visit) {
      raw.subjects.push_back(who);
      raw.times.push_back(time);
      raw.states.push_back(state);
      raw.covariates.insert(raw.covariates.end(), {age, since, male});
      const bool dead = state >= 2;
      raw.kinds.push_back(visit == 0                     ? observation_kind::start
                          : state == 3                   ? observation_kind::exact_death
                          : state == 2 || u(random) < .2 ? observation_kind::panel
                                                         : observation_kind::panel);
      if (dead || visit > 3) break;
      const double days = 20 + std::floor(800 * u(random));
      time += days;
      age += days / 365.25;
      since += days / 365.25;
      const double draw = u(random);
      state = draw < .1 ? 3 : draw < .15 ? 2 : draw < .4 ? 1 - state : state;
    }
  }
  // Some rows of people who stay or move in one step become known throughout.
  for (std::size_t i = 1; i < raw.rows(); ++i) {
    const bool first = raw.subjects[i] != raw.subjects[i - 1];
    const bool possible =
        raw.states[i] == raw.states[i - 1] || levels.index(raw.states[i - 1], raw.states[i]) >= 0;
    if (!first && possible && raw.subjects[i] % 4 == 1)
      raw.kinds[i] = observation_kind::exact_transition;
  }
  return kohort::validate(levels, raw);
}

kohort::intensity_model all_kinds() {
  return {levels,
          {{"age", covariate_path::gompertz, {}, 80},
           {"male"},
           {"since", covariate_path::weibull},
           {"age", covariate_path::bands, {82}}},
          {{true, true, false, true},
           {true, false, false, false},
           {false, true, true, false},
           {true, true, true, true},
           {true, true, false, false}}};
}

Eigen::VectorXd somewhere(const kohort::intensity_model& intensities, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  const auto where = kohort::layout(intensities);
  Eigen::VectorXd b(where.size());
  for (auto& value : b) value = .15 * normal(random);
  for (std::size_t k = 0; k < where.columns.size(); ++k) b[where.starts[k]] += -1.5;
  const auto names = kohort::coefficient_names(intensities);
  for (Eigen::Index i = 0; i < b.size(); ++i) {
    if (names[static_cast<std::size_t>(i)].ends_with(": age")) b[i] /= 2;
  }
  return b;
}

/// Row by row from `transition_probability` and, for times known throughout, Simpson's rule.
double slow(const kohort::observations& seen, const kohort::intensity_model& intensities,
            const Eigen::VectorXd& b) {
  const std::span coefficients(b.data(), static_cast<std::size_t>(b.size()));
  const auto where = kohort::layout(intensities);
  const auto& moves = intensities.structure.transitions();
  double sum = 0;
  for (std::size_t i = 1; i < seen.rows(); ++i) {
    if (seen.kinds[i] == observation_kind::start) continue;
    std::vector<double> x;
    for (const auto& term : intensities.terms) {
      const auto column =
          std::find(seen.covariate_names.begin(), seen.covariate_names.end(), term.column) -
          seen.covariate_names.begin();
      x.push_back(seen.row_covariates(i - 1)[static_cast<std::size_t>(column)]);
    }
    const double t = seen.elapsed(i);
    const int from = seen.states[i - 1], to = seen.states[i];
    const auto rates_after = [&](double after) {
      auto now = x;
      for (std::size_t c = 0; c < now.size(); ++c) {
        if (intensities.terms[c].path != covariate_path::held) now[c] += after;
      }
      std::vector<double> rates(moves.size());
      kohort::rates_at(where, coefficients, kohort::design_row(intensities, now), rates);
      return rates;
    };
    const double weight = seen.weight(seen.subjects[i]);
    if (seen.kinds[i] == observation_kind::exact_transition) {
      double l = 0;
      const int n = 20000;  // midpoints: the bands' jump and the start of a Weibull clock
      for (int j = 0; j < n; ++j) {
        const double u = (j + .5) / n, after = t * u * u;  // dense where the rate may be infinite
        const auto rates = rates_after(after);
        for (std::size_t k = 0; k < moves.size(); ++k) {
          if (moves[k].from == from) l -= rates[k] * 2 * u * t / n;
        }
      }
      if (to != from)
        l += std::log(rates_after(t)[static_cast<std::size_t>(levels.index(from, to))]);
      sum += weight * l;
      continue;
    }
    const auto P = kohort::transition_probability(intensities, coefficients, x, t, 1e-11);
    double L = P(from, to);
    if (seen.kinds[i] == observation_kind::exact_death) {
      L = 0;
      const auto rates = rates_after(t);
      for (std::size_t k = 0; k < moves.size(); ++k) {
        if (moves[k].to == to) L += P(from, moves[k].from) * rates[k];
      }
    }
    sum += weight * std::log(L);
  }
  return sum;
}

kohort::model three({"1", "2", "3"}, {{"1", "2"}, {"1", "3"}, {"2", "1"}, {"2", "3"}}, "");
const std::vector<double> w08{std::log(.20), .05,  std::log(.05), .09,
                              std::log(.10), -.04, std::log(.30), .03};

/// One person seen in `from`, and `years` later in `to`, 80 years old at first.
kohort::transition_tables one_interval(const kohort::intensity_model& intensities, int from, int to,
                                       double years, double step,
                                       observation_kind kind = observation_kind::panel) {
  kohort::observations raw;
  raw.covariate_names = {"age"};
  raw.subject_names = {"a"};
  raw.subjects = {0, 0};
  raw.times = {0, years};
  raw.states = {from, to};
  raw.kinds = {observation_kind::start, kind};
  raw.covariates = {80, 80 + years};
  auto tables = kohort::aggregate(kohort::validate(intensities.structure, raw), intensities);
  tables.step = step;
  return tables;
}

}  // namespace

TEST_CASE("the log-likelihood along clocks is that of the rows one by one", "[likelihood]") {
  const auto seen = made_up(40, 3);
  const auto intensities = all_kinds();
  auto tables = kohort::aggregate(seen, intensities);
  const auto b = somewhere(intensities, 5);
  tables.step = .05;
  CHECK(tables.moving.size() >= 4);  // all kinds, with one and with two pieces
  CHECK_THAT(kohort::log_likelihood(intensities, tables, b, 1),
             WithinRel(slow(seen, intensities, b), 2e-8));
}

TEST_CASE("the gradient along clocks is the slope of the value", "[likelihood]") {
  const unsigned seed = GENERATE(range(1u, 5u));
  const auto intensities = all_kinds();
  auto tables = kohort::aggregate(made_up(60, seed), intensities);
  tables.step = .4;
  const auto b = somewhere(intensities, seed + 100);
  const auto l = kohort::log_likelihood_gradient(intensities, tables, b, 1);
  CHECK(l.value == kohort::log_likelihood(intensities, tables, b, 1));
  for (Eigen::Index i = 0; i < b.size(); ++i) {
    const double h = 1e-3;
    const auto value = [&](double by) {
      auto moved = b;
      moved[i] += by;
      return kohort::log_likelihood(intensities, tables, moved, 1);
    };
    const double slope = (8 * (value(h) - value(-h)) - value(2 * h) + value(-2 * h)) / (12 * h);
    CAPTURE(seed, i);
    CHECK_THAT(l.gradient[i], WithinRel(slope, 1e-7) || WithinAbs(slope, 1e-7));
  }
}

TEST_CASE("the curvature along clocks is the slope of the gradient", "[likelihood]") {
  const auto intensities = all_kinds();
  auto tables = kohort::aggregate(made_up(80, 11), intensities);
  tables.step = .4;
  const auto b = somewhere(intensities, 12);
  const auto H = kohort::observed_information(intensities, tables, b, 1);
  for (Eigen::Index i = 0; i < b.size(); ++i) {
    const double h = 1e-4;
    const auto gradient = [&](double by) {
      auto moved = b;
      moved[i] += by;
      return kohort::log_likelihood_gradient(intensities, tables, moved, 1).gradient;
    };
    const Eigen::VectorXd column =
        -(8 * (gradient(h) - gradient(-h)) - gradient(2 * h) + gradient(-2 * h)) / (12 * h);
    for (Eigen::Index j = 0; j < b.size(); ++j)
      CHECK_THAT(H(j, i), WithinRel(column[j], 1e-5) || WithinAbs(column[j], 1e-5));
  }
}

TEST_CASE("the quick curvature gives the standard errors of the other", "[likelihood]") {
  // Slopes and a curve in age; intervals of a year are short beside 30 years of age, of two not.
  const bool curve = GENERATE(false, true);
  const auto age = curve ? kohort::term{"age", covariate_path::spline, {66, 98}, 80, 3}
                         : kohort::term{"age", covariate_path::gompertz, {}, 80};
  const kohort::intensity_model intensities{levels, {age, {"male"}}};
  const auto tables = kohort::aggregate(made_up(3000, 41), intensities);
  auto b = somewhere(intensities, 42);
  const auto curvature = [&](kohort::detail::moving_wish wish) {
    const auto found =
        kohort::detail::evaluate_moving(intensities, tables, b, .5, wish, 1, 2, {}).curvature;
    return Eigen::MatrixXd((found + found.transpose()) / 2);
  };
  const Eigen::MatrixXd ridge = 1e-3 * Eigen::MatrixXd::Identity(b.size(), b.size());
  const Eigen::MatrixXd slow =
      (curvature(kohort::detail::moving_wish::curvature) + ridge).inverse();
  const Eigen::MatrixXd quick =
      (curvature(kohort::detail::moving_wish::quick_curvature) + ridge).inverse();
  for (Eigen::Index i = 0; i < b.size(); ++i) {
    CAPTURE(curve, i);
    CHECK_THAT(std::sqrt(quick(i, i)), WithinRel(std::sqrt(slow(i, i)), 1e-3));
  }
}

TEST_CASE("the same bytes along clocks on one thread and on two", "[likelihood]") {
  const auto intensities = all_kinds();
  const auto tables = kohort::aggregate(made_up(900, 21), intensities);
  const auto b = somewhere(intensities, 22);
  const auto one = kohort::log_likelihood_gradient(intensities, tables, b, 1);
  const auto two = kohort::log_likelihood_gradient(intensities, tables, b, 2);
  CHECK(one.value == two.value);
  CHECK(one.gradient == two.gradient);
  CHECK(kohort::observed_information(intensities, tables, b, 1) ==
        kohort::observed_information(intensities, tables, b, 2));
}

TEST_CASE("W08 as a likelihood, and what its estimate of the error is worth", "[likelihood]") {
  const kohort::intensity_model intensities{three, {{"age", covariate_path::gompertz, {}, 80}}};
  const Eigen::VectorXd b = Eigen::Map<const Eigen::VectorXd>(w08.data(), 8);
  const auto value = [&](int from, int to, double step) {
    return kohort::log_likelihood(intensities, one_interval(intensities, from, to, 5, step), b, 1);
  };
  const double printed[2][3] = {{.2821813878804, .2230389525893, .4947796595303},
                                {.0849662530843, .1717028165007, .7433309304150}};
  for (int from = 0; from < 2; ++from) {
    for (int to = 0; to < 3; ++to)
      CHECK_THAT(std::exp(value(from, to, .05)), WithinAbs(printed[from][to], 1e-11));
  }
  // e = |l(h) - l(h / 2)| 16 / 15 against the true error.
  for (const double h : {5.0, 1.0}) {
    for (int from = 0; from < 2; ++from) {
      for (int to = 0; to < 3; ++to) {
        const double truth = std::abs(value(from, to, h) - std::log(printed[from][to]));
        const double estimate =
            kohort::substep_error(intensities, one_interval(intensities, from, to, 5, h), b);
        CAPTURE(h, from, to);
        CHECK_THAT(estimate, WithinRel(truth, h == 5 ? .02 : .002) || WithinAbs(truth, 1e-8));
      }
    }
  }
}

TEST_CASE("the printed errors of W08's sub-steps", "[likelihood]") {
  const kohort::intensity_model intensities{three, {{"age", covariate_path::gompertz, {}, 80}}};
  const Eigen::VectorXd b = Eigen::Map<const Eigen::VectorXd>(w08.data(), 8);
  const auto estimate = [&](double h) {
    return kohort::substep_error(intensities, one_interval(intensities, 0, 1, 5, h), b);
  };
  CHECK_THAT(estimate(5), WithinRel(5.010e-4, 1e-3));
  CHECK_THAT(estimate(1), WithinRel(8.748e-7, 1e-3));
}

TEST_CASE("a step chosen by the rule keeps its promise", "[likelihood]") {
  const auto intensities = all_kinds();
  auto tables = kohort::aggregate(made_up(200, 31), intensities);
  const auto b = somewhere(intensities, 32);
  tables.step = kohort::choose_step(intensities, tables, b);
  CHECK(tables.step < 1);
  const double error = kohort::substep_error(intensities, tables, b);
  CHECK(error <= 2e-5);
  const double value = kohort::log_likelihood(intensities, tables, b);
  tables.step /= 8;
  CHECK_THAT(kohort::log_likelihood(intensities, tables, b), WithinAbs(value, 2e-5));
}

TEST_CASE("a slope shared by all rates is a change of time, stiff or not", "[likelihood]") {
  // W03's rates, which differ by eleven orders of magnitude, growing together.
  const kohort::model stiff(
      {"1", "2", "3", "4"},
      {{"1", "2"}, {"2", "1"}, {"2", "3"}, {"2", "4"}, {"3", "1"}, {"3", "4"}});
  const kohort::intensity_model intensities{stiff, {{"age", covariate_path::gompertz, {}, 80}}};
  const kohort::intensity_model still{stiff};
  const double gamma = .07, scale = GENERATE(1.0, 1e-3, 1e-6);
  Eigen::VectorXd b(12), c(6);
  const double rates[] = {2e5, 5e4, 3e-5, 1e-6, 4e-4, 2};
  for (int k = 0; k < 6; ++k) {
    b[2 * k] = c[k] = std::log(scale * rates[k]);
    b[2 * k + 1] = gamma;
  }
  const double years = std::expm1(gamma * 3) / gamma;
  for (const int to : {0, 1, 2, 3}) {
    auto there = one_interval(intensities, 2, to, 3, .02);
    kohort::observations raw;
    raw.subject_names = {"a"};
    raw.subjects = {0, 0};
    raw.times = {0, years};
    raw.states = {2, to};
    raw.kinds = {observation_kind::start, observation_kind::panel};
    const auto here = kohort::aggregate(kohort::validate(stiff, raw), still);
    CAPTURE(scale, to);
    const double expected = kohort::log_likelihood(still, here, c, 1);
    CHECK_THAT(kohort::log_likelihood(intensities, there, b, 1),
               WithinAbs(expected, 1e-9) || WithinRel(expected, 1e-9));
  }
}

TEST_CASE("many narrow bands come close to a slope", "[likelihood]") {
  const double width = 1.0 / 32;
  std::vector<double> cuts;
  for (int i = 1; i <= 96; ++i) cuts.push_back(80 + i * width);
  const kohort::intensity_model bands{three, {{"age", covariate_path::bands, cuts}}};
  const kohort::intensity_model slope{three, {{"age", covariate_path::gompertz, {}, 80}}};
  Eigen::VectorXd in_bands(kohort::layout(bands).size());
  Eigen::Index next = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    const double first = w08[2 * k] + w08[2 * k + 1] * width / 2;
    in_bands[next++] = first;
    for (int i = 1; i <= 96; ++i) in_bands[next++] = w08[2 * k + 1] * width * i;
  }
  const Eigen::VectorXd b = Eigen::Map<const Eigen::VectorXd>(w08.data(), 8);
  for (const auto kind : {observation_kind::panel, observation_kind::exact_transition}) {
    const auto moving = one_interval(slope, 0, 1, 2.9, .05, kind);
    auto piecewise = one_interval(bands, 0, 1, 2.9, .05, kind);
    // At the move itself the band's rate is up to gamma width / 2 away.
    const double allowed = kind == observation_kind::panel ? 2e-6 : .05 * width;
    CHECK_THAT(kohort::log_likelihood(bands, piecewise, in_bands, 1),
               WithinAbs(kohort::log_likelihood(slope, moving, b, 1), allowed));
  }
}

TEST_CASE("a hazard's integral and its derivatives, near 0 as elsewhere", "[likelihood]") {
  const double c = GENERATE(-3.0, -.2, -1e-9, 0.0, 1e-12, 1e-4, .7, 2.5, 40.0);
  const double low = GENERATE(-4.0, 0.0, .3), length = GENERATE(1e-6, .5, 2.0);
  const double high = low + length;
  const kohort::detail::exponential_integral F(c, low, high);
  double sums[3] = {};
  const int n = 4000;
  for (int i = 0; i <= n; ++i) {
    const double x = low + length * i / n, share = (i == 0 || i == n ? 1 : i % 2 ? 4 : 2);
    for (int m = 0; m < 3; ++m)
      sums[m] += share * std::pow(x, m) * std::exp(c * x) * length / (3 * n);
  }
  CAPTURE(c, low, length);
  CHECK_THAT(F.value, WithinRel(sums[0], 1e-9));
  CHECK_THAT(F.first, WithinRel(sums[1], 1e-9) || WithinAbs(sums[1], 1e-9 * sums[0]));
  CHECK_THAT(F.second, WithinRel(sums[2], 1e-9) || WithinAbs(sums[2], 1e-9 * sums[0]));
  if (c > .5) {  // from the very start of a Weibull clock
    const double never = -std::numeric_limits<double>::infinity();
    const kohort::detail::exponential_integral whole(c, never, high);
    const kohort::detail::exponential_integral most(c, high - 80 / c, high);
    CHECK_THAT(whole.value, WithinRel(most.value, 1e-12));
    CHECK_THAT(whole.first, WithinRel(most.first, 1e-9));
    CHECK_THAT(whole.second, WithinRel(most.second, 1e-9));
  }
}
