#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <kohort/population/lexis.hpp>
#include <kohort/population/migration.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr std::size_t nodes = birth_nodes.size();

}  // namespace

std::vector<double> net_migration(const population_forecast& forecast, bool mortality_change) {
  const auto T = static_cast<std::size_t>(forecast.years),
             A = static_cast<std::size_t>(forecast.ages);
  if (A < 2 || forecast.persons.size() != (T + 1) * 2 * A ||
      forecast.mortality.size() != (T + 1) * 2 * A) {
    reject("E-SHAPE", "net_migration",
           std::to_string(forecast.persons.size()) + " numbers of persons and " +
               std::to_string(forecast.mortality.size()) + " of mortality",
           std::to_string((T + 1) * 2 * A) + " of each are needed",
           "Give both for each 31 December, men and women, and age");
  }
  std::vector<double> net(T * 2 * A, 0.0);
  for (std::size_t sex = 0; sex < 2; ++sex) {
    const auto persons = [&](std::size_t y, std::size_t a) {
      return forecast.persons[(y * 2 + sex) * A + a];
    };
    std::vector<double> now(A * nodes);  // by age on 31 December and birth node
    for (std::size_t i = 0; i < now.size(); ++i) {
      now[i] = birth_nodes[i % nodes].weight * persons(0, i / nodes);
    }
    for (std::size_t y = 0; y < T; ++y) {
      const double* m = &forecast.mortality[((mortality_change ? y + 1 : 0) * 2 + sex) * A];
      std::vector<double> left(A * nodes), total(A, 0.0), next(A * nodes, 0.0);
      for (std::size_t i = 0; i < left.size(); ++i) {
        const std::size_t a = i / nodes, b = std::min(a + 1, A - 1);
        const double u = birth_nodes[i % nodes].age;
        left[i] = now[i] * std::exp(-m[a] * (1 - u) - m[b] * u);
        total[b] += left[i];
      }
      for (std::size_t i = 0; i < left.size(); ++i) {
        const std::size_t a = i / nodes, b = std::min(a + 1, A - 1);
        const double wanted = persons(y + 1, b);
        if (total[b] > 0) next[b * nodes + i % nodes] += left[i] * wanted / total[b];
      }
      for (std::size_t b = 0; b < A; ++b) {
        if (b > 0 && total[b] > 0) continue;
        for (std::size_t i = 0; i < nodes; ++i) {
          next[b * nodes + i] = birth_nodes[i].weight * persons(y + 1, b);
        }
      }
      for (std::size_t a = 0; a < A; ++a) {
        const std::size_t b = std::min(a + 1, A - 1);
        if (total[b] > 0) net[(y * 2 + sex) * A + a] = std::log(persons(y + 1, b) / total[b]);
      }
      now = next;
    }
  }
  return net;
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
