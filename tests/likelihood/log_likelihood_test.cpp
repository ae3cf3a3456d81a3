#include <kohort/likelihood/log_likelihood.hpp>  // first, so the header must stand on its own

#include <kohort/likelihood/exact_death.hpp>
#include <kohort/likelihood/exact_transition.hpp>
#include <kohort/likelihood/panel.hpp>
#include <kohort/support/random.hpp>

#include "catch.hpp"
#include "histories.hpp"
#include "mixed_rows.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

/// The log-likelihood interval by interval with 50 digits: slow, and nothing in common but
/// formulas.
double slow_log_likelihood(const kohort::intensity_model& im,
                           const kohort::transition_tables& tables, const Eigen::VectorXd& b) {
  const auto& m = im.structure;
  const auto n = static_cast<std::size_t>(m.size());
  const auto K = m.transitions().size();
  const auto where = kohort::layout(im);
  const auto rates_of = [&](std::size_t p) {
    std::vector<double> rates(K);
    kohort::rates_at(where, std::span(b.data(), static_cast<std::size_t>(b.size())),
                     tables.pattern(p), rates);
    return rates;
  };
  wide sum = 0;
  for (std::size_t i = 0; i < tables.exact.events.size(); ++i) {
    if (tables.exact.events[i] > 0)
      sum += wide(tables.exact.events[i]) * log(wide(rates_of(i / K)[i % K]));
    sum -= wide(rates_of(i / K)[i % K]) *
           wide(tables.exact
                    .exposure[i / K * n + static_cast<std::size_t>(m.transitions()[i % K].from)]);
  }
  for (const auto& cells : tables.cells) {
    const auto J = static_cast<std::size_t>(cells.pieces);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      std::vector<wide> row(n, wide(0));
      row[static_cast<std::size_t>(cells.from[i])] = 1;
      std::vector<double> rates;
      for (std::size_t j = 0; j < J; ++j) {
        rates = rates_of(static_cast<std::size_t>(cells.patterns[i * J + j]));
        row = slow_row(m, rates, row, cells.elapsed[i * J + j]);
      }
      wide L = 0;
      if (cells.kind == observation_kind::panel) {
        L = row[static_cast<std::size_t>(cells.to[i])];
      } else {
        for (std::size_t k = 0; k < K; ++k) {
          if (m.transitions()[k].to == cells.to[i])
            L += row[static_cast<std::size_t>(m.transitions()[k].from)] * wide(rates[k]);
        }
      }
      sum += wide(cells.weights[i]) * log(L);
    }
  }
  return static_cast<double>(sum);
}

/// A random history of a few hundred persons with every kind of row, age running on, a covariate.
kohort::observations random_histories(const kohort::model& m, std::uint64_t seed, int subjects) {
  const kohort::random_stream random(seed, kohort::purpose::histories);
  kohort::observations raw;
  raw.covariate_names = {"age", "x"};
  const auto death = *m.death();
  for (std::int32_t i = 0; i < subjects; ++i) {
    raw.subject_names.push_back(std::to_string(i));
    const auto who = static_cast<std::uint32_t>(i);
    std::uint32_t draw = 0;
    const auto next = [&] { return random.uniform(0, who, draw++); };
    double time = 0;
    int state = static_cast<int>(next() * (m.size() - 1));
    const double age = 65 + 20 * next(), x = next() < .5 ? 0 : 1;
    for (int visit = 0; visit < 4; ++visit) {
      raw.subjects.push_back(i);
      raw.times.push_back(time);
      raw.states.push_back(state);
      raw.covariates.insert(raw.covariates.end(), {age + time, x});
      const double kind = next();
      raw.kinds.push_back(visit == 0                    ? observation_kind::start
                          : state == death && kind < .6 ? observation_kind::exact_death
                                                        : observation_kind::panel);
      if (state == death) break;
      time += .1 + 2 * next();
      state = next() < .2 ? death : std::min(static_cast<int>(next() * 2) + state, death - 1);
    }
  }
  return kohort::validate(m, raw);
}

Eigen::VectorXd logs(const Eigen::VectorXd& rates) { return rates.array().log(); }

}  // namespace

TEST_CASE("panel counts on five levels have the log-likelihood worked out elsewhere",
          "[likelihood]") {
  const kohort::intensity_model im{five_levels()};
  const auto tables = kohort::aggregate(persons(im.structure, five_levels_counts()), im);
  const auto l = kohort::log_likelihood_gradient(im, tables, logs(five_levels_rates()));
  CHECK_THAT(-2 * l.value, WithinAbs(174.632377918062527, 1e-11));
  const std::vector<double> expected{.538434196356072, -.0721211930901924, 1.27654514283596,
                                     3.38876249099789, -.94572177834738,   -1.98496377880445,
                                     1.74882970874624, -.934547267727752,  -.418589401491453,
                                     .277392120232331};
  for (std::size_t k = 0; k < expected.size(); ++k) {
    CAPTURE(k);
    CHECK_THAT(l.gradient[static_cast<Eigen::Index>(k)], WithinRel(expected[k], 1e-11));
  }
}

TEST_CASE("kinds of rows mix within one person: each factor is its formula", "[likelihood]") {
  const kohort::intensity_model im{five_levels()};
  const auto Q = kohort::intensity_matrix<>::from_rates(im.structure,
                                                        std::span(five_levels_rates().data(), 10));
  const auto tables =
      kohort::aggregate(person(im.structure, {{0, 0},
                                              {.7, 1},
                                              {2.6, 3, observation_kind::panel},
                                              {3, 3, observation_kind::exact_transition},
                                              {3.2, 2, observation_kind::exact_transition},
                                              {3.7, 4, observation_kind::exact_death}}),
                        im);
  const double by_hand =
      std::log(.180099196588142) +  // from 0 to .7, worked out elsewhere
      std::log(kohort::panel_probability(kohort::transition_probability(Q, 2.6 - .7), 1, 3)) +
      std::log(kohort::exact_transition_density(Q, .4, 3, 3)) +
      std::log(kohort::exact_transition_density(Q, .2, 3, 2)) +
      std::log(kohort::exact_death_density(kohort::transition_probability(Q, .5), Q, 2, 4));
  CHECK_THAT(kohort::log_likelihood(im, tables, logs(five_levels_rates())),
             WithinAbs(by_hand, 1e-12));
}

TEST_CASE("the worked-out exact move and exact death have their factors", "[likelihood]") {
  const kohort::intensity_model im{five_levels()};
  const auto death = kohort::aggregate(
      person(im.structure, {{2.6, 3}, {3.1, 4, observation_kind::exact_death}}), im);
  CHECK_THAT(kohort::log_likelihood(im, death, logs(five_levels_rates())),
             WithinAbs(std::log(.3222153049858254), 1e-12));
  const auto move = kohort::aggregate(
      person(im.structure, {{2.0, 2}, {2.6, 3, observation_kind::exact_transition}}), im);
  CHECK_THAT(kohort::log_likelihood(im, move, logs(five_levels_rates())),
             WithinAbs(std::log(.1819006971036489), 1e-12));
}

TEST_CASE("the log-likelihood equals a slow one of 50 digits, age running on within intervals",
          "[likelihood]") {
  const auto seed = GENERATE(range(1, 5));
  kohort::intensity_model im{five_levels(),
                             {{"age", kohort::covariate_path::bands, {70, 75, 80}},
                              {"x"},
                              {"age", kohort::covariate_path::yearly, {}, 80}}};
  const auto tables =
      kohort::aggregate(random_histories(im.structure, static_cast<std::uint64_t>(seed), 60), im);
  const kohort::random_stream random(static_cast<std::uint64_t>(seed), kohort::purpose::parameters);
  Eigen::VectorXd b(kohort::layout(im).size());
  for (Eigen::Index i = 0; i < b.size(); ++i)
    b[i] = .2 * random.normal(0, 0, static_cast<std::uint32_t>(i));
  for (const int start : kohort::layout(im).starts) {
    if (start < b.size()) {
      b[start] -= 1.5;
      b[start + 5] *= .1;
    }
  }
  CAPTURE(seed);
  CHECK_THAT(kohort::log_likelihood(im, tables, b),
             WithinAbs(slow_log_likelihood(im, tables, b), 1e-9));
  CHECK(kohort::log_likelihood_gradient(im, tables, b).value ==
        kohort::log_likelihood(im, tables, b));
}

TEST_CASE("rates with relative gaps of 0 to 1e-2 lose nothing against 50 digits", "[likelihood]") {
  const auto gap = GENERATE(0.0, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2);
  const kohort::model chain({"a", "b", "c", "d", "e"},
                            {{"a", "b"}, {"b", "c"}, {"c", "d"}, {"d", "e"}}, "e");
  const kohort::intensity_model im{chain};
  const auto tables = kohort::aggregate(persons(chain, {{1, 0, 0, 50},
                                                        {1, 0, 1, 20},
                                                        {1, 0, 2, 8},
                                                        {2, 0, 4, 3},
                                                        {.001, 0, 4, 1},
                                                        {2, 1, 3, 9},
                                                        {3, 2, 3, 7},
                                                        {.5, 3, 4, 5},
                                                        {40, 0, 0, 1}}),
                                        im);
  Eigen::VectorXd b(4);
  for (int k = 0; k < 4; ++k) b[k] = std::log(.4 * (1 + k * gap));
  CAPTURE(gap);
  CHECK_THAT(kohort::log_likelihood(im, tables, b),
             WithinAbs(slow_log_likelihood(im, tables, b), 1e-9));
}

TEST_CASE("the gradient is the slope of the log-likelihood", "[likelihood]") {
  const auto seed = GENERATE(range(0, 50));
  kohort::intensity_model im{five_levels(),
                             {{"age", kohort::covariate_path::bands, {72, 80}}, {"x"}}};
  const auto tables = kohort::aggregate(random_histories(im.structure, 7, 40), im);
  const kohort::random_stream random(static_cast<std::uint64_t>(seed), kohort::purpose::parameters);
  Eigen::VectorXd b(kohort::layout(im).size());
  for (Eigen::Index i = 0; i < b.size(); ++i)
    b[i] = .5 * random.normal(0, 0, static_cast<std::uint32_t>(i));
  if (seed % 2 == 0) {  // all rates nearly the same
    b.setZero();
    for (Eigen::Index i = 0; i < b.size(); ++i)
      b[i] = 1e-9 * random.normal(0, 0, static_cast<std::uint32_t>(i));
  }
  const auto l = kohort::log_likelihood_gradient(im, tables, b);
  const double h = 1e-4, largest = l.gradient.cwiseAbs().maxCoeff();
  for (Eigen::Index i = 0; i < b.size(); ++i) {
    const auto at = [&](double step) {
      auto moved = b;
      moved[i] += step;
      return kohort::log_likelihood(im, tables, moved);
    };
    const double slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    CAPTURE(seed, i);
    CHECK_THAT(l.gradient[i], WithinAbs(slope, 1e-7 * largest));
  }
}

TEST_CASE("observed information is the slope of the gradient, pieces or not", "[likelihood]") {
  const auto cut = GENERATE(false, true);
  kohort::intensity_model im{five_levels(), {{"x"}}};
  if (cut) im.terms.push_back({"age", kohort::covariate_path::bands, {75}});
  const auto tables = kohort::aggregate(random_histories(im.structure, 3, 80), im);
  Eigen::VectorXd b = Eigen::VectorXd::Constant(kohort::layout(im).size(), -.7);
  const auto H = kohort::observed_information(im, tables, b);
  const double h = 1e-4;
  for (Eigen::Index i = 0; i < b.size(); ++i) {
    const auto at = [&](double step) {
      auto moved = b;
      moved[i] += step;
      return kohort::log_likelihood_gradient(im, tables, moved).gradient;
    };
    const Eigen::VectorXd slope = -(8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    CAPTURE(cut, i);
    CHECK((H.col(i) - slope).cwiseAbs().maxCoeff() < 1e-6 * H.cwiseAbs().maxCoeff());
  }
}

TEST_CASE("a model that cannot be told apart has a null direction in its information",
          "[likelihood]") {
  const kohort::model m({"a", "b", "c"}, {{"a", "b"}, {"a", "c"}, {"b", "c"}}, "c");
  const kohort::intensity_model im{m};
  const auto tables =
      kohort::aggregate(persons(m, {{1, 0, 0, 60}, {1, 0, 1, 25}, {1, 0, 2, 15}}), im);
  Eigen::VectorXd b(3);
  b << std::log(.4), std::log(.1), std::log(.3);
  const auto B = kohort::expected_information(im, tables, b);
  Eigen::Vector3d null(1, -4, 6.451751518562);
  CHECK((B * null).cwiseAbs().maxCoeff() < 1e-9);
  CHECK_THAT(B.trace(), WithinAbs(6.49923442662 + 28.2645657768, 1e-8));
}

TEST_CASE("one person or two, days or years, weights of one or two", "[likelihood]") {
  const kohort::intensity_model im{five_levels()};
  const auto b = logs(five_levels_rates());
  const auto value = [&](const kohort::observations& seen, const Eigen::VectorXd& at) {
    return -2 * kohort::log_likelihood(im, kohort::aggregate(seen, im), at);
  };
  SECTION("a person cut in two at a visit") {
    const double whole = value(person(im.structure, {{0, 0}, {.7, 1}, {2, 2}}), b);
    const double halves = value(person(im.structure, {{0, 0}, {.7, 1}}), b) +
                          value(person(im.structure, {{.7, 1}, {2, 2}}), b);
    CHECK_THAT(whole, WithinAbs(halves, 1e-10));
  }
  SECTION("weights of two") {
    CHECK_THAT(value(persons(im.structure, five_levels_counts(), 1, 2), b),
               WithinAbs(2 * value(persons(im.structure, five_levels_counts()), b), 1e-9));
  }
  SECTION("rates per day, times in days taken for years") {
    auto rows = five_levels_counts();
    rows.push_back({.3, 0, 4, 3, observation_kind::exact_death});
    const double years = value(persons(im.structure, rows), b);
    for (auto& row : rows) row.elapsed *= 365.25;
    const Eigen::VectorXd per_day = b.array() - std::log(365.25);
    CHECK_THAT(value(persons(im.structure, rows), per_day),
               WithinAbs(years + 2 * 3 * std::log(365.25), 1e-8));
  }
}

TEST_CASE("far beyond the range of a double the log-likelihood is still finite", "[likelihood]") {
  const kohort::model chain({"a", "b", "c", "d", "e"},
                            {{"a", "b"}, {"b", "c"}, {"c", "d"}, {"d", "e"}}, "e");
  const kohort::intensity_model im{chain};
  Eigen::VectorXd b(4);
  b << std::log(.35), std::log(.28), std::log(.25), std::log(.4);
  const auto at = [&](double t, int from, int to) {
    return kohort::log_likelihood(im, kohort::aggregate(persons(chain, {{t, from, to, 1}}), im), b);
  };
  CHECK_THAT(at(1e-90, 0, 3), WithinAbs(-627.198816739051845, 1e-9));
  CHECK_THAT(at(1e-90, 0, 4), WithinAbs(-836.734060201510003, 1e-9));
  CHECK_THAT(at(2000, 0, 0), WithinAbs(-700, 1e-9));
  CHECK_THAT(at(2000, 0, 1), WithinAbs(-558.3905620875659, 1e-9));
  CHECK_THAT(at(2000, 0, 3), WithinAbs(-496.002819186231547, 1e-9));
  CHECK_THAT(at(1e5, 0, 3), WithinRel(-24996.0028191862315, 1e-12));
  const auto tables = kohort::aggregate(persons(chain, {{2000, 0, 0, 1}, {1, 0, 1, 1}}), im);
  CHECK(kohort::log_likelihood_gradient(im, tables, b).gradient.allFinite());
}

TEST_CASE("the number of threads does not change a bit", "[likelihood]") {
  kohort::intensity_model im{five_levels(), {{"age", kohort::covariate_path::yearly, {}, 75}}};
  const auto tables = kohort::aggregate(random_histories(im.structure, 11, 3000), im);
  Eigen::VectorXd b = Eigen::VectorXd::Constant(kohort::layout(im).size(), -1);
  for (std::size_t k = 0; k < 10; ++k) b[kohort::layout(im).starts[k] + 1] = .02;
  const auto one = kohort::log_likelihood_gradient(im, tables, b, 1);
  const auto many = kohort::log_likelihood_gradient(im, tables, b, 4);
  CHECK(one.value == many.value);
  CHECK(one.gradient == many.gradient);
}

TEST_CASE("a caller can stop it", "[likelihood]") {
  const kohort::intensity_model im{five_levels()};
  const auto tables = kohort::aggregate(persons(im.structure, five_levels_counts()), im);
  CHECK_THROWS_AS(kohort::log_likelihood(im, tables, logs(five_levels_rates()), 1,
                                         [](std::size_t, std::size_t) { return false; }),
                  kohort::interrupted);
}

TEST_CASE("M02: the gradient at a thousand random points, nearly equal rates among them",
          "[likelihood]") {
  // Along one random direction at each point; every coordinate stands in it.
  const auto panel = observation_kind::panel, exact = observation_kind::exact_transition,
             death = observation_kind::exact_death;
  const kohort::intensity_model im{five_levels(), {{"x"}}};
  const auto tables = kohort::aggregate(persons(im.structure, {{.5, 0, 1, 7, panel, .3},
                                                               {.5, 1, 1, 9, panel, 1},
                                                               {2, 0, 3, 4, panel, 0},
                                                               {.01, 2, 3, 1, panel, -1},
                                                               {7, 3, 2, 2, panel, .5},
                                                               {1, 0, 4, 3, death, .2},
                                                               {.3, 2, 4, 2, death, -.4},
                                                               {.8, 1, 2, 5, exact, 0},
                                                               {1.2, 3, 3, 6, exact, 1}}),
                                        im);
  const auto p = static_cast<Eigen::Index>(kohort::layout(im).size());
  const kohort::random_stream random(2, kohort::purpose::parameters);
  double worst = 0;
  for (std::uint32_t point = 0; point < 1000; ++point) {
    Eigen::VectorXd b(p), direction(p);
    const double gap = point % 4 == 0 ? std::pow(10., -12 + static_cast<int>(point / 4 % 11)) : 1.2;
    for (Eigen::Index i = 0; i < p; ++i) {
      const auto at = static_cast<std::uint32_t>(i);
      b[i] = (i % 2 == 0 ? -.7 : 0) + gap * random.normal(point, 0, at);
      direction[i] = random.normal(point, 1, at);
    }
    const auto l = kohort::log_likelihood_gradient(im, tables, b, 1);
    const auto value = [&](double step) {
      return kohort::log_likelihood(im, tables, b + step * direction, 1);
    };
    const double h = 2e-3;
    const double slope = (45 * (value(h) - value(-h)) - 9 * (value(2 * h) - value(-2 * h)) +
                          (value(3 * h) - value(-3 * h))) /
                         (60 * h);
    const double size = l.gradient.cwiseProduct(direction).cwiseAbs().sum();
    worst = std::max(worst, std::abs(l.gradient.dot(direction) - slope) / size);
  }
  CHECK(worst < 1e-7);
}
