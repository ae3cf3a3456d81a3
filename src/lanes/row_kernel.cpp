#include "lanes/row_kernel.hpp"

#include "lanes/lanes.hpp"
#include "lanes/row_series.hpp"

namespace kohort::detail::KOHORT_ISA {

namespace {

// A result below this has lost digits; whoever called computes it on logs instead.
constexpr double smallest_safe = 1e-290;

constexpr std::ptrdiff_t heads_a_piece = 4;  // time, total, degrees, degree

template <class Series>
void block(const row_batch& b, std::size_t begin, std::size_t end, double* scratch) {
  const int n = Series::fixed > 0 ? Series::fixed : b.states, K = b.transitions, J = b.pieces;
  constexpr int local = Series::capacity;
  const std::ptrdiff_t a_term = std::ptrdiff_t{n} * width;

  std::int32_t interval[width];
  double starts[width], targets[width], buffer[width];
  for (int l = 0; l < width; ++l) {
    const std::size_t lane = begin + static_cast<std::size_t>(l);
    interval[l] = b.order[lane < end ? lane : end - 1];
    starts[l] = b.starts[interval[l]];
    targets[l] = b.targets[interval[l]];
  }
  const lanes start = load(starts), target = load(targets);
  const lanes zero = fill(0), one = fill(1);

  double* const slopes = scratch;
  double* const rates = slopes + series_size(n, K) * width;
  double* const moves = rates + static_cast<std::ptrdiff_t>(K) * width;
  double* const heads = moves + static_cast<std::ptrdiff_t>(K) * width;
  double* next_piece = heads + heads_a_piece * J * width;

  lanes v[local];
  for (int s = 0; s < n; ++s) v[s] = start == fill(s) ? one : zero;

  for (int j = 0; j < J; ++j) {
    const double* from[width];
    for (int l = 0; l < width; ++l) {
      const auto place = static_cast<std::size_t>(interval[l]) * J + j;
      from[l] = b.rates + static_cast<std::size_t>(b.patterns[place]) * K;
      buffer[l] = b.elapsed[place];
    }
    const lanes time = load(buffer);
    lanes exits[local];
    for (int s = 0; s < n; ++s) exits[s] = zero;
    for (int k = 0; k < K; ++k) {
      for (int l = 0; l < width; ++l) buffer[l] = from[l][k];
      const lanes rate = load(buffer);
      put(rates, k, rate);
      put(moves, k, rate * time);
      exits[b.from[k]] += rate;
    }
    lanes largest = zero;
    for (int s = 0; s < n; ++s) largest = exits[s] > largest ? exits[s] : largest;
    for (int s = 0; s < n; ++s) exits[s] = (largest - exits[s]) * time;
    const Series series(b, next_piece);
    series.set(exits, moves, nullptr);
    int degree = 0;
    const lanes degrees = degrees_of(b, largest * time, degree);

    double* const row = next_piece + series.size();
    double* const terms = row + a_term;
    for (int s = 0; s < n; ++s) put(terms, s, v[s]);
    series.forwards(terms, v, degree, degrees);
    lanes total = zero;
    for (int s = 0; s < n; ++s) total += v[s];
    for (int s = 0; s < n; ++s) {
      v[s] /= total;
      put(row, s, v[s]);
    }
    double* const head = heads + heads_a_piece * j * width;
    put(head, 0, time);
    put(head, 1, total);
    put(head, 2, degrees);
    put(head, 3, fill(degree));
    next_piece = terms + (degree + 1) * a_term;
  }

  // What was seen: a state, or the flow into death.
  lanes seen[local];
  for (int s = 0; s < n; ++s) seen[s] = !b.death && target == fill(s) ? one : zero;
  if (b.death) {
    for (int k = 0; k < K; ++k) seen[b.from[k]] += target == fill(b.to[k]) ? at(rates, k) : zero;
  }
  lanes value = zero;
  for (int s = 0; s < n; ++s) value += v[s] * seen[s];
  store(buffer, value);
  for (int l = 0; l < width && begin + static_cast<std::size_t>(l) < end; ++l)
    b.values[interval[l]] = buffer[l];
  if (!b.slopes) return;

  const lanes over = value > fill(smallest_safe) ? one / value : zero;
  lanes weight[local];
  for (int s = 0; s < n; ++s) weight[s] = seen[s] * over;
  double* const spare = next_piece;
  for (int j = J - 1; j >= 0; --j) {
    const double* const head = heads + heads_a_piece * j * width;
    const lanes time = at(head, 0), total = at(head, 1), degrees = at(head, 2);
    const int degree = static_cast<int>(head[3 * width]);
    next_piece -= Series(b, nullptr).size() + (degree + 2) * a_term;
    const Series series(b, next_piece);
    const double* const row = next_piece + series.size();
    const double* const terms = row + a_term;

    lanes mean = zero;
    for (int s = 0; s < n; ++s) mean += at(row, s) * weight[s];
    for (int s = 0; s < n; ++s) weight[s] = (weight[s] - mean) / total;
    series.backwards(terms, weight, degree, degrees, slopes, spare);
    for (int k = 0; k < K; ++k) {
      lanes slope = series.slope(slopes, k, nullptr) * time;
      if (b.death && j == J - 1) slope += target == fill(b.to[k]) ? v[b.from[k]] * over : zero;
      store(buffer, slope);
      for (int l = 0; l < width && begin + static_cast<std::size_t>(l) < end; ++l)
        b.slopes[(static_cast<std::size_t>(interval[l]) * J + j) * K + k] = buffer[l];
    }
  }
}

/// Whether nothing leaves the last state, as when it is death.
bool last_absorbs(const row_batch& b) {
  return b.out_starts[b.states - 1] == b.out_starts[b.states];
}

template <class Series>
void blocks(const row_batch& b, std::size_t begin, std::size_t end, double* scratch) {
  for (std::size_t lane = begin; lane < end; lane += width) block<Series>(b, lane, end, scratch);
}

template <int N>
void dense_blocks(const row_batch& b, std::size_t begin, std::size_t end, double* scratch) {
  if (last_absorbs(b)) {
    blocks<dense_series<row_batch, N, N - 1, false>>(b, begin, end, scratch);
  } else {
    blocks<dense_series<row_batch, N, N, false>>(b, begin, end, scratch);
  }
}

}  // namespace

void rows(const row_batch& b, std::size_t begin, std::size_t end, double* scratch) {
  switch (b.states) {
    case 2:
      return dense_blocks<2>(b, begin, end, scratch);
    case 3:
      return dense_blocks<3>(b, begin, end, scratch);
    case 4:
      return dense_blocks<4>(b, begin, end, scratch);
    case 5:
      return dense_blocks<5>(b, begin, end, scratch);
    case 6:
      return dense_blocks<6>(b, begin, end, scratch);
    case 7:
      return dense_blocks<7>(b, begin, end, scratch);
    case 8:
      return dense_blocks<8>(b, begin, end, scratch);
    default:
      return blocks<sparse_series<row_batch, false>>(b, begin, end, scratch);
  }
}

}  // namespace kohort::detail::KOHORT_ISA
