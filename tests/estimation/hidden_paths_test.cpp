#include <kohort/estimation/hidden_paths.hpp>  // first, so the header must stand on its own

#include <array>
#include <cmath>

#include <kohort/model/misclassification.hpp>
#include <kohort/model/phases.hpp>
#include <kohort/model/probability_matrix.hpp>

#include "catch.hpp"
#include "histories.hpp"

using namespace kohort_tests;
using Catch::Matchers::WithinAbs;

namespace {

const kohort::model four({"1", "2", "3", "4"},
                         {{"1", "2"}, {"1", "4"}, {"2", "1"}, {"2", "3"}, {"2", "4"}, {"3", "4"}},
                         "4");

kohort::intensity_model misread_four() {
  kohort::intensity_model im{four};
  im.misread = kohort::misclassification{.errors = {{0, 1}, {1, 0}, {1, 2}, {2, 1}},
                                         .start = kohort::hidden_start::given,
                                         .probabilities = {0.7, 0.25, 0.05, 0}};
  return im;
}

Eigen::VectorXd coefficients() {
  Eigen::VectorXd b(10);
  b << std::log(.30), std::log(.05), std::log(.10), std::log(.25), std::log(.12), std::log(.35),
      std::log(.08 / .92), std::log(.06 / .87), std::log(.07 / .87), std::log(.1 / .9);
  return b;
}

/// Every path of true states at the five visits with its probability, the death seen included.
struct enumeration {
  Eigen::MatrixXd marginal = Eigen::MatrixXd::Zero(5, 3);
  std::array<int, 5> likeliest{};

  explicit enumeration(const std::array<double, 5>& times, double death) {
    const auto Q = kohort::intensity_matrix<>::from_rates(
        four, std::array{0.30, 0.05, 0.10, 0.25, 0.12, 0.35});
    const std::array seen_states{0, 1, 0, 1, 2};
    const double E[3][3] = {{.92, .08, 0}, {.06, .87, .07}, {0, .1, .9}};
    const double first[3] = {0.7, 0.25, 0.05};
    double highest = 0;
    for (int code = 0; code < 243; ++code) {
      std::array<int, 5> path{};
      for (int i = 0, rest = code; i < 5; ++i, rest /= 3)
        path[static_cast<std::size_t>(i)] = rest % 3;
      double p = first[path[0]];
      for (std::size_t i = 0; i < 5; ++i) {
        p *= E[path[i]][seen_states[i]];
        if (i > 0)
          p *= kohort::transition_probability(Q, times[i] - times[i - 1])(path[i - 1], path[i]);
      }
      const auto last = kohort::transition_probability(Q, death - times[4]);
      double end = 0;
      for (int j = 0; j < 3; ++j) end += last(path[4], j) * Q(j, 3);
      p *= end;
      for (std::size_t i = 0; i < 5; ++i) marginal(static_cast<Eigen::Index>(i), path[i]) += p;
      if (p > highest) {
        highest = p;
        likeliest = path;
      }
    }
    marginal /= marginal.row(0).sum();
  }
};

}  // namespace

TEST_CASE("smoothed probabilities and the likeliest path are those of all paths", "[estimation]") {
  const auto im = misread_four();
  const std::array times{0.0, 0.5, 1.1, 1.6, 2.2};
  const auto data = person(
      kohort::observable_model(im),
      {{0, 0}, {0.5, 1}, {1.1, 0}, {1.6, 1}, {2.2, 2}, {2.75, 3, observation_kind::exact_death}});
  const enumeration all(times, 2.75);
  const auto found = kohort::smoothed_states(data, im, coefficients(), 1);
  REQUIRE(found.rows() == 6);
  CHECK_THAT(found(2, 0), WithinAbs(0.589477442574, 1e-12));  // W07, mpmath
  CHECK_THAT(found(2, 1), WithinAbs(0.410522557426, 1e-12));
  for (int i = 0; i < 5; ++i) {
    for (int j = 0; j < 3; ++j) CHECK_THAT(found(i, j), WithinAbs(all.marginal(i, j), 1e-13));
  }
  CHECK(found(5, 3) == 1);
  const auto path = kohort::likeliest_states(data, im, coefficients(), 1);
  for (std::size_t i = 0; i < 5; ++i) CHECK(path[i] == all.likeliest[i]);
  CHECK(path[5] == 3);
  CHECK(found == kohort::smoothed_states(data, im, coefficients(), 2));
}

TEST_CASE("without error and phases the truth is what is seen", "[estimation]") {
  const kohort::intensity_model plain{four};
  const auto data = person(four, {{0, 0}, {1, 1}, {2, 1}});
  const auto path = kohort::likeliest_states(data, plain, coefficients().head(6), 1);
  CHECK(path == std::vector<kohort::state>{0, 1, 1});
}

TEST_CASE("phases of a stay seen throughout", "[estimation]") {
  const kohort::model stays({"in", "out"}, {{"in", "out"}}, "out");
  const auto phased = kohort::with_phases(stays, std::array{2, 1});
  kohort::intensity_model im{phased.fine};
  im.phases = phased.map;
  im.phases.first = kohort::first_phase::entry;
  Eigen::VectorXd b(3);
  b << std::log(0.9), std::log(0.25), std::log(0.7);
  const auto data = person(stays, {{0, 0},
                                   {1, 0, observation_kind::exact_transition},
                                   {3, 1, observation_kind::exact_transition}});
  const auto found = kohort::smoothed_states(data, im, b, 1);
  CHECK(found(0, 0) == 1);
  CHECK(found(2, 2) == 1);
  // In phase 1 after 1: e^{-1.6}; what follows from either phase by hand.
  const double a = 1.6, q = 0.25, one = std::exp(-a), two = 0.7 / (a - q) * (std::exp(-q) - one);
  const double after1 =
      std::exp(-a * 2) * 0.9 + 0.7 / (a - q) * (std::exp(-q * 2) - std::exp(-a * 2)) * 0.25;
  const double after2 = std::exp(-q * 2) * 0.25;
  CHECK_THAT(found(1, 0), WithinAbs(one * after1 / (one * after1 + two * after2), 1e-13));

  SECTION("stays that were left out say nothing") {
    im.phases.first = kohort::first_phase::unknown;
    const kohort::model back({"in", "out"}, {{"in", "out"}, {"out", "in"}});
    const auto two_way = kohort::with_phases(back, std::array{2, 1});
    kohort::intensity_model jm{two_way.fine};
    jm.phases = two_way.map;
    jm.phases.first = kohort::first_phase::unknown;
    auto twice = person(back, {{0, 0}, {1, 0}, {2, 1}, {3, 1}});
    Eigen::VectorXd c(4);
    c << std::log(0.9), std::log(0.25), std::log(0.5), std::log(0.7);
    const auto left = kohort::smoothed_states(twice, jm, c, 1);
    CHECK(std::isnan(left(0, 0)));
    CHECK(std::isnan(left(1, 0)));
    CHECK(left(2, 2) == 1);
    CHECK(kohort::likeliest_states(twice, jm, c, 1) == std::vector<kohort::state>{-1, -1, 2, 2});
  }
}
