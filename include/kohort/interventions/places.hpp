#pragma once

#include <span>
#include <vector>

namespace kohort {

/// Limited places: who starts, who waits.
struct place_limits {
  double places = 0;   ///< c
  double stay = 1;     ///< L, months, mean
  double leaving = 0;  ///< theta: rate a month at which those waiting give up, move or die
};

/// Places and queue at the end of each month, and who started in it.
struct fluid_queue {
  std::vector<double> enrolled, waiting;  ///< at the end of the month
  std::vector<double> starts, left;       ///< in the month
};

/// The queue as a fluid, exactly piece by piece:
///
///     e' = in - e / L,    W' = arrivals - in - theta W,
///
/// in = arrivals while nobody waits and e < c, and what keeps e = c otherwise. Throughput is at
/// most c / L (Little). Right in the limit of many places and overload; near load 1 or with few
/// places the real queue is longer, see `waiting_line`.
///
/// @param arrivals  a month, constant within each
/// @param enrolled, waiting  at the start
/// @throws invalid_input  `E-SETTING`
fluid_queue fill_places(const place_limits& limits, std::span<const double> arrivals,
                        double enrolled = 0, double waiting = 0);

/// The steady state of a queue with random arrivals, stays and patience (all exponential).
struct waiting_line {
  double chance_to_wait = 0;  ///< P(all places taken): Erlang C, or A where people give up
  double queue = 0;           ///< mean number waiting
  double occupied = 0;        ///< mean number of places taken
  double wait = 0;            ///< mean months of waiting, over all who come
  double fluid_queue = 0;     ///< what the fluid says: max(0, (arrivals - c / L) / theta)
  double gives_up = 0;        ///< share of those who come that leave the queue
};

/// @param arrivals  a month
/// @throws invalid_input  `E-SETTING`; `E-QUEUE`: nobody gives up and more come than can start
/// @see  Garnett, Mandelbaum & Reiman (2002), Manuf Serv Oper Manag 4:208-227; Whitt (2004)
waiting_line steady_queue(const place_limits& limits, double arrivals);

}  // namespace kohort
