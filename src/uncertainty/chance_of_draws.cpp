#include <algorithm>
#include <cmath>
#include <string>

#include <kohort/model/probability_matrix.hpp>
#include <kohort/projection/chance.hpp>
#include <kohort/projection/occupancy_integrals.hpp>
#include <kohort/support/error.hpp>
#include <kohort/uncertainty/chance_moments.hpp>
#include <kohort/uncertainty/chance_of_draws.hpp>

namespace kohort {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// A year of cost at one age and sex, by the model's state at its beginning.
struct year_of_cost {
  Eigen::VectorXd mean, second;         // of those there on 1 January
  Eigen::VectorXd arriving, arriving2;  // integrals of both over the date of arrival
};

class one_draw {
 public:
  one_draw(const open_cohort_inputs& in, const open_cohort_results& all, int k,
           const Eigen::VectorXd& cost, double dispersion)
      : in_(in),
        all_(all),
        k_(k),
        n_(in.structure.size()),
        A_(in.population.ages),
        T_(in.population.years),
        dispersion_(dispersion),
        cost_(Eigen::VectorXd::Zero(n_)) {
    for (state s = 0; s < n_; ++s) {
      place_.push_back(s == *in.structure.death() ? -1 : living_++);
      if (place_.back() >= 0) cost_[s] = cost[place_.back() + 1];
    }
    const auto moves = in.structure.transitions().size();
    for (int c = 0; c < 2 * A_; ++c) {
      const auto first = at(k * 2 * A_ + c) * moves;
      Q_.push_back(
          intensity_matrix<>::from_rates(in.structure, std::span(in.rates).subspan(first, moves)));
      half_.push_back(transition_probability(Q_.back(), 0.5).matrix());
    }
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < A_; ++a) {
        const auto &now = Q_[at(sex * A_ + a)], &next = Q_[at(sex * A_ + std::min(a + 1, A_ - 1))];
        const auto stays = person_cost({{now, 0.5}, {next, 0.5}}, cost_);
        year_.push_back({stays.mean, stays.second, integrate_occupancy(now, 1).K * cost_,
                         arrivals_cost_variance(now, cost_, 1)});
      }
    }
  }

  /// Variance of the cost of each year.
  void fill(double* into) const {
    // Where those of the start are by each date: means by cell, and their own spread of cost.
    std::vector<Eigen::MatrixXd> there(at(T_), Eigen::MatrixXd::Zero(2 * A_, n_));
    const auto each = [&](const auto& work) {
      for (int sex = 0; sex < 2; ++sex) {
        for (int a = 0; a < A_; ++a) {
          for (state r = 0; r < n_; ++r) {
            if (place_[at(r)] < 0) continue;
            const double persons = in_.stock[at((sex * A_ + a) * living_ + place_[at(r)])];
            if (persons <= 0) continue;
            Eigen::RowVectorXd where = Eigen::RowVectorXd::Zero(n_);
            where[r] = 1;
            for (int y = 0; y < T_; ++y) {
              const int now = sex * A_ + std::min(a + y, A_ - 1);
              const int next = sex * A_ + std::min(a + y + 1, A_ - 1);
              work(y, now, persons, where);
              where = (where * half_[at(now)] * half_[at(next)]).eval();
            }
          }
        }
      }
    };
    each([&](int y, int cell, double persons, const Eigen::RowVectorXd& where) {
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
    each([&](int y, int cell, double persons, const Eigen::RowVectorXd& where) {
      const Eigen::RowVectorXd w = where.cwiseProduct(kept.row(y));
      const auto& year = year_[at(cell)];
      const double mean = w * year.mean;
      into[y] += persons * (w * year.second - mean * mean);
    });
    std::vector<double> mix(at(in_.entries.levels));
    for (int y = 0; y < T_; ++y) {
      for (int c = 0; c < 2 * A_; ++c) {
        const auto& year = year_[at(c)];
        for (state s = 0; s < n_; ++s) {
          if (place_[at(s)] < 0) continue;
          const double came =
              std::max(0.0, persons(y, place_[at(s)] + 1, c) - kept(y, s) * there[at(y)](c, s));
          const double mean = year.mean[s];
          into[y] += came * (year.second[s] + (dispersion_ - 1) * mean * mean);
        }
        // Those who come within the year: entries to the levels, in the model's order.
        in_.entries.rates(std::min(k_, in_.entries.draws - 1), c / A_,
                          in_.entries.ages == 1 ? 0 : c % A_, y + 1, true, true, mix.data());
        const double without = (persons(y, 0, c) + persons(y + 1, 0, c)) / 2;
        int level = 0;
        for (state s = 0; s < n_ && level < in_.entries.levels; ++s) {
          if (place_[at(s)] < 0 || in_.structure.name(s) == in_.ended) continue;
          const double come = without * mix[at(level++)];
          // Of a group that comes evenly over the year, each costs `arriving` on average.
          const double mean = year.arriving[s];
          into[y] += come * (year.arriving2[s] + (dispersion_ - 1) * mean * mean);
        }
      }
    }
  }

 private:
  [[nodiscard]] double persons(int y, int s, int cell) const {
    const int S = static_cast<int>(all_.states.size());
    return all_.persons[at(((k_ * (T_ + 1) + y) * S + s) * 2 * A_ + cell)];
  }

  const open_cohort_inputs& in_;
  const open_cohort_results& all_;
  int k_, n_, A_, T_, living_ = 0;
  double dispersion_;
  Eigen::VectorXd cost_;
  std::vector<int> place_;  // of each state among the living; -1 for death
  std::vector<intensity_matrix<>> Q_;
  std::vector<Eigen::MatrixXd> half_;
  std::vector<year_of_cost> year_;
};

}  // namespace

chance_of_draws chance_of(open_cohort_inputs inputs, const draw_recipe& recipe,
                          const draw_numbers& numbers, const Eigen::VectorXd& cost,
                          const std::vector<double>& index, double dispersion,
                          open_cohort_options options) {
  refuse_entry_clock(inputs, "chance_of");
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
  inputs.rates = rates_from(recipe.rates, numbers.rate_normals, numbers.rate_uniforms);
  inputs.entries = entries_from(recipe.entries, numbers.entry_normals);
  std::vector<projection_run> runs(at(n));
  for (int k = 0; k < n; ++k) runs[at(k)].draw = k;
  options.group_of_age.resize(at(A));
  for (int a = 0; a < A; ++a) options.group_of_age[at(a)] = a;
  const auto all = project_open_cohort(inputs, runs, options);

  chance_inputs counts{inputs.structure, A, T, n, dispersion, inputs.stock, inputs.rates, {}};
  const int S = living + 1;
  for (int k = 0; k < n; ++k) {
    for (int y = 0; y <= T; ++y) {
      for (int s = 1; s < S; ++s) {
        double sum = 0;
        for (int c = 0; c < 2 * A; ++c) {
          sum += all.persons[at(((k * (T + 1) + y) * S + s) * 2 * A + c)];
        }
        counts.expected.push_back(sum);
      }
    }
  }
  chance_of_draws found{n, living, chance_covariance(counts), {}};
  found.cost.resize(at(n * T));
  for_each_block(at(n), options.threads, [&](std::size_t k) {
    const one_draw draw(inputs, all, static_cast<int>(k), cost, dispersion);
    draw.fill(&found.cost[k * at(T)]);
    for (int y = 0; y < T && !index.empty(); ++y) {
      found.cost[k * at(T) + at(y)] *= index[at(y + 1)] * index[at(y + 1)];
    }
  });
  return found;
}

}  // namespace kohort
