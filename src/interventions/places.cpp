#include <kohort/interventions/places.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <kohort/support/error.hpp>

namespace kohort {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

void check(const char* where, const place_limits& limits, double arrivals) {
  if (limits.places > 0 && limits.stay > 0 && limits.leaving >= 0 && arrivals >= 0 &&
      std::isfinite(limits.places + limits.stay + limits.leaving + arrivals)) {
    return;
  }
  reject("E-SETTING", where,
         shown(limits.places) + " places, stays of " + shown(limits.stay) + " months, leaving " +
             shown(limits.leaving) + ", " + shown(arrivals) + " come a month",
         "places and stays are above 0, the others not below", "Mend them");
}

/// (1 - e^(-r t)) / r, also where r is 0.
double held(double r, double t) { return r == 0 ? t : -std::expm1(-r * t) / r; }

struct state_now {
  double enrolled, waiting;
};

}  // namespace

fluid_queue fill_places(const place_limits& limits, std::span<const double> arrivals,
                        double enrolled, double waiting) {
  check("fill_places", limits, 0);
  const double c = limits.places, L = limits.stay, theta = limits.leaving;
  if (!(enrolled >= 0 && enrolled <= c && waiting >= 0) || (waiting > 0 && enrolled < c)) {
    reject("E-SETTING", "fill_places",
           shown(enrolled) + " enrolled and " + shown(waiting) + " waiting at the start",
           "no more are enrolled than there are places, and nobody waits while one is free",
           "Mend them");
  }
  fluid_queue found;
  state_now now{enrolled, waiting};
  for (const double lambda : arrivals) {
    check("fill_places", limits, lambda);
    double left = 1, starts = 0, gone = 0;
    while (left > 0) {
      const bool full = now.waiting > 0 || (now.enrolled >= c && lambda >= c / L);
      if (!full) {  // e goes to lambda L; full if that is above c
        const double goal = lambda * L;
        double t = left;
        const bool fills = goal > c && now.enrolled < c;
        if (fills) t = std::min(t, -L * std::log((goal - c) / (goal - now.enrolled)));
        const bool filled = fills && t < left;
        now.enrolled = filled ? c : goal + (now.enrolled - goal) * std::exp(-t / L);
        starts += lambda * t;
        left -= t;
        if (fills && t <= 0) left = std::min(left, 0.0);  // no time passed: rounding
        if (filled) now.enrolled = c;
        continue;
      }
      now.enrolled = c;
      const double net = lambda - c / L;  // what the queue grows by, before anybody gives up
      double t = left;
      const double goal = theta > 0 ? net / theta : (net > 0 ? infinity : -infinity);
      if (goal < 0 && now.waiting > 0) {  // it empties
        const double until =
            theta > 0 ? std::log((now.waiting - goal) / -goal) / theta : now.waiting / -net;
        t = std::min(t, until);
        const double before = now.waiting;
        now.waiting = t < until ? before * std::exp(-theta * t) + net * held(theta, t) : 0;
        starts += c / L * t;
        gone += before + net * t - now.waiting;
      } else {
        const double before = now.waiting;
        now.waiting = before * std::exp(-theta * t) + net * held(theta, t);
        starts += c / L * t;
        gone += before + net * t - now.waiting;
      }
      left -= t;
    }
    found.enrolled.push_back(now.enrolled);
    found.waiting.push_back(now.waiting);
    found.starts.push_back(starts);
    found.left.push_back(std::max(gone, 0.0));
  }
  return found;
}

waiting_line steady_queue(const place_limits& limits, double arrivals) {
  check("steady_queue", limits, arrivals);
  const double c = limits.places, rate = 1 / limits.stay, theta = limits.leaving;
  if (c != std::floor(c) || c > 1e6) {
    reject("E-SETTING", "steady_queue", shown(c) + " places", "a whole number is needed",
           "The fluid takes parts of places: fill_places");
  }
  if (theta == 0 && arrivals >= c * rate) {
    reject("E-QUEUE", "steady_queue",
           shown(arrivals) + " come a month, and " + shown(c * rate) + " can start",
           "the queue grows for ever if nobody gives up", "Say at what rate those waiting leave");
  }
  // Weights of n persons in places or queue, relative to c persons, outwards from c.
  double total = 1, occupied = c, queue = 0, full = 1;
  double weight = 1;
  for (double n = c; n > 0 && weight > 1e-18 * total; --n) {
    if (arrivals == 0) break;
    weight *= n * rate / arrivals;
    total += weight;
    occupied += weight * (n - 1);
  }
  if (arrivals == 0) return {};
  weight = 1;
  for (double waiting = 1;; ++waiting) {
    weight *= arrivals / (c * rate + waiting * theta);
    total += weight;
    full += weight;
    occupied += weight * c;
    queue += weight * waiting;
    if (weight * waiting < 1e-18 * total && weight < 1e-18 * total) break;
  }
  waiting_line found;
  found.chance_to_wait = full / total;
  found.queue = queue / total;
  found.occupied = occupied / total;
  found.wait = found.queue / arrivals;
  found.gives_up = theta * found.queue / arrivals;
  const double excess = arrivals - c * rate;
  found.fluid_queue = excess > 0 && theta > 0 ? excess / theta : 0;
  return found;
}

}  // namespace kohort
