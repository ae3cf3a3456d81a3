#include <kohort/model/probability_matrix.hpp>  // first, so the header must stand on its own

#include <array>
#include <limits>

#include "catch.hpp"

using Catch::Matchers::WithinRel;
using kohort::intensity_matrix;
using kohort::transition_probability;

namespace {

intensity_matrix<5> q5() {  // light, moderate, high, total, dead
  Eigen::Matrix<double, 5, 5> rates = Eigen::Matrix<double, 5, 5>::Zero();
  rates(0, 1) = .35, rates(0, 4) = .04, rates(1, 0) = .15, rates(1, 2) = .28, rates(1, 4) = .08;
  rates(2, 1) = .12, rates(2, 3) = .25, rates(2, 4) = .16, rates(3, 2) = .06, rates(3, 4) = .40;
  return intensity_matrix<5>::from_rates(rates);
}

}  // namespace

TEST_CASE("five levels over a year and a half, as msm and mpmath have them", "[model]") {
  const std::array light{.5886114313649514, .276220257731966, .05502027442987182,
                         .006865725896318062, .0732823105768928};
  const std::array high{.01010576469120095, .08577646199822143, .4771274382546856,
                        .1817955827022088, .2451947523536832};
  const auto P = transition_probability(q5(), 1.5);
  const auto same = transition_probability(intensity_matrix<>(q5().matrix()), 1.5);
  for (int s = 0; s < 5; ++s) {
    CHECK_THAT(P(0, s), WithinRel(light[static_cast<std::size_t>(s)], 2e-15));
    CHECK_THAT(P(2, s), WithinRel(high[static_cast<std::size_t>(s)], 2e-15));
    CHECK_THAT(same(0, s), WithinRel(light[static_cast<std::size_t>(s)], 2e-15));
  }
}

TEST_CASE("a stiff chain keeps every digit", "[model]") {
  Eigen::Matrix4d rates = Eigen::Matrix4d::Zero();
  rates(0, 1) = 2e5, rates(1, 0) = 5e4, rates(1, 2) = 3e-5, rates(1, 3) = 1e-6;
  rates(2, 0) = 4e-4, rates(2, 3) = 2;
  const auto Q = intensity_matrix<4>::from_rates(rates);
  const auto P = transition_probability(Q, 3e4);
  const std::array first{.09505553857484681, .3802221542522032, 5.702262555644744e-6,
                         .5247166049103944};
  const std::array third{1.900754185450791e-5, 7.603016740859659e-5, 1.140238599631598e-9,
                         .9999049611504983};
  for (int s = 0; s < 4; ++s) {
    CHECK_THAT(P(0, s), WithinRel(first[static_cast<std::size_t>(s)], 1e-14));
    CHECK_THAT(P(2, s), WithinRel(third[static_cast<std::size_t>(s)], 1e-14));
  }
  CHECK(P.row(3) == Eigen::RowVector4d(0, 0, 0, 1));
  CHECK(kohort::is_stiff(Q, 3e4));
  CHECK(kohort::is_stiff(Q, 1e-9));
  CHECK_FALSE(kohort::is_stiff(q5(), 10));
  CHECK(kohort::is_stiff(q5(), 1e7));
}

TEST_CASE("no time changes nothing, and only time can pass", "[model]") {
  CHECK(transition_probability(q5(), 0.0).matrix() == Eigen::Matrix<double, 5, 5>::Identity());
  for (const double t :
       {-1.0, -std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::quiet_NaN(),
        std::numeric_limits<double>::infinity()}) {
    CAPTURE(t);
    try {
      (void)transition_probability(q5(), t);
      FAIL("accepted");
    } catch (const kohort::invalid_input& error) {
      CHECK(error.code() == "E-TIME");
    }
  }
}
