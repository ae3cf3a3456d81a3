#include "lanes/run_kernel.hpp"

#include "lanes/lanes.hpp"
#include "lanes/row_series.hpp"

namespace kohort::detail::KOHORT_ISA {

namespace {

constexpr std::ptrdiff_t heads_a_step = 5;  // time, total, degrees, degree, scale

template <class Series, bool Losing>
void carry(const run_batch& b, double* scratch) {
  const int n = Series::fixed > 0 ? Series::fixed - (Losing ? 1 : 0) : b.states, K = b.transitions;
  const int all = n + (Losing ? 1 : 0);  // the last is where lost moves lead
  constexpr int local = Series::capacity;
  const lanes zero = fill(0), one = fill(1), half = fill(.5);
  const std::ptrdiff_t a_term = std::ptrdiff_t{all} * width;

  double* const slopes = scratch;
  double* const moves = slopes + series_size(n + 1, K) * width;
  double* const losses = moves + static_cast<std::ptrdiff_t>(K) * width;
  double* const heads = losses + static_cast<std::ptrdiff_t>(K) * width;
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
    const double* const rates = b.rates + static_cast<std::ptrdiff_t>(j) * K * width;
    const double* const seen = b.seen + static_cast<std::ptrdiff_t>(j) * n * width;
    const double* const kept =
        Losing ? b.kept + static_cast<std::ptrdiff_t>(j) * K * width : nullptr;
    const lanes time = at(b.elapsed, j);
    lanes exits[local];
    for (int s = 0; s < all; ++s) exits[s] = zero;
    for (int k = 0; k < K; ++k) {
      const lanes rate = at(rates, k), move = rate * time;
      exits[b.from[k]] += rate;
      if constexpr (Losing) {
        const auto stays_in = at(kept, k) > half;
        put(moves, k, stays_in ? move : zero);
        put(losses, k, stays_in ? zero : move);
      } else {
        put(moves, k, move);
      }
    }
    lanes largest = zero;
    for (int s = 0; s < n; ++s) largest = exits[s] > largest ? exits[s] : largest;
    for (int s = 0; s < all; ++s) exits[s] = (largest - exits[s]) * time;
    const Series series(b, next_step);
    series.set(exits, moves, losses);
    int degree = 0;
    const lanes degrees = degrees_of(b, largest * time, degree);

    double* const end = next_step + series.size();  // the row after the piece
    double* const terms = end + a_term;
    for (int s = 0; s < n; ++s) put(terms, s, a[s]);
    if constexpr (Losing) put(terms, n, zero);
    lanes row[local];
    series.forwards(terms, row, degree, degrees);
    lanes total = zero;
    for (int s = 0; s < all; ++s) total += row[s];
    for (int s = 0; s < n; ++s) {
      row[s] /= total;
      put(end, s, row[s]);
    }
    if (b.jumps) {
      const double* const jumps = b.jumps + static_cast<std::ptrdiff_t>(j) * K * width;
      lanes flow[local], jumping = zero, staying = zero;
      for (int s = 0; s < n; ++s) flow[s] = zero;
      for (int k = 0; k < K; ++k) {
        const lanes jump = at(jumps, k);
        jumping += jump;
        staying = jump > one ? one : staying;
        flow[b.to[k]] += jump > half ? at(end, b.from[k]) * at(rates, k) : zero;
      }
      for (int s = 0; s < n; ++s) row[s] = jumping > half ? flow[s] + staying * row[s] : row[s];
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
      next_step = terms + (degree + 1) * a_term;
    }
  }
  if (!b.rate_slopes) return;

  // Backwards: beta is the slope of the rest of log L in the divided row, so that a beta = 1.
  const lanes length = load(b.lengths);
  double* const spare = next_step;
  lanes beta[local];
  for (int s = 0; s < n; ++s) beta[s] = one;
  for (int j = b.steps - 1; j >= 0; --j) {
    const double* const head = heads + heads_a_step * j * width;
    const int degree = static_cast<int>(head[3 * width]);
    next_step -= Series(b, nullptr).size() + (degree + 2) * a_term;
    const Series series(b, next_step);
    const double* const row = next_step + series.size();
    const double* const terms = row + a_term;
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
    if (b.jumps) {
      const double* const jumps = b.jumps + static_cast<std::ptrdiff_t>(j) * K * width;
      lanes flow[local], after[local], jumping = zero, staying = zero;
      for (int s = 0; s < n; ++s) flow[s] = after[s] = zero;
      for (int k = 0; k < K; ++k) {
        const lanes jump = at(jumps, k), before = at(row, b.from[k]), rate = at(rates, k);
        jumping += jump;
        staying = jump > one ? one : staying;
        flow[b.to[k]] += jump > half ? before * rate : zero;
        after[b.from[k]] += jump > half ? rate * weight[b.to[k]] : zero;
        put(rate_slopes, k, jump > half ? before * weight[b.to[k]] : zero);
      }
      for (int s = 0; s < n; ++s) {
        const lanes held = at(row, s);
        put(seen_slopes, s, (jumping > half ? flow[s] + staying * held : held) * beta[s]);
        weight[s] = jumping > half ? after[s] + staying * weight[s] : weight[s];
      }
    } else {
      for (int k = 0; k < K; ++k) put(rate_slopes, k, zero);
      for (int s = 0; s < n; ++s) put(seen_slopes, s, at(row, s) * beta[s]);
    }

    lanes mean = zero;
    for (int s = 0; s < n; ++s) mean += at(row, s) * weight[s];
    for (int s = 0; s < n; ++s) weight[s] = (weight[s] - mean) / total;
    if constexpr (Losing) weight[n] = -mean / total;
    series.backwards(terms, weight, degree, degrees, slopes, spare);
    for (int k = 0; k < K; ++k)
      put(rate_slopes, k, at(rate_slopes, k) + series.slope(slopes, k, kept) * time);
    for (int s = 0; s < n; ++s) beta[s] = weight[s] + mean;
  }
  const auto none = length == zero;
  for (int s = 0; s < n; ++s) put(b.start_slopes, s, (none ? one : beta[s]) * over_start);
}

template <int N, bool Losing>
void carry_dense(const run_batch& b, double* scratch) {
  constexpr int all = N + (Losing ? 1 : 0);
  if (b.out_starts[N - 1] == b.out_starts[N]) {  // nothing leaves the last state
    carry<dense_series<run_batch, all, N - 1, Losing>, Losing>(b, scratch);
  } else {
    carry<dense_series<run_batch, all, N, Losing>, Losing>(b, scratch);
  }
}

template <bool Losing>
void carry_any(const run_batch& b, double* scratch) {
  switch (b.states) {
    case 2:
      return carry_dense<2, Losing>(b, scratch);
    case 3:
      return carry_dense<3, Losing>(b, scratch);
    case 4:
      return carry_dense<4, Losing>(b, scratch);
    case 5:
      return carry_dense<5, Losing>(b, scratch);
    case 6:
      return carry_dense<6, Losing>(b, scratch);
    case 7:
      return carry_dense<7, Losing>(b, scratch);
    default:
      return carry<sparse_series<run_batch, Losing>, Losing>(b, scratch);
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
