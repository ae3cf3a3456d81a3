#include "lanes/open_cohort.hpp"

#include "lanes/lanes.hpp"
#include "lanes/series.hpp"

// One piece of one cohort: x' = x (Q(mu) + g I), with mu such that e^((g - m) h) survive.
//
// exp(h (Q + g I + theta I)) is summed term by term, every term >= 0; the same terms with other
// weights give the person-years int_0^h x(s) ds, and a second chain of terms the derivative with
// respect to mu. Newton's last correction is so small (1e-6 of mu) that it enters by that
// derivative; what it leaves out is of its square. How many terms and parts a lane takes depends on
// its own numbers alone, so no lane's result depends on its neighbours.

namespace kohort::detail::KOHORT_ISA {

namespace {

inline lanes absolute(lanes a) { return a < 0.0 ? -a : a; }
struct scratch {
  lanes rate[most_moves];  // h q for each move
  lanes stay[most_living_states];
  lanes weight[most_living_states];  // h rho
  lanes v[2][most_living_states], d[2][most_living_states];
  lanes x[most_living_states], dx[most_living_states];
  lanes years[most_living_states], dyears[most_living_states];
  lanes sum_x[most_living_states], sum_dx[most_living_states];
  lanes sum_y[most_living_states], sum_dy[most_living_states];
  lanes exit[most_living_states], ratio[most_living_states];
  lanes start[most_living_states];
  lanes kept_x[most_living_states], kept_y[most_living_states];
  lanes moment[most_terms];
};

/// x, dx/dmu at the end of the piece, and int x, d/dmu of it, all for this mu.
void evaluate(const cohort_piece& piece, const double* const* rates, int at, lanes mu, scratch& s) {
  const int n = piece.living, moves = piece.moves;
  const lanes g = load(piece.migration + at);
  const effort work = effort_for(piece.length);

  lanes largest = fill(0.0);
  for (int r = 0; r < n; ++r) largest = larger(largest, s.exit[r] + s.ratio[r] * mu);
  const lanes theta = largest + larger(-g, fill(0.0));
  const lanes size = (theta + larger(g, fill(0.0))) * piece.length;
  const lanes parts = parts_for(size, work.largest);
  const lanes h = piece.length / parts;
  for (int k = 0; k < moves; ++k) s.rate[k] = h * load(rates[k] + at);
  for (int r = 0; r < n; ++r) {
    s.stay[r] = (theta + g - s.exit[r] - s.ratio[r] * mu) * h;
    s.weight[r] = s.ratio[r] * h;
    s.x[r] = s.start[r];
    s.dx[r] = s.years[r] = s.dyears[r] = fill(0.0);
  }
  const lanes z = theta * h;
  const lanes fading = exp_minus(z);
  const int last = work.terms;
  find_moments(z, fading, last, s.moment);

  for (int part = 0;; ++part) {
    const mask active = parts > static_cast<double>(part);
    if (!any(active)) break;
    for (int r = 0; r < n; ++r) {
      s.v[0][r] = s.sum_x[r] = s.x[r];
      s.d[0][r] = s.sum_dx[r] = s.dx[r];
      s.sum_y[r] = s.x[r] * s.moment[0];
      s.sum_dy[r] = s.dx[r] * s.moment[0];
    }
    for (int k = 1; k <= last; ++k) {
      const lanes* v = s.v[(k - 1) & 1];
      const lanes* d = s.d[(k - 1) & 1];
      lanes* next_v = s.v[k & 1];
      lanes* next_d = s.d[k & 1];
      const double inverse = 1.0 / k;
      const lanes moment = s.moment[k];
      for (int r = 0; r < n; ++r) {
        lanes a = v[r] * s.stay[r];
        lanes b = d[r] * s.stay[r] - v[r] * s.weight[r];
        for (int j = piece.into[r]; j < piece.into[r + 1]; ++j) {
          const lanes rate = s.rate[j];
          a += v[piece.from[j]] * rate;
          b += d[piece.from[j]] * rate;
        }
        a *= inverse;
        b *= inverse;
        next_v[r] = a;
        next_d[r] = b;
        s.sum_x[r] += a;
        s.sum_dx[r] += b;
        s.sum_y[r] += a * moment;
        s.sum_dy[r] += b * moment;
      }
    }
    for (int r = 0; r < n; ++r) {
      s.x[r] = active ? fading * s.sum_x[r] : s.x[r];
      s.dx[r] = active ? fading * s.sum_dx[r] : s.dx[r];
      s.years[r] = active ? s.years[r] + h * s.sum_y[r] : s.years[r];
      s.dyears[r] = active ? s.dyears[r] + h * s.sum_dy[r] : s.dyears[r];
    }
  }
}

}  // namespace

void advance_cohort(const cohort_piece& piece, const cohort_tally& tally) {
  const int n = piece.living, all = piece.lanes;
  scratch s;
  for (int at = 0; at < all; at += width) {
    for (int r = 0; r < n; ++r) s.exit[r] = fill(0.0);
    for (int k = 0; k < piece.moves; ++k) s.exit[piece.from[k]] += load(piece.rates[k] + at);
    lanes alive = fill(0.0), weighted = fill(0.0);
    for (int r = 0; r < n; ++r) {
      s.ratio[r] = load(piece.ratios[r] + at);
      s.start[r] = load(tally.occupancy + r * all + at);
      alive += s.start[r];
      weighted += s.start[r] * s.ratio[r];
    }
    const mask empty = alive <= 0.0;
    const lanes target = alive * load(piece.survivors + at);
    // The force at the first instant, and what it was found to become last time.
    const lanes instant =
        empty ? fill(0.0) : piece.mortality * alive / (empty ? fill(1.0) : weighted);
    const lanes drift = load(tally.drift + at);
    lanes mu = larger(instant * (1.0 + drift * piece.length), instant * 0.1);

    lanes found = mu;
    mask open = !empty;
    for (int r = 0; r < n; ++r) s.kept_x[r] = s.kept_y[r] = fill(0.0);
    for (int round = 0; round < 60 && any(open); ++round) {
      evaluate(piece, piece.rates, at, mu, s);
      lanes sum = fill(0.0), slope = fill(0.0);
      for (int r = 0; r < n; ++r) {
        sum += s.x[r];
        slope += s.dx[r];
      }
      const lanes step = (target - sum) / (slope < 0.0 ? slope : fill(-1.0));
      // Where hardly anybody dies, the sum's rounding is a larger step than any that is left.
      const mask near =
          (absolute(step) <= 1e-6 * mu + 1e-15) | (absolute(target - sum) <= 1e-14 * alive);
      const mask done = open & near;
      for (int r = 0; r < n; ++r) {
        const lanes x = s.x[r] + s.dx[r] * step, y = s.years[r] + s.dyears[r] * step;
        s.kept_x[r] = done ? larger(x, fill(0.0)) : s.kept_x[r];
        s.kept_y[r] = done ? larger(y, fill(0.0)) : s.kept_y[r];
      }
      found = done ? mu + step : found;
      const lanes onward = mu + step;
      mu = done ? mu : (onward > 0.1 * mu ? onward : 0.1 * mu);
      open = open & !near;
    }
    found = larger(found, fill(0.0));

    lanes sum = fill(0.0);
    for (int r = 0; r < n; ++r) sum += s.kept_x[r];
    const lanes exact = empty ? fill(0.0) : target / (empty ? fill(1.0) : sum);
    for (int r = 0; r < n; ++r) {
      const lanes years = s.kept_y[r];
      store(tally.occupancy + r * all + at, s.kept_x[r] * exact);
      const auto add = [&](double* to, lanes amount) { store(to, load(to) + amount); };
      add(tally.person_years + r * all + at, years);
      add(tally.died + r * all + at, years * s.ratio[r] * found);
      add(tally.migrated + r * all + at, years * load(piece.migration + at));
    }
    for (int k = 0; k < piece.moves; ++k) {
      double* to = tally.moved + k * all + at;
      store(to, load(to) + s.kept_y[piece.from[k]] * load(piece.rates[k] + at));
    }
    const mask moving = instant > 0.0;
    store(tally.drift + at,
          moving ? (found / (moving ? instant : fill(1.0)) - 1.0) / piece.length : fill(0.0));
    store(tally.force + at, found);
  }
}

}  // namespace kohort::detail::KOHORT_ISA
