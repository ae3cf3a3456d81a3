#include <algorithm>
#include <cmath>
#include <numeric>

#include <kohort/economics/costs.hpp>
#include <kohort/support/detail/listed.hpp>

namespace kohort {

costs::costs(std::vector<std::pair<std::string, double>> by_level, int price_year, bool saving)
    : by_level_(std::move(by_level)), price_year_(price_year) {
  if (by_level_.empty()) {
    reject("E-COST", "costs", "no state has a cost", "at least one must",
           "Give a cost per person and year for each level");
  }
  if (price_year < 1900 || price_year > 2200) {
    reject("E-COST", "costs", "the price year is " + std::to_string(price_year),
           "it must be a calendar year", "Say in which year's prices the costs are");
  }
  for (std::size_t i = 0; i < by_level_.size(); ++i) {
    const auto& [name, cost] = by_level_[i];
    if (!std::isfinite(cost)) {
      reject("E-NUM", "costs", "the cost of '" + name + "' is " + shown(cost), "it must be finite",
             "Give it in kronor per person and year");
    }
    if (cost < 0 && !saving) {
      reject("E-COST", "costs", "the cost of '" + name + "' is " + shown(cost),
             "a cost below 0 must be said to be a saving",
             "Mend it; kohort.Costs(..., saving=True) takes one that is meant");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (by_level_[j].first != name) continue;
      reject("E-COST", "costs", "'" + name + "' stands twice", "each state has one cost",
             "Remove one of them");
    }
  }
}

Eigen::VectorXd costs::per_state(const std::vector<std::string>& states,
                                 const std::vector<std::string>& free) const {
  for (const auto& [name, cost] : by_level_) {
    if (std::find(states.begin(), states.end(), name) != states.end()) continue;
    reject("E-STATE-UNKNOWN", "costs", "there is a cost for '" + name + "'",
           "the states are " + detail::listed(states), "Use the names of the model");
  }
  Eigen::VectorXd values(static_cast<Eigen::Index>(states.size()));
  for (std::size_t s = 0; s < states.size(); ++s) {
    const auto at = std::find_if(by_level_.begin(), by_level_.end(),
                                 [&](const auto& entry) { return entry.first == states[s]; });
    if (at != by_level_.end()) {
      values[static_cast<Eigen::Index>(s)] = at->second;
    } else if (std::find(free.begin(), free.end(), states[s]) != free.end()) {
      values[static_cast<Eigen::Index>(s)] = 0;
    } else {
      reject("E-COST-MISSING", "costs", "'" + states[s] + "' has no cost",
             "every state that can be reached needs one", "Give its cost, 0 if it costs nothing");
    }
  }
  return values;
}

std::vector<std::int64_t> round_to_ore(std::span<const double> amounts) {
  double total = 0;
  std::vector<std::int64_t> parts(amounts.size());
  std::vector<double> remainders(amounts.size());
  std::int64_t given = 0;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    const double ore = amounts[i] * 100;
    if (!(std::abs(ore) < 1e15)) {
      reject("E-NUM", "round_to_ore", "an amount is " + shown(amounts[i]),
             "it must be finite and below 10 000 milliard kronor", "Mend it");
    }
    total += ore;
    parts[i] = static_cast<std::int64_t>(std::floor(ore));
    remainders[i] = ore - std::floor(ore);
    given += parts[i];
  }
  std::vector<std::size_t> order(amounts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  const std::int64_t left = std::llround(total) - given;
  for (std::int64_t k = 0; k < left && k < static_cast<std::int64_t>(order.size()); ++k) {
    ++parts[order[static_cast<std::size_t>(k)]];
  }
  return parts;
}

double entry_cost(const shares& mix, const Eigen::VectorXd& cost) {
  if (mix.values.size() != cost.size()) {
    reject("E-SHAPE", "entry_cost", std::to_string(mix.values.size()) + " shares",
           "there are " + std::to_string(cost.size()) + " costs", "Give one cost for each share");
  }
  return mix.values.dot(cost);
}

}  // namespace kohort
