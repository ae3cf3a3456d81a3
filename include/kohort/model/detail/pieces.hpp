#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <kohort/model/intensity_model.hpp>

namespace kohort::detail {

/// Cuts a stretch of time where a band or a whole year begins, and calls `each(begin, end, values)`
/// with the terms' values within each piece: clocks are read at its middle, so that rounding at the
/// cuts does not matter.
///
/// @param values      one per term where the clocks are known; clocks in years
/// @param begin, end  of the stretch, and of each piece: years since then
template <class Each>
void for_each_piece(const intensity_model& intensities, std::span<const double> values,
                    double begin, double end, const Each& each) {
  thread_local std::vector<double> cuts, now;
  cuts.clear();
  const auto add = [&](double clock, double cut) {
    const double after = std::round((cut - clock) * 0x1p40) * 0x1p-40;
    if (after > begin && after < end) cuts.push_back(after);
  };
  for (std::size_t c = 0; c < values.size(); ++c) {
    const auto& covariate = intensities.terms[c];
    if (covariate.path == covariate_path::bands) {
      for (const double cut : covariate.cuts) add(values[c], cut);
    } else if (covariate.path == covariate_path::yearly) {
      for (double year = std::floor(values[c] + begin) + 1; year < values[c] + end; ++year)
        add(values[c], year);
    }
  }
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  cuts.push_back(end);
  now.assign(values.begin(), values.end());
  double here = begin;
  for (const double next : cuts) {
    for (std::size_t c = 0; c < values.size(); ++c) {
      if (intensities.terms[c].path != covariate_path::held) now[c] = values[c] + (here + next) / 2;
    }
    each(here, next, std::span<const double>(now));
    here = next;
  }
}

/// Of a whole interval, `elapsed` years long.
template <class Each>
void for_each_piece(const intensity_model& intensities, std::span<const double> values,
                    double elapsed, const Each& each) {
  for_each_piece(intensities, values, 0.0, elapsed, each);
}

/// The length of a piece: of the only one that of its stretch, else rounded to 2^-40 years, so that
/// equal lengths are equal keys.
///
/// @param whole  length of the stretch
inline double piece_length(double begin, double end, double whole) {
  return end - begin < whole ? std::round((end - begin) * 0x1p40) * 0x1p-40 : whole;
}

}  // namespace kohort::detail
