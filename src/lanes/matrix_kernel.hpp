#pragma once

// The exponentials of many small intensity matrices, one in each lane. See matrix_kernel.cpp.

#include <cstddef>

namespace kohort::detail {

/// Matrices of one size that need the same number of squarings.
struct matrix_job {
  int states;     // 2 .. largest_lane_matrix
  int squarings;  // of every matrix named in `order`
  std::ptrdiff_t row_stride, column_stride;
  const double* Q;           // matrix k begins at k n n; its diagonal is not looked at
  const double* steps;       // h of matrix k: its time / 2^squarings
  double* P;                 // where the results go, laid out as Q
  const std::size_t* order;  // the matrices to do
  std::size_t count;         // how many
};

inline constexpr int largest_lane_matrix = 8;

namespace baseline {
void matrix_exponentials(const matrix_job& job);
}
namespace avx2 {
void matrix_exponentials(const matrix_job& job);
}
namespace avx512 {
void matrix_exponentials(const matrix_job& job);
}

}  // namespace kohort::detail
