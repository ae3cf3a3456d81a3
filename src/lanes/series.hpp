#pragma once

// What the kernels of open cohorts share: masks, e^(-z), and how far a series goes.

#include "lanes.hpp"

namespace kohort::detail::KOHORT_ISA {

namespace {

#if KOHORT_LANES > 1
using mask = decltype(lanes{} < lanes{});
inline bool any(mask m) {
  bool some = false;
  for (int l = 0; l < width; ++l) some = some || m[l] != 0;
  return some;
}
#else
using mask = bool;
inline bool any(mask m) { return m; }
#endif

inline lanes larger(lanes a, lanes b) { return a > b ? a : b; }

/// e^(-z) for 0 <= z <= 1: thirteen terms at z / 4, squared twice.
inline lanes exp_minus(lanes z) {
  const lanes q = z * -0.25;
  lanes sum = fill(1.0);
  for (int k = 13; k > 0; --k) sum = 1.0 + sum * q * (1.0 / k);
  sum *= sum;
  return sum * sum;
}

/// How far the series goes: longer pieces are cut where theta h exceeds `largest`.
struct effort {
  int terms;
  double largest;
};

/// A function of the length alone, which all lanes share. largest^terms / terms! < 3e-17.
inline effort effort_for(double length) {
  if (length < 0.2) return {12, 0.2};
  if (length < 0.6) return {16, 0.6};
  return {19, 1.0};
}

constexpr int most_terms = 20;

/// Into how many equal parts a piece of this size (largest rate x length) is cut: a power of 2.
inline lanes parts_for(lanes size, double largest) {
  lanes parts = fill(1.0);
  while (any(size > parts * largest) && !any(parts > 1e6)) {
    parts = size > parts * largest ? parts + parts : parts;
  }
  return parts;
}

/// Weights of the terms of a series in the integral over a part: moment[k] is int_0^1 of
/// e^(-z t) t^k dt, from the far end so that every step is stable. `fading` is e^(-z).
inline void find_moments(lanes z, lanes fading, int last, lanes* moment) {
  moment[last] = fading * (1.0 / (last + 1)) * (1.0 + z * (1.0 / (last + 2)));
  for (int k = last; k > 0; --k) moment[k - 1] = (z * moment[k] + fading) * (1.0 / k);
}

}  // namespace

}  // namespace kohort::detail::KOHORT_ISA
