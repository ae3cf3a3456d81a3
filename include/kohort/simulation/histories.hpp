#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <kohort/data/observations.hpp>
#include <kohort/model/intensity_model.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort {

/// Of a person whose first state has the probabilities of the model (`hidden_start`).
inline constexpr state drawn_start = -1;

/// When persons are to be looked at, and what is known of them beforehand: all that a simulation
/// needs besides the intensities. A person's last visit is the planned end, reached alive or not.
///
/// Columns: a person's visits stand together and in order of time, the first being the start.
/// States are those that are seen: of a state with phases, the whole of it.
struct visit_plan {
  std::vector<std::int64_t> first_visits{0};  ///< per person, into the visits; one more at the end
  std::vector<state> starts;  ///< per person: where in truth at the first visit; or `drawn_start`
  std::vector<double> times;  ///< per visit; `units_per_year` of them are a year
  std::vector<observation_kind> kinds;  ///< per visit: how the time since the one before is seen,
                                        ///< `panel` or `exact_transition`; empty: all panel
  double units_per_year = 1;
  std::vector<std::string> covariate_names;
  std::vector<double> covariates;      ///< visits x names; held until the next visit, clocks run on
  std::vector<std::int32_t> subjects;  ///< per person, not decreasing: several follow-ups of one
                                       ///< subject; empty: each is a subject
  std::vector<std::string> subject_names;      ///< empty: "1", "2", ...
  std::vector<std::vector<state>> sets = {};   ///< states that some visits do not tell apart
  std::vector<std::int32_t> told_within = {};  ///< per visit: whoever is in a state of this set is
                                               ///< only said to be in one of it; -1: no such set;
                                               ///< empty: none anywhere

  [[nodiscard]] std::size_t persons() const { return starts.size(); }
};

/// The same visits for everybody.
///
/// @param starts      per person: state at the first visit
/// @param times       of the visits, in years, increasing
/// @param names       of the covariates
/// @param covariates  persons x names, values at the first visit
/// @param clocks      per name: whether it is a clock, which is a year more a year later
visit_plan same_visits(std::vector<state> starts, std::span<const double> times,
                       std::vector<std::string> names = {}, std::span<const double> covariates = {},
                       const std::vector<bool>& clocks = {});

/// How a death becomes known.
enum class death_record : std::uint8_t {
  exact,  ///< with its time, the state before it unseen
  panel,  ///< at the next visit
  month   ///< with its month, a twelfth of a year on the clock of the times: `window_death`
};

struct simulation_settings {
  std::uint64_t seed = 1;
  std::uint32_t replicate = 0;  ///< another one gives other persons under the same plan
  death_record deaths = death_record::exact;
  int threads = 0;  ///< 0: all processors; the bytes are the same for any number
  progress report = {};
};

/// Histories of persons under given intensities, looked at as planned.
///
/// Each person waits an exponential time in units of the cumulated rate of leaving, then moves to s
/// with probability q_rs over the sum. What a person does depends on (seed, replicate, the person's
/// number, the number of the move) and on the intensities, never on when anybody looks: under
/// another plan the same persons live the same lives.
///
/// Where rates change in steps the waiting time is exact; where a clock moves all the time the rate
/// of leaving is cumulated by Gauss' rule in steps of half a year at most, to about 1e-9.
///
/// Of a state with phases the phases are lived through, and the state is what is seen. Whoever
/// starts in one stands in the phase that `phase_map::first` says (`unknown`: as `stationary`), or
/// in the first if the column `phase_map::clock` is 0 at the first visit.
///
/// Where levels may be misread, what is seen at a visit is drawn with the probabilities E(x) of the
/// true state, x being the visit's own covariates: at the first visit too, unless the model's first
/// rows are free of error. What is read at the k-th visit depends on (seed, replicate, person, k).
///
/// A person is not looked at again after an absorbing state. Rows come out sorted, as `validate`
/// returns them; between two visits of the kind `exact_transition` every move is a row of its own,
/// and the second visit is a row if the person is still there.
///
/// @param coefficients  as `coefficient_layout` says
/// @throws invalid_input  `E-COLUMN`: a covariate that the plan lacks; `E-TIME`: visits that do not
///                        increase; `E-MODEL`: columns that differ in length, an unknown state,
///                        rates that are not finite, or a time to be known throughout although
///                        levels may be misread; `E-START`: a first state to be drawn from a
///                        model that has no probabilities of it; `E-COVARIATE`: a value that is
///                        not finite
/// @throws interrupted    if `report` returned false
observations simulate(const intensity_model& intensities, std::span<const double> coefficients,
                      const visit_plan& plan, const simulation_settings& settings = {});

/// States drawn by shares, for `starts`: person i's depends on (seed, i) alone.
///
/// @param shares  per state, >= 0, their sum 1 within 1e-9
/// @throws invalid_input  `E-SHARES` otherwise
std::vector<state> draw_states(std::span<const double> shares, std::size_t persons,
                               std::uint64_t seed);

}  // namespace kohort
