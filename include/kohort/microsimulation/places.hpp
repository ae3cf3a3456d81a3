#pragma once

#include <cstdint>
#include <vector>

#include <kohort/microsimulation/lives.hpp>

namespace kohort {

/// Who gets the next free place; ties by the time of asking, then by person.
enum class place_order : std::uint8_t {
  by_request,  ///< who asked first
  by_level     ///< the highest rank of the state he is in, then who asked first
};

/// A limited number of places, and what waiting for one and having one mean.
///
/// Who comes into a state where places are asked for, and neither has one nor waits, asks with that
/// state's chance. He takes a free place at once or waits in the queue. Death, recovery and moving
/// away, that is any state where places are not held, end the wait or give the place back; a place
/// given back can be taken again after the vacancy time. While waiting, and while in a place, a
/// person's intensities are multiplied by ratios of their own.
struct place_rules {
  std::vector<double> from = {0};          ///< years, increasing from 0: when the number changes
  std::vector<int> places = {-1};          ///< from each of these on; -1: no limit
  std::vector<double> asks;                ///< per state: chance of asking on coming into it
  std::vector<double> asks_at_start = {};  ///< per state: of those there at time 0; empty: `asks`
  std::vector<char> holds;  ///< per state: whether one waits, and keeps a place, in it
  std::vector<double> waiting_ratio = {};  ///< per transition, while waiting; empty: 1
  std::vector<double> placed_ratio = {};   ///< per transition, in a place; empty: 1
  std::vector<double> waiting_cost = {};   ///< per state, a year; empty: the cost of the state
  std::vector<double> placed_cost = {};
  double vacancy = 0;  ///< years from one's leaving until the next may come
  place_order order = place_order::by_request;
  std::vector<int> rank = {};  ///< per state, for `by_level`
};

/// How a wait ended.
enum class wait_end : std::uint8_t {
  placed,
  died,    ///< came into a state that is never left
  left,    ///< recovered or moved: came into a state where one does not wait
  waiting  ///< not yet, at the horizon: censored
};

/// One wait. Who waits from the start has asked before, nobody knows when: his time counts from 0.
struct wait_record {
  std::uint32_t replicate = 0;
  double asked = 0;
  double years = 0;
  state level = 0;  ///< in which he asked
  wait_end end = wait_end::waiting;
  bool from_start = false;
};

/// What the persons did, and what became of the places. Arrays are row-major.
struct place_results {
  life_results lives;                 ///< their cost counts waiting and places
  std::vector<double> asked;          ///< replicates x periods (who are placed at time 0: nowhere)
  std::vector<double> placed;         ///< replicates x periods
  std::vector<double> died_waiting;   ///< replicates x periods
  std::vector<double> left_waiting;   ///< replicates x periods
  std::vector<double> waiting_years;  ///< replicates x periods x states: the spill-over
  std::vector<double> placed_years;   ///< replicates x periods x states
  std::vector<double> vacant_years;   ///< replicates x periods: given back and not yet to be taken
  std::vector<double> available_years;  ///< periods: places there are; infinity without a limit
  std::vector<double> queue;            ///< replicates x (periods + 1): waiting at each date
  std::vector<double> occupied;         ///< replicates x (periods + 1)
  std::vector<wait_record> waits;       ///< in order of replicate, then of their ends
};

/// Simulates persons who compete for places: one queue of events for each replicate, in the order
/// of (time, person, kind); replicates go side by side on the threads. A person's own luck is that
/// of `simulate_lives`, so without a limit, and with ratios of 1, the lives are the same.
///
/// Who asks at time 0 is put in an order drawn by chance, since nobody knows when he asked.
///
/// @param strategies  one result for each; empty: one without any effect
/// @throws invalid_input  as `simulate_lives`; `E-PLACES`: rules that cannot be
std::vector<place_results> simulate_places(const life_rates& rates, const life_starts& everybody,
                                           const life_arrivals& arrivals,
                                           const std::vector<life_strategy>& strategies,
                                           const place_rules& rules, const life_settings& settings);

}  // namespace kohort
