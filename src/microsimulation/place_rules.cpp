#include <algorithm>
#include <cmath>
#include <string>

#include <kohort/support/error.hpp>

#include "world.hpp"

namespace kohort::detail {

void check(const place_rules& rules, const life_rates& rates) {
  const auto S = static_cast<std::size_t>(rates.structure.size()),
             K = rates.structure.transitions().size();
  const auto refuse = [](const std::string& seen, const char* needed) {
    reject("E-PLACES", "simulate_places", seen, needed, "Mend the rules of the places");
  };
  const auto length = [&](const auto& values, std::size_t n, const char* name, bool optional) {
    if (values.size() != n && !(optional && values.empty()))
      refuse(std::string(name) + " has " + std::to_string(values.size()) + " values",
             "it has one for each state, or for each transition");
  };
  length(rules.asks, S, "asks", false);
  length(rules.asks_at_start, S, "asks_at_start", true);
  length(rules.holds, S, "holds", false);
  length(rules.waiting_ratio, K, "waiting_ratio", true);
  length(rules.placed_ratio, K, "placed_ratio", true);
  length(rules.waiting_cost, S, "waiting_cost", true);
  length(rules.placed_cost, S, "placed_cost", true);
  length(rules.rank, S, "rank", rules.order == place_order::by_request);
  if (rules.from.empty() || rules.from.size() != rules.places.size() || rules.from[0] != 0 ||
      !std::is_sorted(rules.from.begin(), rules.from.end()))
    refuse("the number of places is given for " + std::to_string(rules.from.size()) + " times",
           "it is given from time 0 on, in order of time");
  for (const int places : rules.places) {
    if (places < -1)
      refuse("there are " + std::to_string(places) + " places",
             "there are 0 or more; -1 stands for no limit");
  }
  for (const auto* shares : {&rules.asks, &rules.asks_at_start}) {
    for (std::size_t s = 0; s < shares->size(); ++s) {
      if (!((*shares)[s] >= 0 && (*shares)[s] <= 1))
        refuse("a chance of asking is " + shown((*shares)[s]), "it lies between 0 and 1");
      if ((*shares)[s] > 0 && !rules.holds[s])
        refuse("one asks in '" + rates.structure.name(static_cast<int>(s)) +
                   "' but does not hold a place there",
               "where one asks one must be able to have it");
    }
  }
  for (const auto* ratios : {&rules.waiting_ratio, &rules.placed_ratio}) {
    for (const double ratio : *ratios) {
      if (!(ratio >= 0 && ratio <= 1e6))
        refuse("a ratio is " + shown(ratio), "ratios are finite and not negative");
    }
  }
  for (const auto* costs : {&rules.waiting_cost, &rules.placed_cost}) {
    for (const double cost : *costs) {
      if (!std::isfinite(cost)) refuse("a cost is " + shown(cost), "costs are finite");
    }
  }
  if (!(rules.vacancy >= 0 && rules.vacancy < 100))
    refuse("the vacancy time is " + shown(rules.vacancy) + " years", "it is 0 or more");
}

}  // namespace kohort::detail
