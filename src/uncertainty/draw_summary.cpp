#include <string>

#include <kohort/support/error.hpp>
#include <kohort/uncertainty/draw_summary.hpp>

namespace kohort {

draw_summary summarise(std::span<const double> values, std::size_t columns, const bin_rule& rule) {
  check(rule);
  if (columns == 0 || values.size() % columns != 0) {
    reject("E-SHAPE", "summarise",
           std::to_string(values.size()) + " values of " + std::to_string(columns) + " quantities",
           "each draw has one value of each", "Give draws x quantities");
  }
  draw_summary found{rule, std::vector<histogram>(columns), {}};
  const std::size_t n = values.size() / columns;
  std::vector<double> one(n);
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t k = 0; k < n; ++k) one[k] = values[k * columns + c];
    add(found.counts[c], one, rule);
    found.moments.push_back(moments_of(one));
  }
  return found;
}

void join(draw_summary& to, const draw_summary& later) {
  const auto &a = to.rule, &b = later.rule;
  if (to.counts.size() != later.counts.size() || a.logarithmic != b.logarithmic ||
      a.error != b.error || a.low != b.low || a.high != b.high) {
    reject("E-SHAPE", "join",
           std::to_string(to.counts.size()) + " and " + std::to_string(later.counts.size()) +
               " quantities, perhaps in different bins",
           "both are of the same quantities in the same bins", "Count both with one rule");
  }
  for (std::size_t c = 0; c < to.counts.size(); ++c) {
    merge(to.counts[c], later.counts[c]);
    to.moments[c] = joined(to.moments[c], later.moments[c]);
  }
}

}  // namespace kohort
