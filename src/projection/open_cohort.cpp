#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <string>

#include <kohort/population/lexis.hpp>
#include <kohort/projection/open_cohort.hpp>
#include <kohort/support/error.hpp>

#include "fixed_part.hpp"
#include "lanes/open_cohort.hpp"

namespace kohort {

namespace {

using detail::at;
using detail::fixed_part;

constexpr int lanes = 32;  // runs side by side in a block
constexpr int nodes = static_cast<int>(birth_nodes.size());

/// The tables and people of up to `lanes` runs, side by side.
class block {
 public:
  block(const fixed_part& fixed, const std::vector<projection_run>& runs, int first,
        open_cohort_results& out)
      : f(fixed),
        runs_(runs),
        first_(first),
        count_(std::min(lanes, static_cast<int>(runs.size()) - first)),
        out_(out),
        M(static_cast<int>(f.map.moves.size())),
        G(out.groups),
        advance_(detail::advance_cohort_with(f.options.with)) {
    fill_tables();
  }

  void run() {
    fill_start();
    tally_persons(0);
    for (int y = 0; y < f.T; ++y) {
      step_year(y);
      tally_persons(y + 1);
    }
    write();
  }

  double scaled_cells = 0, scaled_runs = 0, least_scale = 1;

 private:
  using table = std::vector<double>;

  const projection_run& run_of(int lane) const {
    return runs_[at(first_ + std::min(lane, count_ - 1))];
  }
  int draw_of(int lane) const { return run_of(lane).draw; }

  /// Start of the `lanes` numbers of entry i of a table.
  static double* row(table& t, int i) { return &t[at(i) * lanes]; }

  void fill_tables() {
    const int S = f.S, A = f.A, L = static_cast<int>(f.map.levels.size());
    one_.assign(lanes, 1.0);
    rates_.assign(at(2 * A * M) * lanes, 0.0);
    ratios_.assign(at(2 * A * S) * lanes, 1.0);
    entries_.assign(at((f.T + 1) * 2 * A * L) * lanes, 0.0);
    std::vector<char> touched(lanes, 0);
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < A; ++a) {
        const int cell = sex * A + a;
        for (int lane = 0; lane < lanes; ++lane) {
          const int draw = draw_of(lane);
          for (int k = 0; k < M; ++k) {
            if (f.map.source[at(k)] >= 0) {
              row(rates_, cell * M + k)[lane] = f.rate(draw, sex, a, f.map.source[at(k)]);
            }
          }
          Eigen::VectorXd prevalence(S - 1), mortality(S - 1);
          for (int s = 1; s < S; ++s) {
            prevalence[s - 1] = f.prevalence[at(cell * S + s)];
            mortality[s - 1] =
                f.map.death[at(s)] < 0 ? 0.0 : f.rate(draw, sex, a, f.map.death[at(s)]);
          }
          const auto closed = ratios_to_unsupported(f.in.population.mortality[at(cell)], prevalence,
                                                    mortality, f.options.closure, f.options.floor);
          for (int s = 1; s < S; ++s) row(ratios_, cell * S + s)[lane] = closed.ratios[s - 1];
          if (closed.scale != 1 && lane < count_) {
            scaled_cells += 1;
            touched[at(lane)] = 1;
            least_scale = std::min(least_scale, closed.scale);
          }
          std::vector<double> rate(at(L));
          for (int y = 0; y <= f.T; ++y) {
            const auto& run = run_of(lane);
            f.in.entries.rates(f.in.entries.draws == 1 ? 0 : draw, sex, a, y, run.incidence_trend,
                               run.mix_trend, rate.data());
            for (int j = 0; j < L; ++j) {
              row(entries_, ((y * 2 + sex) * A + a) * L + j)[lane] = rate[at(j)];
            }
          }
        }
      }
    }
    for (int lane = 0; lane < count_; ++lane) scaled_runs += touched[at(lane)];
    drift_.assign(at(2 * A * nodes * 2) * lanes, 0.0);
    entering_drift_.assign(at(2 * nodes) * lanes, 0.0);
    persons_.assign(at((f.T + 1) * S * 2 * G) * lanes, 0.0);
    years_.assign(at(f.T * S * 2 * G) * lanes, 0.0);
    moved_.assign(at(f.T * M) * lanes, 0.0);
    died_.assign(at(f.T * S) * lanes, 0.0);
    migrated_ = reached_ = died_;
    force_.assign(lanes, 0.0);
    scratch_.assign(at(2 * S + M + 2 * S) * lanes, 0.0);
  }

  /// One node over one piece, with the rates of age a in forecast year `year` (0: base year).
  /// Person-years are added to group a of `into`; with `count` off nothing is kept but the people.
  void piece(int sex, int a, int year, double length, double m, double g, double* people,
             double* drift, bool count) {
    const int S = f.S, A = f.A, L = static_cast<int>(f.map.levels.size()), cell = sex * A + a;
    const double* rates[detail::most_moves];
    const double* ratios[detail::most_living_states];
    for (int k = 0; k < M; ++k) {
      const int source = f.map.source[at(k)];
      rates[k] = source >= 0 ? row(rates_, cell * M + k)
                             : row(entries_, ((year * 2 + sex) * A + a) * L + (-1 - source));
    }
    for (int s = 0; s < S; ++s) ratios[s] = row(ratios_, cell * S + s);
    const detail::cohort_piece what{
        S, M, f.map.into.data(),         f.map.from.data(), rates, ratios, lanes, length,
        m, g, std::exp((g - m) * length)};
    double* spare = scratch_.data();
    const int y = std::max(0, year - 1);
    if (!count) {
      advance_(what, {people, drift, spare, spare + S * lanes, spare + (S + M) * lanes,
                      spare + (2 * S + M) * lanes, force_.data()});
      return;
    }
    std::fill_n(spare, S * lanes, 0.0);
    advance_(what, {people, drift, spare, row(moved_, y * M), row(died_, y * S),
                    row(migrated_, y * S), force_.data()});
    const int group = f.options.group_of_age[at(a)];
    for (int s = 0; s < S; ++s) {
      double* years = row(years_, ((y * S + s) * 2 + sex) * G + group);
      for (int lane = 0; lane < lanes; ++lane) years[lane] += spare[s * lanes + lane];
    }
  }

  double* people(int sex, int a, int node) {
    return &people_[at((sex * f.A + a) * nodes + node) * at(f.S) * lanes];
  }

  void fill_start() {
    const int S = f.S, A = f.A;
    people_.assign(at(2 * A * nodes * S) * lanes, 0.0);
    table settled;
    bool any = false;
    for (int lane = 0; lane < count_; ++lane) any = any || run_of(lane).settled_start;
    if (any) settled = settle();
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < A; ++a) {
        const double n = f.persons(0, sex, a);
        for (int i = 0; i < nodes; ++i) {
          const double weight = birth_nodes[at(i)].weight;
          double* x = people(sex, a, i);
          for (int s = 0; s < S; ++s) {
            for (int lane = 0; lane < lanes; ++lane) {
              const double persons =
                  run_of(lane).settled_start
                      ? n * settled[at(((sex * A + a) * nodes + i) * S + s) * lanes + at(lane)]
                      : f.start[at((sex * A + a) * S + s)];
              x[s * lanes + lane] = weight * persons;
            }
          }
        }
      }
    }
  }

  /// Where base-year rates would settle: the boundary prevalence carried up the ages by node.
  table settle() {
    const int S = f.S, A = f.A;
    table shares(at(2 * A * nodes * S) * lanes, 0.0);
    std::vector<double> x(at(S * lanes)), drift(lanes), old(at(S * lanes));
    for (int sex = 0; sex < 2; ++sex) {
      for (int i = 0; i < nodes; ++i) {
        const double u = birth_nodes[at(i)].age;
        std::fill(drift.begin(), drift.end(), 0.0);
        for (int s = 0; s < S; ++s) {
          std::fill_n(&x[at(s * lanes)], lanes, f.prevalence[at(sex * A * S + s)]);
        }
        const auto base = [&](int a) { return f.in.population.mortality[at(sex * A + a)]; };
        const auto keep = [&](int a, const std::vector<double>& from) {
          for (int lane = 0; lane < lanes; ++lane) {
            double sum = 0;
            for (int s = 0; s < S; ++s) sum += from[at(s * lanes + lane)];
            for (int s = 0; s < S; ++s) {
              shares[at(((sex * A + a) * nodes + i) * S + s) * lanes + at(lane)] =
                  from[at(s * lanes + lane)] / sum;
            }
          }
        };
        piece(sex, 0, 0, u, base(0), 0, x.data(), drift.data(), false);
        keep(0, x);
        std::fill(old.begin(), old.end(), 0.0);
        for (int a = 0; a < A - 1 + 20; ++a) {  // the open age is fed for twenty more years
          const int now = std::min(a, A - 1), next = std::min(a + 1, A - 1);
          piece(sex, now, 0, 1 - u, base(now), 0, x.data(), drift.data(), false);
          piece(sex, next, 0, u, base(next), 0, x.data(), drift.data(), false);
          if (next < A - 1) {
            keep(next, x);
          } else {
            for (std::size_t j = 0; j < x.size(); ++j) old[j] += x[j];
          }
        }
        keep(A - 1, old);
      }
    }
    return shares;
  }

  void step_year(int y) {
    const int S = f.S, A = f.A, width = S * lanes;
    table next(people_.size(), 0.0);
    const auto next_people = [&](int sex, int a, int node) {
      return &next[at((sex * A + a) * nodes + node) * at(width)];
    };
    for (int sex = 0; sex < 2; ++sex) {
      for (int i = 0; i < nodes; ++i) {  // those who reach the lowest age this year
        const double u = birth_nodes[at(i)].age, m = f.mortality(y + 1, sex, 0);
        const double born = birth_nodes[at(i)].weight * f.persons(y + 1, sex, 0) * std::exp(m * u);
        double* x = next_people(sex, 0, i);
        for (int s = 0; s < S; ++s) {
          const double persons = born * f.prevalence[at(sex * A * S + s)];
          std::fill_n(x + s * lanes, lanes, persons);
          for (int lane = 0; lane < lanes; ++lane) row(reached_, y * S + s)[lane] += persons;
        }
        if (born > 0) {
          piece(sex, 0, y + 1, u, m, 0, x, row(entering_drift_, sex * nodes + i), true);
        }
      }
      for (int a = 0; a < A; ++a) {
        const int b = std::min(a + 1, A - 1);
        const double g = f.growth[at((y * 2 + sex) * A + a)];
        for (int i = 0; i < nodes; ++i) {
          double* x = people(sex, a, i);
          double alive = 0;
          for (int s = 0; s < S; ++s) alive += x[s * lanes];
          if (alive > 0) {
            const double u = birth_nodes[at(i)].age;
            double* drift = row(drift_, ((sex * A + a) * nodes + i) * 2);
            piece(sex, a, y + 1, 1 - u, f.mortality(y + 1, sex, a), g, x, drift, true);
            piece(sex, b, y + 1, u, f.mortality(y + 1, sex, b), g, x, drift + lanes, true);
          }
          double* to = next_people(sex, b, i);
          for (int j = 0; j < width; ++j) to[j] += x[j];
        }
      }
      for (int b = 1; b < A; ++b) {
        const std::size_t end = at((y * 2 + sex) * A + b);
        if (!f.emptied[end] && !f.filled[end]) continue;
        for (int i = 0; i < nodes; ++i) {
          double* x = next_people(sex, b, i);
          for (int s = 0; s < S; ++s) {
            const double put = f.filled[end]
                                   ? birth_nodes[at(i)].weight * f.persons(y + 1, sex, b) *
                                         f.prevalence[at((sex * A + b) * S + s)]
                                   : 0.0;
            for (int lane = 0; lane < lanes; ++lane) {
              row(migrated_, y * S + s)[lane] += put - x[s * lanes + lane];
              x[s * lanes + lane] = put;
            }
          }
        }
      }
    }
    people_.swap(next);
  }

  void tally_persons(int y) {
    const int S = f.S, A = f.A;
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < A; ++a) {
        for (int i = 0; i < nodes; ++i) {
          const double* x = people(sex, a, i);
          for (int s = 0; s < S; ++s) {
            double* to = row(persons_, ((y * S + s) * 2 + sex) * G + f.options.group_of_age[at(a)]);
            for (int lane = 0; lane < lanes; ++lane) to[lane] += x[s * lanes + lane];
          }
        }
      }
    }
  }

  void write() {
    const auto copy = [&](const table& from, std::vector<double>& to) {
      const std::size_t entries = from.size() / lanes;
      for (int lane = 0; lane < count_; ++lane) {
        double* out = &to[at(first_ + lane) * entries];
        for (std::size_t e = 0; e < entries; ++e) out[e] = from[e * lanes + at(lane)];
      }
    };
    if (!persons_.empty()) copy(persons_, out_.persons);
    if (years_.empty()) return;
    copy(years_, out_.person_years);
    copy(moved_, out_.moved);
    copy(died_, out_.died);
    copy(migrated_, out_.migrated);
    copy(reached_, out_.reached);
  }

  const fixed_part& f;
  const std::vector<projection_run>& runs_;
  int first_, count_;
  open_cohort_results& out_;
  int M, G;
  detail::advance_cohort_function advance_;
  table one_, rates_, ratios_, entries_, drift_, entering_drift_, people_, force_, scratch_;
  table persons_, years_, moved_, died_, migrated_, reached_;
};

}  // namespace

open_cohort_results project_open_cohort(const open_cohort_inputs& inputs,
                                        const std::vector<projection_run>& runs,
                                        const open_cohort_options& options) {
  const auto f = detail::prepare(inputs, options);
  for (const auto& run : runs) {
    if (run.draw >= 0 && run.draw < f.draws) continue;
    reject("E-SHAPE", "project", "run uses draw " + std::to_string(run.draw),
           "there are " + std::to_string(f.draws) + " draws", "Number them from 0");
  }
  detail::check_closure(f, runs);

  open_cohort_results out;
  out.states = f.map.names;
  out.moves = f.map.moves;
  out.runs = static_cast<int>(runs.size());
  out.years = f.T;
  out.groups = 1 + *std::max_element(options.group_of_age.begin(), options.group_of_age.end());
  out.prevalence = f.prevalence;
  out.notices = f.notices;
  const std::size_t cells = at(f.S) * 2 * at(out.groups), n = runs.size();
  out.persons.assign(n * at(f.T + 1) * cells, 0.0);
  out.person_years.assign(n * at(f.T) * cells, 0.0);
  out.moved.assign(n * at(f.T) * f.map.moves.size(), 0.0);
  out.died.assign(n * at(f.T) * at(f.S), 0.0);
  out.migrated = out.reached = out.died;

  const std::size_t blocks = (n + lanes - 1) / lanes;
  std::vector<double> cells_scaled(blocks), runs_scaled(blocks), least(blocks, 1.0);
  for_each_block(
      blocks, options.threads,
      [&](std::size_t b) {
        block part(f, runs, static_cast<int>(b) * lanes, out);
        part.run();
        cells_scaled[b] = part.scaled_cells;
        runs_scaled[b] = part.scaled_runs;
        least[b] = part.least_scale;
      },
      options.report);
  for (std::size_t b = 0; b < blocks; ++b) {
    out.scaled_cells += cells_scaled[b];
    out.scaled_runs += runs_scaled[b];
    out.least_scale = std::min(out.least_scale, least[b]);
  }
  return out;
}

}  // namespace kohort
