#include <kohort/uncertainty/open_cohort_calibration.hpp>  // first: it must stand on its own

#include <cmath>
#include <limits>

#include <kohort/support/error.hpp>

#include "../projection/banded_municipality.hpp"
#include "catch.hpp"

using namespace kohort;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;

namespace {

constexpr double none = std::numeric_limits<double>::infinity();

open_cohort_options scaling() {
  open_cohort_options options;
  options.closure = closure_policy::scale;
  return options;
}

std::vector<rate_multiplier> three() {
  return {{"incidence 80-83", calibrated_rate::incidence, 80, 83, -1, {}, none},
          {"incidence 84+", calibrated_rate::incidence, 84, 1000, -1, {}, none},
          {"exits", calibrated_rate::exits, 0, 1000, -1, {}, none}};
}

std::vector<rate_target> targets() {
  return {{"prevalence 80-83", calibrated_measure::prevalence, 3, 80, 83, -1, {}, 0.2, 0.02},
          {"prevalence 84+", calibrated_measure::prevalence, 3, 84, 1000, -1, {}, 0.3, 0.02},
          {"new users", calibrated_measure::new_users, 2, 0, 1000, -1, {}, 50, 0.05},
          {"turnover", calibrated_measure::turnover, 3, 0, 1000, -1, {}, 0.3, 0.05},
          {"stay", calibrated_measure::mean_stay, 2, 0, 1000, -1, {}, 3, 0.05}};
}

}  // namespace

TEST_CASE("an open population returns the multipliers its targets were made with",
          "[uncertainty]") {
  const bool settled = GENERATE(false, true);
  const auto in = constructed::municipality();
  const auto loads = loads_of(three(), in.structure, "ended", 80, 7);
  const Eigen::Vector3d truth(0.2, -0.1, 0.15);
  auto changed = in;
  const Eigen::VectorXd on_rates = loads.rates * truth, on_incidence = loads.incidence * truth;
  for (std::size_t c = 0; c < in.rates.size(); ++c) {
    changed.rates[c] *= std::exp(on_rates[static_cast<Eigen::Index>(c)]);
  }
  for (std::size_t c = 0; c < 14; ++c) {
    changed.entries.log_incidence[c] += on_incidence[static_cast<Eigen::Index>(c)];
  }
  // The changed model's own values, by a calibration of nothing: they are its `before`.
  const auto made =
      calibrate_open_cohort(changed, targets(), {{"incidence", calibrated_rate::incidence}},
                            settled, scaling(), {.iterations = 1})
          .before;
  auto wanted = targets();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    wanted[i].observed = made[static_cast<Eigen::Index>(i)];
  }
  const auto found = calibrate_open_cohort(in, wanted, three(), settled, scaling());
  CAPTURE(settled, found.iterations);
  CHECK(found.converged);
  CHECK(found.identified);
  for (Eigen::Index j = 0; j < 3; ++j) CHECK_THAT(found.beta[j], WithinAbs(truth[j], 1e-8));
  // And where the targets are its own, nothing moves.
  const auto still = calibrate_open_cohort(changed, wanted, three(), settled, scaling());
  CHECK(still.beta.cwiseAbs().maxCoeff() < 1e-8);
}

TEST_CASE("a settled prevalence alone does not tell incidence from exits", "[uncertainty]") {
  // Without flows the two directions are close to one another, but mortality tells them apart a
  // little: the smallest singular value is well below the largest, and the report has it.
  const auto in = constructed::municipality();
  const std::vector<rate_target> stock{
      {"prevalence", calibrated_measure::prevalence, 0, 0, 1000, -1, {}, 0.25, 0.02}};
  CHECK_THROWS_WITH(
      calibrate_open_cohort(in, stock,
                            {{"incidence", calibrated_rate::incidence, 0, 1000, -1, {}, none},
                             {"exits", calibrated_rate::exits, 0, 1000, -1, {}, none}},
                            true, scaling()),
      Contains("[D-NONIDENT]") && Contains("incidence x e^(") && Contains("exits x e^("));
}

TEST_CASE("loads say where a multiplier acts", "[uncertainty]") {
  const auto in = constructed::municipality();
  const std::vector<rate_multiplier> one{
      {"deaths of women at high", calibrated_rate::mortality, 82, 83, 1, {"high"}, 1}};
  const auto loads = loads_of(one, in.structure, "ended", 80, 7);
  CHECK(loads.rates.sum() == 2);
  CHECK(loads.incidence.sum() == 0);
  const auto& moves = in.structure.transitions();
  const int death = in.structure.index(in.structure.find("high"), in.structure.find("dead"));
  CHECK(loads.rates((7 + 2) * static_cast<Eigen::Index>(moves.size()) + death, 0) == 1);
}

TEST_CASE("errors follow from counts where none are given", "[uncertainty]") {
  const auto in = constructed::municipality();
  const std::vector<rate_target> figures{
      {"prevalence", calibrated_measure::prevalence, 0, 0, 1000, 0, {}, 0.25, 0, 2},
      {"new users", calibrated_measure::new_users, 1, 0, 1000, -1, {}, 100, 0}};
  const auto found = calibrate_open_cohort(
      in, figures, {{"incidence", calibrated_rate::incidence, 0, 1000, -1, {}, 0.5}}, false,
      scaling());
  double men = 0;
  for (std::size_t a = 0; a < 7; ++a) men += in.population.persons[a];
  CHECK_THAT(found.targets[0].error, WithinAbs(std::sqrt(2 * 0.75 / (0.25 * men)), 1e-12));
  CHECK_THAT(found.targets[1].error, WithinAbs(0.1, 1e-12));
}

TEST_CASE("figures that the model has no answer to are refused", "[uncertainty]") {
  const auto in = constructed::municipality();
  const auto ask = [&](rate_target t, rate_multiplier m = {"m"}) {
    return calibrate_open_cohort(in, {t}, {m}, false, scaling());
  };
  CHECK_THROWS_WITH(ask({"new users", calibrated_measure::new_users, 0, 0, 1000, -1, {}, 9, .1}),
                    Contains("new users is of 2024"));
  CHECK_THROWS_WITH(ask({"new users", calibrated_measure::new_users, 1, 80, 90, -1, {}, 9, .1}),
                    Contains("flows are of everybody"));
  CHECK_THROWS_WITH(ask({"turnover", calibrated_measure::turnover, 1, 0, 1000, -1, {}, .3, 0}),
                    Contains("1/sqrt(moves)"));
  CHECK_THROWS_WITH(ask({"p", calibrated_measure::prevalence, 1, 0, 1000, -1, {"tall"}, .3, .1}),
                    Contains("a level that is not there"));
  CHECK_THROWS_WITH(ask({"p", calibrated_measure::prevalence, 1, 0, 1000, -1, {}, .3, .1},
                        {"m", calibrated_rate::exits, 20, 30}),
                    Contains("m multiplies nothing") && Contains("[E-TARGET]"));
}

TEST_CASE("a calibration multiplies every band of time since entry alike", "[uncertainty]") {
  const std::vector<rate_multiplier> free{
      {"incidence", calibrated_rate::incidence, 0, 1000, -1, {}, none},
      {"exits", calibrated_rate::exits, 0, 1000, -1, {}, none}};
  std::vector<rate_target> wanted{
      {"prevalence", calibrated_measure::prevalence, 3, 0, 1000, -1, {}, 0.25, 0.02},
      {"new users", calibrated_measure::new_users, 2, 0, 1000, -1, {}, 50, 0.05}};
  auto plain = constructed::municipality(3, 1, 3),
       fine = constructed::with_bands({0.5, 2}, {1, 1, 1}, 12),
       apart = constructed::with_bands({0.5, 2}, {1, 0.6, 1.5}, 12), truth = apart;
  constructed::die_alike(plain, 1);
  constructed::die_alike(fine, 1);
  // Figures of a model with other exits in every band return its multipliers.
  const auto& moves = apart.structure.transitions();
  for (std::size_t c = 0; c < apart.rates.size(); ++c) {
    const auto& move = moves[c % moves.size()];
    if (apart.structure.name(move.to) == "ended") truth.rates[c] *= std::exp(0.3);
  }
  for (auto& x : truth.entries.log_incidence) x += 0.2;
  const auto made =
      calibrate_open_cohort(truth, wanted, {free[0]}, false, scaling(), {.iterations = 1}).before;
  for (std::size_t i = 0; i < 2; ++i) wanted[i].observed = made[static_cast<Eigen::Index>(i)];
  const auto found = calibrate_open_cohort(apart, wanted, free, false, scaling());
  CHECK(found.converged);
  CHECK_THAT(found.beta[0], WithinAbs(0.2, 1e-7));
  CHECK_THAT(found.beta[1], WithinAbs(0.3, 1e-7));

  // Bands that are alike are no bands.
  const auto one = calibrate_open_cohort(plain, wanted, free, false, scaling()),
             other = calibrate_open_cohort(fine, wanted, free, false, scaling());
  CHECK(one.converged);
  CHECK((one.beta - other.beta).cwiseAbs().maxCoeff() < 1e-6);
}
