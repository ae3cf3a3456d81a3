#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kohort {

/// Which rows of a table of covariates are alike: the row's pattern, patterns numbered in the order
/// of their first rows.
struct covariate_patterns {
  std::vector<std::int32_t> of_row;
  std::vector<double> values;  ///< patterns x columns
  int count = 0;
};

/// The patterns of a table; 0 and -0 are one value.
///
/// @param rows     row-major, count x columns
/// @param columns  at least 1
covariate_patterns find_patterns(const double* rows, std::size_t count, std::size_t columns);

}  // namespace kohort
