#include "lanes/cohort_draws.hpp"

#include "lanes/lanes.hpp"

#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

// A lane for each draw. P of a group stays in the first cache over the cycles of a call, so memory
// is met once for several cycles; what is stored of the trace is read again by `keep_tails` while
// it is still in the second.

namespace kohort::detail::KOHORT_ISA {

namespace {

static_assert(draws_in_group % width == 0);

inline lanes at(const double* array, long long i, int part) {
  return load(array + i * draws_in_group + part);
}

/// N is the number of states, or 0 if it is only known when running.
template <int N>
void advance(const cohort_group& g) {
  const int n = N > 0 ? N : g.states;
  lanes x[N > 0 ? N : most_drawn_states], y[N > 0 ? N : most_drawn_states],
      years[N > 0 ? N : most_drawn_states];
  for (int part = 0; part < draws_in_group; part += width) {
    for (int s = 0; s < n; ++s) {
      x[s] = at(g.occupancy, s, part);
      years[s] = at(g.years, s, part);
    }
    double* out = g.trace + part;
    for (int k = 0; k < g.cycles; ++k) {
      const lanes first = x[0];
      for (int s = 0; s < n; ++s) y[s] = first * at(g.probabilities, s, part);
      for (int r = 1; r < n; ++r) {
        const lanes from = x[r];
        for (int s = 0; s < n; ++s) {
          y[s] += from * at(g.probabilities, static_cast<long long>(r) * n + s, part);
        }
      }
      const double weight = g.weights[k];
      for (int s = 0; s < n; ++s) {
        x[s] = y[s];
        years[s] += y[s] * weight;
        store(out, y[s]);
        out += g.row;
      }
    }
    for (int s = 0; s < n; ++s) {
      store(g.occupancy + s * draws_in_group + part, x[s]);
      store(g.years + s * draws_in_group + part, years[s]);
    }
  }
}

#if defined(__AVX512F__)

inline void append(double* to, long long& count, __m512d values, __mmask8 chosen) {
  _mm512_storeu_pd(to + count, _mm512_maskz_compress_pd(chosen, values));
  count += __builtin_popcount(chosen);
}

inline void split(const double* values, column_tails& t) {
  const __m512d v = _mm512_loadu_pd(values);
  const __mmask8 below = _mm512_cmp_pd_mask(v, _mm512_set1_pd(t.low_from), _CMP_LT_OQ);
  const __mmask8 above = _mm512_cmp_pd_mask(v, _mm512_set1_pd(t.high_to), _CMP_GT_OQ);
  const auto low =
      static_cast<__mmask8>(_mm512_cmp_pd_mask(v, _mm512_set1_pd(t.low_to), _CMP_LE_OQ) & ~below);
  const auto high = static_cast<__mmask8>(
      _mm512_cmp_pd_mask(v, _mm512_set1_pd(t.high_from), _CMP_GE_OQ) & ~above);
  t.below += __builtin_popcount(below);
  t.above += __builtin_popcount(above);
  if ((low | high) == 0) return;
  append(t.low, t.low_count, v, low);
  append(t.high, t.high_count, v, high);
}

#elif defined(__AVX2__)

/// For each mask of four, the order of 32-bit halves that brings the chosen doubles to the front.
struct orders {
  int of[16][8];
  constexpr orders() : of{} {
    for (int mask = 0; mask < 16; ++mask) {
      int place = 0;
      for (int i = 0; i < 4; ++i) {
        if (!(mask >> i & 1)) continue;
        of[mask][place++] = 2 * i;
        of[mask][place++] = 2 * i + 1;
      }
    }
  }
};
constexpr orders to_front;

inline void append(double* to, long long& count, __m256d values, int chosen) {
  const __m256i order = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(to_front.of[chosen]));
  const __m256i moved = _mm256_permutevar8x32_epi32(_mm256_castpd_si256(values), order);
  _mm256_storeu_pd(to + count, _mm256_castsi256_pd(moved));
  count += __builtin_popcount(static_cast<unsigned>(chosen));
}

inline void split(const double* values, column_tails& t) {
  for (int half = 0; half < draws_in_group; half += 4) {
    const __m256d v = _mm256_loadu_pd(values + half);
    const int below = _mm256_movemask_pd(_mm256_cmp_pd(v, _mm256_set1_pd(t.low_from), _CMP_LT_OQ));
    const int above = _mm256_movemask_pd(_mm256_cmp_pd(v, _mm256_set1_pd(t.high_to), _CMP_GT_OQ));
    const int low =
        _mm256_movemask_pd(_mm256_cmp_pd(v, _mm256_set1_pd(t.low_to), _CMP_LE_OQ)) & ~below;
    const int high =
        _mm256_movemask_pd(_mm256_cmp_pd(v, _mm256_set1_pd(t.high_from), _CMP_GE_OQ)) & ~above;
    t.below += __builtin_popcount(static_cast<unsigned>(below));
    t.above += __builtin_popcount(static_cast<unsigned>(above));
    if ((low | high) == 0) continue;
    append(t.low, t.low_count, v, low);
    append(t.high, t.high_count, v, high);
  }
}

#else

inline void split(const double* values, column_tails& t) {
  for (int i = 0; i < draws_in_group; ++i) {
    const double v = values[i];
    t.below += v < t.low_from;
    t.above += v > t.high_to;
    t.low[t.low_count] = v;
    t.low_count += v >= t.low_from && v <= t.low_to;
    t.high[t.high_count] = v;
    t.high_count += v >= t.high_from && v <= t.high_to;
  }
}

#endif

}  // namespace

void advance_group(const cohort_group& g) {
  switch (g.states) {
    case 2:
      return advance<2>(g);
    case 3:
      return advance<3>(g);
    case 4:
      return advance<4>(g);
    case 5:
      return advance<5>(g);
    case 6:
      return advance<6>(g);
    case 7:
      return advance<7>(g);
    case 8:
      return advance<8>(g);
    default:
      return advance<0>(g);
  }
}

void keep_tails(column_tails& given) {
  column_tails t = given;  // a copy that no store can alias, so that it stays in registers
  // Eight running sums, whatever the width: the same sum on every instruction set.
  lanes sums[draws_in_group / width];
  for (auto& sum : sums) sum = fill(0);
  t.low_count = t.high_count = t.below = t.above = 0;
  long long i = 0;
  for (; i + draws_in_group <= t.count; i += draws_in_group) {
    split(t.values + i, t);
    for (int part = 0; part < draws_in_group / width; ++part) {
      sums[part] += load(t.values + i + part * width);
    }
  }
  double each[draws_in_group];
  for (int part = 0; part < draws_in_group / width; ++part) store(each + part * width, sums[part]);
  for (int lane = 0; i < t.count; ++i, ++lane) {
    const double v = t.values[i];
    each[lane] += v;
    t.below += v < t.low_from;
    t.above += v > t.high_to;
    if (v >= t.low_from && v <= t.low_to) t.low[t.low_count++] = v;
    if (v >= t.high_from && v <= t.high_to) t.high[t.high_count++] = v;
  }
  t.sum = 0;
  for (const double part : each) t.sum += part;
  given = t;
}

}  // namespace kohort::detail::KOHORT_ISA
