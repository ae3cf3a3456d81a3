#include <algorithm>
#include <cmath>
#include <string>

#include <kohort/population/detail/cohorts_of_forecast.hpp>
#include <kohort/population/lexis.hpp>
#include <kohort/population/migration.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace detail {

namespace {

constexpr std::size_t nodes = birth_nodes.size();

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

std::vector<double> surviving_shares(std::span<const double> mortality, int years, int ages,
                                     bool change) {
  const std::size_t A = at(ages);
  std::vector<double> shares;
  for (std::size_t row = 0; row < at(2 * years); ++row) {  // year and sex
    const double* m = &mortality[(change ? row + 2 : row % 2) * A];
    for (std::size_t a = 0; a < A; ++a) {
      const std::size_t b = std::min(a + 1, A - 1);
      for (const auto& node : birth_nodes) {
        shares.push_back(std::exp(-m[a] * (1 - node.age) - m[b] * node.age));
      }
    }
  }
  return shares;
}

cohorts_of_forecast follow_cohorts(std::span<const double> persons,
                                   std::span<const double> surviving, int years, int ages) {
  const std::size_t A = at(ages);
  cohorts_of_forecast found;
  found.survivors.assign(at(years) * 2 * A, 0.0);
  found.growth = found.survivors;
  std::vector<double> now(A * nodes), next(now.size());  // by age on 31 December and birth node
  for (std::size_t sex = 0; sex < 2; ++sex) {
    for (std::size_t i = 0; i < now.size(); ++i) {
      now[i] = birth_nodes[i % nodes].weight * persons[sex * A + i / nodes];
    }
    for (std::size_t y = 0; y < at(years); ++y) {
      const std::size_t row = (y * 2 + sex) * A;
      const double* wanted = &persons[row + 2 * A];
      double* have = &found.survivors[row];
      for (std::size_t i = 0; i < now.size(); ++i) {
        now[i] *= surviving[row * nodes + i];
        have[std::min(i / nodes + 1, A - 1)] += now[i];
      }
      std::fill(next.begin(), next.end(), 0.0);
      for (std::size_t a = 0; a < A; ++a) {
        const std::size_t b = std::min(a + 1, A - 1);
        if (have[b] <= 0) continue;
        const double factor = wanted[b] / have[b];
        found.growth[row + a] = std::log(factor);
        for (std::size_t i = 0; i < nodes; ++i) next[b * nodes + i] += now[a * nodes + i] * factor;
      }
      for (std::size_t b = 0; b < A; ++b) {  // those who come of age, or were not there before
        if (have[b] > 0) continue;
        for (std::size_t i = 0; i < nodes; ++i) {
          next[b * nodes + i] = birth_nodes[i].weight * wanted[b];
        }
      }
      now.swap(next);
    }
  }
  return found;
}

}  // namespace detail

std::vector<double> net_migration(const population_forecast& forecast, bool mortality_change) {
  const int T = forecast.years, A = forecast.ages;
  const auto size = static_cast<std::size_t>(T + 1) * 2 * static_cast<std::size_t>(A);
  if (A < 2 || forecast.persons.size() != size || forecast.mortality.size() != size) {
    reject("E-SHAPE", "net_migration",
           std::to_string(forecast.persons.size()) + " numbers of persons and " +
               std::to_string(forecast.mortality.size()) + " of mortality",
           std::to_string(size) + " of each are needed",
           "Give both for each 31 December, men and women, and age");
  }
  const auto surviving = detail::surviving_shares(forecast.mortality, T, A, mortality_change);
  return detail::follow_cohorts(forecast.persons, surviving, T, A).growth;
}

std::vector<double> share_staying(const std::vector<double>& net, int years,
                                  const std::vector<double>& moving_out) {
  const auto cells = moving_out.size();
  if (cells > 0 && net.size() != cells * static_cast<std::size_t>(std::max(0, years))) {
    reject("E-SHAPE", "share_staying",
           std::to_string(cells) + " rates of moving out were given for " +
               std::to_string(net.size()) + " of net migration in " + std::to_string(years) +
               " years",
           "one is needed for each sex and age", "Give men and women by single age");
  }
  for (const double rate : moving_out) {
    if (rate >= 0 && std::isfinite(rate)) continue;
    reject("E-NUM", "share_staying", "a rate of moving out is " + shown(rate),
           "it is finite and not negative",
           "Give persons a year who move out over all who live there");
  }
  std::vector<double> staying;
  for (std::size_t i = 0; i < net.size(); ++i) {
    const double out = cells > 0 ? moving_out[i % cells] : 0.0;
    staying.push_back(std::exp(-std::max(out, -net[i])));
  }
  return staying;
}

}  // namespace kohort
