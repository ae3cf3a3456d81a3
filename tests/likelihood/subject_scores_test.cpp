#include <kohort/likelihood/detail/subject_scores.hpp>  // first, so the header must stand on its own

#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/support/random.hpp>

#include "catch.hpp"
#include "mixed_histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;

TEST_CASE("subjects add up to the log-likelihood and its gradient, each as if alone",
          "[likelihood]") {
  const auto seen = mixed_histories(3, 60);
  const auto im = mixed_model();
  const auto b = mixed_coefficients(im);
  kohort::subject_parts parts;
  const auto tables = kohort::aggregate(seen, im, {}, &parts);
  REQUIRE(tables.runs.size() > 5);
  REQUIRE(tables.exact.intervals > 5);
  REQUIRE(tables.cells.size() >= 3);
  const auto all = kohort::detail::score_subjects(im, tables, parts, b);
  const auto l = kohort::log_likelihood_gradient(im, tables, b);
  const Eigen::Map<const Eigen::VectorXd> weights(seen.weights.data(),
                                                  static_cast<Eigen::Index>(seen.weights.size()));
  CHECK_THAT(weights.dot(all.log_likelihoods), WithinAbs(l.value, 1e-10 * std::abs(l.value)));
  CHECK((all.scores.transpose() * weights - l.gradient).cwiseAbs().maxCoeff() <
        1e-11 * l.gradient.cwiseAbs().maxCoeff());

  for (std::size_t i = 0; i < 60; i += 7) {  // one person alone
    CAPTURE(i);
    std::vector<double> one(60, 0.0);
    one[i] = 1;
    auto alone = seen;
    alone.weights = one;
    if (parts.intervals[i] == 0) continue;
    const auto mine = kohort::log_likelihood_gradient(im, kohort::aggregate(alone, im), b);
    const auto row = static_cast<Eigen::Index>(i);
    CHECK_THAT(all.log_likelihoods[row], WithinAbs(mine.value, 1e-11));
    CHECK((all.scores.row(row).transpose() - mine.gradient).cwiseAbs().maxCoeff() < 1e-11);
  }
}

TEST_CASE("tables weighted anew are those of the weighted observations", "[likelihood]") {
  auto seen = mixed_histories(5, 80);
  const auto im = mixed_model();
  const auto b = mixed_coefficients(im);
  kohort::subject_parts parts;
  const auto tables = kohort::aggregate(seen, im, {}, &parts);
  std::vector<double> drawn(80);
  for (std::size_t i = 0; i < drawn.size(); ++i) drawn[i] = static_cast<double>((i * 7) % 4);
  const auto again = kohort::reweighted(tables, parts, drawn);
  seen.weights = drawn;
  const auto fresh = kohort::aggregate(seen, im);
  CHECK_THAT(kohort::log_likelihood(im, again, b),
             WithinAbs(kohort::log_likelihood(im, fresh, b), 1e-9));
  CHECK(again.intervals == fresh.intervals);
  CHECK_THAT(again.weight, WithinAbs(fresh.weight, 1e-9));
  CHECK_THAT(again.person_years, WithinAbs(fresh.person_years, 1e-9));
  CHECK_THAT(again.constant, WithinAbs(fresh.constant, 1e-9));
  CHECK_THROWS_AS(kohort::reweighted(tables, parts, std::vector<double>(80, 0.0)),
                  kohort::invalid_input);
}
