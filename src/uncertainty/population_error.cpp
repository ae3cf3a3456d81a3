#include <cmath>
#include <string>

#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>
#include <kohort/uncertainty/population_error.hpp>

namespace kohort {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

void check(const population_error& error) {
  const auto refuse = [](const std::string& seen, const char* needed, const char* remedy) {
    reject("E-POP-ERROR", "population_error", seen, needed, remedy);
  };
  if (!(error.sigma >= 0) || !(error.sigma <= 1)) {
    refuse("sigma is " + shown(error.sigma), "the error one year ahead is a share from 0 to 1",
           "Give 0.01 for 1 %");
  }
  if (error.power != 0.5 && error.power != 1) {
    refuse("the power is " + shown(error.power), "paths exist for 0.5 and 1",
           "Take 0.5 for a random walk, 1 for an error of the growth rate");
  }
  if (!(error.age_scale > 0) || !std::isfinite(error.age_scale)) {
    refuse("the age scale is " + shown(error.age_scale), "it is a positive number of years",
           "Give 10, say");
  }
  if (!(std::abs(error.between_sexes) <= 1)) {
    refuse("the correlation between the sexes is " + shown(error.between_sexes),
           "a correlation lies between -1 and 1", "Give 1 if they err together");
  }
}

std::vector<double> population_paths(const population_error& error, int years, int ages, int first,
                                     int n, std::uint64_t seed) {
  check(error);
  if (years < 0 || ages < 1 || first < 0 || n < 0) {
    reject("E-SHAPE", "population_paths",
           std::to_string(n) + " draws of " + std::to_string(years) + " years and " +
               std::to_string(ages) + " ages",
           "none of them is negative and there is an age", "Mend the numbers");
  }
  const auto cells = at(2 * ages);
  std::vector<double> paths(at(n) * at(years + 1) * cells, 0.0);
  if (error.sigma == 0) return paths;
  const random_stream random(seed, purpose::population_paths);
  const double next = std::exp(-1 / error.age_scale),
               fresh = std::sqrt(-std::expm1(-2 / error.age_scale));
  const double same = error.between_sexes, own = std::sqrt(1 - same * same);
  const bool walk = error.power == 0.5;
  std::vector<double> step(cells), sum(cells);
  for (int k = 0; k < n; ++k) {
    std::fill(sum.begin(), sum.end(), 0.0);
    double* const path = &paths[at(k) * at(years + 1) * cells];
    for (int h = 1; h <= years; ++h) {
      if (walk || h == 1) {
        const auto draw = [&](int cell) {
          return random.normal(static_cast<std::uint32_t>(first + k), static_cast<std::uint32_t>(h),
                               static_cast<std::uint32_t>(cell));
        };
        for (int sex = 0; sex < 2; ++sex) {
          for (int a = 0; a < ages; ++a) {
            const int cell = sex * ages + a;
            const double z = draw(cell);
            step[at(cell)] = a == 0 ? z : next * step[at(cell - 1)] + fresh * z;
          }
        }
        for (int a = 0; a < ages; ++a) {
          step[at(ages + a)] = same * step[at(a)] + own * step[at(ages + a)];
        }
      }
      const double size = walk ? error.sigma : error.sigma * h;
      const double spread = walk ? error.sigma * error.sigma * h : size * size;
      for (std::size_t c = 0; c < cells; ++c) {
        sum[c] = walk ? sum[c] + size * step[c] : size * step[c];
        path[at(h) * cells + c] = sum[c] - spread / 2;
      }
    }
  }
  return paths;
}

double population_error_variance(const population_error& error, std::span<const double> expected,
                                 double h) {
  check(error);
  if (expected.size() % 2 != 0 || !(h >= 0)) {
    reject("E-SHAPE", "population_error_variance",
           std::to_string(expected.size()) + " cells, " + shown(h) + " years ahead",
           "men and women of the same ages are needed, at a time that is not negative",
           "Give 2 x ages numbers");
  }
  const int ages = static_cast<int>(expected.size() / 2);
  const double s2 = error.sigma * error.sigma * std::pow(h, 2 * error.power);
  double sum = 0;
  for (int i = 0; i < 2 * ages; ++i) {
    for (int j = 0; j < 2 * ages; ++j) {
      const double apart = std::abs(i % ages - j % ages);
      const double sexes = (i < ages) == (j < ages) ? 1 : error.between_sexes;
      sum += expected[at(i)] * expected[at(j)] *
             std::expm1(s2 * sexes * std::exp(-apart / error.age_scale));
    }
  }
  return sum;
}

}  // namespace kohort
