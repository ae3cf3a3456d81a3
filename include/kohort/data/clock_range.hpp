#pragma once

#include <string>

#include <kohort/data/observations.hpp>
#include <kohort/model/intensity_model.hpp>

namespace kohort {

/// Where a clock was seen, in years.
struct clock_range {
  double lowest = 0, highest = 0;
};

/// The least and the largest value of a clock while somebody was followed; it runs on from each
/// row to the next.
///
/// @throws invalid_input  `E-COLUMN` if there is no such covariate, `E-EMPTY` if nobody was
/// followed
clock_range observed_range(const observations& seen, const std::string& clock);

/// Gives the splines without ends those of the observations, in whole years, and to those whose
/// origin is no number the middle.
intensity_model with_ends(intensity_model intensities, const observations& seen);

}  // namespace kohort
