#pragma once

// The shifted series of the row kernels, forwards and backwards: terms v_k = v_{k-1} B / k with
// B = (Q + lambda I) t >= 0, and the slopes in B of their sum by one pass back.
//
// Up to `largest_dense` states everything is a small dense matrix whose size the compiler knows:
// products with the zeros of absent moves cost less than looking up which moves there are. Above
// it, moves are looked up.

#include <cstddef>

#include "lanes/lanes.hpp"
#include "lanes/row_series_size.hpp"

namespace kohort::detail::KOHORT_ISA {

namespace {

inline lanes at(const double* array, std::ptrdiff_t i) { return load(array + i * width); }
inline void put(double* array, std::ptrdiff_t i, lanes value) { store(array + i * width, value); }

/// How many terms each lane's theta needs, and the most that any does.
template <class Batch>
lanes degrees_of(const Batch& b, lanes theta, int& degree) {
  double each[width], most = 0;
  store(each, theta);
  for (int l = 0; l < width; ++l) most = each[l] > most ? each[l] : most;
  lanes degrees = fill(b.longest_path);
  degree = b.longest_path;
  for (int m = 0; most > b.degree_limits[m]; ++m) {
    degrees += theta > fill(b.degree_limits[m]) ? fill(1) : fill(0);
    ++degree;
  }
  return degrees;
}

/// B of N states whose number the compiler knows, the last of which is where lost moves lead if
/// moves may be lost. Only the first R rows have moves.
template <class Batch, int N, int R, bool Losing>
class dense_series {
 public:
  static constexpr int fixed = N, capacity = N;  // states

  dense_series(const Batch& b, double* here)
      : b_(b), moves_(here), stays_(here + std::ptrdiff_t{R} * N * width) {}

  int states() const { return N; }
  std::ptrdiff_t size() const { return (std::ptrdiff_t{R} + 1) * N * width; }

  /// The diagonal of B, and B's entry for every move; a lane's move is either kept or lost.
  void set(const lanes* stays, const double* moves, const double* lost) const {
    for (int i = 0; i < R * N; ++i) put(moves_, i, fill(0));
    for (int s = 0; s < N; ++s) put(stays_, s, stays[s]);
    for (int k = 0; k < b_.transitions; ++k) {
      put(moves_, b_.from[k] * N + b_.to[k], at(moves, k));
      if constexpr (Losing) {
        const int place = b_.from[k] * N + N - 1;
        put(moves_, place, at(moves_, place) + at(lost, k));
      }
    }
  }

  /// The terms v_1 .. v_degree after `terms`, which begins with v_0, and the sum of all.
  void forwards(double* terms, lanes* total, int degree, lanes degrees) const {
    lanes v[N], sum[N];
#pragma GCC unroll 16
    for (int s = 0; s < N; ++s) sum[s] = v[s] = at(terms, s);
    for (int k = 1; k <= degree; ++k) {
      const lanes scale = fill(k) <= degrees ? fill(b_.inverses[k]) : fill(0);
      lanes next[N];
#pragma GCC unroll 16
      for (int s = 0; s < N; ++s) next[s] = v[s] * at(stays_, s);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
        for (int s = 0; s < N; ++s) {
          if (s != r) next[s] += v[r] * at(moves_, r * N + s);
        }
      }
      terms += std::ptrdiff_t{N} * width;
#pragma GCC unroll 16
      for (int s = 0; s < N; ++s) {
        v[s] = next[s] * scale;
        put(terms, s, v[s]);
        sum[s] += v[s];
      }
    }
#pragma GCC unroll 16
    for (int s = 0; s < N; ++s) total[s] = sum[s];
  }

  /// From the weights of the sum to those of v_0, leaving in `slopes` (R x N) the slope in every
  /// entry of B. `spare` holds degree x N lanes.
  void backwards(const double* terms, lanes* weights, int degree, lanes degrees, double* slopes,
                 double* spare) const {
    lanes centred[N], weight[N];
#pragma GCC unroll 16
    for (int s = 0; s < N; ++s) centred[s] = weight[s] = weights[s];
    for (int k = degree; k >= 1; --k) {
      const lanes scale = fill(k) <= degrees ? fill(b_.inverses[k]) : fill(0);
      double* const scaled = spare + (static_cast<std::ptrdiff_t>(k) - 1) * N * width;
      lanes there[N];
#pragma GCC unroll 16
      for (int s = 0; s < N; ++s) {
        there[s] = weight[s] * scale;
        put(scaled, s, there[s]);
        weight[s] = centred[s] + at(stays_, s) * there[s];
      }
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
        for (int s = 0; s < N; ++s) {
          if (s != r) weight[r] += at(moves_, r * N + s) * there[s];
        }
      }
    }
#pragma GCC unroll 16
    for (int s = 0; s < N; ++s) weights[s] = weight[s];
    for (int r = 0; r < R; ++r) {
      lanes slope[N];
#pragma GCC unroll 16
      for (int s = 0; s < N; ++s) slope[s] = fill(0);
      for (int k = 0; k < degree; ++k) {
        const std::ptrdiff_t term = static_cast<std::ptrdiff_t>(k) * N;
        const lanes mass = at(terms, term + r);
#pragma GCC unroll 16
        for (int s = 0; s < N; ++s) slope[s] += mass * at(spare, term + s);
      }
#pragma GCC unroll 16
      for (int s = 0; s < N; ++s) put(slopes, r * N + s, slope[s]);
    }
  }

  /// The slope in B of more of move k and less of staying; `kept` is not looked at unless moves may
  /// be lost.
  lanes slope(const double* slopes, int k, const double* kept) const {
    const int row = b_.from[k] * N;
    lanes there = at(slopes, row + b_.to[k]);
    if constexpr (Losing) there = at(kept, k) > fill(.5) ? there : at(slopes, row + N - 1);
    return there - at(slopes, row + b_.from[k]);
  }

 private:
  const Batch& b_;
  double *moves_, *stays_;
};

/// B of any number of states, its moves looked up.
template <class Batch, bool Losing>
class sparse_series {
 public:
  static constexpr int fixed = 0, capacity = 65;  // states; the caller refuses more

  sparse_series(const Batch& b, double* here)
      : b_(b),
        moves_(here),
        losses_(moves_ + static_cast<std::ptrdiff_t>(b.transitions) * width),
        stays_(losses_ + (Losing ? static_cast<std::ptrdiff_t>(b.transitions) * width : 0)) {}

  int states() const { return b_.states + (Losing ? 1 : 0); }
  std::ptrdiff_t size() const {
    return ((Losing ? 2 : 1) * static_cast<std::ptrdiff_t>(b_.transitions) + states()) * width;
  }

  void set(const lanes* stays, const double* moves, const double* lost) const {
    for (int s = 0; s < states(); ++s) put(stays_, s, stays[s]);
    for (int k = 0; k < b_.transitions; ++k) {
      put(moves_, k, at(moves, k));
      if constexpr (Losing) put(losses_, k, at(lost, k));
    }
  }

  void forwards(double* terms, lanes* total, int degree, lanes degrees) const {
    const int n = b_.states, all = states();
    for (int s = 0; s < all; ++s) total[s] = at(terms, s);
    for (int k = 1; k <= degree; ++k) {
      const lanes scale = fill(k) <= degrees ? fill(b_.inverses[k]) : fill(0);
      double* const after = terms + static_cast<std::ptrdiff_t>(all) * width;
      lanes leaving = Losing ? at(terms, n) * at(stays_, n) : fill(0);
      for (int s = 0; s < n; ++s) {
        lanes next = at(terms, s) * at(stays_, s);
        for (int e = b_.into_starts[s]; e < b_.into_starts[s + 1]; ++e) {
          const int move = b_.into[e];
          const lanes there = at(terms, b_.from[move]);
          next += there * at(moves_, move);
          if constexpr (Losing) leaving += there * at(losses_, move);
        }
        next *= scale;
        put(after, s, next);
        total[s] += next;
      }
      if constexpr (Losing) {
        put(after, n, leaving * scale);
        total[n] += leaving * scale;
      }
      terms = after;
    }
  }

  void backwards(const double* terms, lanes* weight, int degree, lanes degrees, double* slopes,
                 double* spare) const {
    const int n = b_.states, all = states();
    for (int k = 0; k < (Losing ? 2 : 1) * b_.transitions; ++k) put(slopes, k, fill(0));
    for (int s = 0; s < all; ++s) put(spare, s, weight[s]);  // the weights of the sum
    for (int k = degree; k >= 1; --k) {
      const lanes scale = fill(k) <= degrees ? fill(b_.inverses[k]) : fill(0);
      const double* const before = terms + (static_cast<std::ptrdiff_t>(k) - 1) * all * width;
      lanes next[capacity];
      for (int r = 0; r < n; ++r) {
        const lanes mass = at(before, r) * scale;
        lanes sum = at(stays_, r) * weight[r];
        for (int e = b_.out_starts[r]; e < b_.out_starts[r + 1]; ++e) {
          const int move = b_.out[e];
          const lanes there = weight[b_.to[move]];
          sum += at(moves_, move) * there;
          put(slopes, move, at(slopes, move) + mass * (there - weight[r]));
          if constexpr (Losing) {
            const int loss = b_.transitions + move;
            sum += at(losses_, move) * weight[n];
            put(slopes, loss, at(slopes, loss) + mass * (weight[n] - weight[r]));
          }
        }
        next[r] = at(spare, r) + sum * scale;
      }
      if constexpr (Losing) next[n] = at(spare, n) + at(stays_, n) * weight[n] * scale;
      for (int s = 0; s < all; ++s) weight[s] = next[s];
    }
  }

  lanes slope(const double* slopes, int k, const double* kept) const {
    if constexpr (Losing) {
      return at(kept, k) > fill(.5) ? at(slopes, k) : at(slopes, b_.transitions + k);
    }
    return at(slopes, k);
  }

 private:
  const Batch& b_;
  double *moves_, *losses_, *stays_;
};

}  // namespace

}  // namespace kohort::detail::KOHORT_ISA
