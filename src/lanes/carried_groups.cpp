#include "lanes/carried_groups.hpp"

#include "lanes/lanes.hpp"
#include "lanes/open_cohort.hpp"
#include "lanes/series.hpp"

// The series of `open_cohort.cpp` with the force of mortality known, for groups one after the
// other. What a group's changed intensities move in each term is kept and enters the same term of
// the difference D, so that D is exactly 0 as long as nothing is changed, and nothing is lost to
// the subtraction of two large numbers.

namespace kohort::detail::KOHORT_ISA {

namespace {

/// Strategies come in shorter pieces than usual care.
inline effort effort_of(double length) {
  if (length < 0.045) return {9, 0.05};
  if (length < 0.1) return {11, 0.15};
  return effort_for(length);
}

constexpr int most_states = most_living_states;

struct workspace {
  lanes rate[most_moves];  // h q of each move
  lanes stay[most_states], dying[most_states], exit[most_states];
  lanes v[2][most_states], sum[most_states], years[most_states];
  lanes kept[most_states];  // of a group, at the end of the part
  lanes lived[most_states];
  lanes extra[most_moves + most_states];
  lanes pooled[most_terms];               // terms of the pool
  lanes source[most_terms][most_states];  // of D
  lanes moment[most_terms];
};

inline void add(double* to, lanes amount) { store(to, load(to) + amount); }

}  // namespace

void carry_groups(const carried_piece& piece, const carried_tally& tally) {
  const int n = piece.living, all = piece.lanes, first = piece.first;
  const effort work = effort_of(piece.length);
  const int last = work.terms;
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
      for (int r = 0; r < n; ++r) s.v[0][r] = s.exit[r];
      for (int c = 0; c < group.changes; ++c) {
        const changed_intensity& change = group.change[c];
        const lanes extra = load(change.extra + at);
        if (change.move >= 0) {
          s.v[0][piece.from[change.move]] += s.rate[change.move] * extra;
        } else {
          s.v[0][-1 - change.move] += s.dying[-1 - change.move] * extra;
        }
      }
      for (int r = 0; r < n; ++r) largest = larger(largest, s.v[0][r]);
    }
    const lanes theta = largest + larger(-g, fill(0.0));
    const lanes size = (theta + larger(g, fill(0.0))) * piece.length;
    const lanes parts = parts_for(size, work.largest);
    const lanes h = piece.length / parts;
    for (int k = 0; k < piece.moves; ++k) s.rate[k] *= h;
    for (int r = 0; r < n; ++r) {
      s.stay[r] = (theta + g - s.exit[r]) * h;
      s.dying[r] *= h;
    }
    const lanes z = theta * h;
    const lanes fading = exp_minus(z);
    find_moments(z, fading, last, s.moment);

    for (int part = 0;; ++part) {
      const mask active = parts > static_cast<double>(part);
      if (!any(active)) break;
      for (int k = 1; k <= last; ++k) {
        for (int r = first; r < n; ++r) s.source[k][r] = fill(0.0);
      }
      if (piece.pool) {
        s.pooled[0] = load(piece.pool + at);
        lanes sum = s.pooled[0], lived = s.pooled[0] * s.moment[0];
        for (int k = 1; k <= last; ++k) {
          s.pooled[k] = s.pooled[k - 1] * s.stay[0] * (1.0 / k);
          sum += s.pooled[k];
          lived += s.pooled[k] * s.moment[k];
        }
        for (int k = 0; k < piece.moves; ++k) {
          if (piece.from[k] != 0 || piece.share[k] == 0) continue;
          const lanes came = lived * s.rate[k] * piece.share[k];
          add(tally.enrolled + piece.to[k] * all + at, active ? came : fill(0.0));
        }
        store(piece.pool + at, active ? fading * sum : s.pooled[0]);
      }

      for (int group = 0; group < piece.groups; ++group) {
        const carried_group& now = piece.group[group];
        const bool joined = group == 0 && piece.pool;
        for (int c = 0; c < now.changes; ++c) {
          const int move = now.change[c].move;
          const lanes extra = load(now.change[c].extra + at);
          s.extra[c] = extra * (move >= 0 ? s.rate[move] : s.dying[-1 - move]);
        }
        for (int r = first; r < n; ++r) {
          s.kept[r] = s.v[0][r] = s.sum[r] = load(now.people + r * all + at);
          s.years[r] = s.v[0][r] * s.moment[0];
        }
        for (int k = 1; k <= last; ++k) {
          const lanes* v = s.v[(k - 1) & 1];
          lanes* next = s.v[k & 1];
          const double inverse = 1.0 / k;
          for (int r = first; r < n; ++r) {
            lanes a = v[r] * s.stay[r];
            for (int j = piece.begin[r]; j < piece.end[r]; ++j) a += v[piece.from[j]] * s.rate[j];
            next[r] = a;
          }
          for (int c = 0; c < now.changes; ++c) {
            const int move = now.change[c].move;
            const int from = move >= 0 ? piece.from[move] : -1 - move;
            const lanes moving = v[from] * s.extra[c];
            next[from] -= moving;
            s.source[k][from] -= moving;
            if (move >= 0) {
              next[piece.to[move]] += moving;
              s.source[k][piece.to[move]] += moving;
            }
          }
          if (joined) {
            for (int j = 0; j < piece.moves; ++j) {
              if (piece.from[j] != 0 || piece.share[j] == 0) continue;
              next[piece.to[j]] += s.pooled[k - 1] * s.rate[j] * piece.share[j];
            }
          }
          const lanes moment = s.moment[k];
          for (int r = first; r < n; ++r) {
            next[r] *= inverse;
            s.sum[r] += next[r];
            s.years[r] += next[r] * moment;
          }
        }
        for (int c = 0; c < now.changes; ++c) {
          const int move = now.change[c].move;
          const int from = move >= 0 ? piece.from[move] : -1 - move;
          const lanes moving = active ? s.years[from] * s.extra[c] : fill(0.0);
          add((move >= 0 ? tally.moved + move * all : tally.died + from * all) + at, moving);
        }
        for (int r = first; r < n; ++r) {
          // Terms of a group are sums of people: what is below 0 is rounding.
          const lanes end = larger(fading * s.sum[r], fill(0.0));
          store(now.people + r * all + at, active ? end : s.kept[r]);
        }
      }

      for (int r = first; r < n; ++r) {
        s.kept[r] = s.v[0][r] = s.sum[r] = load(tally.difference + r * all + at);
        s.years[r] = s.v[0][r] * s.moment[0];
      }
      for (int k = 1; k <= last; ++k) {
        const lanes* v = s.v[(k - 1) & 1];
        lanes* next = s.v[k & 1];
        const double inverse = 1.0 / k;
        const lanes moment = s.moment[k];
        for (int r = first; r < n; ++r) {
          lanes a = v[r] * s.stay[r] + s.source[k][r];
          for (int j = piece.begin[r]; j < piece.end[r]; ++j) a += v[piece.from[j]] * s.rate[j];
          a *= inverse;
          next[r] = a;
          s.sum[r] += a;
          s.years[r] += a * moment;
        }
      }
      for (int r = first; r < n; ++r) {
        store(tally.difference + r * all + at, active ? fading * s.sum[r] : s.kept[r]);
        s.lived[r] = active ? s.lived[r] + h * s.years[r] : s.lived[r];
      }
    }

    const lanes back = fill(1.0) / h;
    for (int r = first; r < n; ++r) {
      add(tally.person_years + r * all + at, s.lived[r]);
      add(tally.died + r * all + at, s.lived[r] * s.dying[r] * back);
      add(tally.migrated + r * all + at, s.lived[r] * g);
    }
    for (int k = 0; k < piece.moves; ++k) {
      if (piece.from[k] < first) continue;
      add(tally.moved + k * all + at, s.lived[piece.from[k]] * load(piece.rates[k] + at));
    }
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
          lived * load(piece.rates[k] + at) * piece.share[k]);
    }
    store(piece.pool + at, pool * left);
  }
}

}  // namespace kohort::detail::KOHORT_ISA
