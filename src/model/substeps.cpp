#include <algorithm>
#include <cmath>
#include <limits>

#include <kohort/model/detail/substeps.hpp>

namespace kohort::detail {

namespace {

constexpr int grading = 8;
constexpr double smallest_share = 1e-9;  // of a sub-step: nothing is cut off that is shorter

void cut_evenly(double begin, double length, double h, std::vector<substep>& out) {
  const int count = std::max(1, static_cast<int>(std::ceil(length / h - smallest_share)));
  for (int i = 0; i < count; ++i) out.push_back({begin + length * i / count, length / count});
}

}  // namespace

void cut_into_substeps(const clock_columns& moving, const double* clocks, double begin,
                       double length, double h, std::vector<substep>& out, int parts) {
  if (parts > 1) {
    std::vector<substep> whole;
    cut_into_substeps(moving, clocks, begin, length, h, whole);
    for (const auto& [after, years] : whole) {
      for (int i = 0; i < parts; ++i) out.push_back({after + years * i / parts, years / parts});
    }
    return;
  }
  if (length <= 0) {
    out.push_back({begin, 0});
    return;
  }
  double youngest = std::numeric_limits<double>::infinity();
  for (const int clock : moving.from_zero()) youngest = std::min(youngest, clocks[clock]);
  const double ratio = std::min(0.5, 2 * h);  // of a sub-step to the clock, where both are small
  const double graded = h / ratio;            // above, even sub-steps do
  const int count = static_cast<int>(std::ceil(grading / ratio));
  double at = begin;
  const double end = begin + length;
  if (youngest + begin < graded) {
    const double share = std::max(youngest + begin, 0.0) / graded;
    int j = static_cast<int>(std::floor(count * std::pow(share, 1.0 / grading))) + 1;
    for (; j <= count && at < end; ++j) {
      double next = graded * std::pow(static_cast<double>(j) / count, grading) - youngest;
      if (next - at <= smallest_share * graded && j > 1 && share > 0) continue;
      if (end - next <= smallest_share * h) next = end;
      next = std::min(next, end);
      out.push_back({at, next - at});
      at = next;
    }
  }
  if (at < end) cut_evenly(at, end - at, h, out);
}

}  // namespace kohort::detail
