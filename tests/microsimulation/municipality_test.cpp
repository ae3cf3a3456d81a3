#include <kohort/microsimulation/municipality.hpp>  // first, so the header must stand on its own

#include <cmath>

#include <kohort/microsimulation/places.hpp>

#include "catch.hpp"
#include "projection/banded_municipality.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

/// Mean over replicates of the living states by date, for one sex.
std::vector<double> mean_of(const kohort::life_results& seen, int sex, int living) {
  std::vector<double> mean;
  for (int j = 0; j <= seen.periods; ++j) {
    for (int s = 0; s < living; ++s) {
      double sum = 0;
      for (int r = 0; r < seen.replicates; ++r)
        sum += seen.occupancy[static_cast<std::size_t>(
            ((r * (seen.periods + 1) + j) * 2 + sex) * seen.states + s)];
      mean.push_back(sum / seen.replicates);
    }
  }
  return mean;
}

kohort::life_results simulated(const kohort::municipality& place, int replicates,
                               std::uint64_t seed) {
  kohort::life_settings settings{.periods = place.years(), .step = 1};
  settings.replicates = static_cast<std::uint32_t>(replicates);
  settings.seed = seed;
  return kohort::simulate_lives(
      place.rates(), {}, [&](std::uint32_t r) { return place.persons(r); }, {}, settings)[0];
}

}  // namespace

TEST_CASE("the expected numbers are the projection's", "[microsimulation]") {
  for (const int seed : {0, 1}) {
    auto in = constructed::municipality(seed);
    const int A = in.population.ages;
    if (seed == 1) {  // a cell that is emptied, and one that is filled again
      in.population.persons[static_cast<std::size_t>((2 * 2 + 0) * A + 4)] = 0;
    }
    const auto options = constructed::by_single_age();
    const auto projected = kohort::project_open_cohort(in, {kohort::projection_run{}}, options);
    const kohort::municipality place(in, options, 7);
    const auto expected = place.expected();
    CAPTURE(seed);
    for (int sex = 0; sex < 2; ++sex) {
      for (int y = 0; y <= in.population.years; ++y) {
        for (int s = 0; s < place.living(); ++s) {
          double all = 0;
          for (int a = 0; a < A; ++a)
            all += constructed::cell(projected, projected.persons, in.population.years + 1, 0, y, s,
                                     sex, a);
          CHECK_THAT(expected[static_cast<std::size_t>(sex)].mean[y * place.living() + s],
                     WithinRel(all, 1e-9));
        }
      }
    }
  }
}

TEST_CASE("simulated municipalities are the projection, within their exact error",
          "[microsimulation]") {
  auto in = constructed::municipality(1);
  in.population.persons[static_cast<std::size_t>((2 * 2 + 0) * in.population.ages + 4)] = 0;
  const kohort::municipality place(in, constructed::by_single_age(), 11);
  const int replicates = 300;
  const auto seen = simulated(place, replicates, 11);
  const auto expected = place.expected();
  for (int sex = 0; sex < 2; ++sex) {
    const auto found = kohort::compare(expected[static_cast<std::size_t>(sex)],
                                       mean_of(seen, sex, place.living()), replicates);
    CAPTURE(sex, found.largest, found.chi_square, found.degrees, found.p_value);
    CHECK(found.largest <= 4);
    CHECK(found.degrees > 20);
    CHECK(found.p_value > 1e-3);
  }
  double users = 0, square = 0;  // spread over replicates is the chance part
  const int date = 5, S = seen.states;
  double variance = 0, mean = 0;
  for (int r = 0; r < replicates; ++r) {
    double now = 0;
    for (int s = 1; s < 4; ++s)
      now += seen.occupancy[static_cast<std::size_t>(((r * 6 + date) * 2 + 1) * S + s)];
    users += now / replicates;
    square += now * now / replicates;
  }
  for (int s = 1; s < 4; ++s) {
    mean += expected[1].mean[date * place.living() + s];
    for (int t = 1; t < 4; ++t)
      variance += expected[1].covariance(date * place.living() + s, date * place.living() + t);
  }
  CHECK_THAT(users, WithinAbs(mean, 4 * std::sqrt(variance / replicates)));
  CHECK_THAT(square - users * users, WithinRel(variance, 4 * std::sqrt(2.0 / replicates)));
}

TEST_CASE("a strategy of the projection is one for persons", "[microsimulation]") {
  const auto in = constructed::municipality();
  const kohort::municipality place(in, constructed::by_single_age(), 3);
  kohort::strategy plan;
  plan.name = "team";
  plan.uptake = .5;
  plan.effects.push_back({.from = 0,
                          .to = 2,
                          .first_age = 80,
                          .last_age = 86,
                          .sex = 1,
                          .clock = kohort::effect_clock::since_enrolment,
                          .starts = .5,
                          .log_ratio = {-2, -2, -2, -2, -2},
                          .step = 1});
  plan.effects.push_back({.from = 3, .to = place.living(), .log_ratio = {-.1}});
  plan.enrols_newcomers = {0, 1, 1, .5, 0};
  plan.enrols_stock = {1, 1, 1, 1, 1};
  const auto mine = place.translate(plan);
  const auto& moves = place.rates().structure;
  CHECK(moves.label(mine.effects[0].transition) == "none -> moderate");
  CHECK(moves.label(mine.effects[1].transition) == "high -> dead");
  CHECK(mine.effects[0].patterns == std::vector<char>{0, 0, 0, 1, 1, 1});
  CHECK(mine.effects[0].last_age == 1000);  // the last age is open
  CHECK(mine.enrols_newcomers == std::vector<double>{0, .5, .5, .25, 0, 0, 0});
  kohort::life_settings settings{.periods = 5, .step = 1};
  settings.replicates = 20;
  const auto both = kohort::simulate_lives(
      place.rates(), {}, [&](std::uint32_t r) { return place.persons(r); },
      {kohort::life_strategy{.name = "usual"}, mine}, settings);
  CHECK(both[0].enrolled[0] == 0);
  CHECK(both[1].enrolled[0] > 100);
  double entered[2] = {0, 0};
  const int none_to_moderate = mine.effects[0].transition;
  for (std::size_t arm = 0; arm < 2; ++arm) {
    for (int i = 0; i < 20 * 5; ++i)
      entered[arm] +=
          both[arm].moves[static_cast<std::size_t>(i * both[arm].transitions + none_to_moderate)];
  }
  CHECK(entered[1] < .9 * entered[0]);  // half of the women enter at a seventh of the rate
}

TEST_CASE("bands of time since entry that are alike change no expectation", "[microsimulation]") {
  // Of the stock, all entered long ago: parts of a person are then in one part of the stock.
  auto banded = constructed::with_bands({0.5, 2}, {1, 1, 1}, 12, 3, 0);
  auto plain = constructed::municipality(3, 1, 3);
  constructed::die_alike(banded, 1);
  constructed::die_alike(plain, 1);
  const auto options = constructed::by_single_age();
  const auto fine = kohort::municipality(banded, options, 1).expected();
  const auto one = kohort::municipality(plain, options, 1).expected();
  for (std::size_t sex = 0; sex < 2; ++sex) {
    CHECK((fine[sex].mean - one[sex].mean).cwiseAbs().maxCoeff() < 1e-8 * one[sex].mean.maxCoeff());
    CHECK((fine[sex].covariance - one[sex].covariance).cwiseAbs().maxCoeff() <
          1e-8 * one[sex].covariance.maxCoeff());
  }
}

TEST_CASE("persons who pass bands of time since entry agree with their expectation",
          "[microsimulation]") {
  const auto in = constructed::with_bands({0.5, 2}, {2, 0.5, 1}, 12);
  auto options = constructed::by_single_age();
  options.closure = kohort::closure_policy::scale;
  const kohort::municipality place(in, options, 5);
  const int replicates = 1000, S = place.living(), T = place.years();
  const auto seen = simulated(place, replicates, 5);
  const auto expected = place.expected(1);
  CHECK(place.expected(2)[1].covariance == expected[1].covariance);
  for (int sex = 0; sex < 2; ++sex) {
    const auto& law = expected[static_cast<std::size_t>(sex)];
    const auto found = kohort::compare(law, mean_of(seen, sex, S), replicates);
    CAPTURE(sex, found.largest, found.chi_square, found.degrees, found.p_value);
    CHECK(found.largest <= 4);
    CHECK(found.degrees > 10);
    CHECK(found.p_value > 1e-3);
    // The spread of each number over replicates, and of two dates together.
    const auto at = [&](int r, int date, int s) {
      return seen.occupancy[static_cast<std::size_t>(
                 ((r * (T + 1) + date) * 2 + sex) * seen.states + s)] -
             law.mean[date * S + s];
    };
    for (int s = 1; s < S; ++s) {
      double square = 0, together = 0;
      for (int r = 0; r < replicates; ++r) {
        square += at(r, T, s) * at(r, T, s) / replicates;
        together += at(r, T, s) * at(r, 1, s) / replicates;
      }
      const double variance = law.covariance(T * S + s, T * S + s),
                   before = law.covariance(S + s, S + s);
      CAPTURE(s);
      CHECK_THAT(square, WithinRel(variance, 4 * std::sqrt(2.0 / replicates)));
      CHECK_THAT(together, WithinAbs(law.covariance(T * S + s, S + s),
                                     4 * std::sqrt(2 * variance * before / replicates)));
    }
  }
}

TEST_CASE("the expectation passes bands by finer parts than the projection", "[microsimulation]") {
  const auto half_years = [](int parts) {
    auto in = constructed::with_bands({0.5, 1}, {3, 0.5, 1}, parts);
    constructed::die_alike(in, 1);  // or the closure would know of the parts, too
    return in;
  };
  auto options = constructed::by_single_age();
  const auto projected = [&](int parts) {
    options.enrolments_a_year = parts;
    return kohort::project_open_cohort(half_years(parts), {kohort::projection_run{}}, options);
  };
  const auto fine = projected(32), coarse = projected(2);  // the latter leaves options at 2
  const auto expected = kohort::municipality(half_years(2), options, 1).expected();
  double ours = 0, theirs = 0;
  for (int s = 1; s < 4; ++s) {
    for (int sex = 0; sex < 2; ++sex) {
      double right = 0, rough = 0;
      for (int a = 0; a < 7; ++a) {
        right += constructed::cell(fine, fine.persons, 4, 0, 3, s, sex, a);
        rough += constructed::cell(coarse, coarse.persons, 4, 0, 3, s, sex, a);
      }
      ours += std::abs(expected[static_cast<std::size_t>(sex)].mean[3 * 5 + s] - right);
      theirs += std::abs(rough - right);
    }
  }
  CAPTURE(ours, theirs);
  CHECK(ours < 0.1 * theirs);  // parts of an eighth: a sixteenth, and the finer one's own error
}
