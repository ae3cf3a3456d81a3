#include <cmath>
#include <limits>

#include <kohort/likelihood/detail/series.hpp>

namespace kohort::detail {

namespace {

std::vector<double> limits_for(double allowed) {
  std::vector<double> found;
  const auto tail = [](double theta, int m) {
    double log_term = (m + 1) * std::log(theta) - std::lgamma(m + 2.0), sum = 0;
    for (int l = m + 1; l < m + 2000; ++l) {
      const double term = std::exp(log_term);
      sum += term;
      if (l > theta && term < sum * 1e-17) break;
      log_term += std::log(theta) - std::log(l + 1.0);
    }
    return sum;
  };
  found.push_back(0);
  for (int m = 1; found.back() < largest_theta; ++m) {
    double low = found.back(), high = low + 4;
    for (int i = 0; i < 60; ++i) {
      const double middle = (low + high) / 2;
      (tail(middle, m) <= allowed ? low : high) = middle;
    }
    found.push_back(low);
  }
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
