#pragma once

// One term after another of a row vector times exp(h (B / h - theta I)), B >= 0: what all kernels
// of open cohorts do. The terms' weights are those of the person-years; from these the end of the
// part follows, since x(h) = x(0) + (int x) (B / h - theta I).

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
  void set_stay(int r, lanes stay) { into[r][r] = stay; }
  void add(int from, int to, lanes rate, int) { into[to][from] += rate; }
  void set_rate(int from, int to, int move, const lanes* rate) { into[to][from] = rate[move]; }

  /// In two sums, so that neither is waited for long.
  template <int First>
  lanes arriving(const lanes* v, int r) const {
    constexpr int middle = (First + N) / 2;
    lanes sum = v[First] * into[r][First], other = v[middle] * into[r][middle];
#pragma GCC unroll 8
    for (int c = First + 1; c < middle; ++c) sum += v[c] * into[r][c];
#pragma GCC unroll 8
    for (int c = middle + 1; c < N; ++c) other += v[c] * into[r][c];
    return sum + other;
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
  void set_stay(int r, lanes now) { stay[r] = now; }
  void add(int origin, int to, lanes amount, int move) {
    if (origin == to) {
      stay[to] += amount;
    } else {
      more[move] += amount;
    }
  }
  void set_rate(int, int, int move, const lanes* original) { more[move] = original[move]; }

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
  const lanes* pooled = nullptr;                // terms of those outside, of whom
  const lanes* joining = nullptr;               // states: this share comes
  lanes (*kept)[most_living_states] = nullptr;  // where the terms are kept
};

enum class adding { nothing, pooled };

/// What the weights make of the terms: the person-years over the part, by h. Nobody ever moves into
/// state 0 if `Into0` is false. Lanes whose terms are over have weights of 0 for those that follow.
template <int N, int First, bool Into0, adding What, bool Keep>
inline void sum_series(const mover<N>& m, int n, const lanes* start, int last, const lanes* weight,
                       const additions& extra, lanes* years) {
  constexpr int size = N > 0 ? N : most_living_states;
  const int states = N > 0 ? N : n;
  lanes v[size], next[size], y[size];
#pragma GCC unroll 8
  for (int r = First; r < states; ++r) {
    v[r] = start[r];
    y[r] = start[r] * weight[0];
  }
  for (int k = 1; k <= last; ++k) {
    if constexpr (Keep) {
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
      if constexpr (What == adding::pooled) next[r] += extra.pooled[k - 1] * extra.joining[r];
    }
    const lanes w = weight[k];
#pragma GCC unroll 8
    for (int r = First; r < states; ++r) {
      v[r] = next[r];
      y[r] += v[r] * w;
    }
  }
  if constexpr (Keep) {
#pragma GCC unroll 8
    for (int r = First; r < states; ++r) extra.kept[last][r] = v[r];
  }
#pragma GCC unroll 8
  for (int r = First; r < states; ++r) years[r] = y[r];
}

/// Where people are at the end of the part, or wherever the person-years `years` (by h) end.
template <int N, int First, bool Into0>
inline void end_of_part(const mover<N>& m, int n, lanes z, const lanes* start, const lanes* years,
                        lanes* end) {
  const int states = N > 0 ? N : n;
#pragma GCC unroll 8
  for (int r = First; r < states; ++r) {
    if (N > 0 && r == 0 && !Into0) {
      if constexpr (N > 0) end[0] = start[0] + years[0] * (m.into[0][0] - z);
    } else {
      end[r] = start[r] + (m.template arriving<First>(years, r) - z * years[r]);
    }
  }
}

}  // namespace

}  // namespace kohort::detail::KOHORT_ISA
