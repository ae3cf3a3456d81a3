// Persons' lives by competing exponential clocks, `width` persons to a vector: Philox4x32-10, the
// logarithm for the waiting time, the way taken and the exponential for the discount, all in the
// lanes and for a whole chunk first, so that one vector's long chain of operations runs beside the
// next one's; then what is counted and who goes on, one after the other without a branch.

#include "life_kernel.hpp"

#include <cstdint>

#include "lanes.hpp"

#if defined(__x86_64__) && KOHORT_LANES > 1
#include <immintrin.h>
#endif

namespace kohort::detail::KOHORT_ISA {

namespace {

#if KOHORT_LANES > 1
typedef std::uint64_t words __attribute__((vector_size(KOHORT_LANES * 8)));
typedef std::int64_t flags __attribute__((vector_size(KOHORT_LANES * 8)));

inline words as_words(lanes x) { return (words)x; }
inline lanes as_lanes(words x) { return (lanes)x; }
inline words word(std::uint64_t value) { return value - words{}; }
inline lanes choose(flags which, lanes yes, lanes no) {
  return (lanes)(((flags)yes & which) | ((flags)no & ~which));
}

/// Product of the lower 32 bits of each lane, all 64 bits of it.
inline words product(words a, std::uint32_t b) {
#if defined(__AVX512F__) && KOHORT_LANES == 8
  return (words)_mm512_maskz_mul_epu32(0xFF, (__m512i)a, (__m512i)word(b));
#elif defined(__AVX2__) && KOHORT_LANES == 4
  return (words)_mm256_mul_epu32((__m256i)a, (__m256i)word(b));
#elif defined(__x86_64__) && KOHORT_LANES == 2
  return (words)_mm_mul_epu32((__m128i)a, (__m128i)word(b));
#else
  return (a & 0xFFFFFFFFU) * word(b);
#endif
}
#else
using words = std::uint64_t;
using flags = bool;
inline words as_words(lanes x) {
  words w;
  __builtin_memcpy(&w, &x, 8);
  return w;
}
inline lanes as_lanes(words x) {
  lanes w;
  __builtin_memcpy(&w, &x, 8);
  return w;
}
inline words word(std::uint64_t value) { return value; }
inline lanes choose(flags which, lanes yes, lanes no) { return which ? yes : no; }
inline words product(words a, std::uint32_t b) { return (a & 0xFFFFFFFFU) * b; }
#endif

/// (k + 1/2) 2^-52 from the upper 52 of the 64 bits (high, low): as `inside_unit`.
inline lanes inside(words high, words low) {
  const words mantissa = ((high << 32) | (low & word(0xFFFFFFFFU))) >> 12;
  return as_lanes(mantissa | word(0x3FF0000000000000U)) - fill(1 - 0x1p-53);
}

/// ln u for u in (0, 1), normal. As in fdlibm: m = u / 2^e in [sqrt(1/2), sqrt(2)),
/// s = (m - 1)/(m + 1), ln m = 2 s + s R(s^2).
inline lanes logarithm(lanes u) {
  const words bits = as_words(u) - word(0x3FE6A09E667F3BCDU);  // of sqrt(1/2)
  // e >= -53, so with 1,024 added nothing is negative; the shift is a logical one
  const words shifted = (bits + word(std::uint64_t{1024} << 52)) >> 52;
  const lanes e = as_lanes(shifted | word(0x4330000000000000U)) - fill(0x1p52 + 1024);
  const words mantissa = (bits & word(0x000FFFFFFFFFFFFFU)) + word(0x3FE6A09E667F3BCDU);
  const lanes f = as_lanes(mantissa) - fill(1.0);
  const lanes s = f / (fill(2.0) + f), z = s * s, w = z * z;
  const lanes odd =
      z * (fill(6.666666666666735130e-01) +
           w * (fill(2.857142874366239149e-01) +
                w * (fill(1.818357216161805012e-01) + w * fill(1.479819860511658591e-01))));
  const lanes even =
      w * (fill(3.999999999940941908e-01) +
           w * (fill(2.222219843214978396e-01) + w * fill(1.531383769920937332e-01)));
  const lanes half = fill(0.5) * f * f, rest = odd + even;
  return e * fill(6.93147180369123816490e-01) -
         ((half - (s * (half + rest) + e * fill(1.90821492927058770002e-10))) - f);
}

/// e^x for x in [-600, 0]; e^0 is exactly 1.
inline lanes exponential(lanes x) {
  const lanes shift = fill(0x1.8p52);
  const lanes shifted = x * fill(1.4426950408889634) + shift, n = shifted - shift;
  const lanes r = (x - n * fill(6.93147180369123816490e-01)) - n * fill(1.90821492927058770002e-10);
  const lanes r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
  const lanes low = (fill(1.0) + r) + r2 * (fill(1.0 / 2) + r * fill(1.0 / 6));
  const lanes next =
      (fill(1.0 / 24) + r * fill(1.0 / 120)) + r2 * (fill(1.0 / 720) + r * fill(1.0 / 5040));
  const lanes high = (fill(1.0 / 40320) + r * fill(1.0 / 362880)) +
                     r2 * (fill(1.0 / 3628800) + r * fill(1.0 / 39916800));
  const lanes top = fill(1.0 / 479001600) + r * fill(1.0 / 6227020800.0);
  const lanes value = low + r4 * next + r8 * (high + r4 * top);
  return as_lanes(as_words(value) + (as_words(shifted) << 52));
}

struct pair {
  lanes first, second;
};

/// One block of Philox4x32-10 a lane. Only the lower 32 bits of a word count, until the end.
inline pair draw(const std::uint32_t* keys, std::uint32_t replicate, words person,
                 std::uint32_t move) {
  words c0 = word(replicate), c1 = person, c2 = word(move), c3 = word(0);
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const words a = product(c0, 0xD2511F53U), b = product(c2, 0xCD9E8D57U);
    const words n0 = (b >> 32) ^ c1 ^ word(keys[2 * round]);
    const words n2 = (a >> 32) ^ c3 ^ word(keys[2 * round + 1]);
    c0 = n0;
    c1 = b;
    c2 = n2;
    c3 = a;
  }
  return {inside(c0, c1), inside(c2, c3)};
}

/// Columns `first` to `first + 3` of the rows that `width` persons are in.
struct four_columns {
  lanes of[4];
  four_columns(const double* table, const std::int32_t* rows, int first) {
#if defined(__AVX2__) && KOHORT_LANES == 4
    // Four rows are read whole and turned: a third of the work of four gathers.
    const auto row = [&](int l) { return _mm256_loadu_pd(table + rows[l] + first); };
    const __m256d a = row(0), b = row(1), c = row(2), d = row(3);
    const __m256d ab = _mm256_unpacklo_pd(a, b), cd = _mm256_unpacklo_pd(c, d);
    const __m256d ba = _mm256_unpackhi_pd(a, b), dc = _mm256_unpackhi_pd(c, d);
    of[0] = (lanes)_mm256_permute2f128_pd(ab, cd, 0x20);
    of[1] = (lanes)_mm256_permute2f128_pd(ba, dc, 0x20);
    of[2] = (lanes)_mm256_permute2f128_pd(ab, cd, 0x31);
    of[3] = (lanes)_mm256_permute2f128_pd(ba, dc, 0x31);
#elif KOHORT_LANES > 1
    for (int l = 0; l < width; ++l) {
      const double* row = table + rows[l] + first;
      for (int c = 0; c < 4; ++c) of[c][l] = row[c];
    }
#else
    for (int c = 0; c < 4; ++c) of[c] = table[*rows + first + c];
#endif
  }
};

/// What one pass works out for each person before anything is counted: first the two chances, in
/// the places of the time and its worth.
struct pass {
  alignas(64) double times[life_chunk + 8], worths[life_chunk + 8];
  alignas(64) std::uint64_t ways[life_chunk + 8];  // the period's first cell in the upper half
};

/// The whole number in a lane, which is not negative and below 2^31, as bits.
inline words whole(lanes x) { return as_words(x + fill(0x1p52)) ^ word(0x4330000000000000U); }

}  // namespace

void live_batch(const life_batch& b) {
  alignas(64) double now[life_chunk + 8] = {};
  alignas(64) std::uint64_t who[life_chunk + 8] = {};
  alignas(64) std::int32_t row[life_chunk + 8] = {};
  std::uint32_t keys[20];
  keys[0] = b.key[0];
  keys[1] = b.key[1];
  for (int round = 1; round < 10; ++round) {
    keys[2 * round] = keys[2 * round - 2] + 0x9E3779B9U;
    keys[2 * round + 1] = keys[2 * round - 1] + 0xBB67AE85U;
  }
  int alive = 0;
  for (int i = 0; i < b.count; ++i) {
    const double time = b.times ? b.times[i] : 0;
    now[alive] = time;
    who[alive] = b.first_person + static_cast<std::uint32_t>(i);
    row[alive] = b.rows[i];
    alive += b.rows[i] >= 0 && time < b.horizon;
  }
  const int ways = b.ways;
  const lanes one = fill(1.0), none = fill(0.0), horizon = fill(b.horizon);
  const lanes last = fill(b.last_period), spare = fill(b.last_period + 1);
  pass found;
  for (std::uint32_t move = 0; alive > 0; ++move) {
    // Lanes beyond the last person compute with the first row and are left aside.
    for (int i = alive; i < alive + width; ++i) row[i] = 0;
    // In three loops: the chain of operations of each is then short enough for several vectors to
    // be under way at once.
    for (int i = 0; i < alive; i += width) {
      words person;
      __builtin_memcpy(&person, who + i, sizeof person);
      const pair u = draw(keys, b.replicate, person, move);
      store(found.times + i, u.first);
      store(found.worths + i, u.second);
    }
    for (int i = 0; i < alive; i += width) {
      const lanes second = load(found.worths + i);
      const four_columns near(b.choices, row + i, 0);
      store(found.times + i, load(now + i) - logarithm(load(found.times + i)) * near.of[0]);
      lanes way = none;
      for (int c = 1; c < 4; ++c) way += choose((flags)(second >= near.of[c]), one, none);
      for (int first = 4; first < ways; first += 4) {
        const four_columns more(b.choices, row + i, first);
        for (int c = 0; c < 4; ++c) way += choose((flags)(second >= more.of[c]), one, none);
      }
      const words taken = whole(way);
      __builtin_memcpy(found.ways + i, &taken, sizeof taken);
    }
    for (int i = 0; i < alive; i += width) {
      const lanes time = load(found.times + i);
      const lanes reached = choose((flags)(time < horizon), time, horizon);
      // The period that holds the time, its end included and its start not; the one after the last
      // for those beyond the horizon.
      const lanes periods = reached * fill(b.a_year),
                  nearest = (periods + fill(0x1p52)) - fill(0x1p52);
      lanes period = nearest - choose((flags)(nearest >= periods), one, none);
      period = choose((flags)(period > none), period, none);
      period = choose((flags)(period < last), period, last);
      period = choose((flags)(time <= horizon), period, spare);
      store(found.worths + i, exponential(reached * fill(-b.force)));
      words both;
      __builtin_memcpy(&both, found.ways + i, sizeof both);
      both |= whole(period * fill(b.cell_count)) << 32;
      __builtin_memcpy(found.ways + i, &both, sizeof both);
    }
    int left = 0;
    for (int i = 0; i < alive; ++i) {
      const double time = found.times[i];
      const std::uint64_t both = found.ways[i];
      const auto& on = b.moves[row[i] + static_cast<std::int32_t>(both)];
      double* sum = b.sums + 4 * (static_cast<std::ptrdiff_t>(both >> 32) + on.cell);
      sum[0] += 1;
      sum[1] += time;
      sum[2] += found.worths[i];
      now[left] = time;
      who[left] = who[i];
      row[left] = on.next_row;
      left += (time <= b.horizon) & (on.next_row >= 0);
    }
    alive = left;
  }
}

}  // namespace kohort::detail::KOHORT_ISA
