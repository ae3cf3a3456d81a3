#include <kohort/model/intensity_matrix.hpp>  // first, so the header must stand on its own

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"

using kohort::intensity_matrix;

namespace {

template <typename Make>
std::string refusal(const Make& make) {
  try {
    (void)make();
    return "accepted";
  } catch (const kohort::invalid_input& error) {
    CHECK(error.code() == "E-INTENSITY");
    return error.what();
  }
}

const double not_a_number = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("rates make an intensity matrix, whatever stands on the diagonal", "[model]") {
  Eigen::Matrix3d rates;
  rates << not_a_number, .25, .5, 0, 77, .125, 0, 0, -1;
  const auto Q = intensity_matrix<3>::from_rates(rates);
  Eigen::Matrix3d expected;
  expected << -.75, .25, .5, 0, -.125, .125, 0, 0, 0;
  CHECK(Q.matrix() == expected);
  CHECK_FALSE(std::signbit(Q(2, 2)));
  CHECK(intensity_matrix<>::from_rates(rates).matrix() == expected);
  CHECK(intensity_matrix<>(expected).matrix() == expected);
  CHECK(Q.size() == 3);
  CHECK(Q(0, 1) == .25);
  CHECK(Q.row(0).sum() == 0);
  CHECK(Q.col(2) == Eigen::Vector3d(.5, .125, 0));
  CHECK(Q.largest_exit_rate() == .75);
  const auto still = intensity_matrix<2>::from_rates(Eigen::Matrix2d::Zero());
  CHECK_FALSE(std::signbit(still.largest_exit_rate()));
}

TEST_CASE("a model's rates land where its transitions say", "[model]") {
  const kohort::model m({"well", "ill", "dead"},
                        {{"ill", "dead"}, {"well", "ill"}, {"ill", "well"}}, "dead");
  const std::array rates{.5, .25, .125};
  const auto Q = intensity_matrix<>::from_rates(m, rates);
  Eigen::Matrix3d expected;
  expected << -.25, .25, 0, .125, -.625, .5, 0, 0, 0;
  CHECK(Q.matrix() == expected);
  CHECK(intensity_matrix<3>::from_rates(m, rates).matrix() == expected);
  const std::vector<double> two{.1, .2};
  CHECK(refusal([&] { return intensity_matrix<>::from_rates(m, two); }) ==
        "from_rates: 2 rates were given, but the model has 3 transitions. Give one rate per "
        "transition, in the order in which the model lists them [E-INTENSITY]");
  CHECK_THAT(refusal([&] { return intensity_matrix<4>::from_rates(m, rates); }),
             kohort_tests::contains("3 states, but the matrix is made for 4"));
}

TEST_CASE("a matrix that is not one of intensities is refused, with the reason", "[model]") {
  Eigen::Matrix2d Q;
  const auto make = [&] { return intensity_matrix<>(Q); };
  Q << -.2, .5, 0, 0;
  CHECK(refusal(make) ==
        "intensity_matrix: row 0 sums to 0.3, but every row of Q must sum to 0. Pass the "
        "off-diagonal rates to from_rates(), which sets the diagonal [E-INTENSITY]");
  Q << 0, 0, -.5, .5;
  CHECK_THAT(refusal(make), kohort_tests::contains("the rate from state 1 to state 0 is -0.5"));
  Q << not_a_number, .5, 0, 0;
  CHECK_THAT(refusal(make), kohort_tests::contains("row 0 sums to"));
  Q << -infinity, infinity, 0, 0;
  CHECK_THAT(refusal(make), kohort_tests::contains("from state 0 to state 1 is inf"));
  Q << -infinity, .5, 0, 0;
  CHECK_THAT(refusal(make), kohort_tests::contains("row 0 sums to -inf"));
  Q << 0, not_a_number, 0, 0;
  CHECK_THAT(refusal(make), kohort_tests::contains("from state 0 to state 1 is nan"));
  CHECK_THAT(refusal([] { return intensity_matrix<>(Eigen::MatrixXd(2, 3)); }),
             kohort_tests::contains("the matrix is 2 x 3"));
  CHECK_THAT(refusal([] { return intensity_matrix<>(Eigen::MatrixXd(0, 0)); }),
             kohort_tests::contains("the matrix is 0 x 0"));
  CHECK_THAT(refusal([&] { return intensity_matrix<3>(Eigen::MatrixXd(Q)); }),
             kohort_tests::contains("here 3"));
  Eigen::Matrix3d huge = Eigen::Matrix3d::Constant(1.5e308);
  CHECK_THAT(refusal([&] { return intensity_matrix<3>::from_rates(huge); }),
             kohort_tests::contains("sum to infinity"));
}

TEST_CASE("a row's sum may be off by rounding, not by more, and is then mended", "[model]") {
  Eigen::Matrix2d Q;
  Q << -1e6 - 9e-7, 1e6, 0, 0;
  CHECK(intensity_matrix<2>(Q)(0, 0) == -1e6);
  Q(0, 0) = -1e6 - 1.2e-6;
  CHECK_THAT(refusal([&] { return intensity_matrix<2>(Q); }),
             kohort_tests::contains("row 0 sums to -1.2"));
}
