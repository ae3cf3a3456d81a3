#include <kohort/estimation/sandwich.hpp>  // first, so the header must stand on its own

#include <kohort/estimation/fit.hpp>
#include <kohort/estimation/subject_scores.hpp>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

const kohort::model one_way({"a", "b"}, {{"a", "b"}});

/// 3 moves in 10 years, 8 in 12, 1 in 9, in three municipalities.
struct municipalities {
  kohort::observations seen;
  std::vector<std::int32_t> clusters;
};
municipalities three_municipalities() {
  const auto exact = observation_kind::exact_transition;
  return {persons(one_way, {{1, 0, 1, 3, exact},
                            {1, 0, 0, 7, exact},
                            {1, 0, 1, 8, exact},
                            {1, 0, 0, 4, exact},
                            {1, 0, 1, 1, exact},
                            {1, 0, 0, 8, exact}}),
          [] {
            std::vector<std::int32_t> number(31, 2);
            std::fill_n(number.begin(), 22, 1);
            std::fill_n(number.begin(), 10, 0);
            return number;
          }()};
}

}  // namespace

TEST_CASE("three municipalities, worked out elsewhere", "[estimation]") {
  const kohort::intensity_model im{one_way};
  const auto [seen, clusters] = three_municipalities();
  const auto fitted = kohort::fit(seen, im);
  const auto each = kohort::subject_scores(im, seen, fitted.coefficients);
  CHECK_THAT(std::exp(fitted.coefficients[0]), WithinRel(12. / 31, 1e-12));
  CHECK_THAT(fitted.covariance(0, 0), WithinRel(1. / 12, 1e-8));
  const auto robust = kohort::sandwich(fitted, each.scores, clusters);
  CHECK(robust.clusters == 3);
  CHECK_THAT(robust.covariance(0, 0), WithinRel(.1894077349982657, 1e-8));
  CHECK_THAT(robust.covariance(0, 0) * 2 / 3, WithinRel(.1262718233321771, 1e-8));
  REQUIRE(robust.diagnostics.size() == 1);
  CHECK(robust.diagnostics[0].code == "W-FEW-CLUSTERS");
  CHECK_THAT(robust.diagnostics[0].message, contains("3 clusters"));
  CHECK_THAT(robust.diagnostics[0].message_sv, contains("3 grupper"));

  SECTION("by subject there are enough of them, and no warning") {
    const auto by_subject = kohort::sandwich(fitted, each.scores);
    CHECK(by_subject.clusters == 31);
    CHECK(by_subject.diagnostics.empty());
    // sum (d - q)^2 over subjects, by hand
    const double q = 12. / 31, squares = 12 * (1 - q) * (1 - q) + 19 * q * q;
    CHECK_THAT(by_subject.covariance(0, 0), WithinRel(squares / 144 * 31 / 30, 1e-8));
  }
  SECTION("the numbers of the clusters do not matter, nor does an empty one") {
    auto other = clusters;
    for (auto& c : other) c = c == 0 ? 7 : c;
    CHECK(kohort::sandwich(fitted, each.scores, other).clusters == 3);
    CHECK_THAT(kohort::sandwich(fitted, each.scores, other).covariance(0, 0),
               WithinRel(robust.covariance(0, 0), 1e-14));
  }
  SECTION("refused") {
    CHECK_THROWS_WITH(kohort::sandwich(fitted, each.scores, {0, 1}),
                      contains("2 clusters were given, but there are 31 subjects"));
    CHECK_THROWS_WITH(kohort::sandwich(fitted, each.scores, std::vector<std::int32_t>(31, 0)),
                      contains("needs two"));
  }
}

TEST_CASE("influence tells what the estimate would be without a subject", "[estimation]") {
  const kohort::intensity_model im{one_way};
  auto [seen, clusters] = three_municipalities();
  const auto fitted = kohort::fit(seen, im);
  const auto pull =
      kohort::influence(fitted, kohort::subject_scores(im, seen, fitted.coefficients).scores);
  seen.weights[0] = 0;  // somebody who moved
  const double without = kohort::fit(seen, im).coefficients[0];
  CHECK_THAT(pull(0, 0), WithinAbs(fitted.coefficients[0] - without, .01));
  CHECK(pull(0, 0) > 0);
  CHECK(pull(5, 0) < 0);  // somebody who stayed
  CHECK_THAT(pull.sum(), WithinAbs(0, 1e-10));
}

TEST_CASE("twice the same subjects: clustered by person the errors are those of one copy",
          "[estimation]") {
  const kohort::intensity_model im{five_levels()};
  const auto seen = persons(im.structure, five_levels_counts());
  const auto count = static_cast<std::int32_t>(seen.subject_count());
  std::vector<std::int32_t> twice;
  for (int copy = 0; copy < 2; ++copy) {
    for (std::int32_t s = 0; s < count; ++s) twice.push_back(s);
  }
  const auto one = kohort::fit(seen, im);
  auto doubled = seen;
  for (std::int32_t s = 0; s < count; ++s) {
    doubled.subject_names.push_back("again " + std::to_string(s));
    doubled.weights.push_back(1);
  }
  for (std::size_t i = 0; i < seen.rows(); ++i) {
    doubled.subjects.push_back(seen.subjects[i] + count);
    doubled.times.push_back(seen.times[i]);
    doubled.states.push_back(seen.states[i]);
    doubled.kinds.push_back(seen.kinds[i]);
    doubled.covariates.push_back(seen.covariates[i]);
    doubled.source_rows.push_back(static_cast<std::int64_t>(seen.rows() + i));
  }
  const auto two = kohort::fit(doubled, im);
  const auto plain =
      kohort::sandwich(one, kohort::subject_scores(im, seen, one.coefficients).scores);
  const auto robust =
      kohort::sandwich(two, kohort::subject_scores(im, doubled, two.coefficients).scores, twice);
  CHECK(robust.clusters == plain.clusters);
  for (int i = 0; i < 10; ++i)
    CHECK_THAT(robust.covariance(i, i), WithinRel(plain.covariance(i, i), 1e-5));
}
