#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include <kohort/model/probability_matrix.hpp>
#include <kohort/population/migration.hpp>
#include <kohort/projection/chance.hpp>
#include <kohort/projection/detail/yearly_ways.hpp>
#include <kohort/projection/occupancy_integrals.hpp>
#include <kohort/support/error.hpp>
#include <kohort/uncertainty/chance_moments.hpp>
#include <kohort/uncertainty/chance_of_draws.hpp>

namespace kohort {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// A year of cost at one age and sex, by the model's state at its beginning.
struct year_of_cost {
  Eigen::VectorXd mean, second;
};

/// The same, and of its first half.
struct halved_year {
  year_of_cost first_half, whole;
};

/// Moments of the cost until somebody moves away, at the rate `out` throughout the year: Simpson's
/// rule over the time of moving.
year_of_cost cut_short(const halved_year& year, double out) {
  const double half = 4.0 / 6 * out * std::exp(-out / 2), whole = (1 + out / 6) * std::exp(-out);
  return {half * year.first_half.mean + whole * year.whole.mean,
          half * year.first_half.second + whole * year.whole.second};
}

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

/// Gauss-Legendre on [0, 1], five nodes: (node, weight).
constexpr std::array<std::pair<double, double>, 5> nodes{
    {{0.046910077030668004, 0.11846344252809454},
     {0.230765344947158454, 0.23931433524968324},
     {0.5, 0.28444444444444444},
     {0.769234655052841546, 0.23931433524968324},
     {0.953089922969331996, 0.11846344252809454}}};

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
        cost_(Eigen::VectorXd::Zero(n_)),
        ways_(in.structure, A_, of_draw(in.rates, all.runs, k), in.entry_cuts, parts_a_year) {
    for (state s = 0; s < n_; ++s) {
      place_.push_back(s == *in.structure.death() ? -1 : living_++);
      if (place_.back() < 0) continue;
      cost_[s] = cost[place_.back() + 1];
      const auto seen = at(seen_of.empty() ? place_.back() : seen_of[at(place_.back())]);
      phases_.resize(std::max(phases_.size(), seen + 1));
      phases_[seen].push_back(s);
    }
    // Years in which a newcomer has been here 0, 1, ... of them, the last in the last band.
    const double last = in.entry_cuts.empty() ? 0 : in.entry_cuts.back();
    ages_here_ = 1 + static_cast<int>(std::ceil(std::max(0.0, last - 0.5)));
    for (int c = 0; c < 2 * A_; ++c) {
      for (int j = 0; j < ages_here_; ++j) year_.push_back(year_of(c, here_since(j)));
      arriving_.push_back(arrivals_of(c));
    }
  }

  /// Variance of the cost of each year.
  void fill(double* into) const {
    // Where those of the start are by each date: means by cell, and their own spread of cost.
    std::vector<Eigen::MatrixXd> there(at(T_), Eigen::MatrixXd::Zero(2 * A_, n_));
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
              for (int y = 0; y < T_; ++y) {
                work(y, sex * A_ + std::min(a + y, A_ - 1), part, persons, where);
                where = (where * years[at(y)]).eval();
              }
            }
          }
        }
      }
    };
    each([&](int y, int cell, int, double persons, const Eigen::RowVectorXd& where) {
      there[at(y)].row(cell) += persons * where;
    });
    Eigen::MatrixXd kept = Eigen::MatrixXd::Ones(T_, n_);
    for (int y = 0; y < T_; ++y) {
      for (state s = 0; s < n_; ++s) {
        if (place_[at(s)] < 0) continue;
        double expected = 0;
        for (int c = 0; c < 2 * A_; ++c) expected += persons(y, place_[at(s)] + 1, c);
        const double here = there[at(y)].col(s).sum();
        if (expected < here) kept(y, s) = expected / here;
      }
      into[y] = 0;
    }
    std::map<std::tuple<int, int, int>, halved_year> passing;  // years in which a band is passed
    const auto of_stock = [&](int y, int cell, int part) -> const halved_year& {
      const double since = ways_.since(part, y);
      if (ways_.band(since) == ways_.bands() - 1) return year_[at((cell + 1) * ages_here_ - 1)];
      const auto [found, fresh] = passing.try_emplace({y, cell, part});
      if (fresh) found->second = year_of(cell, since);
      return found->second;
    };
    each([&](int y, int cell, int part, double persons, const Eigen::RowVectorXd& where) {
      const Eigen::RowVectorXd w = where.cwiseProduct(kept.row(y));
      const auto year = cut_short(of_stock(y, cell, part), moves_.out[at(y * 2 * A_ + cell)]);
      const double mean = w * year.mean;
      into[y] += persons * (w * year.second - mean * mean);
    });
    const auto here = newcomers();
    std::vector<double> mix(at(in_.entries.levels));
    for (int y = 0; y < T_; ++y) {
      for (int c = 0; c < 2 * A_; ++c) {
        const double in = moves_.in[at(y * 2 * A_ + c)], out = moves_.out[at(y * 2 * A_ + c)];
        for (int j = 0; j < ages_here_; ++j) {
          const auto& halved = year_[at(c * ages_here_ + j)];
          const auto year = cut_short(halved, out);
          // Of those who come from elsewhere or turn the lowest age within it, evenly over it.
          const Eigen::VectorXd part = (4 * halved.first_half.second + halved.whole.second) / 6;
          for (state s = 0; s < n_; ++s) {
            if (place_[at(s)] < 0) continue;
            const double all = persons(y, place_[at(s)] + 1, c);
            const double came = std::max(0.0, all - kept(y, s) * there[at(y)](c, s));
            const double come = in * all + (c % A_ == 0 ? persons(y + 1, place_[at(s)] + 1, c) : 0);
            const double mean = year.mean[s];
            into[y] += share(here[at(y)], c, s, j) *
                       (came * (year.second[s] + (dispersion_ - 1) * mean * mean) + come * part[s]);
          }
        }
        each_entry(y, c, mix, [&](state s, double come) {
          // Of a group that comes evenly over the year, each costs `mean` on average.
          const auto& year = arriving_[at(c)];
          into[y] += come * (year.second[s] + (dispersion_ - 1) * year.mean[s] * year.mean[s]);
        });
      }
    }
  }

 private:
  using by_stay = std::vector<Eigen::MatrixXd>;  // years here: cells x states

  static std::span<const double> of_draw(const std::vector<double>& rates, int draws, int k) {
    const auto size = rates.size() / at(draws);
    return std::span(rates).subspan(at(k) * size, size);
  }

  /// Years since entry on 1 January of those who came in the year before that, and so on.
  [[nodiscard]] double here_since(int j) const {
    return j + 1 < ages_here_ ? j + 0.5 : std::numeric_limits<double>::infinity();
  }

  [[nodiscard]] halved_year year_of(int cell, double since) const {
    std::vector<cost_piece> pieces;
    halved_year found;
    double passed = 0;
    for (const auto& s : ways_.stays(cell, since)) {
      pieces.push_back({ways_.at(s.cell, s.band), s.years});
      const bool half = passed < 0.5;
      passed += s.years;
      if (half && passed >= 0.5 - 1e-12) found.first_half = cost_of(pieces);
    }
    found.whole = cost_of(pieces);
    return found;
  }

  [[nodiscard]] year_of_cost cost_of(const std::vector<cost_piece>& pieces) const {
    const auto found = person_cost(pieces, cost_);
    return {found.mean, found.second};
  }

  /// Integrals, over the date of arrival, of the cost of the rest of the year and of its square.
  [[nodiscard]] year_of_cost arrivals_of(int cell) const {
    const auto& now = ways_.at(cell, 0);
    if (in_.entry_cuts.empty() || in_.entry_cuts.front() >= 1) {
      return {integrate_occupancy(now, 1).K * cost_, arrivals_cost_variance(now, cost_, 1)};
    }
    year_of_cost sums{Eigen::VectorXd::Zero(n_), Eigen::VectorXd::Zero(n_)};
    std::vector<double> times{0, 1};
    for (const double cut : in_.entry_cuts) {
      if (cut < 1) times.push_back(cut);
    }
    std::sort(times.begin(), times.end());
    for (std::size_t i = 0; i + 1 < times.size(); ++i) {
      for (const auto& [node, weight] : nodes) {
        const double length = times[i + 1] - times[i];
        std::vector<cost_piece> pieces;
        for (std::size_t p = 0; p <= i; ++p) {
          const double years = p < i ? times[p + 1] - times[p] : node * length;
          pieces.push_back({ways_.at(cell, static_cast<int>(p)), years});
        }
        const auto cost = person_cost(pieces, cost_);
        sums.mean += weight * length * cost.mean;
        sums.second += weight * length * cost.second;
      }
    }
    return sums;
  }

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
    if (ages_here_ == 1) return here;
    std::vector<double> mix(at(in_.entries.levels));
    by_stay now(at(ages_here_), Eigen::MatrixXd::Zero(2 * A_, n_));
    for (int y = 0; y < T_; ++y) {
      here[at(y)] = now;
      by_stay next(at(ages_here_), Eigen::MatrixXd::Zero(2 * A_, n_));
      for (int c = 0; c < 2 * A_; ++c) {
        const int older = c % A_ + 1 < A_ ? c + 1 : c;
        for (int j = 0; j < ages_here_; ++j) {
          if (now[at(j)].row(c).isZero()) continue;
          next[at(std::min(j + 1, ages_here_ - 1))].row(older) +=
              now[at(j)].row(c) * ways_.year(c, here_since(j));
        }
        // They come evenly over the year: where they are at its end is as half a year later.
        each_entry(y, c, mix, [&](state s, double come) {
          next[0].row(older) += come * transition_probability(ways_.at(c, 0), 0.5).matrix().row(s);
        });
      }
      now = std::move(next);
    }
    return here;
  }

  /// Share of those who came since that have been here so long; all are alike without bands.
  [[nodiscard]] double share(const by_stay& here, int cell, state s, int j) const {
    if (here.empty()) return 1;
    double all = 0;
    for (const auto& some : here) all += some(cell, s);
    return all > 0 ? here[at(j)](cell, s) / all : static_cast<double>(j + 1 == ages_here_);
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
  Eigen::VectorXd cost_;
  std::vector<int> place_;                  // of each state among the living; -1 for death
  std::vector<std::vector<state>> phases_;  // of each living state as it is seen
  detail::yearly_ways ways_;
  int ages_here_ = 1;
  std::vector<halved_year> year_;       // cells x years here
  std::vector<year_of_cost> arriving_;  // cells
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
  draw_into(inputs, recipe, numbers);
  std::vector<projection_run> runs(at(n));
  for (int k = 0; k < n; ++k) runs[at(k)].draw = k;
  options.group_of_age.resize(at(A));
  for (int a = 0; a < A; ++a) options.group_of_age[at(a)] = a;
  const auto all = project_open_cohort(inputs, runs, options);

  chance_inputs counts{inputs.structure, A, T, n, dispersion, inputs.stock, inputs.rates, {}};
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
    const one_draw draw(inputs, all, static_cast<int>(k), moves, cost, dispersion,
                        options.enrolments_a_year, seen_of);
    draw.fill(&found.cost[k * at(T)]);
    for (int y = 0; y < T && !index.empty(); ++y) {
      found.cost[k * at(T) + at(y)] *= index[at(y + 1)] * index[at(y + 1)];
    }
  });
  return found;
}

}  // namespace kohort
