#pragma once

namespace kohort {

/// The steady state of persons who queue for a limited number of places.
struct queue_means {
  double waits;     ///< share of those who ask that find no place free
  double queue;     ///< mean number waiting
  double occupied;  ///< mean number of places taken
  double wait;      ///< mean time from asking until leaving the queue, placed or not, of all
  double gives_up;  ///< share of those who ask that leave the queue without a place
};

/// Erlang's C formula: arrivals at a steady rate a, stays that are exponential with mean L, c
/// places, everybody waits for as long as it takes. With the load A = a L and B Erlang's B,
///
///     B_0 = 1,   B_k = A B_(k-1) / (k + A B_(k-1)),   C = c B_c / (c - A (1 - B_c)),
///     queue = C A / (c - A),   wait = queue / a
///
/// @param places    c, at least 1
/// @param arrivals  a, per unit of time, > 0
/// @param stay      L, in that unit, > 0
/// @throws invalid_input  `E-QUEUE`: numbers that cannot be, or a load A >= c, for which the queue
///                        grows without end
/// @see    Erlang (1917); Gross & Harris, Fundamentals of Queueing Theory
queue_means erlang_c(int places, double arrivals, double stay);

/// The same where those who wait give up at a rate theta each (die, recover, move away):
/// Palm's formula, or Erlang A. The number n of persons in the system is a birth-death chain with
/// births a and deaths min(n, c) / L + theta max(n - c, 0), whose probabilities are summed up.
///
/// @param gives_up  theta, per unit of time, > 0; there is a steady state for any load
/// @throws invalid_input  `E-QUEUE`: numbers that cannot be
/// @see    Palm (1957); Garnett, Mandelbaum & Reiman (2002), M&SOM 4:208-227
queue_means queue_with_abandonment(int places, double arrivals, double stay, double gives_up);

}  // namespace kohort
