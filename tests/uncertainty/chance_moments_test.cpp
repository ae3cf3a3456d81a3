#include <kohort/uncertainty/chance_moments.hpp>  // first, so the header must stand on its own

#include <cmath>
#include <utility>

#include <kohort/model/probability_matrix.hpp>
#include <kohort/projection/occupancy_integrals.hpp>
#include <kohort/support/error.hpp>

#include "catch.hpp"

using namespace kohort;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

/// Per year: 1 -> 2 .05, 1 -> dead .04, 2 -> 1 .02, 2 -> dead .20.
intensity_matrix<> a() {
  Eigen::Matrix3d Q;
  Q << 0, .05, .04, .02, 0, .20, 0, 0, 0;
  return intensity_matrix<>::from_rates(Q);
}

const Eigen::Vector3d persons(100, 20, 0), inflow(0, 10, 0);
const model structure({"light", "high", "dead"},
                      {{"light", "high"}, {"light", "dead"}, {"high", "light"}, {"high", "dead"}},
                      "dead");

}  // namespace

TEST_CASE("two levels and an inflow as chance, against 40 digits", "[uncertainty]") {
  const auto closed = closed_counts(a(), persons, 1);
  const auto came = inflow_counts(a(), inflow, 1);
  CHECK_THAT(closed.covariance(1, 1) + came.covariance(1, 1), WithinRel(16.24457460334754, 1e-13));
  CHECK_THAT(closed.covariance(0, 1), WithinRel(-4.194106979713, 1e-12));
  CHECK_THAT(closed_counts_between(a(), persons, 1, 2)(1, 1), WithinRel(5.654954827564, 1e-12));
  CHECK_THAT(closed.mean[1] + came.mean[1], WithinRel(29.32244650413472, 1e-13));
}

TEST_CASE("costs of a person have the moments of 40 digits", "[uncertainty]") {
  const Eigen::Vector3d second(0, 1, 0);
  const auto cost = person_cost(a(), second, 2);
  CHECK_THAT(cost.mean[1], WithinRel(1.619042987352, 1e-12));
  CHECK_THAT(cost.second[1] - cost.mean[1] * cost.mean[1], WithinRel(.3801668471959, 1e-11));
  CHECK_THAT(cost.mean[0], WithinRel(.0816855845375, 1e-11));
  CHECK_THAT(cost.second[0] - cost.mean[0] * cost.mean[0], WithinRel(.0960196204206, 1e-11));
  Eigen::Matrix2d one_exit;
  one_exit << 0, .2, 0, 0;
  const auto arrive =
      arrivals_cost_variance(intensity_matrix<>::from_rates(one_exit), Eigen::Vector2d(1, 0), 2);
  CHECK_THAT(10 * arrive[0], WithinRel(21.92027621381, 1e-11));
}

TEST_CASE("a discounted stay until an exit has its closed moments", "[uncertainty]") {
  // Z = (1 - e^(-d min(T, h))) / d with T exponential: moments by the same d twice.
  const double m = 0.3, d = 0.04, h = 7;
  Eigen::Matrix2d rates;
  rates << 0, m, 0, 0;
  const auto Q = intensity_matrix<>::from_rates(rates);
  const auto cost = person_cost(Q, Eigen::Vector2d(1, 0), h, d);
  const auto laplace = [&](double s) {  // E exp(-s min(T, h))
    return m / (m + s) * -std::expm1(-(m + s) * h) + std::exp(-(m + s) * h);
  };
  CHECK_THAT(cost.mean[0], WithinRel((1 - laplace(d)) / d, 1e-12));
  CHECK_THAT(cost.second[0], WithinRel((1 - 2 * laplace(d) + laplace(2 * d)) / (d * d), 1e-11));
  // In two pieces it is the same, and so is Campbell's integral by Simpson's rule.
  const auto pieces = person_cost({{Q, 3}, {Q, 4}}, Eigen::Vector2d(1, 0), d);
  CHECK_THAT(pieces.second[0], WithinRel(cost.second[0], 1e-13));
  CHECK_THAT(pieces.mean[0], WithinRel(cost.mean[0], 1e-13));
  double integral = 0;
  const int steps = 200;
  for (int i = 0; i <= steps; ++i) {
    const double t = h * i / steps;
    const double left = t < h ? person_cost(Q, Eigen::Vector2d(1, 0), h - t, d).second[0] : 0;
    integral += (i == 0 || i == steps ? 1 : i % 2 ? 4 : 2) * std::exp(-2 * d * t) * left;
  }
  CHECK_THAT(arrivals_cost_variance(Q, Eigen::Vector2d(1, 0), h, d)[0],
             WithinRel(integral * h / steps / 3, 1e-9));
}

TEST_CASE("laws of counts and costs", "[uncertainty]") {
  const double t = GENERATE(0.0, 0.7, 12.0);
  const auto closed = closed_counts(a(), persons, t);
  CAPTURE(t);
  CHECK(closed.covariance.rowwise().sum().cwiseAbs().maxCoeff() < 1e-12);  // nobody leaves
  const auto twice = closed_counts(a(), 2 * persons, t);
  CHECK((twice.covariance - 2 * closed.covariance).cwiseAbs().maxCoeff() < 1e-12);
  // On one date, the covariance between dates is the covariance.
  CHECK((closed_counts_between(a(), persons, t, t) - closed.covariance).cwiseAbs().maxCoeff() <
        1e-12);
  // A cost that is the same everywhere is certain; a saving is a cost the other way.
  const auto same = person_cost(a(), Eigen::Vector3d(3, 3, 3), t + 1);
  CHECK_THAT(same.second[0], WithinRel(9 * (t + 1) * (t + 1), 1e-12));
  const Eigen::Vector3d c(1, 5, 0);
  const auto cost = person_cost(a(), c, t + 1), saving = person_cost(a(), -c, t + 1);
  CHECK((cost.mean + saving.mean).norm() < 1e-12);
  CHECK((cost.second - saving.second).norm() < 1e-10);
  CHECK_THAT(cost.mean[1], WithinRel((integrate_occupancy(a(), t + 1).J * c)[1], 1e-12));
}

TEST_CASE("stiff intensities keep their moments", "[uncertainty]") {
  Eigen::Matrix3d rates;
  rates << 0, 1e5, 1e-6, 1e5, 0, 1e-6, 0, 0, 0;
  const auto cost =
      person_cost(intensity_matrix<>::from_rates(rates), Eigen::Vector3d(2, 2, 0), 50);
  const double m = 1e-6, h = 50;  // exit at m whatever happens between the two
  const double stay = -std::expm1(-m * h) / m;
  CHECK_THAT(cost.mean[0], WithinRel(2 * stay, 1e-11));
}

TEST_CASE("the exact law of what with_chance simulates", "[uncertainty]") {
  const int draws = 40000, years = 2;
  const std::vector<double> rates{.3, .05, .1, .25};
  const double dispersion = GENERATE(1.0, 2.5);
  const auto P = transition_probability(intensity_matrix<>::from_rates(structure, rates), 2);
  const double light = 200 * P(0, 0) + 50 * P(1, 0) + 60,
               high = 0.7 * (200 * P(0, 1) + 50 * P(1, 1));
  chance_inputs in{structure, 2, years, draws, dispersion, std::vector<double>(8, 0.0), {}, {}};
  in.stock[0] = 200;
  in.stock[5] = 50;
  for (int k = 0; k < draws * 4; ++k) in.rates.insert(in.rates.end(), rates.begin(), rates.end());
  for (int k = 0; k < draws; ++k) {
    in.expected.insert(in.expected.end(), {200, 50, 210, 60, light, high});
  }
  const auto numbers = with_chance(in, 4);
  double mean[2] = {0, 0}, spread[2] = {0, 0}, together = 0;
  for (std::size_t k = 0; k < draws; ++k) {
    const double x = numbers[k * 6 + 4] - light, y = numbers[k * 6 + 5] - high;
    mean[0] += x / draws;
    mean[1] += y / draws;
    spread[0] += x * x / draws;
    spread[1] += y * y / draws;
    together += x * y / draws;
  }
  in.draws = 1;
  in.rates.resize(16);
  in.expected.resize(6);
  const auto exact = chance_covariance(in);
  REQUIRE(exact.size() == 12);
  CHECK(exact[0] == 0);  // the start is known
  CAPTURE(dispersion);
  CHECK_THAT(spread[0], WithinRel(exact[8], 0.03));
  CHECK_THAT(spread[1], WithinRel(exact[11], 0.03));
  CHECK_THAT(together, WithinAbs(exact[9], 0.03 * std::sqrt(exact[8] * exact[11])));
  CHECK_THAT(mean[0], WithinAbs(0, 4 * std::sqrt(exact[8] / draws)));
}

TEST_CASE("who moves away varies, and so does who comes instead", "[uncertainty]") {
  // 200 light men of the first age, a tenth of whom moves away each year; as many move in.
  const int years = 2;
  const std::vector<double> rates{.3, .05, .1, .25};
  const auto P = transition_probability(intensity_matrix<>::from_rates(structure, rates), years);
  chance_inputs in{structure, 2, years, 1, 1, std::vector<double>(8, 0.0), {}, {}};
  in.stock[0] = 200;
  for (int cell = 0; cell < 4; ++cell) in.rates.insert(in.rates.end(), rates.begin(), rates.end());
  const double light = 200 * P(0, 0), high = 200 * P(0, 1);
  in.expected = {200, 0, light, high, light, high};
  in.staying.assign(8, 1.0);
  in.staying[0] = in.staying[5] = 0.9;  // men of the first age, and of the second a year later
  const auto found = chance_covariance(in);
  const double q = 0.81;  // of P, who is still here of the 200
  CHECK_THAT(found[8], WithinRel(light - q * q * light * P(0, 0), 1e-12));
  CHECK_THAT(found[9], WithinRel(-q * q * light * P(0, 1), 1e-12));
  in.staying.clear();  // a net over both keeps all of them
  CHECK(chance_covariance(in)[8] < 0.75 * found[8]);
}

TEST_CASE("what cannot be asked is refused", "[uncertainty]") {
  CHECK_THROWS_WITH(closed_counts(a(), Eigen::Vector2d(1, 2), 1), Contains("3 states"));
  CHECK_THROWS_WITH(closed_counts_between(a(), persons, 2, 1), Contains("[E-TIME]"));
  CHECK_THROWS_WITH(person_cost(a(), Eigen::Vector2d(1, 2), 1), Contains("2 costs were given"));
  CHECK_THROWS_WITH(person_cost(a(), persons, 0), Contains("[E-TIME]"));
}

TEST_CASE("the exact law holds where states have phases that nobody sees", "[uncertainty]") {
  const int draws = 30000, years = 2;
  const model fine({"light", "high 1", "high 2", "dead"},
                   {{"light", "high 1"},
                    {"light", "dead"},
                    {"high 1", "light"},
                    {"high 1", "high 2"},
                    {"high 1", "dead"},
                    {"high 2", "light"},
                    {"high 2", "dead"}},
                   "dead");
  const std::vector<double> rates{.3, .05, .4, .6, .25, .02, .05};
  const double first = 0.3;  // share of the high who are in their first phase
  chance_inputs in{fine, 1, years, draws, 1.5, {200, 50, 0, 0}, {}, {}};
  in.seen_of = {0, 1, 1};
  in.shares = {1, first, 1 - first, 1, 1, 0};
  for (int k = 0; k < draws * 2; ++k) in.rates.insert(in.rates.end(), rates.begin(), rates.end());
  const auto P = transition_probability(intensity_matrix<>::from_rates(fine, rates), years);
  const auto going = [&](int to) {  // of a light person and of a high one
    const auto high = [&](int phase) { return to == 0 ? P(phase, 0) : P(phase, 1) + P(phase, 2); };
    return std::pair{high(0), first * high(1) + (1 - first) * high(2)};
  };
  const auto [light_stays, high_gets_light] = going(0);
  const auto [light_gets_high, high_stays] = going(1);
  const double light = 200 * light_stays + 50 * high_gets_light + 40;   // 40 have come
  const double high = 0.8 * (200 * light_gets_high + 50 * high_stays);  // a fifth moved away
  for (int k = 0; k < draws; ++k) {
    in.expected.insert(in.expected.end(), {200, 50, 210, 60, light, high});
  }
  const auto numbers = with_chance(in, 4);
  in.draws = 1;
  in.rates.resize(14);
  in.expected.resize(6);
  const auto exact = chance_covariance(in);
  REQUIRE(exact.size() == 12);
  const auto spread = [](double n, double p) { return n * p * (1 - p); };
  CHECK_THAT(exact[8],
             WithinRel(spread(200, light_stays) + spread(50, high_gets_light) + 1.5 * 40, 1e-12));
  CHECK_THAT(exact[11],
             WithinRel(spread(200, 0.8 * light_gets_high) + spread(50, 0.8 * high_stays), 1e-12));
  double squares[2] = {0, 0}, together = 0;
  for (std::size_t k = 0; k < draws; ++k) {
    const double x = numbers[k * 6 + 4] - light, y = numbers[k * 6 + 5] - high;
    squares[0] += x * x / draws;
    squares[1] += y * y / draws;
    together += x * y / draws;
  }
  CHECK_THAT(squares[0], WithinRel(exact[8], 0.033));  // 4 sqrt(2 / 30000)
  CHECK_THAT(squares[1], WithinRel(exact[11], 0.033));
  CHECK_THAT(together, WithinAbs(exact[9], 0.033 * std::sqrt(exact[8] * exact[11])));
}

TEST_CASE("the exact law holds through bands of time since entry", "[uncertainty]") {
  const int draws = 20000, years = 2;
  const std::vector<double> late{.3, .05, .1, .25}, early{1.2, .1, .05, .4};
  const auto P = [](const std::vector<double>& rates, double t) {
    return transition_probability(intensity_matrix<>::from_rates(structure, rates), t).matrix();
  };
  // Of the stock, 120 entered between 3 and 6 months ago and pass the cut of a year in 7.5 months.
  chance_inputs in{structure, 2, years, draws, 1, {}, {}, {}};
  in.entry_cuts = {1};
  in.parts_a_year = 4;
  in.stock.assign(2 * 2 * 5 * 2, 0.0);
  in.stock[2] = 120;  // men, first age, second part, light
  for (int k = 0; k < draws * 4; ++k) {
    in.rates.insert(in.rates.end(), early.begin(), early.end());
    in.rates.insert(in.rates.end(), late.begin(), late.end());
  }
  const Eigen::Matrix3d one = P(early, 0.625) * P(late, 0.375), two = one * P(late, 1);
  for (int k = 0; k < draws; ++k) {
    in.expected.insert(in.expected.end(), {120, 0, 120 * one(0, 0), 120 * one(0, 1),
                                           120 * two(0, 0), 120 * two(0, 1)});
  }
  const auto numbers = with_chance(in, 4);
  in.draws = 1;
  in.rates.resize(4 * 8);
  in.expected.resize(6);
  const auto exact = chance_covariance(in);
  for (int y = 1; y <= years; ++y) {
    const auto& P_y = y == 1 ? one : two;
    const double light = 120 * P_y(0, 0), variance = light * (1 - P_y(0, 0));
    CHECK_THAT(exact[static_cast<std::size_t>(4 * y)], WithinRel(variance, 1e-12));  // multinomial
    CHECK_THAT(exact[static_cast<std::size_t>(4 * y + 1)],
               WithinRel(-120 * P_y(0, 0) * P_y(0, 1), 1e-12));
    double mean = 0, spread = 0;
    for (std::size_t k = 0; k < draws; ++k) {
      const double x = numbers[k * 6 + static_cast<std::size_t>(2 * y)] - light;
      mean += x / draws;
      spread += x * x / draws;
    }
    CHECK_THAT(mean, WithinAbs(0, 4 * std::sqrt(variance / draws)));
    CHECK_THAT(spread, WithinRel(variance, 0.04));
  }
}
