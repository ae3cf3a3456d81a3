#include <kohort/population/entries.hpp>  // first, so the header must stand on its own

#include <algorithm>
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
  Eigen::VectorXd incidence = (Eigen::VectorXd(5) << -3, .9, -.2, .05, .03).finished();
  double wave = 0;  // of men, in ln incidence
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
            exposure *
            std::exp(t.incidence.dot((Eigen::VectorXd(5) << 1, z, man, man * z, since).finished()) +
                     t.wave * man * std::sin(4 * z));
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
  for (int i = 0; i < 5; ++i) CHECK_THAT(fitted.incidence[i], WithinAbs(t.incidence[i], 1e-8));
  CHECK(std::isinf(fitted.age_weight));  // a straight line, and nothing else
  CHECK(std::isinf(fitted.sex_weight));
  CHECK(fitted.incidence.tail(fitted.incidence.size() - 5).isZero(0));
  CHECK_THAT(fitted.effective_coefficients, WithinAbs(5, 1e-12));
  for (int i = 0; i < 4; ++i) {
    CHECK_THAT(fitted.mix[i], WithinAbs(t.moderate[i], 1e-8));
    CHECK_THAT(fitted.mix[4 + i], WithinAbs(t.high[i], 1e-8));
  }
  CHECK(fitted.reference_year == 2022);
  CHECK(fitted.dispersion < 1e-10);
}

TEST_CASE("fitted entries equal the observed ones by sex and in total", "[population]") {
  const auto seed = GENERATE(range(0, 8));
  const double people = GENERATE(3.0, 30.0, 1000.0);
  CAPTURE(seed, people);
  truth steady;
  steady.wave = .4;
  steady.incidence[4] = 0;  // no trend in the data, and none in the model
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
    // (with few entries a level that one sex lacks has a prior, which the shares then feel)
    if (people > 10) {
      for (int j = 0; j < 3; ++j) CHECK_THAT(expected_mix[j], WithinRel(observed[j], 1e-8));
    }
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
  const double sd = std::sqrt(fitted.incidence_covariance(4, 4));
  CHECK_THAT(mean, WithinAbs(fitted.incidence[4], 4 * sd / std::sqrt(4000.0)));
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

namespace {

// Counts drawn around a truth.
kohort::entry_counts drawn_counts(const truth& t, double people, int seed) {
  auto counts = expected_counts(t, people);
  std::mt19937 random(static_cast<unsigned>(seed));
  for (auto& n : counts.entries) n = std::poisson_distribution<>(n)(random);
  return counts;
}

}  // namespace

TEST_CASE("a wave in one sex is followed within its intervals", "[population]") {
  truth wavy;
  wavy.wave = .5;
  int outside = 0, points = 0;
  for (int seed = 0; seed < 10; ++seed) {
    const auto fitted = kohort::fit_entries(drawn_counts(wavy, 1000, seed), {.trend = true});
    CHECK(fitted.sex_weight < 100);
    for (int sex = 0; sex < 2; ++sex) {
      for (int age = 66; age < 94; age += 3) {
        const double z = (age - 80) / 10.0, man = sex == 0 ? 1 : 0;
        const auto x = kohort::incidence_terms(fitted, age, sex == 0);
        const double sd = std::sqrt(x.dot(fitted.incidence_covariance * x));
        const double real =
            wavy.incidence.dot((Eigen::VectorXd(5) << 1, z, man, man * z, 0).finished()) +
            wavy.wave * man * std::sin(4 * z);
        const double miss = std::abs(fitted.incidence.dot(x) - real) / sd;
        CAPTURE(seed, sex, age, miss);
        CHECK(miss < 5);
        CHECK(sd < .2);
        outside += miss > 1.96 ? 1 : 0;
        ++points;
      }
    }
  }
  CHECK(outside < 0.1 * points);  // of 200 points, correlated along a curve; 5 % are due
  // Straight lines cannot follow, and the check by age group says so.
  const auto counts = drawn_counts(wavy, 1000, 1);
  const auto straight =
      kohort::fit_entries(counts, {.age_weight = INFINITY, .sex_weight = INFINITY});
  const auto curved = kohort::fit_entries(counts);
  const auto has_misfit = [](const kohort::entry_model& model) {
    return std::any_of(model.notices.begin(), model.notices.end(),
                       [](const auto& n) { return n.code == "W-INCIDENCE-FIT"; });
  };
  CHECK(has_misfit(straight));
  CHECK_FALSE(has_misfit(curved));
}

TEST_CASE("the weights are where the restricted likelihood is largest", "[population]") {
  truth wavy;
  wavy.wave = .5;
  const auto counts = drawn_counts(wavy, 300, GENERATE(range(1, 4)));
  const auto best = kohort::fit_entries(counts);
  REQUIRE(std::isfinite(best.sex_weight));
  const double age_weight = std::isfinite(best.age_weight) ? best.age_weight : 1e9;
  for (const double factor : {.1, .5, .9, 1.1, 2.0, 10.0}) {
    const auto other = kohort::fit_entries(
        counts, {.age_weight = best.age_weight, .sex_weight = factor * best.sex_weight});
    CHECK(other.restricted_log_likelihood < best.restricted_log_likelihood + 1e-6);
    const auto third = kohort::fit_entries(
        counts, {.age_weight = factor * age_weight, .sex_weight = best.sex_weight});
    CHECK(third.restricted_log_likelihood < best.restricted_log_likelihood + 1e-6);
  }
  // As the weight grows the spline becomes the line, its restricted likelihood included.
  const auto line = kohort::fit_entries(counts, {.age_weight = INFINITY, .sex_weight = INFINITY});
  const auto stiff = kohort::fit_entries(counts, {.age_weight = 1e11, .sex_weight = 1e11});
  CHECK_THAT(stiff.restricted_log_likelihood, WithinAbs(line.restricted_log_likelihood, 1e-5));
  CHECK((stiff.incidence - line.incidence).cwiseAbs().maxCoeff() < 1e-6);
  CHECK(line.restricted_log_likelihood < best.restricted_log_likelihood - 5);
}

TEST_CASE("few entries get straight lines", "[population]") {
  truth wavy;
  wavy.wave = .5;
  const auto counts = drawn_counts(wavy, 3, 1);
  const auto fitted = kohort::fit_entries(counts, {.mix_trend = false});
  REQUIRE(fitted.events < 100);
  CHECK(fitted.incidence_names ==
        std::vector<std::string>{"intercept", "age", "male", "male x age"});
  CHECK(fitted.incidence_covariance.diagonal().minCoeff() > 0);
  const auto bent = kohort::fit_entries(counts, {.mix_trend = false, .entries_for_bends = 10});
  CHECK(bent.incidence.size() == 4 + 2 * 7);
  CHECK(bent.incidence_names[4] == "bend at 65");
  CHECK(bent.incidence_names.back() == "male x bend at 95");
}

TEST_CASE("incidence is constant above the last age with ten person-years, and smooth below",
          "[population]") {
  truth wavy;
  wavy.wave = .5;
  auto counts = drawn_counts(wavy, 1000, 2);
  for (int y = 0; y < counts.years; ++y) {
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 27; a < 30; ++a) {
        const auto cell = static_cast<std::size_t>((y * 2 + sex) * 30 + a);
        counts.exposure[cell] = counts.population[cell] = a == 27 ? .5 : .01;
        for (std::size_t j = 0; j < 3; ++j) counts.entries[cell * 3 + j] = 0;
      }
    }
  }
  const auto fitted = kohort::fit_entries(counts);
  CHECK(fitted.youngest == 65);
  CHECK(fitted.oldest == 91);  // 8.3 person-years at 92 and above
  const auto rates = kohort::rates_of(fitted, 60, 51);
  for (std::size_t sex = 0; sex < 2; ++sex) {
    const double* of = &rates.log_incidence[sex * 51];
    for (int a = 0; a < 5; ++a) CHECK(of[a] == of[5]);
    for (int a = 32; a < 51; ++a) CHECK(of[a] == of[31]);
    CHECK(of[30] != of[31]);
    // The wave itself has second differences of up to .5 x .4^2 = .08.
    for (int a = 6; a < 30; ++a) CHECK(std::abs(of[a + 1] - 2 * of[a] + of[a - 1]) < .16);
  }
}

TEST_CASE("the check by age group holds what was seen and what is expected", "[population]") {
  const auto counts = drawn_counts(truth{}, 100, 1);
  const auto fitted = kohort::fit_entries(counts, {.trend = true});
  REQUIRE(fitted.check.size() == 12);
  double seen = 0, expected = 0;
  for (const auto& group : fitted.check) {
    seen += group.seen;
    expected += group.expected;
  }
  CHECK_THAT(seen, WithinRel(fitted.events, 1e-15));
  CHECK_THAT(expected, WithinRel(fitted.events, 1e-9));
  CHECK(fitted.check[1].men);
  CHECK(fitted.check[1].first_age == 70);
  CHECK(fitted.check[1].last_age == 74);
  CHECK_FALSE(fitted.check[11].men);
  CHECK(fitted.check[11].first_age == 90);
  CHECK(fitted.check[11].last_age == 0);
  double men_of_70 = 0;
  for (std::size_t y = 0; y < 8; ++y) {
    for (std::size_t i = (y * 60 + 5) * 3; i < (y * 60 + 10) * 3; ++i)
      men_of_70 += counts.entries[i];
  }
  CHECK(fitted.check[1].seen == men_of_70);
  const auto& g = fitted.check[1];
  CHECK_THAT(g.deviations, WithinRel((g.seen - g.expected) /
                                         std::sqrt(g.expected * std::max(1.0, fitted.dispersion)),
                                     1e-12));
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
  for (std::size_t y = 0; y < 8; ++y) {  // no man: his incidence is 0 with an error without end
    for (std::size_t i = y * 60 * 3; i < (y * 60 + 30) * 3; ++i) counts.entries[i] = 0;
  }
  CHECK(refusal(counts) == "E-ENTRIES");
  for (std::size_t y = 0; y < 8; ++y) {  // nor any that lives there: women alone
    for (std::size_t i = y * 60; i < y * 60 + 30; ++i)
      counts.exposure[i] = counts.population[i] = 0;
  }
  CHECK(refusal(counts) == "accepted");
  counts = expected_counts(truth{});
  for (auto& n : counts.population) n *= 10;
  const auto thin = kohort::fit_entries(counts);
  REQUIRE_FALSE(thin.notices.empty());
  CHECK(thin.notices[0].code == "W-EXPOSURE");
  CHECK_THROWS_AS(kohort::fit_entries(expected_counts(truth{}), {.age_weight = 0}),
                  kohort::invalid_input);
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
