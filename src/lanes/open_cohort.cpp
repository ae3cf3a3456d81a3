#include "lanes/open_cohort.hpp"

#include "lanes/lanes.hpp"
#include "lanes/mover.hpp"
#include "lanes/series.hpp"

// One piece of one cohort: x' = x (Q(mu) + g I), with mu such that e^((g - m) h) survive.
//
// exp(h (Q + g I + theta I)) is summed term by term, every term >= 0, into the person-years
// int_0^h x(s) ds, and x(h) follows from these. mu is found by the secant method from a guess that
// is off by 1e-4 or so, since it is of these very people: the slope that the person-years give
// makes the second trial 100 times better, and the last step is so small that it enters by the line
// through the last two trials.
// What that leaves out is of the product of the two steps. How many terms, parts and trials a lane
// takes depends on its own numbers alone, so no lane's result depends on its neighbours.

namespace kohort::detail::KOHORT_ISA {

namespace {

inline lanes absolute(lanes a) { return a < 0.0 ? -a : a; }

constexpr int most_states = most_living_states;

constexpr double room_for_force = 1.05;  // so much larger may mu become before a new plan

template <int N>
struct scratch {
  lanes rate[most_moves];  // of each move; then times h
  lanes scaled[most_moves];
  lanes stay[most_states], exit[most_states], ratio[most_states], start[most_states];
  lanes x[most_states], y[most_states];                // of this trial
  lanes before_x[most_states], before_y[most_states];  // of the one before
  lanes years[most_states], end[most_states];
  lanes kept_x[most_states], kept_y[most_states];
  lanes planned;  // the mu that the plan is for
  series_plan plan;
  mover<N> move;
  int to[most_moves];
};

/// The series for a force of mu, and for forces up to a little more.
template <int N>
void make_plan(const cohort_piece& piece, lanes g, mask stale, lanes mu, scratch<N>& s) {
  const int n = N > 0 ? N : piece.living, moves = piece.moves;
  s.planned = stale ? mu : s.planned;
  lanes fastest = fill(0.0);
  for (int r = 0; r < n; ++r) fastest = larger(fastest, s.exit[r] + s.ratio[r] * s.planned);
  plan_series(fastest, g, piece.length, s.plan);
  for (int k = 0; k < moves; ++k) s.scaled[k] = s.plan.h * s.rate[k];
  for (int r = 0; r < n; ++r) s.stay[r] = (s.plan.theta + g - s.exit[r]) * s.plan.h;
  s.move.set(n, moves, piece.from, s.to, s.scaled, s.stay);
}

/// The force under which as many would die as should, were x over the piece what its first
/// derivatives make of it under the force `mu`: m int 1 x / int rho x. Where people move too fast
/// for that it is `mu`.
template <int N, bool Into0>
lanes mean_force(const cohort_piece& piece, lanes g, lanes mu, scratch<N>& s) {
  constexpr int derivatives = 3;
  const int n = N > 0 ? N : piece.living;
  make_plan(piece, g, fill(1.0) > 0.0, mu, s);
  const lanes dying = mu * s.plan.h;
  for (int r = 0; r < n; ++r) {
    s.move.set_stay(r, s.stay[r] - s.ratio[r] * dying);
    s.x[r] = s.start[r];
    s.y[r] = fill(0.0);
  }
  lanes people = fill(0.0), weighted = fill(0.0), scale = fill(1.0);
  for (int k = 0; k <= derivatives; ++k) {
    if (k > 0) {
      end_of_part<N, 0, Into0>(s.move, n, s.plan.z, s.y, s.x, s.end);
      for (int r = 0; r < n; ++r) s.x[r] = s.end[r];
      scale *= s.plan.parts;
    }
    lanes sum = fill(0.0), sum_weighted = fill(0.0);
    for (int r = 0; r < n; ++r) {
      sum += s.x[r];
      sum_weighted += s.x[r] * s.ratio[r];
    }
    people += sum * scale * inverse_factorial.of[k + 1];
    weighted += sum_weighted * scale * inverse_factorial.of[k + 1];
  }
  const lanes mean = piece.mortality * people / (weighted > 0.0 ? weighted : fill(1.0));
  return (weighted > 0.0) & (mean > 0.5 * mu) & (mean < 2.0 * mu) ? mean : mu;
}

/// x at the end of the piece, and int x, for this mu.
template <int N, bool Into0>
void evaluate(const cohort_piece& piece, lanes g, lanes mu, scratch<N>& s) {
  const int n = N > 0 ? N : piece.living;
  const mask stale = mu > room_for_force * s.planned;
  if (any(stale)) make_plan(piece, g, stale, mu, s);
  const lanes dying = mu * s.plan.h;
  for (int r = 0; r < n; ++r) {
    s.move.set_stay(r, s.stay[r] - s.ratio[r] * dying);
    s.x[r] = s.start[r];
    s.y[r] = fill(0.0);
  }
  for (int part = 0;; ++part) {
    const mask active = s.plan.parts > static_cast<double>(part);
    if (!any(active)) break;
    sum_series<N, 0, Into0, adding::nothing, false>(s.move, n, s.x, s.plan.last, s.plan.weight, {},
                                                    s.years);
    end_of_part<N, 0, Into0>(s.move, n, s.plan.z, s.x, s.years, s.end);
    for (int r = 0; r < n; ++r) {
      s.x[r] = active ? s.end[r] : s.x[r];
      s.y[r] = active ? s.y[r] + s.plan.h * s.years[r] : s.y[r];
    }
  }
}

template <int N, bool Into0>
void advance(const cohort_piece& piece, const cohort_tally& tally) {
  const int n = N > 0 ? N : piece.living, all = piece.lanes;
  scratch<N> s;
  for (int r = 0; r < n; ++r) {
    for (int k = piece.into[r]; k < piece.into[r + 1]; ++k) s.to[k] = r;
  }
  for (int at = 0; at < all; at += width) {
    for (int r = 0; r < n; ++r) s.exit[r] = fill(0.0);
    for (int k = 0; k < piece.moves; ++k) {
      s.rate[k] = load(piece.rates[k] + at);
      s.exit[piece.from[k]] += s.rate[k];
    }
    lanes alive = fill(0.0), weighted = fill(0.0);
    for (int r = 0; r < n; ++r) {
      s.ratio[r] = load(piece.ratios[r] + at);
      s.start[r] = load(tally.occupancy + r * all + at);
      alive += s.start[r];
      weighted += s.start[r] * s.ratio[r];
    }
    const lanes g = load(piece.migration + at);
    s.planned = fill(-1.0);
    lanes reach = fill(0.0);
    for (int r = 0; r < n; ++r) reach = larger(reach, s.ratio[r] * piece.length);
    const mask empty = alive <= 0.0;
    const lanes one_of = 1.0 / (empty ? fill(1.0) : alive);
    const lanes target = alive * load(piece.survivors + at);
    // The force at the first instant, what the first terms make of it over the piece, and by how
    // much that was off last year.
    const lanes instant =
        empty ? fill(0.0) : piece.mortality * alive / (empty ? fill(1.0) : weighted);
    const lanes off = load(tally.drift + at), bend = load(tally.drift + all + at);
    const mask known = bend > 0.0;
    const lanes near_force = empty ? fill(0.0) : mean_force<N, Into0>(piece, g, instant, s);
    lanes mu = larger(near_force * (1.0 + off), instant * 0.1);

    lanes found = mu, before = mu, before_sum = fill(0.0), last_step = mu;
    lanes bent = bend;
    mask open = !empty;
    for (int r = 0; r < n; ++r) {
      s.kept_x[r] = s.kept_y[r] = s.before_x[r] = s.before_y[r] = fill(0.0);
    }
    for (int trial = 0; trial < 60 && any(open); ++trial) {
      evaluate<N, Into0>(piece, g, mu, s);
      lanes sum = fill(0.0), dying = fill(0.0);
      for (int r = 0; r < n; ++r) {
        sum += s.x[r];
        dying += s.ratio[r] * s.y[r];
      }
      const lanes missing = target - sum;
      // Whoever dies does so in the middle, so of them about the root of those who survive are
      // lost.
      const lanes plain = dying * -0.5 * (1.0 + sum * one_of);
      const lanes guess = known ? plain * bend : plain;
      const lanes apart = mu - before;
      const mask line = (absolute(apart) > 1e-13 * mu) & (absolute(sum - before_sum) > 0.0);
      const mask second = line & (trial > 0 ? fill(1.0) > 0.0 : fill(1.0) < 0.0);
      const lanes one_apart = 1.0 / (second ? apart : fill(1.0));
      const lanes secant = (sum - before_sum) * one_apart;
      const lanes seen = plain < 0.0 ? secant / (plain < 0.0 ? plain : fill(1.0)) : fill(0.0);
      bent = second & (seen > 0.5) & (seen < 2.0) ? seen : bent;
      const lanes slope = second ? secant : guess;
      const lanes step = missing / (slope < 0.0 ? slope : fill(-1.0));
      // Where hardly anybody dies, the sum's rounding is a larger step than any that is left.
      const mask settled = absolute(missing) <= 1e-14 * alive;
      // What a straight line misses between two forces grows with the square of how far they act.
      const lanes apart_twice = absolute(step) * absolute(last_step);
      const mask near =
          (apart_twice <= 1e-11 * mu * mu) & (apart_twice * reach * reach <= 2e-13) & second;
      const mask tiny = absolute(step) <= 1e-13 * mu;
      const mask done = open & (settled | near | tiny);
      const lanes along = second & near ? step * one_apart : fill(0.0);
      for (int r = 0; r < n; ++r) {
        const lanes x = s.x[r] + (s.x[r] - s.before_x[r]) * along;
        const lanes y = s.y[r] + (s.y[r] - s.before_y[r]) * along;
        s.kept_x[r] = done ? larger(x, fill(0.0)) : s.kept_x[r];
        s.kept_y[r] = done ? larger(y, fill(0.0)) : s.kept_y[r];
        s.before_x[r] = s.x[r];
        s.before_y[r] = s.y[r];
      }
      found = done ? mu + (near ? step : fill(0.0)) : found;
      before = mu;
      before_sum = sum;
      const lanes onward = mu + step;
      mu = done ? mu : (onward > 0.1 * mu ? onward : 0.1 * mu);
      last_step = mu - before;
      open = open & !done;
    }
    found = larger(found, fill(0.0));

    lanes sum = fill(0.0);
    for (int r = 0; r < n; ++r) sum += s.kept_x[r];
    const lanes exact = empty ? fill(0.0) : target / (empty ? fill(1.0) : sum);
    const auto add = [&](double* to, lanes amount) { store(to, load(to) + amount); };
    for (int r = 0; r < n; ++r) {
      const lanes years = s.kept_y[r];
      store(tally.occupancy + r * all + at, s.kept_x[r] * exact);
      add(tally.person_years + r * all + at, years);
      add(tally.died + r * all + at, years * s.ratio[r] * found);
      add(tally.migrated + r * all + at, years * g);
    }
    for (int k = 0; k < piece.moves; ++k) {
      add(tally.moved + k * all + at, s.kept_y[piece.from[k]] * s.rate[k]);
    }
    const mask guessed = near_force > 0.0;
    const lanes left = guessed ? found / (guessed ? near_force : fill(1.0)) - 1.0 : fill(0.0);
    store(tally.drift + at, left);
    store(tally.drift + all + at, bent > 0.0 ? bent : fill(1.0));
    store(tally.force + at, found);
  }
}

}  // namespace

void advance_cohort(const cohort_piece& piece, const cohort_tally& tally) {
  const bool into0 = piece.into[1] > piece.into[0];
  switch (into0 ? 0 : piece.living) {
    case 4:
      return advance<4, false>(piece, tally);
    case 5:
      return advance<5, false>(piece, tally);
    case 6:
      return advance<6, false>(piece, tally);
    case 7:
      return advance<7, false>(piece, tally);
    default:
      return advance<0, true>(piece, tally);
  }
}

}  // namespace kohort::detail::KOHORT_ISA
