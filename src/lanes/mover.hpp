#pragma once

// One term after another of exp(h A) for a row vector, A >= 0: what all kernels of open cohorts do.

#include "lanes/open_cohort.hpp"
#include "lanes/series.hpp"

namespace kohort::detail::KOHORT_ISA {

namespace {

/// How people move within one part of a piece, times its length. With N states known when
/// compiling, a full matrix held so that terms stay in registers (zeros cost less than finding out
/// where there are none); with N = 0 any number of states, move by move.
template <int N>
struct mover {
  lanes into[N][N];  // into[r][c]: from c to r; into[r][r] is what stays

  /// @param rate  moves, times h;  stay  states, times h
  void set(int, int moves, const int* from, const int* to, const lanes* rate, const lanes* stay) {
    for (int r = 0; r < N; ++r) {
      for (int c = 0; c < N; ++c) into[r][c] = r == c ? stay[r] : fill(0.0);
    }
    for (int k = 0; k < moves; ++k) into[to[k]][from[k]] = rate[k];
  }
  void add(int from, int to, lanes rate, int) { into[to][from] += rate; }

  template <int First>
  lanes arriving(const lanes* v, int r) const {
    lanes sum = v[First] * into[r][First];
#pragma GCC unroll 8
    for (int c = First + 1; c < N; ++c) sum += v[c] * into[r][c];
    return sum;
  }
};

template <>
struct mover<0> {
  const int* from = nullptr;
  const lanes* rate = nullptr;
  lanes stay[most_living_states];
  lanes more[most_moves];  // rates that may differ from `rate`
  int begin[most_living_states + 1];

  void set(int n, int moves, const int* from_, const int* to, const lanes* rate_,
           const lanes* stay_) {  // moves are sorted by where they lead
    from = from_;
    rate = rate_;
    int k = 0;
    for (int r = 0; r < n; ++r) {
      stay[r] = stay_[r];
      begin[r] = k;
      while (k < moves && to[k] == r) ++k;
    }
    begin[n] = k;
    for (int j = 0; j < moves; ++j) more[j] = rate_[j];
  }
  void add(int origin, int to, lanes amount, int move) {
    if (origin == to) {
      stay[to] += amount;
    } else {
      more[move] += amount;
    }
  }

  template <int First>
  lanes arriving(const lanes* v, int r) const {
    lanes sum = v[r] * stay[r];
    for (int j = begin[r]; j < begin[r + 1]; ++j) {
      if (from[j] >= First) sum += v[from[j]] * more[j];
    }
    return sum;
  }
};

/// What comes to a group or a difference besides its own people, term by term.
struct additions {
  const lanes (*source)[most_living_states] = nullptr;  // terms: added to each term
  const lanes* pooled = nullptr;                        // terms of those outside, of whom
  const lanes* joining = nullptr;                       // states: this share comes
  lanes (*kept)[most_living_states] = nullptr;          // where the terms are kept
};

/// The sums over the terms: `sum` times e^(-z) is the end of the part, `years` times h the
/// person-years. Nobody ever moves into state 0 if `Into0` is false. A lane stops after its own
/// number of `terms`, whatever `last`, the largest of them, is.
template <int N, int First, bool Into0>
inline void sum_series(const mover<N>& m, int n, const lanes* start, lanes terms, int last,
                       const lanes* moment, const additions& extra, lanes* sum, lanes* years) {
  constexpr int size = N > 0 ? N : most_living_states;
  const int states = N > 0 ? N : n;
  lanes v[size], next[size], s[size], y[size];
#pragma GCC unroll 8
  for (int r = First; r < states; ++r) {
    v[r] = s[r] = start[r];
    y[r] = start[r] * moment[0];
  }
  for (int k = 1; k <= last; ++k) {
    if (extra.kept) {
#pragma GCC unroll 8
      for (int r = First; r < states; ++r) extra.kept[k - 1][r] = v[r];
    }
#pragma GCC unroll 8
    for (int r = First; r < states; ++r) {
      if (N > 0 && r == 0 && !Into0) {
        if constexpr (N > 0) next[0] = v[0] * m.into[0][0];
      } else {
        next[r] = m.template arriving<First>(v, r);
      }
    }
    if (extra.source) {
#pragma GCC unroll 8
      for (int r = First; r < states; ++r) next[r] += extra.source[k][r];
    }
    if (extra.pooled) {
#pragma GCC unroll 8
      for (int r = First; r < states; ++r) next[r] += extra.pooled[k - 1] * extra.joining[r];
    }
    const double share = inverse.of[k];
    const lanes w = moment[k];
#pragma GCC unroll 8
    for (int r = First; r < states; ++r) {
      v[r] = next[r] * share;
      s[r] += v[r];
      y[r] += v[r] * w;
    }
    if (may_end_at(k) && k < last) {
      const mask more = terms > static_cast<double>(k);
#pragma GCC unroll 8
      for (int r = First; r < states; ++r) v[r] = more ? v[r] : fill(0.0);
    }
  }
#pragma GCC unroll 8
  for (int r = First; r < states; ++r) {
    sum[r] = s[r];
    years[r] = y[r];
  }
}

}  // namespace

}  // namespace kohort::detail::KOHORT_ISA
