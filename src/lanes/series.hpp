#pragma once

// What the kernels of open cohorts share: masks, e^(-z), and how far a series goes.

#include "lanes.hpp"

#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace kohort::detail::KOHORT_ISA {

namespace {

#if KOHORT_LANES > 1
using mask = decltype(lanes{} < lanes{});
inline bool any(mask m) {
#if KOHORT_LANES == 8 && defined(__AVX512F__)
  const auto bits = reinterpret_cast<__m512i>(m);
  return _mm512_test_epi64_mask(bits, bits) != 0;
#elif KOHORT_LANES == 4 && defined(__AVX2__)
  return _mm256_movemask_pd(reinterpret_cast<__m256d>(m)) != 0;
#else
  bool some = false;
  for (int l = 0; l < width; ++l) some = some || m[l] != 0;
  return some;
#endif
}
#else
using mask = bool;
inline bool any(mask m) { return m; }
#endif

inline lanes larger(lanes a, lanes b) { return a > b ? a : b; }

/// 1 / k, so that no division waits in a chain.
struct inverses {
  double of[24];
  constexpr inverses() : of{} {
    for (int k = 1; k < 24; ++k) of[k] = 1.0 / k;
  }
};
constexpr inverses inverse;

/// e^(-z) for 0 <= z <= 1: thirteen terms at z / 4, squared twice.
inline lanes exp_minus(lanes z) {
  const lanes q = z * -0.25;
  lanes sum = fill(1.0);
#pragma GCC unroll 13
  for (int k = 13; k > 0; --k) sum = sum * (q * inverse.of[k]) + 1.0;
  sum *= sum;
  return sum * sum;
}

/// Pieces are cut into parts where theta h exceeds 1, and no part takes more terms than this.
constexpr int last_term = 19;

/// How many terms a part of this size needs: size^(K + 1) / (K + 1)! < 1e-18, times the whole: many
/// parts follow one another, and a state may hold a thousandth of the whole.
inline lanes terms_for(lanes size) {
  lanes terms = fill(static_cast<double>(last_term));
  terms = size <= 0.75 ? fill(17.0) : terms;
  terms = size <= 0.5 ? fill(15.0) : terms;
  terms = size <= 0.3 ? fill(13.0) : terms;
  terms = size <= 0.2 ? fill(12.0) : terms;
  terms = size <= 0.1 ? fill(10.0) : terms;
  return size <= 0.05 ? fill(9.0) : terms;
}

/// Whether some size needs exactly so many terms.
inline bool may_end_at(int term) {
  return term == 9 || term == 10 || term == 12 || term == 13 || term == 15 || term == 17;
}

/// The largest number of terms that any lane needs.
inline int most_of(lanes terms) {
  constexpr int ends[] = {last_term, 17, 15, 13, 12, 10};
  for (const int k : ends) {
    if (any(terms >= static_cast<double>(k))) return k;
  }
  return 9;
}

constexpr int most_terms = 20;

/// Into how many equal parts a piece of this size (largest rate x length) is cut: a power of 2.
inline lanes parts_for(lanes size, double largest = 1) {
  lanes parts = fill(1.0);
  while (any(size > parts * largest) && !any(parts > 1e6)) {
    parts = size > parts * largest ? parts + parts : parts;
  }
  return parts;
}

/// Weights of the terms of a series in the integral over a part: moment[k] is int_0^1 of
/// e^(-z t) t^k dt, from the far end so that every step is stable. `fading` is e^(-z). A lane
/// begins at its own number of terms, whatever `last`, the largest of them, is: what the first two
/// terms of its expansion miss there (z^2 / k^2) is of a term that is below rounding.
inline void find_moments(lanes z, lanes fading, lanes terms, int last, lanes* moment) {
  const auto begin = [&](int k) {
    return fading * inverse.of[k + 1] * (1.0 + z * inverse.of[k + 2]);
  };
  moment[last] = begin(last);
  for (int k = last; k > 0; --k) {
    if (k < last && may_end_at(k)) {
      moment[k] = terms <= static_cast<double>(k) ? begin(k) : moment[k];
    }
    moment[k - 1] = moment[k] * (z * inverse.of[k]) + fading * inverse.of[k];
  }
}

}  // namespace

}  // namespace kohort::detail::KOHORT_ISA
