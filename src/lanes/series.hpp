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

/// No part of a piece takes more terms than this after the first.
constexpr int last_term = 21;
constexpr int most_terms = last_term + 2;

/// 1 / k!, so that no division waits in a chain.
struct inverse_factorials {
  double of[most_terms + 2];
  constexpr inverse_factorials() : of{} {
    double factorial = 1;
    for (int k = 0; k < most_terms + 2; ++k) {
      factorial *= k > 0 ? k : 1;
      of[k] = 1.0 / factorial;
    }
  }
};
constexpr inverse_factorials inverse_factorial;

/// e^(-z) for 0 <= z <= 2: fifteen terms at z / 4, even and odd side by side, squared twice.
inline lanes exp_minus(lanes z) {
  const lanes q = z * -0.25, square = q * q;
  lanes even = fill(inverse_factorial.of[14]), odd = fill(inverse_factorial.of[15]);
#pragma GCC unroll 7
  for (int k = 12; k >= 0; k -= 2) {
    even = even * square + inverse_factorial.of[k];
    odd = odd * square + inverse_factorial.of[k + 1];
  }
  lanes sum = even + q * odd;
  sum *= sum;
  return sum * sum;
}

/// The largest size (largest rate x length) that K terms after the first are enough for, from K =
/// 6: size^(K + 1) / (K + 1)! / (K + 2), what the next one adds to the person-years, is 2e-16 of
/// all.
constexpr int fewest_terms = 6;
constexpr double size_of_terms[] = {0.026, 0.054, 0.0965, 0.155, 0.23,  0.322, 0.43, 0.555,
                                    0.694, 0.848, 1.015,  1.194, 1.385, 1.587, 1.798};

/// A part is no larger, so that what is left of those who leave fastest, e^-2, keeps its digits.
constexpr double largest_part = 2;

inline lanes terms_for(lanes size) {
  lanes terms = fill(static_cast<double>(fewest_terms));
  double more = fewest_terms;
  for (const double limit : size_of_terms) {
    more += 1;
    terms = size > limit ? fill(more) : terms;
  }
  return terms;
}

/// The largest number of terms that any lane needs.
inline int most_of(lanes terms) {
  int most = fewest_terms;
  while (most < last_term && any(terms > static_cast<double>(most))) ++most;
  return most;
}

/// Into how many equal parts a piece of this size (largest rate x length) is cut: a power of 2.
inline lanes parts_for(lanes size, double largest) {
  lanes parts = fill(1.0);
  while (any(size > parts * largest) && !any(parts > 1e6)) {
    parts = size > parts * largest ? parts + parts : parts;
  }
  return parts;
}

/// How a piece is summed: in `parts` of length h, with e^(-z) taken out so that no term is below 0.
struct series_plan {
  lanes parts, h, z, theta, terms;
  int last;                  // the largest number of terms of any lane
  lanes weight[most_terms];  // of the terms in the person-years over a part, by h
};

/// Weights of the terms x B^k (without 1 / k!) in the integral up to a share `to` of a part:
/// int_0^to of e^(-z t) t^k / k! dt, from the far end so that every step is stable. A lane has
/// those of its own number of terms, and 0 for all others.
inline void find_weights(lanes z, lanes terms, int last, lanes* weight) {
  const lanes fading = exp_minus(z);
  lanes now = fill(0.0);
  for (int k = last; k >= 0; --k) {
    const lanes next = now * z + fading * inverse_factorial.of[k + 1];
    now = k <= fewest_terms ? next : (terms >= static_cast<double>(k) ? next : fill(0.0));
    weight[k] = now;
  }
}

inline void find_weights_up_to(lanes to, const series_plan& plan, lanes* weight) {
  const lanes fading = exp_minus(plan.z * to);
  lanes power[most_terms + 1];
  power[0] = fading;
  for (int k = 1; k <= plan.last + 1; ++k) power[k] = power[k - 1] * to;
  lanes now = fill(0.0);
  for (int k = plan.last; k >= 0; --k) {
    const lanes next = now * plan.z + power[k + 1] * inverse_factorial.of[k + 1];
    now = plan.terms >= static_cast<double>(k) ? next : fill(0.0);
    weight[k] = now;
  }
}

/// @param fastest  the largest rate of leaving any state, per year
/// @param g        growth, per year
inline void plan_series(lanes fastest, lanes g, double length, series_plan& plan) {
  plan.theta = fastest + larger(-g, fill(0.0));
  const lanes size = (plan.theta + larger(g, fill(0.0))) * length;
  plan.parts = parts_for(size, largest_part);
  const lanes one_of = 1.0 / plan.parts;
  plan.h = length * one_of;
  plan.z = plan.theta * plan.h;
  plan.terms = terms_for(size * one_of);
  plan.last = most_of(plan.terms);
  find_weights(plan.z, plan.terms, plan.last, plan.weight);
}

}  // namespace

}  // namespace kohort::detail::KOHORT_ISA
