#include <kohort/population/entries.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <numeric>
#include <random>

#include <kohort/support/error.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

// Counts that are exactly what a known model expects: the fit must then return that model.
struct truth {
  Eigen::VectorXd incidence = (Eigen::VectorXd(6) << -3, .9, .1, -.2, .05, .03).finished();
  Eigen::VectorXd moderate = (Eigen::VectorXd(4) << -.5, .2, .1, .02).finished();
  Eigen::VectorXd high = (Eigen::VectorXd(4) << -1, .4, -.1, .05).finished();
};

kohort::entry_counts expected_counts(const truth& t, double people = 1000) {
  kohort::entry_counts counts;
  counts.first_year = 2015;
  counts.years = 8;
  counts.ages = 30;
  counts.levels = 3;
  for (int y = 0; y < counts.years; ++y) {
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < counts.ages; ++a) {
        const double z = (65 + a - 80) / 10.0, man = sex == 0 ? 1 : 0, since = y - 7;
        const double exposure = people * std::exp(-0.05 * a);
        const double n =
            exposure * std::exp(t.incidence.dot(
                           (Eigen::VectorXd(6) << 1, z, z * z, man, man * z, since).finished()));
        const Eigen::Vector4d x(1, z, man, since);
        const double up[3] = {1, std::exp(t.moderate.dot(x)), std::exp(t.high.dot(x))};
        for (const double odds : up) counts.entries.push_back(n * odds / (up[0] + up[1] + up[2]));
        counts.exposure.push_back(exposure);
        counts.population.push_back(1.2 * exposure);
      }
    }
  }
  return counts;
}

std::string refusal(const kohort::entry_counts& counts) {
  try {
    kohort::fit_entries(counts);
    return "accepted";
  } catch (const kohort::invalid_input& error) {
    return error.code();
  }
}

}  // namespace

TEST_CASE("expected counts return the model that made them", "[population]") {
  const truth t;
  const auto fitted = kohort::fit_entries(expected_counts(t), {.trend = true});
  for (int i = 0; i < 6; ++i) CHECK_THAT(fitted.incidence[i], WithinAbs(t.incidence[i], 1e-8));
  for (int i = 0; i < 4; ++i) {
    CHECK_THAT(fitted.mix[i], WithinAbs(t.moderate[i], 1e-8));
    CHECK_THAT(fitted.mix[4 + i], WithinAbs(t.high[i], 1e-8));
  }
  CHECK(fitted.reference_year == 2022);
  CHECK(fitted.dispersion < 1e-10);
}

TEST_CASE("fitted entries equal the observed ones by sex and in total", "[population]") {
  const auto seed = GENERATE(range(0, 8));
  const double people = GENERATE(30.0, 1000.0);
  CAPTURE(seed, people);
  truth steady;
  steady.incidence[5] = 0;  // no trend in the data, and none in the model
  auto counts = expected_counts(steady, people);
  std::mt19937 random(static_cast<unsigned>(seed));
  for (auto& n : counts.entries) n = std::poisson_distribution<>(n)(random);
  const auto fitted = kohort::fit_entries(counts, {.mix_trend = false});
  if (people > 100) {  // hundreds of cells: Poisson counts vary as Poisson counts do
    CHECK(fitted.dispersion > 0.8);
    CHECK(fitted.dispersion < 1.2);
  }
  const auto rates = kohort::rates_of(fitted, 65, 30);
  for (int sex = 0; sex < 2; ++sex) {
    double observed[3] = {0, 0, 0}, expected_mix[3] = {0, 0, 0};
    for (int y = 0; y < counts.years; ++y) {
      for (int a = 0; a < 30; ++a) {
        const auto cell = static_cast<std::size_t>((y * 2 + sex) * 30 + a);
        double out[3];
        rates.rates(0, sex, a, 0, true, true, out);
        double sum = 0;
        for (int j = 0; j < 3; ++j) {
          observed[j] += counts.entries[cell * 3 + static_cast<std::size_t>(j)];
          sum += counts.entries[cell * 3 + static_cast<std::size_t>(j)];
        }
        // The mix is fitted to those who came in: compare its shares of them.
        const double incidence = out[0] + out[1] + out[2];
        for (int j = 0; j < 3; ++j) expected_mix[j] += sum * out[j] / incidence;
      }
    }
    for (int j = 0; j < 3; ++j) CHECK_THAT(expected_mix[j], WithinRel(observed[j], 1e-8));
    double entries = 0, expected = 0;
    for (int y = 0; y < counts.years; ++y) {
      for (int a = 0; a < 30; ++a) {
        const auto cell = static_cast<std::size_t>((y * 2 + sex) * 30 + a);
        double out[3];
        rates.rates(0, sex, a, 0, true, true, out);
        expected += counts.exposure[cell] * (out[0] + out[1] + out[2]);
        for (std::size_t j = 0; j < 3; ++j) entries += counts.entries[cell * 3 + j];
      }
    }
    CHECK_THAT(expected, WithinRel(entries, 1e-9));
  }
}

TEST_CASE("worked number 7: a damped drift of the entry mix", "[population]") {
  CHECK_THAT(kohort::damped_years(.9, 5), WithinAbs(4.0951, 1e-14));
  CHECK(kohort::damped_years(1, 5) == 5);
  CHECK(kohort::damped_years(.9, -3) == -3);
  const std::vector<double> mix{1 / 1.9, .32 / 1.9, .42 / 1.9, .16 / 1.9,
                                1 / 1.9, .32 / 1.9, .42 / 1.9, .16 / 1.9};
  auto rates = kohort::entry_table(Eigen::MatrixXd::Constant(2, 1, 0.1), mix, 4);
  rates.mix_trend = {0, .02, .05, .03};
  rates.mix_damping = .9;
  double out[4];
  rates.rates(0, 1, 0, 5, true, true, out);
  const double expected[4] = {.4893179536484, .1699459094901, .2522112228731, .0885249139885};
  for (int j = 0; j < 4; ++j) CHECK_THAT(out[j], WithinRel(.1 * expected[j], 1e-11));
  rates.rates(0, 1, 0, 5, true, false, out);
  CHECK_THAT(out[1], WithinRel(.1 * .32 / 1.9, 1e-14));
}

TEST_CASE("draws have the covariance of the fit, and each depends on its number alone",
          "[population]") {
  auto counts = expected_counts(truth{}, 200);
  const auto fitted = kohort::fit_entries(counts, {.trend = true});
  const auto many = kohort::rates_of(fitted, 65, 30, 4000, 3);
  const auto few = kohort::rates_of(fitted, 65, 30, 10, 3);
  CHECK(std::equal(few.log_incidence.begin(), few.log_incidence.end(), many.log_incidence.begin()));
  double mean = 0, square = 0;
  for (const double g : many.incidence_trend) {
    mean += g / 4000;
    square += g * g / 4000;
  }
  const double sd = std::sqrt(fitted.incidence_covariance(5, 5));
  CHECK_THAT(mean, WithinAbs(fitted.incidence[5], 4 * sd / std::sqrt(4000.0)));
  CHECK_THAT(std::sqrt(square - mean * mean), WithinRel(sd, 0.05));
  CHECK(kohort::rates_of(fitted, 65, 30, 10, 4).incidence_trend != few.incidence_trend);
}

TEST_CASE("a fit without covariance gives the point estimate in every draw", "[population]") {
  auto fitted = kohort::fit_entries(expected_counts(truth{}));
  fitted.incidence_covariance.setZero();
  fitted.mix_covariance.setZero();
  const auto point = kohort::rates_of(fitted, 65, 3), draws = kohort::rates_of(fitted, 65, 3, 2, 9);
  for (std::size_t i = 0; i < 12; ++i) {
    CHECK(draws.log_incidence[i] == point.log_incidence[i % 6]);
  }
}

TEST_CASE("entries that cannot be are refused", "[population]") {
  auto counts = expected_counts(truth{});
  counts.exposure[7] = 0;
  CHECK(refusal(counts) == "E-EXPOSURE");
  counts.exposure[7] = -1;
  CHECK(refusal(counts) == "E-EXPOSURE");
  counts = expected_counts(truth{});
  counts.entries[3] = -1;
  CHECK(refusal(counts) == "E-NUM");
  counts = expected_counts(truth{});
  for (std::size_t i = 2; i < counts.entries.size(); i += 3) counts.entries[i] = 0;
  CHECK(refusal(counts) == "D-SEPARATION");
  for (auto& n : counts.entries) n = 0;
  CHECK(refusal(counts) == "E-ENTRIES");
  counts = expected_counts(truth{});
  for (auto& n : counts.population) n *= 10;
  const auto thin = kohort::fit_entries(counts);
  REQUIRE_FALSE(thin.notices.empty());
  CHECK(thin.notices[0].code == "W-EXPOSURE");
  CHECK_THROWS_AS(kohort::entry_table(Eigen::MatrixXd::Constant(2, 1, .1), {.5, .4, .5, .5}, 2),
                  kohort::invalid_input);
}

TEST_CASE("exposure is what the population has beyond those with support", "[population]") {
  // One year, two ages, one level; the mean of 10 and 12 is 11 person-years.
  const auto counts = kohort::count_entries(2020, 1, 80, 2, 1, {1, 2, 0, 3},
                                            {10, 4, 10, 4, 12, 4, 12, 4}, {3, 5, 3, 1});
  CHECK(counts.population[0] == 15);  // men of 81: less than nobody, joined with 80
  CHECK(counts.exposure[0] == 7);
  CHECK(counts.exposure[1] == 0);
  CHECK(counts.entries[0] == 3);
  CHECK(counts.exposure[2] == 8);  // women
  CHECK(counts.exposure[3] == 3);
  CHECK(counts.entries[3] == 3);
  const auto nobody = kohort::count_entries(2020, 1, 80, 2, 1, {1, 0, 0, 3},
                                            {10, 4, 10, 4, 12, 4, 12, 4}, {3, 5, 3, 1});
  CHECK(nobody.exposure[0] == 8);
  CHECK(nobody.exposure[1] == 0);
  CHECK_THROWS_AS(kohort::count_entries(2020, 1, 80, 2, 1, {1}, {1}, {1}), kohort::invalid_input);
}
