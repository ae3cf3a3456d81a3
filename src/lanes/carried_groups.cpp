#include "lanes/carried_groups.hpp"

#include "lanes/lanes.hpp"
#include "lanes/mover.hpp"
#include "lanes/open_cohort.hpp"
#include "lanes/series.hpp"

// The series of `open_cohort.cpp` with the force of mortality known. Groups are carried one after
// the other, each with the intensities that are changed for it. What they make of everyone, D,
// follows from those who would be where the groups are had nothing been changed: V = D - sum of the
// groups moves as usual, and D is V and the groups again at the end. A lone group with nothing
// changed is carried by the very numbers that V is, so that D stays exactly 0. The terms also give
// D at points of time within the piece: what the piece costs does not depend on how many months it
// has.

namespace kohort::detail::KOHORT_ISA {

namespace {

constexpr int most_states = most_living_states;

/// A move, or dying in a state, whose intensity is changed for some group.
struct changed_move {
  int move, from, to;  // as in `changed_intensity`; to is -1 for death
};

template <int N>
struct workspace {
  static constexpr int most_changed = N > 0 ? N * N : most_moves + most_states;
  lanes rate[most_moves];  // of each move; then times h
  lanes stay[most_states], dying[most_states], exit[most_states];
  lanes start[most_states], end[most_states], years[most_states], sum[most_states];
  lanes lived[most_states], told[most_states];
  lanes joining[most_states], leaving[most_states];     // of the pool to a group, and so out of V
  lanes others[most_states], group_years[most_states];  // V, and all groups that are changed
  lanes pooled[most_terms];                             // terms of the pool
  // Where points of time ask for them: terms of a group, of V or of D, of all groups that are
  // changed, and of what their changes move.
  lanes kept[most_terms][most_states], all[most_terms][most_states];
  lanes moving[most_changed][most_terms];
  lanes moved[most_changed], told_moved[most_changed], sum_of_part[most_changed];
  lanes weight[most_terms];
  series_plan plan;
  mover<N> move;
  changed_move changed[most_changed];
  int changes = 0;

  /// Where a change stands among those of all groups.
  int place(int which, const carried_piece& piece, int guess) {
    if (guess < changes && changed[guess].move == which) return guess;
    for (int i = 0; i < changes; ++i) {
      if (changed[i].move == which) return i;
    }
    const int from = which >= 0 ? piece.from[which] : -1 - which;
    changed[changes] = {which, from, which >= 0 ? piece.to[which] : -1};
    return changes++;
  }
};

inline void add(double* to, lanes amount) { store(to, load(to) + amount); }

/// Sums of the time up to now that have not been told yet. Vectors come by reference: a function
/// that is given them in registers leaves their upper halves in use when it returns, and all that
/// is built for older processors then waits for these (GCC 12).
template <int N, int First>
void tell(const carried_piece& piece, const carried_flows& flows, int at, const lanes& g,
          const lanes& back, const lanes* years, const lanes* moved, const lanes& joined,
          const workspace<N>& s) {
  const int n = N > 0 ? N : piece.living, all = piece.lanes;
  for (int r = First; r < n; ++r) {
    add(flows.person_years + r * all + at, years[r]);
    add(flows.died + r * all + at, years[r] * s.dying[r] * back);
    add(flows.migrated + r * all + at, years[r] * g);
  }
  for (int k = 0; k < piece.moves; ++k) {
    if (piece.from[k] < First) continue;
    add(flows.moved + k * all + at, years[piece.from[k]] * load(piece.rates[k] + at));
  }
  for (int i = 0; i < s.changes; ++i) {
    const auto& c = s.changed[i];
    add((c.move >= 0 ? flows.moved + c.move * all : flows.died + c.from * all) + at, moved[i]);
  }
  if (!piece.pool) return;
  for (int r = 1; r < n; ++r) add(flows.enrolled + r * all + at, joined * s.joining[r]);
}

/// The person-years over one part (by h) of those who start it, and of those who join from the pool
/// where there is one: less, if V is what they are counted for.
template <int N, int First, bool Keep>
void live(int n, const lanes* joining, workspace<N>& s) {
  const additions extra{s.pooled, joining, s.kept};
  const auto& p = s.plan;
  if (joining) {
    sum_series<N, First, false, adding::pooled, Keep>(s.move, n, s.start, p.last, p.weight, extra,
                                                      s.years);
  } else {
    sum_series<N, First, false, adding::nothing, Keep>(s.move, n, s.start, p.last, p.weight, extra,
                                                       s.years);
  }
}

template <int N, int First, bool Points>
void carry(const carried_piece& piece, const carried_tally& tally) {
  const int n = N > 0 ? N : piece.living, all = piece.lanes;
  workspace<N> s;
  for (int group = 0; group < piece.groups; ++group) {
    const carried_group& now = piece.group[group];
    for (int c = 0; c < now.changes; ++c) s.place(now.change[c].move, piece, c);
  }
  auto& p = s.plan;
  for (int at = 0; at < all; at += width) {
    const lanes g = load(piece.migration + at), mu = load(piece.force + at);
    for (int r = 0; r < n; ++r) {
      s.dying[r] = load(piece.ratios[r] + at) * mu;
      s.exit[r] = s.dying[r];
      s.lived[r] = s.told[r] = fill(0.0);
    }
    for (int k = 0; k < piece.moves; ++k) {
      s.rate[k] = load(piece.rates[k] + at);
      s.exit[piece.from[k]] += s.rate[k];
    }
    lanes fastest = fill(0.0);
    for (int r = 0; r < n; ++r) {
      fastest = larger(fastest, s.exit[r]);
      s.sum[r] = s.exit[r];
    }
    const auto extra_of = [&](const changed_intensity& change, int from) {
      return load(change.extra + at) * (change.move >= 0 ? s.rate[change.move] : s.dying[from]);
    };
    for (int k = 0; k < piece.groups; ++k) {
      const carried_group& group = piece.group[k];
      for (int c = 0; c < group.changes; ++c) {
        const int from = s.changed[s.place(group.change[c].move, piece, c)].from;
        s.sum[from] += extra_of(group.change[c], from);
      }
      for (int c = 0; c < group.changes; ++c) {
        const int from = s.changed[s.place(group.change[c].move, piece, c)].from;
        fastest = larger(fastest, s.sum[from]);
        s.sum[from] = s.exit[from];
      }
    }
    plan_series(fastest, g, piece.length, p);
    for (int r = 0; r < n; ++r) {
      s.stay[r] = (p.theta + g - s.exit[r]) * p.h;
      s.dying[r] *= p.h;
      s.joining[r] = fill(0.0);
    }
    for (int k = 0; k < piece.moves; ++k) {
      s.rate[k] *= p.h;
      if (piece.pool && piece.from[k] == 0) {
        s.joining[piece.to[k]] = s.rate[k] * (load(piece.uptake + at) * piece.share[k]);
      }
    }
    for (int r = 0; r < n; ++r) s.leaving[r] = -s.joining[r];
    s.move.set(n, piece.moves, piece.from, piece.to, s.rate, s.stay);
    for (int i = 0; i < s.changes; ++i) s.moved[i] = s.told_moved[i] = fill(0.0);
    lanes came = fill(0.0), told_came = fill(0.0);
    const lanes back = 1.0 / p.h;

    for (int part = 0;; ++part) {
      const mask active = p.parts > static_cast<double>(part);
      if (!any(active)) break;
      if (piece.pool) {
        s.pooled[0] = load(piece.pool + at);
        for (int k = 1; k <= p.last; ++k) s.pooled[k] = s.pooled[k - 1] * s.stay[0];
      }
      const auto pooled_with = [&](const lanes* weight) {
        lanes sum = fill(0.0);
        for (int k = 0; piece.pool && k <= p.last; ++k) sum += s.pooled[k] * weight[k];
        return sum;
      };
      for (int i = 0; i < s.changes; ++i) {
        s.sum_of_part[i] = fill(0.0);
        for (int k = 0; Points && k <= p.last; ++k) s.moving[i][k] = fill(0.0);
      }
      for (int r = First; r < n; ++r) {
        s.others[r] = load(tally.difference + r * all + at);
        s.group_years[r] = fill(0.0);
      }
      bool changed = false, without_pool = false;
      for (int group = 0; group < piece.groups; ++group) {
        const carried_group& now = piece.group[group];
        const bool joined = group == 0 && piece.pool;
        for (int c = 0; c < now.changes; ++c) {
          const auto& change = s.changed[s.place(now.change[c].move, piece, c)];
          const lanes extra = extra_of(now.change[c], change.from);
          s.move.add(change.from, change.from, -extra, -1);
          if (change.to >= 0) s.move.add(change.from, change.to, extra, change.move);
        }
        for (int r = First; r < n; ++r) s.start[r] = load(now.people + r * all + at);
        live<N, First, Points>(n, joined ? s.joining : nullptr, s);
        end_of_part<N, First, false>(s.move, n, p.z, s.start, s.years, s.end);
        if (joined) {
          const lanes pool = pooled_with(p.weight);
          for (int r = 1; r < n; ++r) s.end[r] += pool * s.joining[r];
        }
        for (int r = First; r < n; ++r) {
          // Terms of a group are sums of people: what is below 0 is rounding.
          const lanes end = larger(s.end[r], fill(0.0));
          store(now.people + r * all + at, active ? end : s.start[r]);
        }
        if (now.changes == 0) continue;
        without_pool = without_pool || joined;
        for (int r = First; r < n; ++r) {
          s.others[r] -= s.start[r];
          s.group_years[r] += s.years[r];
          for (int k = 0; Points && k <= p.last; ++k) {
            s.all[k][r] = changed ? s.all[k][r] + s.kept[k][r] : s.kept[k][r];
          }
        }
        changed = true;
        for (int c = 0; c < now.changes; ++c) {
          const int i = s.place(now.change[c].move, piece, c);
          const auto& change = s.changed[i];
          const lanes extra = extra_of(now.change[c], change.from);
          s.sum_of_part[i] += s.years[change.from] * extra;
          for (int k = 0; Points && k <= p.last; ++k) {
            s.moving[i][k] += s.kept[k][change.from] * extra;
          }
          s.move.set_stay(change.from, s.stay[change.from]);
          if (change.to >= 0) s.move.set_rate(change.from, change.to, change.move, s.rate);
        }
      }

      for (int r = First; r < n; ++r) s.start[r] = s.others[r];
      live<N, First, Points>(n, without_pool ? s.leaving : nullptr, s);
      for (int r = First; r < n; ++r) {
        s.start[r] = load(tally.difference + r * all + at);
        s.years[r] += s.group_years[r];
        for (int k = 0; Points && changed && k <= p.last; ++k) s.kept[k][r] += s.all[k][r];
      }
      // D up to a share of the part, with the person-years `years` (by h) and what was moved.
      const auto end_with = [&](const lanes* years, const lanes* moved) {
        end_of_part<N, First, false>(s.move, n, p.z, s.start, years, s.end);
        for (int i = 0; i < s.changes; ++i) {
          const auto& c = s.changed[i];
          s.end[c.from] -= moved[i];
          if (c.to >= 0) s.end[c.to] += moved[i];
        }
      };
      for (int i = 0; Points && i < piece.points; ++i) {
        const lanes to = piece.point[i] * p.parts - static_cast<double>(part);
        const mask here = active & (to > 0.0) & (to <= 1.0);
        if (!any(here)) continue;
        find_weights_up_to(here ? to : fill(1.0), p, s.weight);
        lanes years[most_states], moved[workspace<N>::most_changed];
        for (int r = First; r < n; ++r) {
          years[r] = fill(0.0);
          for (int k = 0; k <= p.last; ++k) years[r] += s.kept[k][r] * s.weight[k];
        }
        for (int c = 0; c < s.changes; ++c) {
          moved[c] = fill(0.0);
          for (int k = 0; k <= p.last; ++k) moved[c] += s.moving[c][k] * s.weight[k];
        }
        end_with(years, moved);
        for (int r = First; r < n; ++r) {
          double* found = tally.found + (i * n + r) * all + at;
          store(found, here ? s.end[r] : load(found));
          const lanes lived = s.lived[r] + p.h * years[r];
          years[r] = here ? lived - s.told[r] : fill(0.0);
          s.told[r] = here ? lived : s.told[r];
        }
        for (int c = 0; c < s.changes; ++c) {
          const lanes sum = s.moved[c] + moved[c];
          moved[c] = here ? sum - s.told_moved[c] : fill(0.0);
          s.told_moved[c] = here ? sum : s.told_moved[c];
        }
        const lanes joined = came + pooled_with(s.weight);
        tell<N, First>(piece, tally.flows[i], at, g, back, years, moved,
                       here ? joined - told_came : fill(0.0), s);
        told_came = here ? joined : told_came;
      }
      end_with(s.years, s.sum_of_part);
      for (int r = First; r < n; ++r) {
        store(tally.difference + r * all + at, active ? s.end[r] : s.start[r]);
        s.lived[r] = active ? s.lived[r] + p.h * s.years[r] : s.lived[r];
      }
      for (int i = 0; i < s.changes; ++i) {
        s.moved[i] = active ? s.moved[i] + s.sum_of_part[i] : s.moved[i];
      }
      if (piece.pool) {
        const lanes lived = pooled_with(p.weight);
        came = active ? came + lived : came;
        const lanes left = s.pooled[0] + lived * (s.stay[0] - p.z);
        store(piece.pool + at, active ? left : s.pooled[0]);
      }
    }

    for (int r = First; r < n; ++r) s.lived[r] -= s.told[r];
    for (int i = 0; i < s.changes; ++i) s.moved[i] -= s.told_moved[i];
    tell<N, First>(piece, tally.flows[piece.points], at, g, back, s.lived, s.moved,
                   came - told_came, s);
  }
}

template <int N, int First>
void carry_with_points(const carried_piece& piece, const carried_tally& tally) {
  if (piece.points > 0) return carry<N, First, true>(piece, tally);
  carry<N, First, false>(piece, tally);
}

template <int N>
void carry_from(const carried_piece& piece, const carried_tally& tally) {
  if (piece.first == 0) return carry_with_points<N, 0>(piece, tally);
  carry_with_points<N, 1>(piece, tally);
}

}  // namespace

void carry_groups(const carried_piece& piece, const carried_tally& tally) {
  switch (piece.living) {
    case 4:
      return carry_from<4>(piece, tally);
    case 5:
      return carry_from<5>(piece, tally);
    case 6:
      return carry_from<6>(piece, tally);
    case 7:
      return carry_from<7>(piece, tally);
    default:
      return carry_from<0>(piece, tally);
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
