#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include <kohort/data/observations.hpp>
#include <kohort/model/state_space.hpp>
#include <kohort/simulation/histories.hpp>

namespace kohort {

/// The visits at which these subjects were looked at, so that others can be simulated in their
/// place: the same first states, times, covariates and ways of looking. What a follow-up says after
/// a gap is a plan of its own.
///
/// Dated deaths, to the day or to a month, are no visits. Who reached an absorbing state was to be
/// seen again had they not: their further visits are drawn from the gaps between the visits of all,
/// given that the gap is longer than the time they were known to live; one visit, or as many as fit
/// before the planned end. Covariates stay as they were at the last visit; those listed as clocks
/// run on.
///
/// @param structure     of the states as they are seen
/// @param planned_ends  per subject, in the unit of `times`: when observation was to end, reached
///                      alive or not; empty: unknown, and one further visit is planned
/// @param clocks        per covariate of `seen`: whether it is a clock in years
/// @param seed          of the draws of further visits
/// @throws invalid_input  `E-KIND`: rows of the kind exact_stay; `E-PLAN`: not one end per subject;
/// or moves are dated exactly, somebody
///                        reached an absorbing state and no planned end says how long they would
///                        have been followed
visit_plan observed_plan(const observations& seen, const model& structure,
                         std::span<const double> planned_ends = {},
                         const std::vector<bool>& clocks = {}, std::uint64_t seed = 1);

/// Draws when the next visit would have been, had somebody not died.
class visit_gaps {
 public:
  /// From the gaps between a `panel` row and the row before it, none of them in an absorbing state.
  visit_gaps(const observations& seen, const model& structure);

  /// From the gaps of those who were seen at the same time since their first row, if at least five
  /// of them are long enough (visits by a common timetable); otherwise from all that are.
  ///
  /// @param begins   of the gap, in years since the first row
  /// @param least    in years: the gap is at least as long; itself if none was
  /// @param uniform  in (0, 1)
  [[nodiscard]] double draw(double begins, double least, double uniform) const;

  [[nodiscard]] bool empty() const { return sorted_.empty(); }

 private:
  std::vector<double> sorted_;
  std::map<std::int64_t, std::vector<double>> sorted_at_;  // by begin, in millionths of a year
};

}  // namespace kohort
