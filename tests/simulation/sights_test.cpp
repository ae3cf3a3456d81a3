#include <kohort/simulation/detail/sights.hpp>  // first, so the header must stand on its own

#include <array>
#include <cmath>

#include <Eigen/Cholesky>

#include <kohort/data/transitions.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/model/phases.hpp>
#include <kohort/model/probability_matrix.hpp>

#include "catch.hpp"

using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;
using kohort::first_phase;
using kohort::hidden_start;
using kohort::observation_kind;

namespace {

const kohort::model stays({"in", "out", "dead"},
                          {{"in", "out"}, {"in", "dead"}, {"out", "in"}, {"out", "dead"}}, "dead");

/// Stays in `in` have two phases: in 1 -> out .5, in 2 -> out .15, in 1 -> dead .4, in 2 -> dead
/// .1, out -> in .3, out -> dead .2, in 1 -> in 2 .7.
kohort::intensity_model two_phases(first_phase first) {
  const auto phased = kohort::with_phases(stays, std::array{2, 1, 1});
  kohort::intensity_model im{phased.fine};
  im.phases = phased.map;
  im.phases.first = first;
  return im;
}

const std::vector<double> phase_rates{.5, .15, .4, .1, .3, .2, .7};

std::vector<double> logs(std::vector<double> values) {
  for (auto& value : values) value = std::log(value);
  return values;
}

kohort::intensity_matrix<> Q_of(const kohort::intensity_model& im, const std::vector<double>& q) {
  return kohort::intensity_matrix<>::from_rates(im.structure, q);
}

/// Where each person was seen at a visit of these times, -1 without a row; the dead stay dead.
std::vector<std::vector<int>> paths(const kohort::observations& seen, std::size_t persons,
                                    const std::vector<double>& times, int death) {
  std::vector<std::vector<int>> found(persons, std::vector<int>(times.size(), -1));
  for (std::size_t i = 0; i < seen.rows(); ++i) {
    auto& one = found[static_cast<std::size_t>(seen.subjects[i])];
    for (std::size_t t = 0; t < times.size(); ++t) {
      if (seen.times[i] == times[t]) one[t] = seen.states[i];
      if (seen.states[i] == death && seen.times[i] <= times[t]) one[t] = death;
    }
  }
  return found;
}

void check_share(double count, double persons, double p) {
  CHECK_THAT(count / persons, WithinAbs(p, 4 * std::sqrt(p * (1 - p) / persons) + 1e-12));
}

/// Levels read with error, more often by some readers: in as out .2, or .4 if x is 1; out as in .1.
kohort::intensity_model misread_levels(hidden_start start) {
  kohort::intensity_model im{stays};
  im.misread = kohort::misclassification{
      .errors = {{0, 1}, {1, 0}}, .terms = {{"x"}}, .uses = {{true}, {false}}, .start = start};
  return im;
}

std::vector<double> misread_coefficients(bool first) {
  auto b = logs({.5, .15, .3, .2, .2 / .8, (.4 / .6) / (.2 / .8), .1 / .9});
  if (first) b.push_back(std::log(.3 / .7));
  return b;
}

/// U' I^-1 U of a large simulated sample at the parameters that it was simulated with: chi-square
/// with as many degrees of freedom as parameters if likelihood and simulation mean the same.
///
/// @param other  whose score is taken instead, if given
double score_statistic(const kohort::intensity_model& im, const kohort::observations& raw,
                       const std::vector<double>& coefficients,
                       const kohort::intensity_model* other = nullptr) {
  const auto data = kohort::validate(kohort::observable_model(im), raw);
  const auto tables = kohort::aggregate(data, im);
  const Eigen::VectorXd b = Eigen::Map<const Eigen::VectorXd>(
      coefficients.data(), static_cast<Eigen::Index>(coefficients.size()));
  const auto slope =
      other ? kohort::log_likelihood_gradient(*other, kohort::aggregate(data, *other), b)
            : kohort::log_likelihood_gradient(im, tables, b);
  const Eigen::MatrixXd H = kohort::observed_information(im, tables, b);
  CHECK(Eigen::LLT<Eigen::MatrixXd>(H).info() == Eigen::Success);
  return slope.gradient.dot(H.ldlt().solve(slope.gradient));
}

}  // namespace

TEST_CASE("persons in phases are where the probabilities of what is seen say", "[simulation]") {
  const auto im = two_phases(GENERATE(first_phase::entry, first_phase::stationary));
  const std::size_t n = 60000;
  const std::vector<double> times{0, .3, 1, 4};
  const bool exact = GENERATE(false, true);
  auto plan = kohort::same_visits(std::vector<int>(n, 0), times);
  if (exact) plan.kinds.assign(plan.times.size(), observation_kind::exact_transition);
  const auto seen = kohort::simulate(im, logs(phase_rates), plan, {.seed = 3});
  CAPTURE(exact, im.phases.first == first_phase::entry);
  for (std::size_t t = 1; t < times.size(); ++t) {
    const auto P = kohort::seen_transition_probability(Q_of(im, phase_rates), im.phases, times[t],
                                                       im.phases.first);
    std::array<double, 3> counts{};
    for (std::size_t i = 0; i < seen.rows(); ++i) {
      const bool last = i + 1 == seen.rows() || seen.subjects[i + 1] != seen.subjects[i];
      if (seen.times[i] <= times[t] && (last || seen.times[i + 1] > times[t]))
        ++counts[static_cast<std::size_t>(seen.states[i])];
    }
    for (int s = 0; s < 3; ++s) check_share(counts[static_cast<std::size_t>(s)], n, P(0, s));
  }
  // The first stay ends as its law says, and moves between phases are no rows.
  if (!exact) return;
  std::array<double, 3> still{};
  for (std::size_t i = 1; i < seen.rows(); ++i) {
    if (seen.kinds[i] == observation_kind::start) continue;
    if (seen.states[i] == seen.states[i - 1]) {  // at a planned visit only
      REQUIRE(std::find(times.begin(), times.end(), seen.times[i]) != times.end());
    }
    const bool first_stay = seen.kinds[i - 1] == observation_kind::start;
    if (!first_stay) continue;
    for (std::size_t t = 0; t < 2; ++t) {
      const double at = .1 + .2 * static_cast<double>(t);  // before or at the first visit
      still[t] += seen.states[i] == 0 || seen.times[i] > at ? 1 : 0;
    }
  }
  for (std::size_t t = 0; t < 2; ++t) {
    check_share(still[t], n,
                kohort::stay_survival(Q_of(im, phase_rates), im.phases, 0,
                                      .1 + .2 * static_cast<double>(t), im.phases.first));
  }
}

TEST_CASE("readings are as often wrong as the model says, reader by reader", "[simulation]") {
  const auto im = misread_levels(hidden_start::estimated);
  const auto b = misread_coefficients(true);
  const std::size_t n = 80000;
  std::vector<double> x;
  for (std::size_t p = 0; p < n; ++p) x.push_back(static_cast<double>(p % 2));
  const std::vector<double> times{0, .8, 2};
  const auto plan =
      kohort::same_visits(std::vector<int>(n, kohort::drawn_start), times, {"x"}, x, {false});
  const auto seen =
      kohort::simulate(im, b, plan, {.seed = 8, .deaths = kohort::death_record::panel});
  const auto found = paths(seen, n, times, 2);
  Eigen::RowVectorXd pi(3);
  pi << .7, .3, 0;
  const auto Q = Q_of(im, {.5, .15, .3, .2});
  for (const int reader : {0, 1}) {
    const auto E = kohort::reading_probability(im, b, std::array{static_cast<double>(reader)});
    CHECK_THAT(E(0, 1), WithinAbs(reader ? .4 : .2, 1e-12));
    // The first two readings together, and the third.
    Eigen::MatrixXd both = Eigen::MatrixXd::Zero(3, 3);
    Eigen::RowVectorXd third = Eigen::RowVectorXd::Zero(3);
    for (std::size_t p = static_cast<std::size_t>(reader); p < n; p += 2) {
      both(found[p][0], found[p][1]) += 1;
      third[found[p][2]] += 1;
    }
    const auto P = kohort::transition_probability(Q, .8).matrix();
    const auto P2 = kohort::transition_probability(Q, 2.).matrix();
    CAPTURE(reader);
    for (int o = 0; o < 2; ++o) {
      for (int s = 0; s < 3; ++s) {
        const double p = pi.cwiseProduct(E.col(o).transpose()) * P * E.col(s);
        check_share(both(o, s), n / 2, p);
      }
    }
    for (int s = 0; s < 3; ++s) check_share(third[s], n / 2, pi * P2 * E.col(s));
  }
}

TEST_CASE("hidden lives are the same whoever looks, and the same bytes on any number of threads",
          "[simulation]") {
  auto im = two_phases(first_phase::stationary);
  im.misread = kohort::misclassification{
      .errors = {{0, 1}}, .start = hidden_start::given, .probabilities = {.6, .4, 0}};
  auto b = logs(phase_rates);
  b.push_back(std::log(.2));
  const std::size_t n = 5000;
  const auto at = [&](const std::vector<double>& times, int threads) {
    return kohort::simulate(im, b,
                            kohort::same_visits(std::vector<int>(n, kohort::drawn_start), times),
                            {.seed = 2, .threads = threads});
  };
  const auto often = at({0, .5, 1, 2, 3}, 1), seldom = at({0, 3}, 1),
             again = at({0, .5, 1, 2, 3}, 3);
  const bool same = often.states == again.states && often.times == again.times;
  CHECK(same);
  // Deaths are dated, so they tell whether the same lives were lived.
  std::vector<double> deaths[2];
  for (const auto* seen : {&often, &seldom}) {
    for (std::size_t i = 0; i < seen->rows(); ++i) {
      if (seen->kinds[i] == observation_kind::exact_death)
        deaths[seen == &often].push_back(seen->times[i]);
    }
  }
  CHECK(deaths[0].size() > 500);
  REQUIRE(deaths[0].size() == deaths[1].size());
  for (std::size_t i = 0; i < deaths[0].size(); ++i)
    REQUIRE_THAT(deaths[0][i], WithinAbs(deaths[1][i], 1e-12));
}

TEST_CASE("simulation and likelihood of hidden states mean the same", "[simulation]") {
  const std::size_t n = 6000;
  const std::vector<double> times{0, .25, .5, 1, 1.5, 2.5, 4};
  SECTION("phases, as one begins or as one is found") {
    const auto first = GENERATE(first_phase::entry, first_phase::stationary, first_phase::unknown);
    const bool exact = GENERATE(false, true);
    const auto im = two_phases(first);
    const auto starts = kohort::draw_states(std::vector<double>{.7, .3, 0}, n, 1);
    auto plan = kohort::same_visits(starts, times);
    if (exact) plan.kinds.assign(plan.times.size(), observation_kind::exact_transition);
    const auto seen = kohort::simulate(im, logs(phase_rates), plan, {.seed = 21});
    CAPTURE(static_cast<int>(first), exact);
    CHECK(score_statistic(im, seen, logs(phase_rates)) < 24.3);  // 99.9 % of chi-square(7)
  }
  SECTION("a clock that is 0 where a stay begins, and acts on the rates in bands") {
    auto im = two_phases(first_phase::stationary);
    im.terms = {{"since", kohort::covariate_path::bands, {1}}};
    im.uses.assign(7, {false});
    im.uses[5] = {true};  // out -> dead
    im.phases.clock = "since";
    auto b = logs(phase_rates);
    b.insert(b.begin() + 6, .8);
    std::vector<double> since;
    for (std::size_t p = 0; p < n; ++p) since.push_back(p % 3 ? .4 : 0);
    const auto starts = kohort::draw_states(std::vector<double>{.7, .3, 0}, n, 1);
    const auto plan = kohort::same_visits(starts, times, {"since"}, since, {true});
    const auto seen = kohort::simulate(im, b, plan, {.seed = 22});
    CHECK(score_statistic(im, seen, b) < 26.2);  // chi-square(8)
    auto blind = im;
    blind.phases.clock.clear();  // taking those just come for people found there shows
    CHECK(score_statistic(im, seen, b, &blind) > 26.2);
  }
  SECTION("misreadings with a covariate, first states drawn or free of error") {
    const auto start = GENERATE(hidden_start::estimated, hidden_start::seen);
    const bool drawn = start == hidden_start::estimated;
    const auto im = misread_levels(start);
    const auto b = misread_coefficients(drawn);
    std::vector<double> x;
    for (std::size_t p = 0; p < n; ++p) x.push_back(static_cast<double>(p % 2));
    auto starts = kohort::draw_states(std::vector<double>{.7, .3, 0}, n, 1);
    if (drawn) starts.assign(n, kohort::drawn_start);
    const auto seen = kohort::simulate(im, b, kohort::same_visits(starts, times, {"x"}, x, {false}),
                                       {.seed = 23});
    CAPTURE(drawn);
    CHECK(score_statistic(im, seen, b) < 26.2);
  }
  SECTION("phases and misreadings at once, and visits that do not tell levels apart") {
    auto im = two_phases(first_phase::stationary);
    im.misread =
        kohort::misclassification{.errors = {{0, 1}, {1, 0}}, .start = hidden_start::estimated};
    auto b = logs(phase_rates);
    for (const double odds : {.1, .15, .5}) b.push_back(std::log(odds));
    auto plan = kohort::same_visits(std::vector<int>(n, kohort::drawn_start), times);
    plan.sets = {{0, 1}};
    plan.told_within.assign(plan.times.size(), -1);
    for (std::size_t v = 3; v < plan.times.size(); v += 7) plan.told_within[v] = 0;
    const auto seen = kohort::simulate(im, b, plan, {.seed = 24});
    CHECK(std::count(seen.states.begin(), seen.states.end(), 3) > 3000);
    CHECK(score_statistic(im, seen, b) < 29.6);  // chi-square(10)
  }
}

TEST_CASE("what cannot be seen of hidden states is refused by name", "[simulation]") {
  const auto im = misread_levels(hidden_start::seen);
  const auto b = misread_coefficients(false);
  const std::vector<double> times{0, 1}, x{0, 1};
  auto plan = kohort::same_visits({0, 1}, times, {"x"}, x, {false});
  CHECK_NOTHROW(kohort::simulate(im, b, plan));
  auto watched = plan;
  watched.kinds.assign(4, observation_kind::exact_transition);
  CHECK_THROWS_WITH(kohort::simulate(im, b, watched),
                    Contains("person 0 is to be watched") && Contains("E-MODEL"));
  auto nowhere = plan;
  nowhere.starts = {0, kohort::drawn_start};
  CHECK_THROWS_WITH(kohort::simulate(im, b, nowhere),
                    Contains("person 1 starts in a state that is to be drawn"));
  CHECK_THROWS_WITH(kohort::simulate(im, b, kohort::same_visits({0, 1}, times)),
                    Contains("no covariate 'x'") && Contains("misread"));
  auto gap = plan;
  gap.covariates[3] = NAN;  // at the last visit, where no rate needs it
  CHECK_THROWS_WITH(kohort::simulate(im, b, gap),
                    Contains("E-COVARIATE") && Contains("person 1 lacks a value of x"));
  auto strange = plan;
  strange.sets = {{0, 3}};
  strange.told_within = {0, 0, 0, 0};
  CHECK_THROWS_WITH(kohort::simulate(im, b, strange), Contains("unknown states"));
}
