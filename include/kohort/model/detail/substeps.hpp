#pragma once

#include <vector>

#include <kohort/model/clock_columns.hpp>

namespace kohort::detail {

/// A stretch of time in which rates that move are integrated by one step.
struct substep {
  double after;  ///< years from the beginning of the interval
  double length;
};

/// Nodes of a sub-step, as shares of its length: 1/2 -+ sqrt(3)/6.
inline constexpr double early_node = 0.21132486540518713, late_node = 0.7886751345948129;

/// Cuts [begin, begin + length] of an interval into sub-steps of at most h years. Where a Weibull
/// clock is near 0 they are graded: the j-th of n ends at H (j / n)^8, so that an integrable
/// infinity of a rate costs no accuracy.
///
/// @param clocks  values as the interval begins
/// @param parts   each sub-step is cut in so many: 2 to tell the error, since an interval shorter
///                than half of h would be the same whole under h / 2
void cut_into_substeps(const clock_columns& moving, const double* clocks, double begin,
                       double length, double h, std::vector<substep>& out, int parts = 1);

/// The step of order 4 over [a, a + h]: exp(h (x1 Q1 + x2 Q2)) exp(h (x2 Q1 + x1 Q2)), Q at the two
/// nodes. No rate becomes negative as long as none changes by more than x1 / |x2| between them;
/// otherwise both nodes are put in the middle (order 2).
/// @see  Blanes & Moan (2006), Appl Numer Math 56:1519-1537
inline constexpr double first_share = 0.5386751345948129, second_share = -0.0386751345948129;
inline constexpr double widest_change = 2.6338;  // of a log rate: log(x1 / |x2|)

}  // namespace kohort::detail
