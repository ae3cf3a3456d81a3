#include <algorithm>
#include <cmath>
#include <limits>

#include <kohort/data/clock_range.hpp>
#include <kohort/data/detail/covariate_columns.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

clock_range observed_range(const observations& seen, const std::string& clock) {
  const auto column = detail::column_of(seen, clock, "observed_range");
  clock_range range{std::numeric_limits<double>::infinity(),
                    -std::numeric_limits<double>::infinity()};
  for (std::size_t i = 1; i < seen.rows(); ++i) {
    if (seen.kinds[i] == observation_kind::start) continue;
    const double value = seen.row_covariates(i - 1)[column];
    range.lowest = std::min(range.lowest, value);
    range.highest = std::max(range.highest, value + seen.elapsed(i));
  }
  if (!(range.lowest <= range.highest)) {
    reject("E-EMPTY", "observed_range", "no subject was seen twice",
           "a clock is read between two rows of one subject", "Hand over a follow-up");
  }
  return range;
}

intensity_model with_ends(intensity_model intensities, const observations& seen) {
  for (auto& covariate : intensities.terms) {
    if (covariate.path != covariate_path::spline) continue;
    if (covariate.cuts.empty()) {
      const auto range = observed_range(seen, covariate.column);
      covariate.cuts = {std::floor(range.lowest), std::ceil(range.highest)};
      if (covariate.cuts[0] == covariate.cuts[1]) ++covariate.cuts[1];
    }
    if (!std::isfinite(covariate.origin))
      covariate.origin = (covariate.cuts[0] + covariate.cuts[1]) / 2;
  }
  return intensities;
}

}  // namespace kohort
