#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <kohort/model/state_space.hpp>
#include <kohort/support/instruction_set.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// Intensities in steps: all that a person's future depends on, as a table.
///
/// Time 0 is a 1 January. A rate holds on a piece, which ends at a birthday, a 1 January or where a
/// clock passes a cut. The table `rates` is row-major in
///
///     patterns x years x ages [x 2] x (since_entry_cuts + 1) x (in_state_cuts + 1) x transitions
///
/// where a pattern is one combination of covariates that stay, and ages are completed ages (those
/// beyond the table take its ends; 0 ages: age plays no part, and the axis has one row). Years are
/// calendar years from time 0, the last one holding on. With `by_cohort`, the ages are those on
/// 1 January, from one year below `first_age` (who reach it within the year), so there are ages + 1
/// of them, and the axis of 2 is before and after the birthday of the year.
struct life_rates {
  model structure;
  int patterns = 1;
  int first_age = 0;
  int ages = 0;
  int years = 1;
  bool by_cohort = false;
  std::vector<double> since_entry_cuts = {};  ///< years, increasing, > 0
  std::vector<double> in_state_cuts = {};
  std::vector<double> rates = {};
  state outside = -1;  ///< leaving this state is entering: clocks since entry start
  std::vector<int> group_of_pattern = {};  ///< by which results are given; empty: one group
  std::vector<char> frail = {};  ///< transition: whether a person's factor acts; empty: on all
  /// With `by_cohort`, patterns x years x (ages + 1): whether all who are alive at the end of the
  /// year leave then, by the transition that `way_away` gives for each state. Empty: nobody.
  std::vector<char> leaves_at_year_end = {};
  std::vector<int> way_away = {};
};

/// Who is simulated: columns, one value a person. Empty columns stand for what is said.
struct life_starts {
  std::vector<state> states;
  std::vector<std::int32_t> patterns = {};  ///< 0
  std::vector<double> times = {};           ///< when they come in, years; 0: there from the start
  std::vector<std::int32_t> ages = {};      ///< completed age then; 0
  std::vector<double> to_birthday = {};     ///< years until the next birthday, in (0, 1]; 1
  std::vector<double> since_entry = {};     ///< years since they entered, when they come in; 0
  std::vector<double> in_state = {};        ///< years in the state, when they come in; 0
  std::vector<double> factors = {};         ///< what the person's rates are multiplied by; 1
  std::vector<char> newcomers = {};         ///< whether coming in is entering; no

  [[nodiscard]] std::size_t size() const { return states.size(); }
  /// Adds the persons of another list after these.
  void append(const life_starts& others);
};

/// A ratio on one transition of those enrolled, in steps of time. Outside its steps it is 1.
struct life_effect {
  int transition = 0;
  int first_age = 0, last_age = 1000;  ///< completed ages, both inclusive
  std::vector<char> patterns = {};     ///< whether it acts; empty: in all
  bool since_enrolment = true;         ///< or years after time 0
  double starts = 0;
  std::vector<double> log_ratio = {};
  double step = 1.0 / 12;
};

/// Effects, and who is offered them.
struct life_strategy {
  std::string name;
  std::vector<life_effect> effects = {};
  std::vector<double> enrols_newcomers = {};  ///< per state entered: share who enrol; empty: none
  std::vector<double> enrols_stock = {};      ///< per state, of those present when it begins
  double enrols_from = 0;
  double enrols_until = std::numeric_limits<double>::infinity();
  bool on_entering = true;  ///< whether leaving the state outside is an occasion; coming in is one
};

struct life_settings {
  int periods = 10;                    ///< results are by period and at the dates between them
  double step = 1;                     ///< years; a year, a quarter .25, a month 1/12
  std::vector<double> cost = {};       ///< per state, a year; empty: 0
  std::vector<double> move_cost = {};  ///< per transition, each; empty: 0
  double discount = 0;                 ///< r: worth (1 + r)^-t at time 0
  std::uint64_t seed = 1;
  std::uint32_t first_replicate = 0;
  std::uint32_t replicates = 1;
  int threads = 0;
  progress report = {};
  instruction_set with = best_instruction_set();
  bool allow_lanes = true;  ///< off: one person at a time even where eight could go side by side
};

/// Persons who come in during the simulation, a list for each replicate. They are numbered after
/// those who are there from the start.
using life_arrivals = std::function<life_starts(std::uint32_t replicate)>;

/// What the simulated persons did, for each replicate. Arrays are row-major.
struct life_results {
  int replicates = 0, periods = 0, groups = 1, states = 0, transitions = 0;
  std::vector<double> occupancy;       ///< replicates x (periods + 1) x groups x states
  std::vector<double> person_years;    ///< replicates x periods x groups x states
  std::vector<double> moves;           ///< replicates x periods x transitions
  std::vector<double> entered;         ///< replicates x periods x states: who came in
  std::vector<double> cost;            ///< replicates x periods, discounted: of states and of moves
  std::vector<double> enrolled;        ///< replicates x periods: who enrolled
  std::vector<double> enrolled_years;  ///< replicates x periods: years lived since by those who did
};

/// Simulates persons one by one.
///
/// A sojourn ends when the rate of leaving has cumulated to E = -ln U1; where to is drawn by U2 in
/// proportion to the rates of the piece in which that happens. (U1, U2) are one block of
/// Philox4x32-10, its key made of (seed, purpose), its counter being (replicate, person, number of
/// the person's own move, 0). So what a person does depends on nobody else, on no order and on no
/// thread; a replicate is other lives of the same persons; and two strategies meet the same luck
/// for as long as a person's moves stay aligned. U = (k + 1/2) 2^-52 is never 0 or 1.
///
/// Person-years and discounted cost are integrated exactly over every sojourn. Where rates are
/// constant for life, eight persons go side by side in the vector kernel: the same lives.
///
/// @param everybody  there from the start, the same in each replicate
/// @param strategies one result for each; empty: one without any effect
/// @throws invalid_input  `E-MODEL`, `E-SHAPE`, `E-NUM`, `E-SETTING`: what cannot be simulated
/// @throws interrupted    if `report` returned false
/// @see    Gillespie (1977), J Phys Chem 81:2340-2361; Salmon et al. (2011), SC11
std::vector<life_results> simulate_lives(const life_rates& rates, const life_starts& everybody,
                                         const life_arrivals& arrivals,
                                         const std::vector<life_strategy>& strategies,
                                         const life_settings& settings);

}  // namespace kohort
