#include <kohort/uncertainty/calibrate.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <limits>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using namespace kohort;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

constexpr double none = std::numeric_limits<double>::infinity();

/// One level with equal mortality: settled pi / (1 - pi) = inc / exit; new users = inc (1 - pi) N.
Eigen::MatrixXd settled(const Eigen::MatrixXd& betas) {
  Eigen::MatrixXd out(betas.rows(), 2);
  for (Eigen::Index k = 0; k < betas.rows(); ++k) {
    const double inc = 0.04 * std::exp(betas(k, 0)), leave = 0.25 * std::exp(betas(k, 1));
    const double pi = inc / (inc + leave);
    out(k, 0) = pi;
    out(k, 1) = inc * (1 - pi) * 1000;
  }
  return out;
}

Eigen::MatrixXd prevalence_only(const Eigen::MatrixXd& betas) { return settled(betas).leftCols(1); }

const std::vector<calibration_multiplier> free_pair{{"incidence", none}, {"exits", none}};

}  // namespace

TEST_CASE("targets made by the model return its multipliers", "[uncertainty]") {
  const Eigen::RowVector2d truth(0.31, -0.17);
  const auto made = settled(truth);
  const auto found = calibrate({{"prevalence", made(0, 0), 0.02}, {"new users", made(0, 1), 0.03}},
                               free_pair, settled);
  CHECK(found.converged);
  CHECK(found.identified);
  CHECK_THAT(found.beta[0], WithinAbs(truth[0], 1e-8));
  CHECK_THAT(found.beta[1], WithinAbs(truth[1], 1e-8));
  CHECK(found.residuals.cwiseAbs().maxCoeff() < 1e-6);
  CHECK(found.prior_part.isZero());
  CHECK(found.notices.empty());
  // stock and flow give both: inc = new / E, all exits = new / stock.
  const double inc = made(0, 1) / (1000 * (1 - made(0, 0)));
  CHECK_THAT(0.04 * std::exp(found.beta[0]), WithinRel(inc, 1e-8));
}

TEST_CASE("where the targets are the model's, nothing is multiplied", "[uncertainty]") {
  const auto made = settled(Eigen::RowVector2d::Zero());
  const auto found = calibrate({{"prevalence", made(0, 0), 0.02}, {"new users", made(0, 1), 0.03}},
                               {{"incidence", 0.3}, {"exits", none}}, settled);
  CHECK(found.beta.cwiseAbs().maxCoeff() < 1e-9);
  CHECK((found.before - found.after).cwiseAbs().maxCoeff() < 1e-7);
}

TEST_CASE("prevalence alone fixes only a ratio, and that is said", "[uncertainty]") {
  const std::vector<calibration_target> target{{"prevalence", 0.2, 0.02}};
  try {
    calibrate(target, free_pair, prevalence_only);
    FAIL("it was not refused");
  } catch (const invalid_input& error) {
    CHECK(error.code() == "D-NONIDENT");
    CHECK_THAT(error.what(), Contains("incidence x e^(1 t), exits x e^(1 t)") &&
                                 Contains("a flow beside a stock"));
  }
  // With a prior on both it can be done, the prior settling the rest: half of ln 2.5/... each.
  const auto found = calibrate(target, {{"incidence", 0.3}, {"exits", 0.3}}, prevalence_only);
  CHECK(found.converged);
  CHECK_FALSE(found.identified);
  CHECK_THAT(found.beta[0], WithinAbs(-found.beta[1], 1e-7));
  CHECK(found.notices.front().code == "D-NONIDENT");
  CHECK(found.prior_part.minCoeff() > 0.4);
}

TEST_CASE("the covariance is the delta method's", "[uncertainty]") {
  // One target of a pure power: ln f = 2 beta, so sd(beta) = s / 2, and with a prior the two join.
  const calibration_model square = [](const Eigen::MatrixXd& b) {
    return Eigen::MatrixXd((2 * b).array().exp());
  };
  const auto alone = calibrate({{"y", 3, 0.1}}, {{"m", none}}, square);
  CHECK_THAT(alone.beta[0], WithinRel(std::log(3.0) / 2, 1e-9));
  CHECK_THAT(alone.covariance(0, 0), WithinRel(0.0025, 1e-7));
  const auto both = calibrate({{"y", 3, 0.1}}, {{"m", 0.05}}, square);
  CHECK_THAT(both.covariance(0, 0), WithinRel(0.00125, 1e-7));
  CHECK_THAT(both.prior_part[0], WithinRel(0.5, 1e-7));
  CHECK_THAT(both.beta[0], WithinRel(std::log(3.0) / 4, 1e-7));
  CHECK(alone.notices.front().code == "W-CALIBRATION-LARGE");
}

TEST_CASE("figures that contradict one another are named", "[uncertainty]") {
  const calibration_model same = [](const Eigen::MatrixXd& b) {
    return Eigen::MatrixXd(b.replicate(1, 2).array().exp());
  };
  const auto names = [&](double other) {
    std::string codes;
    for (const auto& n : calibrate({{"a", 1, 0.1}, {"b", other, 0.1}}, {{"m", none}}, same).notices)
      codes += n.code + " " + n.message.substr(0, 1) + ";";
    return codes;
  };
  CHECK(names(std::exp(0.59)).empty());  // each 2.95 standard errors off
  CHECK(names(std::exp(0.61)) == "W-TARGET-MISSED a;W-TARGET-MISSED b;");
}

TEST_CASE("staying put with a chance of .8 nine times: the published calibration",
          "[uncertainty]") {
  const calibration_model stays = [](const Eigen::MatrixXd& b) {
    return Eigen::MatrixXd(1000 * (0.8 * b.array().exp()).pow(9));
  };
  CHECK_THAT(stays(Eigen::MatrixXd::Zero(1, 1))(0, 0), WithinRel(134.217728, 1e-12));
  const auto found = calibrate({{"left", 130, log_count_error(130)}}, {{"stay", none}}, stays);
  const double p = 0.8 * std::exp(found.beta[0]);
  CHECK_THAT(p, WithinRel(std::pow(0.13, 1.0 / 9), 1e-10));
  CHECK_THAT(p, WithinAbs(.797167, 1e-6));
  CHECK_THAT(p, WithinAbs(.79715293, 2e-5));  // as heemod stored its search
}

TEST_CASE("a target of nobody pulls down without a logarithm", "[uncertainty]") {
  const calibration_model rate = [](const Eigen::MatrixXd& b) {
    return Eigen::MatrixXd(0.5 * b.array().exp());
  };
  // minimise 2 f n + (beta / tau)^2: -beta / tau^2 = f n.
  const auto found = calibrate({{"new users", 0, 0, 10}}, {{"incidence", 0.5}}, rate);
  CHECK_THAT(-found.beta[0] / 0.25, WithinRel(10 * 0.5 * std::exp(found.beta[0]), 1e-6));
}

TEST_CASE("errors of counts and shares", "[uncertainty]") {
  CHECK_THAT(log_count_error(100), WithinRel(0.1, 1e-15));
  CHECK_THAT(log_count_error(100, 4), WithinRel(0.2, 1e-15));
  CHECK_THAT(log_share_error(0.2, 400), WithinRel(0.1, 1e-15));
  CHECK_THROWS_WITH(log_count_error(0), Contains("target of 0"));
}

TEST_CASE("what cannot be calibrated is refused in words", "[uncertainty]") {
  CHECK_THROWS_WITH(calibrate({}, free_pair, settled), Contains("0 targets"));
  CHECK_THROWS_WITH(calibrate({{"prevalence", -1, 0.1}}, free_pair, prevalence_only),
                    Contains("prevalence is -1") && Contains("[E-TARGET]"));
  CHECK_THROWS_WITH(calibrate({{"prevalence", 0.1, 0.1}}, free_pair, settled),
                    Contains("5 x 2 values"));
  const calibration_model nothing = [](const Eigen::MatrixXd& b) {
    return Eigen::MatrixXd::Zero(b.rows(), 1).eval();
  };
  CHECK_THROWS_WITH(calibrate({{"users", 4, 0.1}}, {{"m", 1}}, nothing),
                    Contains("the model's users is 0, observed 4"));
}
