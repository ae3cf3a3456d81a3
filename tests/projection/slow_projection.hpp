#pragma once

// The second implementation of an open population and of strategies: one node after another, one
// exponential after another, in long double, the mortality of those without support by bisection,
// and the enrolled as people of their own.

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <kohort/population/lexis.hpp>
#include <kohort/projection/open_cohort.hpp>

#include "projection/slow.hpp"

namespace slow {

struct projection {
  const kohort::open_cohort_inputs& in;
  kohort::projection_run run;
  int enrolments = 12;
  int A, S;                                        // S: none + living = all without death
  std::vector<std::vector<row>> persons, treated;  // year x (sex, age): by state
  const kohort::strategy* what;

  projection(const kohort::open_cohort_inputs& inputs, kohort::projection_run which,
             int enrolments_a_year = 12)
      : in(inputs),
        run(which),
        enrolments(enrolments_a_year),
        A(inputs.population.ages),
        S(inputs.structure.size()),
        what(which.strategy < 0 ? nullptr
                                : &inputs.strategies[static_cast<std::size_t>(which.strategy)]) {}

  real population(int y, int sex, int a) const {
    const real n = in.population.persons[static_cast<std::size_t>((y * 2 + sex) * A + a)];
    if (run.path < 0) return n;
    const int T = in.population.years;
    return n * std::exp(real(in.population_paths[static_cast<std::size_t>(
                   ((run.path * (T + 1) + y) * 2 + sex) * A + a)]));
  }
  real mortality(int y, int sex, int a) const {
    return in.population.mortality[static_cast<std::size_t>((y * 2 + sex) * A + a)];
  }
  real rate(int sex, int a, int k) const {
    const int all = static_cast<int>(in.structure.transitions().size());
    return in.rates[static_cast<std::size_t>(((run.draw * 2 + sex) * A + a) * all + k)];
  }

  row counted(int sex, int a) const {  // at the start, by the forecast itself
    row x = row::Zero(S);
    for (int s = 1; s < S; ++s) {
      x[s] = in.stock[static_cast<std::size_t>((sex * A + a) * (S - 1) + s - 1)];
    }
    x[0] = real(in.population.persons[static_cast<std::size_t>(sex * A + a)]) - x.sum();
    return x;
  }
  row start(int sex, int a) const {
    return counted(sex, a) * (population(0, sex, a) / counted(sex, a).sum());
  }
  row prevalence(int sex, int a) const {  // two ages on either side
    row sum = row::Zero(S);
    for (int b = std::max(0, a - 2); b <= std::min(A - 1, a + 2); ++b) sum += counted(sex, b);
    return sum / sum.sum();
  }
  // Living intensities with everyone without support dying at mu; states: none, then the model's.
  // With a clock, the strategy's effects at that time on either clock.
  matrix intensities(int y, int sex, int a, real mu, const std::pair<real, real>* clocks) const {
    matrix Q = matrix::Zero(S, S);
    const row pi = prevalence(sex, a);
    const auto& moves = in.structure.transitions();
    real with = 0;
    std::vector<real> dying(static_cast<std::size_t>(S), 0);
    for (std::size_t k = 0; k < moves.size(); ++k) {
      const real q = rate(sex, a, static_cast<int>(k));
      if (moves[k].to == *in.structure.death()) {
        dying[static_cast<std::size_t>(moves[k].from) + 1] = q;
        with += pi[moves[k].from + 1] * q;
      } else {
        Q(moves[k].from + 1, moves[k].to + 1) = q;
      }
    }
    const real unsupported = (mortality(0, sex, a) - with) / pi[0];
    const auto& e = in.entries;
    const auto cell = static_cast<std::size_t>((run.draw * 2 + sex) * A + a);
    real w = 0, v = 0;
    for (int k = 0; k < y; ++k) {
      w += std::pow(real(e.incidence_damping), k);
      v += std::pow(real(e.mix_damping), k);
    }
    const auto d = static_cast<std::size_t>(run.draw);
    const real incidence =
        std::exp(e.log_incidence[cell] + (run.incidence_trend ? e.incidence_trend[d] * w : 0));
    real sum = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      Q(0, static_cast<int>(j) + 1) =
          std::exp(e.log_odds[cell * 3 + j] + (run.mix_trend ? e.mix_trend[d * 3 + j] * v : 0));
      sum += Q(0, static_cast<int>(j) + 1);
    }
    for (int j = 1; j <= 3; ++j) Q(0, j) *= incidence / sum;
    row dies(S);
    for (int s = 0; s < S; ++s) {
      dies[s] = mu * (s == 0 ? 1 : dying[static_cast<std::size_t>(s)] / unsupported);
    }
    if (clocks) {
      for (const auto& act : what->effects) {
        const int age = in.population.first_age + a;
        if (age < act.first_age || age > act.last_age || (act.sex >= 0 && act.sex != sex)) continue;
        const auto steps = act.log_ratio.size() / static_cast<std::size_t>(act.draws);
        const real clock =
            act.clock == kohort::effect_clock::calendar ? clocks->first : clocks->second;
        const real step = std::floor((clock - act.starts) / act.step);
        if (step < 0 || step >= static_cast<real>(steps)) continue;
        const auto at = static_cast<std::size_t>(step) +
                        (act.draws == 1 ? 0 : static_cast<std::size_t>(run.draw) * steps);
        const real ratio = std::exp(real(act.log_ratio[at]));
        (act.to == S ? dies[act.from] : Q(act.from, act.to)) *= ratio;
      }
    }
    for (int s = 0; s < S; ++s) Q(s, s) = -Q.row(s).sum() - dies[s];
    return Q;
  }
  /// People at the end of a piece, and mu_none.
  std::pair<row, real> piece(const row& x, int y, int sex, int a, real m, real h) const {
    const auto end = [&](real mu) -> row {
      return x * exponential(intensities(y, sex, a, mu, nullptr) * h);
    };
    real low = 0, high = 50 * m;
    for (int k = 0; k < 70; ++k) {
      const real mid = (low + high) / 2;
      (end(mid).sum() > x.sum() * std::exp(-m * h) ? low : high) = mid;
    }
    return {end((low + high) / 2), (low + high) / 2};
  }

  /// Enrolled together: as they fare, and as they would without the strategy.
  struct group {
    real at, opens, closes;
    row joining, now, without;
  };
  /// What a node of a cohort is made of.
  struct cohort {
    row usual;
    row untreated;              // effects on the calendar alone: everyone is in one of the two
    std::vector<group> groups;  // with effects since enrolment: many; else the treated
  };

  bool by_clock() const {
    return std::any_of(what->effects.begin(), what->effects.end(), [](const auto& e) {
      return e.clock == kohort::effect_clock::since_enrolment;
    });
  }
  real share(const std::vector<double>& offered, int s) const {
    return offered.empty() ? 0 : real(what->uptake) * offered[static_cast<std::size_t>(s)];
  }

  /// Of those who come to s from `none`: nobody if those in `none` are offered it themselves.
  real coming(int s) const {
    const bool asked = share(what->enrols_newcomers, 0) > 0 || share(what->enrols_stock, 0) > 0;
    return asked ? 0 : share(what->enrols_newcomers, s);
  }

  cohort begin(const row& x) const {
    cohort c{x, x, {}};
    if (!what) return c;
    const real from = what->enrols_from;
    const row zero = row::Zero(S);
    c.groups.push_back({from, from, from, zero, zero, zero});
    if (!by_clock()) return c;
    for (int k = 0; k < in.population.years * enrolments; ++k) {
      const real opens = std::max(from, real(k) / enrolments);
      const real closes = std::min(real(what->enrols_until), real(k + 1) / enrolments);
      if (closes > opens)
        c.groups.push_back({(opens + closes) / 2, opens, closes, zero, zero, zero});
    }
    return c;
  }

  /// The strategy over one year of one node; x is usual care at its start, `arrival` its time.
  void follow(cohort& c, row x, int y, int sex, int a, real arrival, real birthday,
              const real (&mu)[2], real g) const {
    const real from = what->enrols_from, until = what->enrols_until;
    std::vector<real> times{real(y), y + birthday, real(y + 1), from, until};
    for (const auto& act : what->effects) {
      const auto steps = act.log_ratio.size() / static_cast<std::size_t>(act.draws);
      for (std::size_t i = 0; i <= steps; ++i) {
        const real t = act.starts + static_cast<real>(i) * act.step;
        if (act.clock == kohort::effect_clock::calendar) times.push_back(t);
        for (const auto& one : c.groups) times.push_back(one.at + t);
      }
    }
    for (const auto& one : c.groups) times.insert(times.end(), {one.at, one.opens, one.closes});
    std::sort(times.begin(), times.end());
    const matrix I = matrix::Identity(S, S);
    const bool clock = by_clock();
    const auto enrol = [&](group& one, const row& people) {
      one.now += people;
      one.without += people;
    };
    for (std::size_t i = 0; i + 1 < times.size(); ++i) {
      const real t0 = std::max(times[i], y + arrival), t1 = std::min(times[i + 1], real(y + 1));
      if (t1 - t0 < 1e-11L) continue;
      const bool now_arrives = arrival > 0 && t0 == y + arrival;
      if (std::abs(t0 - from) < 1e-11L && !now_arrives) {
        row offered(S);
        for (int s = 0; s < S; ++s) offered[s] = x[s] * share(what->enrols_stock, s);
        enrol(c.groups[0], offered);
        c.untreated = x - offered;
      }
      row arrivals = row::Zero(S);
      if (now_arrives && t0 >= from) {
        if (t0 < until) {
          for (int s = 0; s < S; ++s) arrivals[s] = x[s] * share(what->enrols_newcomers, s);
        }
        c.untreated = x - arrivals;
        if (!clock) enrol(c.groups[0], arrivals);
      }
      if (clock) {
        for (std::size_t k = 1; k < c.groups.size(); ++k) {
          auto& one = c.groups[k];
          if (now_arrives && one.opens <= t0 && t0 < one.closes) one.joining += arrivals;
          if (std::abs(t0 - one.at) < 1e-11L || (now_arrives && one.at < t0 && t0 < one.closes)) {
            // All who come while it is open, also those who have not come yet.
            row come = one.joining;
            row pool = c.untreated;
            real now = t0;
            for (const real stop : {y + birthday, one.closes}) {
              const real end = std::min(stop, one.closes);
              if (end <= now) continue;
              come += drained(pool, y, sex, a, now - y >= birthday - 1e-12L, mu, g, end - now);
              now = end;
            }
            enrol(one, come);
            one.joining.setZero();
          }
        }
      }
      const int side = (t0 + t1) / 2 - y > birthday ? 1 : 0;
      const int age = side == 0 ? a : std::min(a + 1, A - 1);
      const real h = t1 - t0, middle = (t0 + t1) / 2;
      const matrix Q = intensities(y + 1, sex, age, mu[side], nullptr) + g * I;
      x = (x * exponential(Q * h)).eval();
      if (middle < from) {
        c.untreated = x;
        continue;
      }
      if (clock) {
        for (std::size_t k = 1; k < c.groups.size(); ++k) {  // those who come before it enrols
          auto& one = c.groups[k];
          if (one.opens < middle && middle < one.at && one.at > y + arrival) {
            row pool = c.untreated;
            one.joining += drained(pool, y, sex, a, side == 1, mu, g, h);
          }
        }
        drained(c.untreated, y, sex, a, side == 1, mu, g, h);
        for (auto& one : c.groups) {
          if (middle < one.at) continue;
          const std::pair<real, real> clocks{middle, middle - one.at};
          const matrix changed = intensities(y + 1, sex, age, mu[side], &clocks) + g * I;
          one.now = (one.now * exponential(changed * h)).eval();
          one.without = (one.without * exponential(Q * h)).eval();
        }
      } else {
        const std::pair<real, real> clocks{middle, middle - from};
        matrix both = matrix::Zero(2 * S, 2 * S);
        both.topLeftCorner(S, S) = Q;
        both.bottomRightCorner(S, S) = intensities(y + 1, sex, age, mu[side], &clocks) + g * I;
        for (int s = 1; s < S && middle < until; ++s) {
          const real part = coming(s) * Q(0, s);
          both(0, s) -= part;
          both(0, S + s) += part;
        }
        row z(2 * S);
        z << c.untreated, c.groups[0].now;
        z = (z * exponential(both * h)).eval();
        c.untreated = z.head(S);
        c.groups[0].now = z.tail(S);
      }
    }
    c.usual = x;
  }
  /// Those in `none` who are not enrolled, over a time h, and the newcomers among those who leave.
  row drained(row& pool, int y, int sex, int a, bool after, const real (&mu)[2], real g,
              real h) const {
    const int age = after ? std::min(a + 1, A - 1) : a;
    const matrix Q = intensities(y + 1, sex, age, mu[after], nullptr);
    matrix both = matrix::Zero(S, S);  // first the pool, then what it has made of each move
    both(0, 0) = Q(0, 0) + g;
    for (int s = 1; s < S; ++s) both(0, s) = Q(0, s) * coming(s);
    row z = row::Zero(S);
    z[0] = pool[0];
    z = (z * exponential(both * h)).eval();
    pool[0] = z[0];
    z[0] = 0;
    return z;
  }

  /// Everyone under the run's strategy (or usual care).
  row everyone(const cohort& c) const {
    if (!what) return c.usual;
    if (!by_clock()) return c.untreated + c.groups[0].now;
    row sum = c.usual;
    for (const auto& one : c.groups) sum += one.now - one.without;
    return sum;
  }

  void project() {
    const int T = in.population.years;
    const auto nodes = kohort::birth_nodes.size();
    std::vector<std::vector<cohort>> now;  // (sex, age): a node may hold two merged cohorts
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < A; ++a) {
        now.emplace_back();
        for (const auto& node : kohort::birth_nodes) {
          now.back().push_back(begin(start(sex, a) * real(node.weight)));
        }
      }
    }
    const auto report = [&] {
      persons.emplace_back();
      for (const auto& cell : now) {
        row sum = row::Zero(S);
        for (const auto& c : cell) sum += everyone(c);
        persons.back().push_back(sum);
      }
    };
    report();
    for (int y = 0; y < T; ++y) {
      std::vector<std::vector<cohort>> next(static_cast<std::size_t>(2 * A));
      for (auto& cell : next) cell.assign(nodes, begin(row::Zero(S)));
      const auto join = [&](cohort& to, const cohort& c) {
        to.usual += c.usual;
        to.untreated += c.untreated;
        for (std::size_t k = 0; k < to.groups.size(); ++k) {
          to.groups[k].now += c.groups[k].now;
          to.groups[k].without += c.groups[k].without;
        }
      };
      for (auto& cell : next) {
        for (auto& c : cell) c.untreated.setZero();
      }
      for (int sex = 0; sex < 2; ++sex) {
        // Usual care first: mu_none of each piece, and what is missing to the forecast.
        struct solved {
          real mu[2] = {0, 0};
        };
        std::vector<std::vector<solved>> found(static_cast<std::size_t>(A + 1),
                                               std::vector<solved>(nodes));
        std::vector<real> have(static_cast<std::size_t>(A), 0);
        for (int a = -1; a < A; ++a) {
          const int b = std::min(a + 1, A - 1);
          for (std::size_t i = 0; i < nodes; ++i) {
            const real u = kohort::birth_nodes[i].age;
            auto& one = found[static_cast<std::size_t>(a + 1)][i];
            row x =
                a < 0 ? prevalence(sex, 0) : now[static_cast<std::size_t>(sex * A + a)][i].usual;
            if (a >= 0) {
              std::tie(x, one.mu[0]) = piece(x, y + 1, sex, a, mortality(y + 1, sex, a), 1 - u);
            }
            std::tie(x, one.mu[1]) = piece(x, y + 1, sex, b, mortality(y + 1, sex, b), u);
            if (a >= 0) have[static_cast<std::size_t>(b)] += x.sum();
          }
        }
        for (int a = -1; a < A; ++a) {
          const int b = std::min(a + 1, A - 1);
          const real g =
              a < 0 ? 0 : std::log(population(y + 1, sex, b) / have[static_cast<std::size_t>(b)]);
          for (std::size_t i = 0; i < nodes; ++i) {
            const real u = kohort::birth_nodes[i].age;
            const auto& one = found[static_cast<std::size_t>(a + 1)][i];
            cohort c = a < 0 ? begin(row::Zero(S)) : now[static_cast<std::size_t>(sex * A + a)][i];
            if (a < 0) {
              c.usual = prevalence(sex, 0) *
                        (real(kohort::birth_nodes[i].weight) * population(y + 1, sex, 0) *
                         std::exp(mortality(y + 1, sex, 0) * u));
              c.untreated = c.usual;
            }
            if (what) {
              follow(c, c.usual, y, sex, a, a < 0 ? 1 - u : 0, 1 - u, one.mu, g);
            } else {
              const matrix I = matrix::Identity(S, S);
              if (a >= 0) {
                c.usual *=
                    exponential((intensities(y + 1, sex, a, one.mu[0], nullptr) + g * I) * (1 - u));
              }
              c.usual *= exponential((intensities(y + 1, sex, b, one.mu[1], nullptr) + g * I) * u);
            }
            join(next[static_cast<std::size_t>(sex * A + b)][i], c);
          }
        }
      }
      now = next;
      report();
    }
  }
};

}  // namespace slow
