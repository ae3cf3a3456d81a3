#include "lanes/node_kernel.hpp"

#include "lanes/lanes.hpp"

namespace kohort::detail::KOHORT_ISA {

namespace {

#if KOHORT_LANES > 1
typedef long long integers __attribute__((vector_size(KOHORT_LANES * sizeof(long long))));
#else
using integers = long long;
#endif

constexpr double x1 = 0.5386751345948129, x2 = -0.0386751345948129;

/// e^x to an ulp or two: x = n log 2 + r, the series in r up to degree 13, then n into the
/// exponent. 0 below -708 and infinite above 709; not a number if x is none.
inline lanes exponential(lanes x) {
  const lanes low = fill(-708), high = fill(709);
  lanes inside = x > low ? x : low;
  inside = inside < high ? inside : high;
  const lanes magic = fill(0x1.8p52);
  const lanes shifted = inside * 1.4426950408889634 + magic;
  const lanes n = shifted - magic;
  const lanes r = (inside - n * 0x1.62e42fefap-1) - n * 0x1.cf79abc9e3b3ap-40;
  lanes sum = fill(1.0 / 6227020800.0);
  constexpr double inverse_factorials[] = {1.0 / 479001600.0,
                                           1.0 / 39916800.0,
                                           1.0 / 3628800.0,
                                           1.0 / 362880.0,
                                           1.0 / 40320.0,
                                           1.0 / 5040.0,
                                           1.0 / 720.0,
                                           1.0 / 120.0,
                                           1.0 / 24.0,
                                           1.0 / 6.0,
                                           1.0 / 2.0,
                                           1.0,
                                           1.0};
  for (const double coefficient : inverse_factorials) sum = sum * r + coefficient;
  integers bits;
  __builtin_memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 1023) << 52;
  lanes power;
  __builtin_memcpy(&power, &bits, sizeof power);
  lanes result = sum * power;
  result = x < low ? fill(0.0) : result;
  result = x > high ? fill(__builtin_inf()) : result;
  return x == x ? result : x;
}

inline lanes at(const double* array, int i) {
  return load(array + static_cast<std::ptrdiff_t>(i) * width);
}
inline void put(double* array, int i, lanes value) {
  store(array + static_cast<std::ptrdiff_t>(i) * width, value);
}

}  // namespace

void exponentials(double* values, int vectors) {
  for (int i = 0; i < vectors; ++i) put(values, i, exponential(at(values, i)));
}

void node_rates(const node_batch& b) {
  const int K = b.transitions, C = b.columns;
  for (int s = 0; s < b.steps; ++s) {
    const int eta = b.eta_steps ? s * K : 0;
    for (int k = 0; k < K; ++k) {
      lanes first = at(b.eta, eta + k), second = first;
      for (int c = 0; c < C; ++c) {
        const double gamma = b.gamma[k * C + c];
        first += at(b.x, 2 * s * C + c) * gamma;
        second += at(b.x, (2 * s + 1) * C + c) * gamma;
      }
      first = exponential(first);
      second = exponential(second);
      put(b.nodes, 2 * s * K + k, first);
      put(b.nodes, (2 * s + 1) * K + k, second);
      put(b.pieces, 2 * s * K + k, first * x1 + second * x2);
      put(b.pieces, (2 * s + 1) * K + k, first * x2 + second * x1);
    }
  }
}

void node_back(const node_batch& b, const node_slopes& back) {
  const int K = b.transitions, C = b.columns;
  const lanes zero = fill(0);
  const int etas = b.eta_steps ? b.steps * K : K;
  for (int i = 0; i < etas; ++i) put(back.eta, i, zero);
  for (int i = 0; back.flat && i < etas; ++i) put(back.flat, i, zero);
  for (int i = 0; i < K * C; ++i) put(back.gamma, i, zero);
  for (int s = 0; s < b.steps; ++s) {
    const int eta = b.eta_steps ? s * K : 0;
    for (int k = 0; k < K; ++k) {
      const lanes early = at(back.pieces, 2 * s * K + k),
                  late = at(back.pieces, (2 * s + 1) * K + k);
      const lanes first = at(b.nodes, 2 * s * K + k) * (early * x1 + late * x2);
      const lanes second = at(b.nodes, (2 * s + 1) * K + k) * (early * x2 + late * x1);
      put(back.eta, eta + k, at(back.eta, eta + k) + first + second);
      if (back.flat) put(back.flat, eta + k, at(back.flat, eta + k) + (early + late) * 0.5);
      for (int c = 0; c < C; ++c) {
        put(back.gamma, k * C + c,
            at(back.gamma, k * C + c) + first * at(b.x, 2 * s * C + c) +
                second * at(b.x, (2 * s + 1) * C + c));
      }
    }
  }
}

}  // namespace kohort::detail::KOHORT_ISA
