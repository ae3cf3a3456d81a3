#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kohort {

/// Fixed bins for draws that are not kept. Two counts add up to the count of both, in any order, so
/// a quantile does not depend on who counted what, or when.
///
/// Logarithmic bins: bin i holds (b^(i-1), b^i] with b = (1 + e) / (1 - e), and stands for
/// 2 b^i / (b + 1), which is within a share e of all of it. Negative values have bins of their own;
/// what is smaller than `low` in size counts as 0. Linear bins: of width `error` x 2 from `low` on,
/// standing for their middles. Values whose size is above `high` (or below `low`, linear) are
/// counted at the end they are beyond.
///
/// @see  Masson, Rim & Lee (2019), DDSketch, Proc VLDB Endowment 12:2195-2205
struct bin_rule {
  bool logarithmic = true;
  double error = 1e-3;  // relative for logarithmic bins, absolute for linear ones
  double low = 1e-6;
  double high = 1e15;
};

/// Checks the numbers of a rule.
/// @throws invalid_input  `E-BINS`
void check(const bin_rule& rule);

/// Counts of one quantity. Only the bins between the first and the last that hold something are
/// kept.
struct histogram {
  std::int64_t first = 0;             // number of the bin that counts[0] is of
  std::vector<std::int64_t> counts;   // first and last are not 0, or it is empty
  std::int64_t below = 0, above = 0;  // beyond the bins

  [[nodiscard]] std::int64_t total() const;
  friend bool operator==(const histogram&, const histogram&) = default;
};

/// Adds values to a histogram.
/// @throws invalid_input  `E-NUM`: a value that is not a number
void add(histogram& to, std::span<const double> values, const bin_rule& rule);

/// Adds the counts of another histogram with the same rule.
void merge(histogram& to, const histogram& other);

/// A quantile of what was counted, and whether it can be told.
struct binned_quantile {
  double value = 0;    // within the rule's error of the draws' own quantile
  bool known = false;  // false: it lies beyond the bins, or nothing was counted
};

/// Interpolated linearly between order statistics (Hyndman & Fan's type 7), as `column_quantiles`
/// does of the draws themselves.
/// @throws invalid_input  `E-LEVEL`: a probability outside [0, 1]
binned_quantile quantile(const histogram& of, double probability, const bin_rule& rule);

/// Limits of a quantile of the law behind n independent draws: the order statistics, given as the
/// probabilities that `quantile` takes, between which it lies with at least this probability, by
/// the binomial law of how many draws are below it.
/// @throws invalid_input  `E-LEVEL`
struct quantile_limits {
  double lower = 0, upper = 1;
};
quantile_limits limits_of_quantile(std::int64_t n, double probability, double level);

/// Number of draws, mean and sum of squared deviations, joined in the order given:
/// Chan, Golub & LeVeque's update, so that block after block gives one answer.
struct running_moments {
  std::int64_t n = 0;
  double mean = 0;
  double squares = 0;  // sum of (x - mean)^2
};

/// Moments of one block of draws, and of two groups together.
running_moments moments_of(std::span<const double> values);
running_moments joined(const running_moments& a, const running_moments& b);

}  // namespace kohort
