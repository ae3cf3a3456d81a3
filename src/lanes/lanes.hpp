#pragma once

// One vector of doubles, a lane for each interval, draw or matrix. Every file in this folder is
// compiled once for each instruction set (see CMakeLists.txt), with
//
//   KOHORT_ISA    the namespace of that build: baseline, avx2 or avx512
//   KOHORT_LANES  doubles in a vector: 2, 4 or 8 (1 where the compiler has no vector types)
//
// Nothing from the standard library but <cstddef>, <cmath> of built-ins may be inlined here, and no
// Eigen: an inline function compiled for AVX-512 must never be the copy that an old machine runs.

#include <cstddef>

namespace kohort::detail::KOHORT_ISA {

inline constexpr int width = KOHORT_LANES;

#if KOHORT_LANES > 1
typedef double lanes __attribute__((vector_size(KOHORT_LANES * sizeof(double))));
#else
using lanes = double;
#endif

/// The same number in every lane.
inline lanes fill(double value) { return value - lanes{}; }

/// `width` doubles from memory, of any alignment.
inline lanes load(const double* from) {
  lanes all;
  __builtin_memcpy(&all, from, sizeof all);
  return all;
}

inline void store(double* to, lanes all) { __builtin_memcpy(to, &all, sizeof all); }

}  // namespace kohort::detail::KOHORT_ISA
