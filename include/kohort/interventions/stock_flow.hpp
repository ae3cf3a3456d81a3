#pragma once

#include <optional>
#include <vector>

#include <kohort/population/entries.hpp>

namespace kohort {

/// What is known of a programme's numbers. "15 a month" can be three things: the number enrolled on
/// a day, the number who start in a month, or everyone who was enrolled some time in the month.
struct enrolment_figures {
  std::optional<double> enrolled = {};  ///< N: on a day, the mean over the window
  std::optional<double> starts = {};    ///< lambda: new ones a month
  std::optional<double> stay = {};      ///< L: months, censored mean over all stays incl. open ones
  std::optional<double> head_count = {};  ///< everyone enrolled some time in a month: N + lambda
  double enrolled_variance = 0;           ///< of the time mean N
  double starts_counted = 0;              ///< starts behind lambda; 0: not said
  double stays_counted = 0;               ///< stays behind L; 0: not said
  double stay_cv = 1;                     ///< coefficient of variation of the stays
  double window = 0;                      ///< months over which they were counted; 0: not said
};

/// Little's law: in a steady state N = lambda L.
struct enrolment {
  double enrolled = 0, starts = 0, stay = 0, head_count = 0;
  bool checked = false;         ///< all three of N, lambda and L were given
  double gap = 0;               ///< d = ln N - ln(lambda L)
  double gap_error = 0;         ///< sqrt(var(N) / N^2 + 1 / starts + cv_L^2 / stays)
  std::vector<notice> notices;  ///< `W-LITTLE`, `W-WINDOW`
};

/// The three numbers from any two, with a warning if all were given and disagree.
///
/// @throws invalid_input  `E-STOCK-FLOW`: fewer than two of N, lambda (or the head count) and L;
///                        `E-SETTING`: one that is not positive
/// @see  Little (1961), Operations Research 9:383-387
enrolment stock_and_flow(const enrolment_figures& given);

/// What one figure means for the number enrolled on a day, read in each of the three ways.
struct enrolment_readings {
  double as_stock = 0, as_flow = 0, as_head_count = 0;
};
enrolment_readings read_three_ways(double figure, double stay);

}  // namespace kohort
