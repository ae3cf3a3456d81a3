#include <cmath>
#include <limits>

#include <kohort/likelihood/detail/series.hpp>

namespace kohort::detail {

namespace {

/// sum_{l > m} theta^l / l!
double tail(double theta, int m) {
  double term = std::exp((m + 1) * std::log(theta) - std::lgamma(m + 2.0)), sum = 0;
  for (int l = m + 1; l < m + 2000; ++l) {
    sum += term;
    if (l > theta && term < sum * 1e-17) break;
    term *= theta / (l + 1.0);
  }
  return sum;
}

/// Newton's method on the logarithm of the tail, which is nearly a line in log theta: its slope is
/// theta tail(m - 1) / tail(m), and tail(m - 1) = tail(m) + theta^m / m!.
double limit_for(double allowed, int m, double start) {
  double at = std::log(start);
  for (int i = 0; i < 30; ++i) {
    const double theta = std::exp(at), here = tail(theta, m);
    const double before = here + std::exp(m * at - std::lgamma(m + 1.0));
    const double step = std::log(here / allowed) * here / (theta * before);
    at -= step;
    if (std::abs(step) < 1e-15 * (1 + std::abs(at))) break;
  }
  return std::exp(at);
}

std::vector<double> limits_for(double allowed) {
  std::vector<double> found{0};
  for (int m = 1; found.back() < largest_theta; ++m)
    found.push_back(limit_for(allowed, m, m == 1 ? std::sqrt(2 * allowed) : found.back() * 1.02));
  found.back() = std::numeric_limits<double>::infinity();  // the search for a degree always ends
  return found;
}

}  // namespace

const std::vector<double>& degree_limits() {
  static const auto limits = limits_for(0x1p-53);
  return limits;
}

const std::vector<double>& quick_degree_limits() {
  static const auto limits = limits_for(0x1p-36);
  return limits;
}

const std::vector<double>& inverses() {
  static const std::vector<double> table = [] {
    std::vector<double> one_over(degree_limits().size() + most_states + 2, 0.0);
    for (std::size_t k = 1; k < one_over.size(); ++k) one_over[k] = 1.0 / static_cast<double>(k);
    return one_over;
  }();
  return table;
}

wiring::wiring(int state_count, std::span<const transition> moves) : states(state_count) {
  for (const auto& move : moves) {
    from.push_back(move.from);
    to.push_back(move.to);
  }
  for (state s = 0; s < states; ++s) {
    into_starts.push_back(static_cast<int>(into.size()));
    out_starts.push_back(static_cast<int>(out.size()));
    for (std::size_t k = 0; k < moves.size(); ++k) {
      if (moves[k].to == s) into.push_back(static_cast<int>(k));
      if (moves[k].from == s) out.push_back(static_cast<int>(k));
    }
  }
  into_starts.push_back(static_cast<int>(into.size()));
  out_starts.push_back(static_cast<int>(out.size()));
}

wiring::wiring(const model& structure) : wiring(structure.size(), structure.transitions()) {}

}  // namespace kohort::detail
