#include <kohort/projection/accounting.hpp>  // first, so the header must stand on its own

#include <tuple>

#include "catch.hpp"
#include "projection/slow.hpp"

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kohort::accounting;
using kohort::cohort_cost;
using kohort::intensity_matrix;

namespace {

const std::vector<accounting> conventions{accounting::start, accounting::end, accounting::trapezoid,
                                          accounting::continuous};

// One state left at rate 0.2, and the dead.
intensity_matrix<> leaving() {
  Eigen::Matrix2d rates;
  rates << 0, 0.2, 0, 0;
  return intensity_matrix<>::from_rates(rates);
}

Eigen::VectorXd alive_at_first() { return Eigen::Vector2d(1, 0); }

// The same four sums from the definition, in long double, a step of 2^-k years at a time.
double by_definition(const intensity_matrix<>& Q, const Eigen::VectorXd& start,
                     const Eigen::VectorXd& cost, const kohort::cost_options& options) {
  using slow::real;
  const real force = std::log1p(real(options.discount));
  const int cycles = static_cast<int>(std::lround(options.years / options.cycle_length));
  const real h = real(options.years) / cycles;
  const slow::row c = cost.transpose().cast<real>();
  const auto value_at = [&](real t) {
    const slow::row x =
        start.transpose().cast<real>() * slow::exponential(Q.matrix().cast<real>() * t);
    return std::exp(-force * t) * x.dot(c);
  };
  real at_start = 0, at_end = 0, continuous = 0;
  // Gauss-Legendre, five points, on quarters of a cycle.
  const real points[5] = {-0.906179845938663992797626878299L, -0.538469310105683091036314420700L, 0,
                          0.538469310105683091036314420700L, 0.906179845938663992797626878299L};
  const real weights[5] = {0.236926885056189087514264040720L, 0.478628670499366468041291514836L,
                           0.568888888888888888888888888889L, 0.478628670499366468041291514836L,
                           0.236926885056189087514264040720L};
  for (int k = 0; k < cycles; ++k) {
    at_start += h * value_at(k * h);
    at_end += h * value_at((k + 1) * h);
    for (int quarter = 0; quarter < 4; ++quarter) {
      for (int p = 0; p < 5; ++p) {
        continuous +=
            h / 8 * weights[p] * value_at(k * h + h / 4 * (quarter + (1 + points[p]) / 2));
      }
    }
  }
  switch (options.convention) {
    case accounting::start:
      return static_cast<double>(at_start);
    case accounting::end:
      return static_cast<double>(at_end);
    case accounting::trapezoid:
      return static_cast<double>((at_start + at_end) / 2);
    default:
      return static_cast<double>(continuous);
  }
}

}  // namespace

TEST_CASE("worked number 10: the four conventions", "[projection]") {
  const Eigen::VectorXd cost = Eigen::Vector2d(100, 0);
  const auto value = [&](accounting convention) {
    return cohort_cost(leaving(), alive_at_first(), cost,
                       {.years = 4, .discount = 0.03, .convention = convention});
  };
  CHECK_THAT(value(accounting::start), WithinAbs(292.8965550820, 1e-10));
  CHECK_THAT(value(accounting::end), WithinAbs(232.8188515692, 1e-10));
  CHECK_THAT(value(accounting::trapezoid), WithinAbs(262.8577033256, 1e-10));
  CHECK_THAT(value(accounting::continuous), WithinAbs(261.7094309877, 1e-10));
}

TEST_CASE("a slow second implementation gives the same under all conventions", "[projection]") {
  const auto seed = GENERATE(range(0, 15));
  const auto convention = GENERATE(from_range(conventions));
  const double discount = GENERATE(0.0, 0.03);
  CAPTURE(seed, static_cast<int>(convention), discount);
  const auto Q = slow::random_intensities(5, seed);
  const Eigen::VectorXd start = (Eigen::VectorXd(5) << 0.53, 0.17, 0.23, 0.07, 0).finished();
  const Eigen::VectorXd cost = (Eigen::VectorXd(5) << 20, 80, 240, 800, 0).finished() * 1e3;
  const kohort::cost_options options{
      .years = 10, .discount = discount, .convention = convention, .cycle_length = 0.25};
  CHECK_THAT(cohort_cost(Q, start, cost, options),
             WithinRel(by_definition(Q, start, cost, options), 1e-10));
}

TEST_CASE("the laws of a total, under every convention", "[projection]") {
  const auto convention = GENERATE(from_range(conventions));
  CAPTURE(static_cast<int>(convention));
  const auto Q = slow::random_intensities(4, 5);
  const Eigen::VectorXd start = Eigen::Vector4d(0.4, 0.3, 0.3, 0);
  const Eigen::VectorXd cost = Eigen::Vector4d(10, 200, 3000, 0);
  const auto total = [&](const Eigen::VectorXd& c, double years, double discount) {
    return cohort_cost(Q, start, c,
                       {.years = years, .discount = discount, .convention = convention});
  };
  SECTION("no cost, no total; no horizon, no total") {
    CHECK(total(Eigen::VectorXd::Zero(4), 10, 0.03) == 0);
    CHECK(total(cost, 0, 0.03) == 0);
  }
  SECTION("one cost in all living states is that cost times the life-years") {
    const Eigen::VectorXd living = Eigen::Vector4d(1, 1, 1, 0);
    CHECK_THAT(total(7 * living, 10, 0.03), WithinRel(7 * total(living, 10, 0.03), 1e-12));
  }
  SECTION("raising any death rate lowers the life-years") {
    const Eigen::VectorXd living = Eigen::Vector4d(1, 1, 1, 0);
    for (int r = 0; r < 3; ++r) {
      Eigen::MatrixXd rates = Q.matrix();
      rates(r, 3) += 0.1;
      CHECK(cohort_cost(intensity_matrix<>::from_rates(rates), start, living,
                        {.years = 10, .convention = convention}) < total(living, 10, 0));
    }
  }
  SECTION("doubled costs double the total exactly, and a higher rate lowers it") {
    CHECK(total(2 * cost, 10, 0.03) == 2 * total(cost, 10, 0.03));
    double before = total(cost, 10, 0);
    for (const double rate : {0.01, 0.03, 0.05, 0.5}) {
      CHECK(total(cost, 10, rate) < before);
      before = total(cost, 10, rate);
    }
  }
  SECTION("ten years are five and five") {
    const Eigen::VectorXd halfway =
        kohort::cohort_trace(Q, start, {.cycles = 5}).row(5).transpose();
    const double second = cohort_cost(Q, halfway / halfway.sum(), cost,
                                      {.years = 5, .discount = 0.03, .convention = convention});
    CHECK_THAT(total(cost, 5, 0.03) + second * std::pow(1.03, -5),
               WithinRel(total(cost, 10, 0.03), 1e-12));
  }
}

TEST_CASE("with a huge discount rate only the first payment remains", "[projection]") {
  const Eigen::VectorXd cost = Eigen::Vector2d(100, 0);
  CHECK_THAT(cohort_cost(leaving(), alive_at_first(), cost,
                         {.years = 4, .discount = 1e9, .convention = accounting::start}),
             WithinRel(100.0, 1e-8));
}

TEST_CASE("continuous accounting does not see how time is cut", "[projection]") {
  const Eigen::VectorXd cost = Eigen::Vector2d(100, 0);
  const auto value = [&](double cycle) {
    return cohort_cost(leaving(), alive_at_first(), cost, {.years = 4, .cycle_length = cycle});
  };
  CHECK(value(1) == value(1.0 / 12));
  CHECK_THAT(value(1), WithinRel(100 * (1 - std::exp(-0.8)) / 0.2, 1e-14));
}

TEST_CASE("a horizon that is no whole number of cycles is refused", "[projection]") {
  const auto code = [](const kohort::cost_options& options) {
    try {
      std::ignore = cohort_cost(leaving(), alive_at_first(), Eigen::Vector2d(1, 0), options);
      return std::string("accepted");
    } catch (const kohort::invalid_input& error) {
      return error.code();
    }
  };
  CHECK(code({.years = 1, .cycle_length = 0.3}) == "E-GRID");
  CHECK(code({.years = -1}) == "E-GRID");
  CHECK(code({.years = 1, .cycle_length = 0}) == "E-GRID");
  CHECK(code({.discount = -0.1}) == "E-DISCOUNT");
  CHECK(code({.years = 10, .cycle_length = 1.0 / 12}) == "accepted");
  CHECK_THROWS_AS(kohort::accounting_named("half-cycle"), kohort::invalid_input);
  CHECK(kohort::accounting_named("trapezoid") == accounting::trapezoid);
}

TEST_CASE("worked number 10: what the peers use", "[projection]") {
  const Eigen::VectorXd cost = Eigen::Vector2d(100, 0);
  const auto value = [&](accounting convention, double years) {
    return cohort_cost(leaving(), alive_at_first(), cost,
                       {.years = years, .discount = 0.03, .convention = convention});
  };
  CHECK_THAT(value(accounting::simpson, 4), WithinAbs(261.7134433915, 1e-10));
  CHECK_THAT(value(accounting::life_table, 4), WithinAbs(266.3499860991, 1e-10));
  CHECK_THAT(value(accounting::simpson, 5), WithinAbs(297.3880252543, 1e-10));
  CHECK_THAT(value(accounting::continuous, 5), WithinAbs(297.3808696444, 1e-10));
}

TEST_CASE("weights count every cycle once", "[projection]") {
  const auto convention = GENERATE(accounting::start, accounting::end, accounting::trapezoid,
                                   accounting::life_table, accounting::simpson);
  const int cycles = GENERATE(2, 3, 4, 5, 60, 75);
  const double h = GENERATE(1.0, 0.25);
  CAPTURE(kohort::name_of(convention), cycles, h);
  const auto w =
      kohort::weights_of({.convention = convention, .cycle_length = h, .counted_at = 0.5}, cycles);
  CHECK_THAT(w.first.sum() + w.last.sum(), WithinAbs(cycles * h, 1e-12));
  CHECK(w.event == Eigen::VectorXd::Ones(cycles));  // undiscounted, a count is a count
}

TEST_CASE("Simpson's rule is exact on cubics, its published form is not", "[projection]") {
  const int cycles = GENERATE(2, 3, 6, 7);
  CAPTURE(cycles);
  const auto cubic = [](double t) { return 1 + t - 2 * t * t + 0.5 * t * t * t; };
  const auto integral = [](double t) {
    return t + t * t / 2 - 2 * t * t * t / 3 + t * t * t * t / 8;
  };
  const auto sum = [&](accounting convention) {
    const auto w = kohort::weights_of({.convention = convention}, cycles);
    double total = 0;
    for (int k = 0; k < cycles; ++k) total += w.first[k] * cubic(k) + w.last[k] * cubic(k + 1);
    return total;
  };
  CHECK_THAT(sum(accounting::simpson), WithinRel(integral(cycles), 1e-13));
  CHECK(std::abs(sum(accounting::simpson_published) / integral(cycles) - 1) > 1e-3);
}

TEST_CASE("the published weights sum to 74.667 over 75 cycles, and the rule taken is named",
          "[projection]") {
  const auto wrong = kohort::weights_of({.convention = accounting::simpson_published}, 75);
  CHECK_THAT(wrong.first.sum() + wrong.last.sum(), WithinAbs(74.0 + 2.0 / 3, 1e-12));
  CHECK(wrong.rule.find("replication only") != std::string::npos);
  const auto odd = kohort::weights_of({.convention = accounting::simpson}, 5);
  CHECK(odd.rule == "simpson, with the 3/8 rule over the last three cycles");
  CHECK(kohort::weights_of({.convention = accounting::simpson}, 4).rule == "simpson");
}

TEST_CASE("what a convention cannot do is refused", "[projection]") {
  const auto refusal = [](const kohort::accounting_settings& settings, int cycles) {
    try {
      std::ignore = kohort::weights_of(settings, cycles);
      return std::string("accepted");
    } catch (const kohort::invalid_input& error) {
      return error.code();
    }
  };
  CHECK(refusal({.convention = accounting::simpson, .strict = true}, 5) == "E-SIMPSON-ODD");
  CHECK(refusal({.convention = accounting::simpson}, 1) == "E-SIMPSON-ODD");
  CHECK(refusal({.convention = accounting::continuous}, 4) == "E-ACCOUNTING");
  CHECK(refusal({.convention = accounting::life_table, .counted_at = 0.3}, 4) == "E-ACCOUNTING");
  CHECK(refusal({.discount = -0.01}, 4) == "E-DISCOUNT");
  CHECK(refusal({.cycle_length = 0}, 4) == "E-GRID");
}

TEST_CASE("discount factors, yearly and monthly", "[projection]") {  // X97
  const auto yearly = kohort::discount_factors(0.05, 10);
  const auto monthly = kohort::discount_factors(0.05, 24, 1.0 / 12);
  CHECK(yearly[0] == 1);
  for (int k = 1; k <= 10; ++k) CHECK_THAT(yearly[k], WithinAbs(yearly[k - 1] / 1.05, 1e-15));
  CHECK_THAT(monthly[12], WithinAbs(1 / 1.05, 1e-15));
  CHECK_THAT(monthly[1], WithinAbs(std::pow(1.05, -1.0 / 12), 1e-15));
}
