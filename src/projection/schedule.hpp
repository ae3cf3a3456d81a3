#pragma once

#include <vector>

#include <kohort/projection/open_cohort.hpp>

#include "structure_map.hpp"

namespace kohort::detail {

/// People who are enrolled at one time, or (the first group) on no clock of their own.
struct enrolment_group {
  double at = 0;                 // when their clock is 0, years after the base date
  double joins = 0;              // when they are put together: before that if they wait
  double opens = 0, closes = 0;  // newcomers of this time belong to it
  double ends = 0;               // when the last effect on their clock is over
  int year = 0;                  // in which they are put together
  double room = 1;               // share of those who accept
  bool boost = false;            // they come from other groups
};

/// One effect that acts on one group for a while: `step` is the entry of its series.
struct acting {
  int effect, step;
  bool operator==(const acting&) const = default;
};

/// A time within a year in which nobody's intensities change but on birthdays.
struct interval {
  double from = 0, to = 0;                // years into the year
  int period = 0;                         // of output at `from`, counted from the base date
  std::vector<double> marks;              // points of output inside: periods end there
  bool open = false;                      // newcomers join the first group as they come
  bool stock = false;                     // at `from`, the stock is enrolled
  std::vector<int> born;                  // groups of newcomers put together at `from`
  std::vector<int> starts;                // groups that have waited and start at `from`
  std::vector<int> boosts;                // groups of the boosted that begin at `from`
  std::vector<int> live;                  // groups, in the order in which they are carried
  std::vector<std::vector<acting>> acts;  // on each of them
  std::vector<int> over;                  // groups whose effects end at `to`
};

/// A strategy on the calendar. Group 0 has no clock; with effects since enrolment the stock is
/// group 1, and the newcomers' groups follow in the order in which they enrol.
struct schedule {
  const strategy* what = nullptr;
  bool by_clock = false;      // some effect is on the clock of enrolment
  bool newcomers = false;     // some of those who come from `none` are enrolled
  int first = 1;              // 0 if somebody in `none` is ever enrolled
  double calendar_ends = -1;  // when the last effect on the calendar is over
  std::vector<double>
      stock;  // S: uptake x share offered; the share alone if draws differ in uptake
  std::vector<double> arrivals;
  std::vector<enrolment_group> groups;
  std::vector<std::vector<interval>> years;
  int starts_in = 0;  // the year in which `enrols_from` lies; at or after the last: never

  double from() const { return what->enrols_from; }
  double until() const { return what->enrols_until; }
};

/// @param years  of the projection
schedule plan(const strategy& what, int states, int years, int periods_a_year,
              int enrolments_a_year);

/// Times within [0, 1) at which stock is enrolled by any of the strategies in this year.
std::vector<double> stock_times(const std::vector<schedule>& all, int year);

}  // namespace kohort::detail
