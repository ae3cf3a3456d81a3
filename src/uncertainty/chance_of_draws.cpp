#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include <kohort/model/probability_matrix.hpp>
#include <kohort/population/migration.hpp>
#include <kohort/projection/chance.hpp>
#include <kohort/projection/detail/yearly_ways.hpp>
#include <kohort/support/error.hpp>
#include <kohort/uncertainty/chance_moments.hpp>
#include <kohort/uncertainty/chance_of_draws.hpp>

#include "years_of_cost.hpp"

namespace kohort {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Who moves in and out, per person and year, by forecast year and cohort.
struct migration {
  std::vector<double> staying;  // as in `chance_inputs`
  std::vector<double> in, out;  // of those who all leave at a year's end, neither

  migration(const population_forecast& forecast, bool mortality_change,
            const std::vector<double>& moving_out) {
    const auto net = net_migration(forecast, mortality_change);
    staying = share_staying(net, forecast.years, moving_out);
    for (std::size_t i = 0; i < net.size(); ++i) {
      const bool emptied = staying[i] == 0;
      out.push_back(emptied ? 0 : -std::log(staying[i]));
      in.push_back(emptied ? 0 : std::max(0.0, net[i] + out[i]));
    }
  }
};

class one_draw {
 public:
  one_draw(const open_cohort_inputs& in, const open_cohort_results& all, int k,
           const migration& moves, const Eigen::VectorXd& cost, double dispersion, int parts_a_year,
           const std::vector<int>& seen_of)
      : in_(in),
        all_(all),
        moves_(moves),
        k_(k),
        n_(in.structure.size()),
        A_(in.population.ages),
        T_(in.population.years),
        dispersion_(dispersion),
        ways_(in.structure, A_, of_draw(in.rates, all.runs, k), in.entry_cuts, parts_a_year),
        costs_(ways_, 2 * A_, by_state(in.structure, cost), in.entry_cuts) {
    for (state s = 0; s < n_; ++s) {
      place_.push_back(s == *in.structure.death() ? -1 : living_++);
      if (place_.back() < 0) continue;
      const auto seen = at(seen_of.empty() ? place_.back() : seen_of[at(place_.back())]);
      phases_.resize(std::max(phases_.size(), seen + 1));
      phases_[seen].push_back(s);
    }
  }

  /// Variance of the cost of each year. To the covariance of the numbers in states as they are seen
  /// it adds what tells newcomers from Poisson numbers.
  void fill(double* into, double* persons_into) {
    // Where those of the start are by each date: means by cell, and their own spread of cost.
    std::vector<Eigen::MatrixXd> there(at(T_ + 1), Eigen::MatrixXd::Zero(2 * A_, n_));
    const auto each = [&](const auto& work) {
      for (int sex = 0; sex < 2; ++sex) {
        for (int a = 0; a < A_; ++a) {
          for (int part = 0; part < ways_.parts(); ++part) {
            const double* stock = &in_.stock[at(((sex * A_ + a) * ways_.parts() + part) * living_)];
            if (std::all_of(stock, stock + living_, [](double x) { return x <= 0; })) continue;
            const auto years = ways_.of_stock(sex, a, part, T_, moves_.staying);
            for (const auto& phases : phases_) {
              Eigen::RowVectorXd where = Eigen::RowVectorXd::Zero(n_);
              for (const state r : phases) where[r] = stock[place_[at(r)]];
              const double persons = where.sum();
              if (persons <= 0) continue;
              where /= persons;
              for (int y = 0; y <= T_; ++y) {
                work(y, sex * A_ + std::min(a + y, A_ - 1), part, persons, where);
                if (y < T_) where = (where * years[at(y)]).eval();
              }
            }
          }
        }
      }
    };
    each([&](int y, int cell, int, double persons, const Eigen::RowVectorXd& where) {
      there[at(y)].row(cell) += persons * where;
    });
    Eigen::MatrixXd kept = Eigen::MatrixXd::Ones(T_ + 1, n_);
    for (int y = 0; y <= T_; ++y) {
      for (state s = 0; s < n_; ++s) {
        if (place_[at(s)] < 0) continue;
        double expected = 0;
        for (int c = 0; c < 2 * A_; ++c) expected += persons(y, place_[at(s)] + 1, c);
        const double here = there[at(y)].col(s).sum();
        if (expected < here) kept(y, s) = expected / here;
      }
      there[at(y)] *= kept.row(y).asDiagonal();
    }
    std::fill(into, into + T_, 0.0);
    each([&](int y, int cell, int part, double persons, const Eigen::RowVectorXd& where) {
      if (y == T_) return;
      const Eigen::RowVectorXd w = where.cwiseProduct(kept.row(y));
      const auto year =
          cut_short(costs_.of_stock(y, cell, part), moves_.out[at(y * 2 * A_ + cell)]);
      const double mean = w * year.mean;
      into[y] += persons * (w * year.second - mean * mean);
    });
    const auto here = newcomers();
    const auto first = without_support(there);
    std::vector<double> mix(at(in_.entries.levels));
    for (int y = 0; y < T_; ++y) {
      for (int c = 0; c < 2 * A_; ++c) {
        const double in = moves_.in[at(y * 2 * A_ + c)], out = moves_.out[at(y * 2 * A_ + c)];
        double of_first = 0;  // expected cost of those without support at the start
        for (int j = 0; j < costs_.ages_here(); ++j) {
          const auto& halved = costs_.here(c, j);
          const auto year = cut_short(halved, out);
          // Of those who come from elsewhere or turn the lowest age within it, evenly over it.
          const Eigen::VectorXd part = (4 * halved.first_half.second + halved.whole.second) / 6;
          for (state s = 0; s < n_; ++s) {
            if (place_[at(s)] < 0) continue;
            const double all = persons(y, place_[at(s)] + 1, c);
            const double came = std::max(0.0, all - there[at(y)](c, s));
            const double come = in * all + (c % A_ == 0 ? persons(y + 1, place_[at(s)] + 1, c) : 0);
            const double part_here = share(here[at(y)], c, s, j);
            into[y] += part_here * (came * year.second[s] + come * part[s]);
            of_first += part_here * first.where[at(y)](c, s) * year.mean[s];
          }
        }
        double come = 0, cost = 0;
        each_entry(y, c, mix, [&](state s, double some) {
          // Of a group that comes evenly over the year, each costs `mean` on average.
          const auto& year = costs_.arriving(c);
          into[y] += some * year.second[s];
          come += some;
          cost += some * year.mean[s];
        });
        if (come > 0) into[y] += (dispersion_ - 1) * cost * cost / come;
        of_first += first.share(y, c) * cost;
        if (first.persons(y, c) > 0) into[y] -= of_first * of_first / first.persons(y, c);
      }
    }
    const auto K = static_cast<Eigen::Index>(phases_.size());
    const auto add = [&](int y, const Eigen::RowVectorXd& where, double times) {
      const Eigen::RowVectorXd seen = as_seen(where);
      Eigen::Map<Eigen::MatrixXd>(persons_into + y * K * K, K, K) +=
          times * seen.transpose() * seen;
    };
    for (int y = 1; y <= T_; ++y) {
      for (int c = 0; c < 2 * A_; ++c) {
        if (first.persons(y, c) > 0) add(y, first.where[at(y)].row(c), -1 / first.persons(y, c));
      }
    }
    each_group([&](int y, int c, int stay, double persons, const Eigen::RowVectorXd& where) {
      add(y, where, (dispersion_ - 1) * persons);
      if (y == T_) return;
      const auto year = cut_short(costs_.here(c, stay), moves_.out[at(y * 2 * A_ + c)]);
      const double mean = where * year.mean;
      into[y] += (dispersion_ - 1) * persons * mean * mean;
    });
  }

 private:
  using by_stay = std::vector<Eigen::MatrixXd>;  // years here: cells x states

  static Eigen::VectorXd by_state(const model& structure, const Eigen::VectorXd& cost) {
    Eigen::VectorXd found = Eigen::VectorXd::Zero(structure.size());
    for (state s = 0, place = 0; s < structure.size(); ++s) {
      if (s != *structure.death()) found[s] = cost[++place];
    }
    return found;
  }

  static std::span<const double> of_draw(const std::vector<double>& rates, int draws, int k) {
    const auto size = rates.size() / at(draws);
    return std::span(rates).subspan(at(k) * size, size);
  }

  /// Those who had no support at the start: a finite group, each of whom gets it once or never.
  struct first_without {
    std::vector<Eigen::MatrixXd> where;  // dates: cells x states, expected of them with support
    Eigen::MatrixXd persons;             // dates x cells: how many of a cohort they were
    Eigen::MatrixXd share;  // dates x cells: of all in a cell, who was here at the start
  };

  /// Whoever came from elsewhere did so as everybody was distributed at that time, so the share of
  /// those who were here at the start is the same in all states.
  [[nodiscard]] first_without without_support(const std::vector<Eigen::MatrixXd>& there) const {
    first_without found{std::vector<Eigen::MatrixXd>(at(T_ + 1), Eigen::MatrixXd::Zero(2 * A_, n_)),
                        Eigen::MatrixXd::Zero(T_ + 1, 2 * A_),
                        Eigen::MatrixXd::Zero(T_ + 1, 2 * A_)};
    found.share.row(0).setOnes();
    for (int c = 0; c < 2 * A_; ++c) found.persons(0, c) = persons(0, 0, c);
    for (int y = 0; y < T_; ++y) {
      Eigen::VectorXd all = Eigen::VectorXd::Zero(2 * A_);
      for (int c = 0; c < 2 * A_; ++c) {
        double alive = 0;
        for (int s = 0; s <= living_; ++s) alive += persons(y, s, c);
        const int older = next(c);
        all[older] += alive;
        found.persons(y + 1, older) += found.persons(y, c);
        found.share(y + 1, older) +=
            alive * found.share(y, c) * std::exp(-moves_.in[at(y * 2 * A_ + c)]);
      }
      for (int c = 0; c < 2 * A_; ++c) {
        if (all[c] > 0) found.share(y + 1, c) /= all[c];
        for (state s = 0; s < n_; ++s) {
          if (place_[at(s)] < 0) continue;
          found.where[at(y + 1)](c, s) =
              std::max(0.0, found.share(y + 1, c) * persons(y + 1, place_[at(s)] + 1, c) -
                                there[at(y + 1)](c, s));
        }
      }
    }
    return found;
  }

  /// Where a dispersion above 1 makes entries come in groups: those of one year and cell, on each
  /// date since. work(date, cell, years here, persons, chances of each state)
  template <class Work>
  void each_group(const Work& work) const {
    if (dispersion_ == 1) return;
    std::vector<detail::yearly_ways::matrix> years;
    for (int c = 0; c < 2 * A_; ++c) {
      for (int j = 0; j < costs_.ages_here(); ++j)
        years.push_back(ways_.year(c, costs_.here_since(j)));
    }
    std::vector<double> mix(at(in_.entries.levels));
    for (int c = 0; c < 2 * A_; ++c) {
      const Eigen::MatrixXd half = transition_probability(ways_.at(c, 0), 0.5).matrix();
      for (int y = 0; y < T_; ++y) {
        Eigen::RowVectorXd where = Eigen::RowVectorXd::Zero(n_);
        double come = 0;
        each_entry(y, c, mix, [&](state s, double some) {
          where += some * half.row(s);
          come += some;
        });
        if (come <= 0) continue;
        where /= come;
        for (int date = y + 1, cell = next(c); date <= T_; ++date, cell = next(cell)) {
          const int stay = std::min(date - y - 1, costs_.ages_here() - 1);
          work(date, cell, stay, come, where);
          if (date == T_) break;
          where = (where * years[at(cell * costs_.ages_here() + stay)]).eval() *
                  moves_.staying[at(date * 2 * A_ + cell)];
        }
      }
    }
  }

  /// Persons by state as it is seen.
  [[nodiscard]] Eigen::RowVectorXd as_seen(const Eigen::RowVectorXd& where) const {
    Eigen::RowVectorXd seen = Eigen::RowVectorXd::Zero(static_cast<Eigen::Index>(phases_.size()));
    for (std::size_t one = 0; one < phases_.size(); ++one) {
      for (const state s : phases_[one]) seen[static_cast<Eigen::Index>(one)] += where[s];
    }
    return seen;
  }

  [[nodiscard]] int next(int cell) const { return cell + (cell % A_ + 1 < A_ ? 1 : 0); }

  /// Expected entries of forecast year y + 1 among those of a cell: work(level's state, persons).
  template <class Work>
  void each_entry(int y, int c, std::vector<double>& mix, const Work& work) const {
    in_.entries.rates(std::min(k_, in_.entries.draws - 1), c / A_,
                      in_.entries.ages == 1 ? 0 : c % A_, y + 1, true, true, mix.data());
    const double without = (persons(y, 0, c) + persons(y + 1, 0, c)) / 2;
    int level = 0;
    for (state s = 0; s < n_ && level < in_.entries.levels; ++s) {
      if (place_[at(s)] < 0 || in_.structure.name(s) == in_.ended) continue;
      work(s, without * mix[at(level++)]);
    }
  }

  /// Those who entered since the base date and are here on each 1 January, by how many years they
  /// have been here: how those who came since are divided by it. Empty without bands.
  [[nodiscard]] std::vector<by_stay> newcomers() const {
    std::vector<by_stay> here(at(T_));
    if (costs_.ages_here() == 1) return here;
    std::vector<double> mix(at(in_.entries.levels));
    by_stay now(at(costs_.ages_here()), Eigen::MatrixXd::Zero(2 * A_, n_));
    for (int y = 0; y < T_; ++y) {
      here[at(y)] = now;
      by_stay later(at(costs_.ages_here()), Eigen::MatrixXd::Zero(2 * A_, n_));
      for (int c = 0; c < 2 * A_; ++c) {
        const int older = next(c);
        for (int j = 0; j < costs_.ages_here(); ++j) {
          if (now[at(j)].row(c).isZero()) continue;
          later[at(std::min(j + 1, costs_.ages_here() - 1))].row(older) +=
              now[at(j)].row(c) * ways_.year(c, costs_.here_since(j));
        }
        // They come evenly over the year: where they are at its end is as half a year later.
        each_entry(y, c, mix, [&](state s, double come) {
          later[0].row(older) += come * transition_probability(ways_.at(c, 0), 0.5).matrix().row(s);
        });
      }
      now = std::move(later);
    }
    return here;
  }

  /// Share of those who came since that have been here so long; all are alike without bands.
  [[nodiscard]] double share(const by_stay& here, int cell, state s, int j) const {
    if (here.empty()) return 1;
    double all = 0;
    for (const auto& some : here) all += some(cell, s);
    return all > 0 ? here[at(j)](cell, s) / all : static_cast<double>(j + 1 == costs_.ages_here());
  }

  [[nodiscard]] double persons(int y, int s, int cell) const {
    const int S = static_cast<int>(all_.states.size());
    return all_.persons[at(((k_ * (T_ + 1) + y) * S + s) * 2 * A_ + cell)];
  }

  const open_cohort_inputs& in_;
  const open_cohort_results& all_;
  const migration& moves_;
  int k_, n_, A_, T_, living_ = 0;
  double dispersion_;
  std::vector<int> place_;                  // of each state among the living; -1 for death
  std::vector<std::vector<state>> phases_;  // of each living state as it is seen
  detail::yearly_ways ways_;
  detail::years_of_cost costs_;
};

/// Persons by state as it is seen, and of each state's persons who is in this phase, by cell.
std::pair<std::vector<double>, std::vector<double>> by_state_seen(const std::vector<double>& stock,
                                                                  const std::vector<int>& seen_of) {
  const auto living = seen_of.size();
  const auto seen = at(1 + *std::max_element(seen_of.begin(), seen_of.end()));
  std::vector<double> sums(stock.size() / living * seen, 0.0), shares(stock.size(), 0.0);
  for (std::size_t i = 0; i < stock.size(); ++i) {
    sums[i / living * seen + at(seen_of[i % living])] += stock[i];
  }
  for (std::size_t i = 0; i < stock.size(); ++i) {
    const double persons = sums[i / living * seen + at(seen_of[i % living])];
    if (persons > 0) shares[i] = stock[i] / persons;
  }
  return {std::move(sums), std::move(shares)};
}

}  // namespace

chance_of_draws chance_of(open_cohort_inputs inputs, const draw_recipe& recipe,
                          const draw_numbers& numbers, const Eigen::VectorXd& cost,
                          const std::vector<double>& index, double dispersion,
                          open_cohort_options options, const std::vector<int>& seen_of,
                          const std::vector<double>& moving_out) {
  const int n = static_cast<int>(numbers.rate_normals.rows());
  const int T = inputs.population.years, A = inputs.population.ages;
  const int living = inputs.structure.size() - 1;
  if (cost.size() != living + 1 || (!index.empty() && index.size() != at(T + 1))) {
    reject("E-SHAPE", "chance_of",
           std::to_string(cost.size()) + " costs and " + std::to_string(index.size()) +
               " price levels",
           std::to_string(living + 1) + " and " + std::to_string(T + 1) + " are needed",
           "Give `none` a cost of 0, and each year a price level");
  }
  if (!seen_of.empty()) {
    if (seen_of.size() != at(living) || *std::min_element(seen_of.begin(), seen_of.end()) < 0) {
      reject("E-SHAPE", "chance_of",
             "the map of phases has " + std::to_string(seen_of.size()) + " states",
             std::to_string(living) + " are needed, each seen as one numbered from 0",
             "Give one for each living state");
    }
    refuse_entry_clock(inputs, "chance_of");
  }
  if (!(dispersion >= 1) || !std::isfinite(dispersion)) {
    reject("E-NUM", "chance_of", "the dispersion is " + shown(dispersion),
           "it is 1 for the Poisson distribution and more for wider ones", "Give 1 or more");
  }
  draw_into(inputs, recipe, numbers);
  std::vector<projection_run> runs(at(n));
  for (int k = 0; k < n; ++k) runs[at(k)].draw = k;
  options.group_of_age.resize(at(A));
  for (int a = 0; a < A; ++a) options.group_of_age[at(a)] = a;
  const auto all = project_open_cohort(inputs, runs, options);

  chance_inputs counts{inputs.structure, A, T, n, 1, inputs.stock, inputs.rates, {}};
  counts.entry_cuts = inputs.entry_cuts;
  std::vector<int> seen = seen_of;
  if (seen_of.empty()) {
    for (int s = 0; s < living; ++s) seen.push_back(s);
  } else {
    counts.seen_of = seen_of;
    std::tie(counts.stock, counts.shares) = by_state_seen(inputs.stock, seen_of);
  }
  const int K = 1 + *std::max_element(seen.begin(), seen.end());
  counts.parts_a_year = options.enrolments_a_year;
  const migration moves(inputs.population, options.mortality_change, moving_out);
  counts.staying = moves.staying;
  const int S = living + 1;
  counts.expected.assign(at(n * (T + 1) * K), 0.0);
  for (int date = 0; date < n * (T + 1); ++date) {
    for (int s = 0; s < living; ++s) {
      for (int c = 0; c < 2 * A; ++c) {
        counts.expected[at(date * K + seen[at(s)])] +=
            all.persons[at((date * S + s + 1) * 2 * A + c)];
      }
    }
  }
  chance_of_draws found{n, K, chance_covariance(counts), {}};
  found.cost.resize(at(n * T));
  for_each_block(at(n), options.threads, [&](std::size_t k) {
    one_draw draw(inputs, all, static_cast<int>(k), moves, cost, dispersion,
                  options.enrolments_a_year, seen_of);
    draw.fill(&found.cost[k * at(T)], &found.persons[k * at((T + 1) * K * K)]);
    for (int y = 0; y < T && !index.empty(); ++y) {
      found.cost[k * at(T) + at(y)] *= index[at(y + 1)] * index[at(y + 1)];
    }
  });
  return found;
}

}  // namespace kohort
