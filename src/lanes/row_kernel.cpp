#include "lanes/row_kernel.hpp"

#include "lanes/lanes.hpp"

namespace kohort::detail::KOHORT_ISA {

namespace {

// A result below this has lost digits; whoever called computes it on logs instead.
constexpr double smallest_safe = 1e-290;

bool any_above(lanes values, double limit) {
  double each[width];
  store(each, values);
  bool any = false;
  for (int l = 0; l < width; ++l) any |= each[l] > limit;
  return any;
}

/// What a piece keeps for the way back, each in lanes: K rates, K rates x time, n diagonal entries,
/// the row at its end, and the terms v_0 .. v_degree of n states.
struct piece {
  double *rates, *moves, *stays, *row, *terms;

  piece(double* here, int n, int K)
      : rates(here),
        moves(rates + static_cast<std::ptrdiff_t>(K) * width),
        stays(moves + static_cast<std::ptrdiff_t>(K) * width),
        row(stays + static_cast<std::ptrdiff_t>(n) * width),
        terms(row + static_cast<std::ptrdiff_t>(n) * width) {}

  static std::ptrdiff_t size(int n, int K, int degree) {
    return (static_cast<std::ptrdiff_t>(degree + 3) * n + 2 * K) * width;
  }
};

template <int N>
void block(const row_batch& b, std::size_t begin, std::size_t end, double* scratch) {
  const int n = N > 0 ? N : b.states, K = b.transitions, J = b.pieces;
  constexpr int local = N > 0 ? N : 64;  // states; the caller refuses more
  const auto at = [](double* array, int i) {
    return load(array + static_cast<std::ptrdiff_t>(i) * width);
  };
  const auto put = [](double* array, int i, lanes value) {
    store(array + static_cast<std::ptrdiff_t>(i) * width, value);
  };

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

  double* const gradient = scratch;
  double* const heads = gradient + static_cast<std::ptrdiff_t>(K) * width;  // four for each piece
  double* next_piece = heads + static_cast<std::ptrdiff_t>(4) * J * width;

  double* last_rates = nullptr;
  lanes v[local];
  for (int s = 0; s < n; ++s) v[s] = start == fill(s) ? one : zero;

  for (int j = 0; j < J; ++j) {
    const piece now(next_piece, n, K);
    for (int k = 0; k < K; ++k) {
      for (int l = 0; l < width; ++l) {
        const std::int32_t pattern = b.patterns[static_cast<std::size_t>(interval[l]) * J + j];
        buffer[l] = b.rates[static_cast<std::size_t>(pattern) * K + k];
      }
      put(now.rates, k, load(buffer));
    }
    for (int l = 0; l < width; ++l)
      buffer[l] = b.elapsed[static_cast<std::size_t>(interval[l]) * J + j];
    const lanes time = load(buffer);
    lanes largest = zero;
    lanes stays[local];
    for (int r = 0; r < n; ++r) {
      lanes exit = zero;
      for (int e = b.out_starts[r]; e < b.out_starts[r + 1]; ++e) exit += at(now.rates, b.out[e]);
      stays[r] = exit;
      largest = exit > largest ? exit : largest;
    }
    for (int k = 0; k < K; ++k) put(now.moves, k, at(now.rates, k) * time);
    for (int r = 0; r < n; ++r) {
      stays[r] = (largest - stays[r]) * time;
      put(now.stays, r, stays[r]);
    }
    last_rates = now.rates;
    const lanes theta = largest * time;
    lanes degrees = fill(b.longest_path);
    int degree = b.longest_path;
    for (int m = 0; any_above(theta, b.degree_limits[m]); ++m) {
      degrees += theta > fill(b.degree_limits[m]) ? one : zero;
      ++degree;
    }

    lanes sum[local];
    for (int s = 0; s < n; ++s) {
      sum[s] = v[s];
      put(now.terms, s, v[s]);
    }
    for (int k = 1; k <= degree; ++k) {
      const lanes scale = fill(k) <= degrees ? fill(b.inverses[k]) : zero;
      double* const before = now.terms + static_cast<std::ptrdiff_t>(k - 1) * n * width;
      double* const after = before + static_cast<std::ptrdiff_t>(n) * width;
      for (int s = 0; s < n; ++s) {
        lanes next = v[s] * stays[s];
        for (int e = b.into_starts[s]; e < b.into_starts[s + 1]; ++e) {
          const int move = b.into[e];
          next += at(before, b.from[move]) * at(now.moves, move);
        }
        next *= scale;
        put(after, s, next);
        sum[s] += next;
      }
      for (int s = 0; s < n; ++s) v[s] = at(after, s);
    }
    lanes total = zero;
    for (int s = 0; s < n; ++s) total += sum[s];
    for (int s = 0; s < n; ++s) {
      v[s] = sum[s] / total;
      put(now.row, s, v[s]);
    }
    put(heads, 4 * j, time);
    put(heads, 4 * j + 1, total);
    put(heads, 4 * j + 2, degrees);
    put(heads, 4 * j + 3, fill(degree));
    next_piece += piece::size(n, K, degree);
  }

  // What was seen: a state, or the flow into death.
  lanes seen[local];
  for (int s = 0; s < n; ++s) seen[s] = !b.death && target == fill(s) ? one : zero;
  if (b.death) {
    for (int k = 0; k < K; ++k)
      seen[b.from[k]] += target == fill(b.to[k]) ? at(last_rates, k) : zero;
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
  for (int j = J - 1; j >= 0; --j) {
    const int degree = static_cast<int>(heads[(4 * j + 3) * width]);
    next_piece -= piece::size(n, K, degree);
    const piece now(next_piece, n, K);
    const lanes time = at(heads, 4 * j), total = at(heads, 4 * j + 1),
                degrees = at(heads, 4 * j + 2);

    lanes mean = zero, centred[local], stays[local];
    for (int s = 0; s < n; ++s) mean += at(now.row, s) * weight[s];
    for (int s = 0; s < n; ++s) {
      centred[s] = (weight[s] - mean) / total;
      weight[s] = centred[s];
      stays[s] = at(now.stays, s);
    }
    for (int k = 0; k < K; ++k) put(gradient, k, zero);
    for (int k = degree; k >= 1; --k) {
      const lanes scale = fill(k) <= degrees ? fill(b.inverses[k]) : zero;
      double* const before = now.terms + static_cast<std::ptrdiff_t>(k - 1) * n * width;
      lanes next[local];
      for (int r = 0; r < n; ++r) {
        const lanes mass = at(before, r) * scale;
        lanes sum = stays[r] * weight[r];
        for (int e = b.out_starts[r]; e < b.out_starts[r + 1]; ++e) {
          const int move = b.out[e];
          const lanes there = weight[b.to[move]];
          put(gradient, move, at(gradient, move) + mass * (there - weight[r]));
          sum += at(now.moves, move) * there;
        }
        next[r] = centred[r] + sum * scale;
      }
      for (int r = 0; r < n; ++r) weight[r] = next[r];
    }
    for (int k = 0; k < K; ++k) {
      lanes slope = at(gradient, k) * time;
      if (b.death && j == J - 1) slope += target == fill(b.to[k]) ? v[b.from[k]] * over : zero;
      store(buffer, slope);
      for (int l = 0; l < width && begin + static_cast<std::size_t>(l) < end; ++l)
        b.slopes[(static_cast<std::size_t>(interval[l]) * J + j) * K + k] = buffer[l];
    }
  }
}

}  // namespace

void rows(const row_batch& b, std::size_t begin, std::size_t end, double* scratch) {
  for (std::size_t lane = begin; lane < end; lane += width) {
    switch (b.states) {
      case 2:
        block<2>(b, lane, end, scratch);
        break;
      case 3:
        block<3>(b, lane, end, scratch);
        break;
      case 4:
        block<4>(b, lane, end, scratch);
        break;
      case 5:
        block<5>(b, lane, end, scratch);
        break;
      case 6:
        block<6>(b, lane, end, scratch);
        break;
      default:
        block<0>(b, lane, end, scratch);
    }
  }
}

}  // namespace kohort::detail::KOHORT_ISA
