#include <algorithm>
#include <cmath>
#include <string>

#include <boost/math/distributions/poisson.hpp>

#include <kohort/support/error.hpp>
#include <kohort/support/scores.hpp>

namespace kohort {

namespace {

void need_draws(std::span<const double> draws, const char* where) {
  if (!draws.empty()) return;
  reject("E-SHAPE", where, "there are no draws", "a forecast has at least one", "Give its draws");
}

}  // namespace

double crps(std::span<const double> draws, double seen, crps_form form) {
  need_draws(draws, "crps");
  std::vector<double> sorted(draws.begin(), draws.end());
  std::sort(sorted.begin(), sorted.end());
  const auto m = static_cast<double>(sorted.size());
  double error = 0, pairs = 0;  // sum over i < j of x_j - x_i, sorted: x_i counts 2 i + 1 - m times
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    error += std::abs(sorted[i] - seen);
    pairs += (2 * static_cast<double>(i) + 1 - m) * sorted[i];
  }
  if (sorted.size() == 1) return error;
  const double kinds = form == crps_form::plain ? m * m : m * (m - 1);
  return error / m - pairs / kinds;
}

double crps(std::span<const long long> values, std::span<const double> probabilities,
            long long seen) {
  if (values.empty() || values.size() != probabilities.size()) {
    reject("E-SHAPE", "crps",
           std::to_string(values.size()) + " values and " + std::to_string(probabilities.size()) +
               " probabilities",
           "each value needs its probability", "Give as many of each");
  }
  double score = 0, below = 0;  // F between two neighbouring values is constant
  if (seen < values.front()) score += static_cast<double>(values.front() - seen);
  for (std::size_t i = 0; i < values.size(); ++i) {
    below += probabilities[i];
    const bool last = i + 1 == values.size();
    const auto next = last ? std::max(seen, values[i]) : values[i + 1];
    const auto before = std::clamp(seen, values[i], next) - values[i];  // k < seen
    const auto from = next - values[i] - before;
    score += static_cast<double>(before) * below * below;
    score += static_cast<double>(from) * (1 - below) * (1 - below);
  }
  return score;
}

double poisson_crps(double mean, long long seen) {
  if (!(mean > 0)) return static_cast<double>(seen);
  const boost::math::poisson_distribution<double> law(mean);
  const double spread = 12 * std::sqrt(mean) + 40;  // beyond, less than 1e-20 is left
  const auto first = std::max(0LL, static_cast<long long>(std::floor(mean - spread)));
  const auto last = static_cast<long long>(std::ceil(mean + spread));
  double score = static_cast<double>(std::max(0LL, first - seen));
  for (auto k = first; k < std::max(last, seen); ++k) {
    const auto at = static_cast<double>(k);
    const double left =
        k < seen ? boost::math::cdf(law, at) : boost::math::cdf(boost::math::complement(law, at));
    score += left * left;
  }
  return score;
}

long long poisson_quantile(double mean, double probability) {
  if (!(mean > 0)) return 0;
  using boost::math::policies::discrete_quantile;
  using boost::math::policies::integer_round_up;
  using boost::math::policies::policy;
  const boost::math::poisson_distribution<double, policy<discrete_quantile<integer_round_up>>> law(
      mean);
  return static_cast<long long>(boost::math::quantile(law, probability));
}

double randomised_pit(std::span<const double> draws, double seen, double u) {
  need_draws(draws, "randomised_pit");
  double below = 0, at = 0;
  for (const double x : draws) {
    below += x < seen ? 1 : 0;
    at += x == seen ? 1 : 0;
  }
  return (below + u * at) / static_cast<double>(draws.size());
}

}  // namespace kohort
