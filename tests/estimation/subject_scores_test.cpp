#include <kohort/estimation/subject_scores.hpp>  // first, so the header must stand on its own

#include <kohort/data/transitions.hpp>
#include <kohort/likelihood/log_likelihood.hpp>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

/// Persons of all kinds: visits, exact deaths, moves dated exactly, somebody seen once.
kohort::observations mixed() {
  auto raw = persons(five_levels(), five_levels_counts());
  const auto add = [&](int state, double time, observation_kind kind, bool first = false) {
    if (first) {
      raw.subject_names.push_back("extra " + std::to_string(raw.subject_names.size()));
      raw.weights.push_back(0.5);
    }
    raw.subjects.push_back(static_cast<std::int32_t>(raw.subject_names.size()) - 1);
    raw.times.push_back(time);
    raw.states.push_back(state);
    raw.kinds.push_back(kind);
    raw.covariates.push_back(0.1 * time);
    raw.source_rows.push_back(static_cast<std::int64_t>(raw.source_rows.size()));
  };
  add(0, 0, observation_kind::start, true);
  add(1, .7, observation_kind::panel);
  add(2, 1.1, observation_kind::exact_transition);
  add(4, 2.5, observation_kind::exact_death);
  add(2, 3, observation_kind::start, true);
  add(3, 0, observation_kind::start, true);
  add(3, .4, observation_kind::exact_transition);
  return kohort::validate(five_levels(), raw);
}

}  // namespace

TEST_CASE("what subjects contribute adds up to the whole", "[estimation]") {
  const kohort::intensity_model im{five_levels(), {{"x"}}};
  const auto seen = mixed();
  Eigen::VectorXd coefficients = Eigen::VectorXd::Zero(20);
  for (int k = 0; k < 10; ++k) {
    coefficients[2 * k] = std::log(five_levels_rates()[k]);
    coefficients[2 * k + 1] = .1 * k - .4;
  }
  const auto all = kohort::log_likelihood_gradient(im, kohort::aggregate(seen, im), coefficients);
  const auto each = kohort::subject_scores(im, seen, coefficients);
  REQUIRE(each.scores.rows() == static_cast<Eigen::Index>(seen.subject_count()));
  CHECK_THAT(each.log_likelihoods.sum(), WithinRel(all.value, 1e-13));
  const Eigen::VectorXd sum = each.scores.colwise().sum();
  for (int i = 0; i < 20; ++i) CHECK_THAT(sum[i], WithinAbs(all.gradient[i], 1e-11));
  CHECK((each.scores.array() != 0).any());

  SECTION("a subject's own is the change when its weight changes") {
    const auto subject = static_cast<std::size_t>(seen.subject_count()) - 3;
    auto heavier = seen;
    heavier.weights[subject] *= 3;  // by two times what it weighs
    const auto more =
        kohort::log_likelihood_gradient(im, kohort::aggregate(heavier, im), coefficients);
    const auto s = static_cast<Eigen::Index>(subject);
    CHECK_THAT(more.value - all.value, WithinAbs(2 * each.log_likelihoods[s], 1e-10));
    for (int i = 0; i < 20; ++i)
      CHECK_THAT(more.gradient[i] - all.gradient[i], WithinAbs(2 * each.scores(s, i), 1e-10));
  }
  SECTION("somebody seen once, or without weight, contributes nothing") {
    const auto once = static_cast<Eigen::Index>(seen.subject_count()) - 2;
    CHECK(each.log_likelihoods[once] == 0);
    CHECK(each.scores.row(once).isZero(0));
    auto weightless = seen;
    weightless.weights[0] = 0;
    CHECK(kohort::subject_scores(im, weightless, coefficients).scores.row(0).isZero(0));
  }
  SECTION("the same bytes on any number of threads, and it can be stopped") {
    CHECK(kohort::subject_scores(im, seen, coefficients, 3).scores == each.scores);
    const auto stop = [](std::size_t, std::size_t) { return false; };
    CHECK_THROWS_AS(kohort::subject_scores(im, seen, coefficients, 2, stop), kohort::interrupted);
  }
}

TEST_CASE("a selection of subjects is what was seen of them", "[estimation]") {
  const auto seen = mixed();
  const auto last = static_cast<std::int32_t>(seen.subject_count()) - 1;
  const auto some = kohort::select(seen, {last, 3});
  CHECK(some.subject_names ==
        std::vector<std::string>{seen.subject_names.back(), seen.subject_names[3]});
  CHECK(some.subjects == std::vector<std::int32_t>{0, 0, 1, 1});
  CHECK(some.states == std::vector<kohort::state>{3, 3, 0, 0});
  CHECK(some.times == std::vector<double>{0, .4, 0, .5});
  CHECK(some.kinds[1] == observation_kind::exact_transition);
  CHECK(some.weights == std::vector<double>{.5, 1});
  CHECK_THAT(some.covariates[1], WithinRel(.04, 1e-15));
}
