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

inline void split(const double* values, double below, double above, double* low, long long& lows,
                  double* high, long long& highs) {
  const __m512d v = _mm512_loadu_pd(values);
  append(low, lows, v, _mm512_cmp_pd_mask(v, _mm512_set1_pd(below), _CMP_LE_OQ));
  append(high, highs, v, _mm512_cmp_pd_mask(v, _mm512_set1_pd(above), _CMP_GE_OQ));
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

inline void split(const double* values, double below, double above, double* low, long long& lows,
                  double* high, long long& highs) {
  for (int half = 0; half < draws_in_group; half += 4) {
    const __m256d v = _mm256_loadu_pd(values + half);
    append(low, lows, v, _mm256_movemask_pd(_mm256_cmp_pd(v, _mm256_set1_pd(below), _CMP_LE_OQ)));
    append(high, highs, v, _mm256_movemask_pd(_mm256_cmp_pd(v, _mm256_set1_pd(above), _CMP_GE_OQ)));
  }
}

#else

inline void split(const double* values, double below, double above, double* low, long long& lows,
                  double* high, long long& highs) {
  for (int i = 0; i < draws_in_group; ++i) {
    low[lows] = values[i];
    lows += values[i] <= below;
    high[highs] = values[i];
    highs += values[i] >= above;
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

void keep_tails(column_tails& t) {
  // Eight running sums, whatever the width: the same sum on every instruction set.
  lanes sums[draws_in_group / width];
  for (auto& sum : sums) sum = fill(0);
  t.low_count = t.high_count = 0;
  long long i = 0;
  for (; i + draws_in_group <= t.count; i += draws_in_group) {
    split(t.values + i, t.below, t.above, t.low, t.low_count, t.high, t.high_count);
    for (int part = 0; part < draws_in_group / width; ++part) {
      sums[part] += load(t.values + i + part * width);
    }
  }
  double each[draws_in_group];
  for (int part = 0; part < draws_in_group / width; ++part) store(each + part * width, sums[part]);
  for (int lane = 0; i < t.count; ++i, ++lane) {
    const double value = t.values[i];
    each[lane] += value;
    if (value <= t.below) t.low[t.low_count++] = value;
    if (value >= t.above) t.high[t.high_count++] = value;
  }
  t.sum = 0;
  for (const double part : each) t.sum += part;
}

}  // namespace kohort::detail::KOHORT_ISA
