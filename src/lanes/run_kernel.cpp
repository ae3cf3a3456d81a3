#include "lanes/run_kernel.hpp"

#include "lanes/lanes.hpp"

namespace kohort::detail::KOHORT_ISA {

namespace {

bool any_above(lanes values, double limit) {
  double each[width];
  store(each, values);
  bool any = false;
  for (int l = 0; l < width; ++l) any |= each[l] > limit;
  return any;
}

lanes at(const double* array, std::ptrdiff_t i) { return load(array + i * width); }
void put(double* array, std::ptrdiff_t i, lanes value) { store(array + i * width, value); }

/// What a step keeps for the way back, each in lanes: K rates x time that are kept and K that are
/// lost, n diagonal entries, the row after the piece, and the terms v_0 .. v_degree of `stride`
/// entries: n states and, where moves may be lost, what these carried.
struct step_memory {
  double *moves, *losses, *stays, *row, *terms;

  step_memory(double* here, int n, int K)
      : moves(here),
        losses(moves + static_cast<std::ptrdiff_t>(K) * width),
        stays(losses + static_cast<std::ptrdiff_t>(K) * width),
        row(stays + static_cast<std::ptrdiff_t>(n) * width),
        terms(row + static_cast<std::ptrdiff_t>(n) * width) {}

  static std::ptrdiff_t size(int n, int K, int degree, int stride) {
    return (2 * (static_cast<std::ptrdiff_t>(K) + n) +
            static_cast<std::ptrdiff_t>(degree + 1) * stride) *
           width;
  }
};

constexpr std::ptrdiff_t heads_a_step = 5;  // time, total, degrees, degree, scale

template <int N, bool Losing>
void carry(const run_batch& b, double* scratch) {
  const int n = N > 0 ? N : b.states, K = b.transitions;
  constexpr int local = N > 0 ? N : 64;  // states; the caller refuses more
  const int stride = n + (Losing ? 1 : 0);
  const lanes zero = fill(0), one = fill(1), half = fill(.5);

  double* const gradient = scratch;
  double* const heads = gradient + static_cast<std::ptrdiff_t>(K) * width;
  double* next_step = heads + heads_a_step * b.steps * width;

  lanes a[local];
  lanes total_start = zero;
  for (int s = 0; s < n; ++s) {
    a[s] = at(b.start, s);
    total_start += a[s];
  }
  put(b.scales, 0, total_start);
  const lanes over_start = total_start > zero ? one / total_start : zero;
  for (int s = 0; s < n; ++s) a[s] *= over_start;

  for (int j = 0; j < b.steps; ++j) {
    const step_memory now(next_step, n, K);
    const double* const rates = b.rates + static_cast<std::ptrdiff_t>(j) * K * width;
    const double* const seen = b.seen + static_cast<std::ptrdiff_t>(j) * n * width;
    const double* const kept =
        Losing ? b.kept + static_cast<std::ptrdiff_t>(j) * K * width : nullptr;
    const lanes time = at(b.elapsed, j);
    lanes largest = zero, stays[local];
    for (int r = 0; r < n; ++r) {
      lanes exit = zero;
      for (int e = b.out_starts[r]; e < b.out_starts[r + 1]; ++e) exit += at(rates, b.out[e]);
      stays[r] = exit;
      largest = exit > largest ? exit : largest;
    }
    for (int k = 0; k < K; ++k) {
      const lanes move = at(rates, k) * time;
      if constexpr (Losing) {
        const auto stays_in = at(kept, k) > half;
        put(now.moves, k, stays_in ? move : zero);
        put(now.losses, k, stays_in ? zero : move);
      } else {
        put(now.moves, k, move);
      }
    }
    for (int r = 0; r < n; ++r) {
      stays[r] = (largest - stays[r]) * time;
      put(now.stays, r, stays[r]);
    }
    const lanes theta = largest * time;
    lanes degrees = fill(b.longest_path);
    int degree = b.longest_path;
    for (int m = 0; any_above(theta, b.degree_limits[m]); ++m) {
      degrees += theta > fill(b.degree_limits[m]) ? one : zero;
      ++degree;
    }

    lanes sum[local];
    for (int s = 0; s < n; ++s) {
      sum[s] = a[s];
      put(now.terms, s, a[s]);
    }
    lanes lost = zero, lost_sum = zero;
    if constexpr (Losing) put(now.terms, n, zero);
    for (int k = 1; k <= degree; ++k) {
      const lanes scale = fill(k) <= degrees ? fill(b.inverses[k]) : zero;
      double* const before = now.terms + static_cast<std::ptrdiff_t>(k - 1) * stride * width;
      double* const after = before + static_cast<std::ptrdiff_t>(stride) * width;
      lanes leaving = Losing ? lost * theta : zero;
      for (int s = 0; s < n; ++s) {
        lanes next = a[s] * stays[s];
        for (int e = b.into_starts[s]; e < b.into_starts[s + 1]; ++e) {
          const int move = b.into[e];
          const lanes there = at(before, b.from[move]);
          next += there * at(now.moves, move);
          if constexpr (Losing) leaving += there * at(now.losses, move);
        }
        next *= scale;
        put(after, s, next);
        sum[s] += next;
      }
      if constexpr (Losing) {
        lost = leaving * scale;
        put(after, n, lost);
        lost_sum += lost;
      }
      for (int s = 0; s < n; ++s) a[s] = at(after, s);
    }
    lanes total = lost_sum;
    for (int s = 0; s < n; ++s) total += sum[s];
    lanes row[local];
    for (int s = 0; s < n; ++s) {
      row[s] = sum[s] / total;
      put(now.row, s, row[s]);
    }
    if (b.jumps) {
      const double* const jumps = b.jumps + static_cast<std::ptrdiff_t>(j) * K * width;
      lanes flow[local], jumping = zero;
      for (int s = 0; s < n; ++s) flow[s] = zero;
      for (int k = 0; k < K; ++k) {
        const lanes jump = at(jumps, k);
        jumping += jump;
        flow[b.to[k]] += jump > half ? at(now.row, b.from[k]) * at(rates, k) : zero;
      }
      for (int s = 0; s < n; ++s) row[s] = jumping > half ? flow[s] : row[s];
    }
    lanes scale = zero;
    for (int s = 0; s < n; ++s) {
      a[s] = row[s] * at(seen, s);
      scale += a[s];
    }
    put(b.scales, j + 1, scale);
    const lanes over = scale > zero ? one / scale : zero;
    for (int s = 0; s < n; ++s) a[s] *= over;
    if (b.rate_slopes) {
      double* const head = heads + heads_a_step * j * width;
      put(head, 0, time);
      put(head, 1, total);
      put(head, 2, degrees);
      put(head, 3, fill(degree));
      put(head, 4, scale);
      next_step += step_memory::size(n, K, degree, stride);
    }
  }
  if (!b.rate_slopes) return;

  // Backwards: beta is the slope of the rest of log L in the divided row, so that a beta = 1.
  const lanes length = load(b.lengths);
  lanes beta[local];
  for (int s = 0; s < n; ++s) beta[s] = one;
  for (int j = b.steps - 1; j >= 0; --j) {
    const double* const head = heads + heads_a_step * j * width;
    const int degree = static_cast<int>(head[3 * width]);
    next_step -= step_memory::size(n, K, degree, stride);
    const step_memory now(next_step, n, K);
    const double* const rates = b.rates + static_cast<std::ptrdiff_t>(j) * K * width;
    const double* const seen = b.seen + static_cast<std::ptrdiff_t>(j) * n * width;
    const double* const kept =
        Losing ? b.kept + static_cast<std::ptrdiff_t>(j) * K * width : nullptr;
    double* const rate_slopes = b.rate_slopes + static_cast<std::ptrdiff_t>(j) * K * width;
    double* const seen_slopes = b.seen_slopes + static_cast<std::ptrdiff_t>(j) * n * width;
    const lanes time = at(head, 0), total = at(head, 1), degrees = at(head, 2), c = at(head, 4);
    const lanes over = c > fill(smallest_safe_scale) ? one / c : zero;

    const auto last = length == fill(j + 1);
    for (int s = 0; s < n; ++s) beta[s] = (last ? one : beta[s]) * over;
    lanes weight[local];
    for (int s = 0; s < n; ++s) weight[s] = beta[s] * at(seen, s);
    for (int k = 0; k < K; ++k) put(gradient, k, zero);
    if (b.jumps) {
      const double* const jumps = b.jumps + static_cast<std::ptrdiff_t>(j) * K * width;
      lanes flow[local], after[local], jumping = zero;
      for (int s = 0; s < n; ++s) flow[s] = after[s] = zero;
      for (int k = 0; k < K; ++k) {
        const lanes jump = at(jumps, k), before = at(now.row, b.from[k]), rate = at(rates, k);
        jumping += jump;
        flow[b.to[k]] += jump > half ? before * rate : zero;
        after[b.from[k]] += jump > half ? rate * weight[b.to[k]] : zero;
        put(rate_slopes, k, jump > half ? before * weight[b.to[k]] : zero);
      }
      for (int s = 0; s < n; ++s) {
        put(seen_slopes, s, (jumping > half ? flow[s] : at(now.row, s)) * beta[s]);
        weight[s] = jumping > half ? after[s] : weight[s];
      }
    } else {
      for (int k = 0; k < K; ++k) put(rate_slopes, k, zero);
      for (int s = 0; s < n; ++s) put(seen_slopes, s, at(now.row, s) * beta[s]);
    }

    lanes mean = zero, centred[local], stays[local];
    for (int s = 0; s < n; ++s) mean += at(now.row, s) * weight[s];
    for (int s = 0; s < n; ++s) {
      centred[s] = (weight[s] - mean) / total;
      weight[s] = centred[s];
      stays[s] = at(now.stays, s);
    }
    lanes theta = zero, weight_lost = zero, centred_lost = zero;
    if constexpr (Losing) {
      lanes largest = zero;
      for (int r = 0; r < n; ++r) {
        lanes exit = zero;
        for (int e = b.out_starts[r]; e < b.out_starts[r + 1]; ++e) exit += at(rates, b.out[e]);
        largest = exit > largest ? exit : largest;
      }
      theta = largest * time;
      weight_lost = centred_lost = -mean / total;
    }
    for (int k = degree; k >= 1; --k) {
      const lanes scale = fill(k) <= degrees ? fill(b.inverses[k]) : zero;
      const double* const before = now.terms + static_cast<std::ptrdiff_t>(k - 1) * stride * width;
      lanes next[local];
      for (int r = 0; r < n; ++r) {
        const lanes mass = at(before, r) * scale;
        lanes sum = stays[r] * weight[r];
        for (int e = b.out_starts[r]; e < b.out_starts[r + 1]; ++e) {
          const int move = b.out[e];
          lanes there = weight[b.to[move]];
          if constexpr (Losing) {
            sum += at(now.losses, move) * weight_lost;
            sum += at(now.moves, move) * there;
            there = at(kept, move) > half ? there : weight_lost;
          } else {
            sum += at(now.moves, move) * there;
          }
          put(gradient, move, at(gradient, move) + mass * (there - weight[r]));
        }
        next[r] = centred[r] + sum * scale;
      }
      for (int r = 0; r < n; ++r) weight[r] = next[r];
      if constexpr (Losing) weight_lost = centred_lost + theta * weight_lost * scale;
    }
    for (int k = 0; k < K; ++k) put(rate_slopes, k, at(rate_slopes, k) + at(gradient, k) * time);
    for (int s = 0; s < n; ++s) beta[s] = weight[s] + mean;
  }
  const auto none = length == zero;
  for (int s = 0; s < n; ++s) put(b.start_slopes, s, (none ? one : beta[s]) * over_start);
}

template <bool Losing>
void carry_any(const run_batch& b, double* scratch) {
  switch (b.states) {
    case 2:
      return carry<2, Losing>(b, scratch);
    case 3:
      return carry<3, Losing>(b, scratch);
    case 4:
      return carry<4, Losing>(b, scratch);
    case 5:
      return carry<5, Losing>(b, scratch);
    case 6:
      return carry<6, Losing>(b, scratch);
    default:
      return carry<0, Losing>(b, scratch);
  }
}

}  // namespace

void run(const run_batch& b, double* scratch) {
  if (b.kept) {
    carry_any<true>(b, scratch);
  } else {
    carry_any<false>(b, scratch);
  }
}

}  // namespace kohort::detail::KOHORT_ISA
