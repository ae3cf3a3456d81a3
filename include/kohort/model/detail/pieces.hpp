#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <kohort/model/intensity_model.hpp>

namespace kohort::detail {

/// Cuts an interval where a band or a whole year begins, and calls `each(begin, end, values)` with
/// the terms' values within each piece: clocks are read at its middle, so that rounding at the cuts
/// does not matter. `begin` and `end` are years since the start of the interval.
///
/// @param values  one per term at the start of the interval; clocks in years
template <class Each>
void for_each_piece(const intensity_model& intensities, std::span<const double> values,
                    double elapsed, const Each& each) {
  thread_local std::vector<double> cuts, now;
  cuts.clear();
  const auto add = [&](double clock, double cut) {
    const double after = std::round((cut - clock) * 0x1p40) * 0x1p-40;
    if (after > 0 && after < elapsed) cuts.push_back(after);
  };
  for (std::size_t c = 0; c < values.size(); ++c) {
    const auto& covariate = intensities.terms[c];
    if (covariate.path == covariate_path::bands) {
      for (const double cut : covariate.cuts) add(values[c], cut);
    } else if (covariate.path == covariate_path::yearly) {
      for (double year = std::floor(values[c]) + 1; year < values[c] + elapsed; ++year)
        add(values[c], year);
    }
  }
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  cuts.push_back(elapsed);
  now.assign(values.begin(), values.end());
  double begin = 0;
  for (const double end : cuts) {
    for (std::size_t c = 0; c < values.size(); ++c) {
      if (intensities.terms[c].path != covariate_path::held) now[c] = values[c] + (begin + end) / 2;
    }
    each(begin, end, std::span<const double>(now));
    begin = end;
  }
}

}  // namespace kohort::detail
