#include <kohort/microsimulation/queues.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <kohort/support/error.hpp>

namespace kohort {

namespace {

void check(const char* where, int places, double arrivals, double stay, double gives_up) {
  const auto positive = [](double x) { return x > 0 && std::isfinite(x); };
  if (places >= 1 && places <= 10'000'000 && positive(arrivals) && positive(stay) &&
      positive(gives_up)) {
    return;
  }
  reject("E-QUEUE", where,
         std::to_string(places) + " places, arrivals " + shown(arrivals) + ", stay " + shown(stay) +
             (gives_up == 1 ? "" : ", gives_up " + shown(gives_up)),
         "at least one place and rates and times above 0 are needed",
         "Give arrivals and stay in the same unit of time");
}

}  // namespace

queue_means erlang_c(int places, double arrivals, double stay) {
  check("erlang_c", places, arrivals, stay, 1);
  const double load = arrivals * stay;
  if (!(load < places)) {
    reject("E-QUEUE", "erlang_c",
           "the load is " + shown(load) + " persons for " + std::to_string(places) + " places",
           "below one person a place the queue has a steady state, otherwise it grows without end",
           "Add places, or say at what rate those who wait give up: queue_with_abandonment");
  }
  double blocked = 1;  // Erlang's B
  for (int k = 1; k <= places; ++k) blocked = load * blocked / (k + load * blocked);
  const double waits = places * blocked / (places - load * (1 - blocked));
  const double queue = waits * load / (places - load);
  return {waits, queue, load, queue / arrivals, 0};
}

queue_means queue_with_abandonment(int places, double arrivals, double stay, double gives_up) {
  check("queue_with_abandonment", places, arrivals, stay, gives_up);
  // Weights by the ratios of neighbours, from the most likely number outwards: nothing overflows.
  const auto leaves = [&](double n) {
    return std::min<double>(n, places) / stay + gives_up * std::max(0.0, n - places);
  };
  const double load = arrivals * stay;
  const double top = load <= places ? std::floor(load)
                                    : places + std::floor((arrivals - places / stay) / gives_up);
  double sum = 0, waits = 0, queue = 0, occupied = 0;
  const auto add = [&](double n, double weight) {
    sum += weight;
    waits += n >= places ? weight : 0;
    queue += weight * std::max(0.0, n - places);
    occupied += weight * std::min<double>(n, places);
  };
  add(top, 1);
  double weight = 1;
  for (double n = top; n > 0 && weight > 1e-20; --n) {
    weight *= leaves(n) / arrivals;
    add(n - 1, weight);
  }
  weight = 1;
  for (double n = top; weight > 1e-20 || n < places; ++n) {
    if (weight == 0) break;
    weight *= arrivals / leaves(n + 1);
    add(n + 1, weight);
  }
  return {waits / sum, queue / sum, occupied / sum, queue / sum / arrivals,
          gives_up * queue / sum / arrivals};
}

}  // namespace kohort
