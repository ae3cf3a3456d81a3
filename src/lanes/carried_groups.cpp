#include "lanes/carried_groups.hpp"

#include "lanes/lanes.hpp"
#include "lanes/mover.hpp"
#include "lanes/open_cohort.hpp"
#include "lanes/series.hpp"

// The series of `open_cohort.cpp` with the force of mortality known, for groups one after the
// other. What a group's changed intensities move in each term is kept and enters the same term of
// the difference D, so that D is exactly 0 as long as nothing is changed, and nothing is lost to
// the subtraction of two large numbers.

namespace kohort::detail::KOHORT_ISA {

namespace {

constexpr int most_states = most_living_states;

struct workspace {
  lanes rate[most_moves];  // of each move; then times h
  lanes stay[most_states], dying[most_states], exit[most_states];
  lanes start[most_states], sum[most_states], years[most_states];
  lanes lived[most_states], joining[most_states];
  lanes pooled[most_terms];               // terms of the pool
  lanes kept[most_terms][most_states];    // terms of a group
  lanes source[most_terms][most_states];  // of D
  lanes moment[most_terms];
};

inline void add(double* to, lanes amount) { store(to, load(to) + amount); }

template <int N, int First>
void carry(const carried_piece& piece, const carried_tally& tally) {
  const int n = N > 0 ? N : piece.living, all = piece.lanes;
  workspace s;
  for (int at = 0; at < all; at += width) {
    const lanes g = load(piece.migration + at), mu = load(piece.force + at);
    for (int r = 0; r < n; ++r) {
      s.dying[r] = load(piece.ratios[r] + at) * mu;
      s.exit[r] = s.dying[r];
      s.lived[r] = fill(0.0);
    }
    for (int k = 0; k < piece.moves; ++k) {
      s.rate[k] = load(piece.rates[k] + at);
      s.exit[piece.from[k]] += s.rate[k];
    }
    lanes largest = fill(0.0);
    for (int r = 0; r < n; ++r) largest = larger(largest, s.exit[r]);
    for (int k = 0; k < piece.groups; ++k) {
      const carried_group& group = piece.group[k];
      if (group.changes == 0) continue;
      for (int r = 0; r < n; ++r) s.sum[r] = s.exit[r];
      for (int c = 0; c < group.changes; ++c) {
        const int move = group.change[c].move;
        const int from = move >= 0 ? piece.from[move] : -1 - move;
        s.sum[from] +=
            load(group.change[c].extra + at) * (move >= 0 ? s.rate[move] : s.dying[from]);
      }
      for (int r = 0; r < n; ++r) largest = larger(largest, s.sum[r]);
    }
    const lanes theta = largest + larger(-g, fill(0.0));
    const lanes size = (theta + larger(g, fill(0.0))) * piece.length;
    const lanes parts = parts_for(size);
    const lanes terms = terms_for(size / parts);
    const int last = most_of(terms);
    const lanes h = piece.length / parts;
    for (int r = 0; r < n; ++r) {
      s.stay[r] = (theta + g - s.exit[r]) * h;
      s.dying[r] *= h;
      s.joining[r] = fill(0.0);
    }
    for (int k = 0; k < piece.moves; ++k) {
      s.rate[k] *= h;
      if (piece.pool && piece.from[k] == 0) {
        s.joining[piece.to[k]] = s.rate[k] * (load(piece.uptake + at) * piece.share[k]);
      }
    }
    mover<N> usual;
    usual.set(n, piece.moves, piece.from, piece.to, s.rate, s.stay);
    const lanes z = theta * h;
    const lanes fading = exp_minus(z);
    find_moments(z, fading, terms, last, s.moment);

    for (int part = 0;; ++part) {
      const mask active = parts > static_cast<double>(part);
      if (!any(active)) break;
      bool changed = false;
      if (piece.pool) {
        s.pooled[0] = load(piece.pool + at);
        lanes sum = s.pooled[0], lived = s.pooled[0] * s.moment[0];
        for (int k = 1; k <= last; ++k) {
          s.pooled[k] = s.pooled[k - 1] * s.stay[0] * inverse.of[k];
          s.pooled[k] = terms >= static_cast<double>(k) ? s.pooled[k] : fill(0.0);
          sum += s.pooled[k];
          lived += s.pooled[k] * s.moment[k];
        }
        for (int r = 1; r < n; ++r) {
          const lanes came = lived * s.joining[r];
          add(tally.enrolled + r * all + at, active ? came : fill(0.0));
        }
        store(piece.pool + at, active ? fading * sum : s.pooled[0]);
      }

      for (int group = 0; group < piece.groups; ++group) {
        const carried_group& now = piece.group[group];
        const bool joined = group == 0 && piece.pool;
        mover<N> own = usual;
        for (int c = 0; c < now.changes; ++c) {
          const int move = now.change[c].move, from = move >= 0 ? piece.from[move] : -1 - move;
          const lanes extra =
              load(now.change[c].extra + at) * (move >= 0 ? s.rate[move] : s.dying[from]);
          own.add(from, from, -extra, -1);
          if (move >= 0) own.add(from, piece.to[move], extra, move);
        }
        for (int r = First; r < n; ++r) s.start[r] = load(now.people + r * all + at);
        sum_series<N, First, false>(
            own, n, s.start, terms, last, s.moment,
            {nullptr, joined ? s.pooled : nullptr, s.joining, now.changes > 0 ? s.kept : nullptr},
            s.sum, s.years);
        if (now.changes > 0 && !changed) {
          changed = true;
          for (int k = 1; k <= last; ++k) {
            for (int r = First; r < n; ++r) s.source[k][r] = fill(0.0);
          }
        }
        for (int c = 0; c < now.changes; ++c) {
          const int move = now.change[c].move, from = move >= 0 ? piece.from[move] : -1 - move;
          const lanes extra =
              load(now.change[c].extra + at) * (move >= 0 ? s.rate[move] : s.dying[from]);
          if (move >= 0) {
            const int to = piece.to[move];
            for (int k = 1; k <= last; ++k) {
              const lanes moving = s.kept[k - 1][from] * extra;
              s.source[k][from] -= moving;
              s.source[k][to] += moving;
            }
          } else {
            for (int k = 1; k <= last; ++k) s.source[k][from] -= s.kept[k - 1][from] * extra;
          }
          const lanes moving = active ? s.years[from] * extra : fill(0.0);
          add((move >= 0 ? tally.moved + move * all : tally.died + from * all) + at, moving);
        }
        for (int r = First; r < n; ++r) {
          // Terms of a group are sums of people: what is below 0 is rounding.
          const lanes end = larger(fading * s.sum[r], fill(0.0));
          store(now.people + r * all + at, active ? end : s.start[r]);
        }
      }

      for (int r = First; r < n; ++r) s.start[r] = load(tally.difference + r * all + at);
      sum_series<N, First, false>(usual, n, s.start, terms, last, s.moment,
                                  {changed ? s.source : nullptr, nullptr, nullptr, nullptr}, s.sum,
                                  s.years);
      for (int r = First; r < n; ++r) {
        store(tally.difference + r * all + at, active ? fading * s.sum[r] : s.start[r]);
        s.lived[r] = active ? s.lived[r] + h * s.years[r] : s.lived[r];
      }
    }

    const lanes back = fill(1.0) / h;
    for (int r = First; r < n; ++r) {
      add(tally.person_years + r * all + at, s.lived[r]);
      add(tally.died + r * all + at, s.lived[r] * s.dying[r] * back);
      add(tally.migrated + r * all + at, s.lived[r] * g);
    }
    for (int k = 0; k < piece.moves; ++k) {
      if (piece.from[k] < First) continue;
      add(tally.moved + k * all + at, s.lived[piece.from[k]] * load(piece.rates[k] + at));
    }
  }
}

}  // namespace

void carry_groups(const carried_piece& piece, const carried_tally& tally) {
  switch (piece.living) {
    case 4:
      return piece.first ? carry<4, 1>(piece, tally) : carry<4, 0>(piece, tally);
    case 5:
      return piece.first ? carry<5, 1>(piece, tally) : carry<5, 0>(piece, tally);
    case 6:
      return piece.first ? carry<6, 1>(piece, tally) : carry<6, 0>(piece, tally);
    case 7:
      return piece.first ? carry<7, 1>(piece, tally) : carry<7, 0>(piece, tally);
    default:
      return piece.first ? carry<0, 1>(piece, tally) : carry<0, 0>(piece, tally);
  }
}

void drain_pool(const draining_pool& piece) {
  for (int at = 0; at < piece.lanes; at += width) {
    lanes leaving = load(piece.force + at) - load(piece.migration + at);
    for (int k = 0; k < piece.moves; ++k) {
      if (piece.from[k] == 0) leaving += load(piece.rates[k] + at);
    }
    // e^(-z) and its mean over the time, (1 - e^(-z)) / z, by halving z until it is small: then
    // e^(-2z) = (e^-z)^2, and the mean over twice the time is mean(z) (1 + e^-z) / 2.
    const lanes z = leaving * piece.length;
    const lanes parts = parts_for(z < 0.0 ? -z : z, 0.25);
    const lanes q = -z / parts;
    lanes left = fill(1.0), mean = fill(1.0);
    for (int k = 14; k > 0; --k) {
      left = 1.0 + left * q * (1.0 / k);
      mean = 1.0 + mean * q * (1.0 / (k + 1));
    }
    for (lanes twice = fill(1.0); any(parts > twice); twice += twice) {
      const mask again = parts > twice;
      mean = again ? mean * (1.0 + left) * 0.5 : mean;
      left = again ? left * left : left;
    }
    const lanes pool = load(piece.pool + at);
    const lanes lived = pool * mean * piece.length;
    for (int k = 0; k < piece.moves; ++k) {
      if (piece.from[k] != 0 || piece.share[k] == 0) continue;
      add(piece.enrolled + piece.to[k] * piece.lanes + at,
          lived * load(piece.rates[k] + at) * (load(piece.uptake + at) * piece.share[k]));
    }
    store(piece.pool + at, pool * left);
  }
}

}  // namespace kohort::detail::KOHORT_ISA
