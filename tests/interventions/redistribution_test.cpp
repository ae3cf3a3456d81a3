#include <kohort/interventions/redistribution.hpp>  // first, so the header must stand on its own

#include <functional>
#include <string>
#include <vector>

#include <kohort/support/error.hpp>

#include "catch.hpp"
#include "refusal.hpp"

using Catch::Matchers::WithinRel;
using kohort::redistribution_rule;
using kohort_tests::refusal;

namespace {

// Yearly probabilities from a published three-year table (Lagergren, Kurube & Saito 2017), women
// from 78: none, home, institution, dead.
kohort::probability_matrix<> yearly() {
  Eigen::MatrixXd P(4, 4);
  P << 0.93250, 0.04770, 0.00746, 0.01234, 0.01985, 0.79582, 0.10313, 0.08120, 0, 0, 0.72304,
      0.27696, 0, 0, 0, 1;
  return kohort::probability_matrix<>(P);
}

}  // namespace

TEST_CASE("each rule takes from where it says", "[interventions]") {
  const auto P = yearly();
  const std::vector<kohort::chain_effect> effect = {{1, 0, 1.4}};
  const double k_p = 1.4 * P(1, 0);
  const auto stay = kohort::redistributed(P, effect, redistribution_rule::from_stay, 3);
  CHECK_THAT(stay(1, 1), WithinRel(P(1, 1) - 0.4 * P(1, 0), 1e-13));
  CHECK_THAT(stay(1, 3), WithinRel(P(1, 3), 1e-13));
  const auto all = kohort::redistributed(P, effect, redistribution_rule::proportional, 3);
  const double factor = (1 - k_p) / (1 - P(1, 0));
  for (const int s : {1, 2, 3}) CHECK_THAT(all(1, s), WithinRel(P(1, s) * factor, 1e-13));
  const auto living = kohort::redistributed(P, effect, redistribution_rule::living, 3);
  CHECK_THAT(living(1, 3), WithinRel(P(1, 3), 1e-13));
  CHECK_THAT(living(1, 1) / living(1, 2), WithinRel(P(1, 1) / P(1, 2), 1e-13));
  for (const auto* after : {&stay, &all, &living}) {
    CHECK_THAT((*after)(1, 0), WithinRel(k_p, 1e-13));
    CHECK_THAT(after->row(1).sum(), WithinRel(1.0, 1e-15));
    for (int s = 0; s < 4; ++s) CHECK((*after)(0, s) == P(0, s));
  }
}

TEST_CASE("more than there is, is refused with what is possible", "[interventions]") {
  const auto P = yearly();
  try {
    kohort::redistributed(P, {{1, 0, 60}}, redistribution_rule::from_stay, 3);
    FAIL("accepted");
  } catch (const kohort::invalid_input& error) {
    CHECK(error.code() == "E-EFFECT-RANGE");
    const double most = (1 - P(1, 2) - P(1, 3)) / P(1, 0);
    CHECK_THAT(error.what(), kohort_tests::contains(kohort::shown(most)));
  }
  CHECK(refusal([&] { kohort::redistributed(P, {{1, 0, 1.4}}, redistribution_rule::living); }) ==
        "E-EFFECT");
  CHECK(refusal([&] {
          kohort::redistributed(P, {{1, 9, 1.4}}, redistribution_rule::proportional);
        }) == "E-EFFECT");
  CHECK(refusal([&] {
          kohort::redistributed(P, {{1, 0, 1.4}, {1, 0, 2}}, redistribution_rule::proportional);
        }) == "E-EFFECT");
}

TEST_CASE("a redistributed table may have no intensities behind it", "[interventions]") {
  // From the institution nobody can go home within a year in the table; a multiplier on dying that
  // leaves no stay makes the chain alternate.
  const auto P = yearly();
  const auto after = kohort::redistributed(P, {{1, 2, 7.5}}, redistribution_rule::from_stay, 3);
  const auto fate = kohort::embeddability(after, 1);
  CHECK_FALSE(fate.embeddable());
  CHECK(kohort::embeddability(
            kohort::redistributed(P, {{1, 0, 1.4}}, redistribution_rule::proportional, 3), 1, 5e-6)
            .embeddable());
}
