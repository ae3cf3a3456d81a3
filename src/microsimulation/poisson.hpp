#pragma once

#include <algorithm>
#include <cmath>

#include "world.hpp"

namespace kohort::detail {

/// A Poisson number by inversion; a large mean is a sum of smaller ones.
inline long poisson(const uniform_pairs& random, std::uint32_t replicate, std::uint32_t cell,
                    double mean) {
  long count = 0;
  for (std::uint32_t part = 0; mean > 0; ++part) {
    const double here = std::min(mean, 500.0);
    mean -= here;
    double left = random(replicate, cell, 0xFFFF0000U + part)[0];
    double term = std::exp(-here);
    long n = 0;
    while (left > term && n < 5000) {
      left -= term;
      term *= here / static_cast<double>(++n);
    }
    count += n;
  }
  return count;
}

}  // namespace kohort::detail
