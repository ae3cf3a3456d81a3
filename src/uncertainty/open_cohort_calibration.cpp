#include <algorithm>
#include <cmath>
#include <utility>

#include <kohort/support/error.hpp>
#include <kohort/uncertainty/open_cohort_calibration.hpp>

namespace kohort {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

bool among(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

[[noreturn]] void refuse(const std::string& seen, const char* needed, const char* remedy) {
  reject("E-TARGET", "calibrate", seen, needed, remedy);
}

/// States whose names are given, or all levels: positions among `states` (with `none` first).
std::vector<int> users_of(const std::vector<std::string>& levels,
                          const std::vector<std::string>& states, const std::string& ended,
                          const std::string& what) {
  std::vector<int> found;
  for (std::size_t s = 1; s < states.size(); ++s) {
    if (states[s] == ended) continue;
    if (among(levels, states[s])) found.push_back(static_cast<int>(s));
  }
  if (!levels.empty() && found.size() != levels.size()) {
    refuse(what + " names a level that is not there", "levels are those of the model",
           "Use its names, without the state after support and death");
  }
  return found;
}

/// The model's value of every target, for every run.
class reading {
 public:
  reading(const open_cohort_inputs& in, const std::vector<rate_target>& targets)
      : in_(in), targets_(targets) {}

  [[nodiscard]] Eigen::MatrixXd of(const open_cohort_results& all) const {
    Eigen::MatrixXd values(all.runs, static_cast<Eigen::Index>(targets_.size()));
    for (int run = 0; run < all.runs; ++run) {
      for (std::size_t i = 0; i < targets_.size(); ++i) {
        values(run, static_cast<Eigen::Index>(i)) = one(all, run, targets_[i]);
      }
    }
    return values;
  }

  [[nodiscard]] double people(const rate_target& t) const {
    const auto& p = in_.population;
    double sum = 0;
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < p.ages; ++a) {
        if (inside(t, sex, a)) sum += p.persons[at((t.year * 2 + sex) * p.ages + a)];
      }
    }
    return sum;
  }

 private:
  [[nodiscard]] bool inside(const rate_target& t, int sex, int a) const {
    const int age = in_.population.first_age + a;
    return age >= t.first_age && age <= t.last_age && (t.sex < 0 || t.sex == sex);
  }

  [[nodiscard]] double one(const open_cohort_results& all, int run, const rate_target& t) const {
    const int T = all.years, A = all.groups, S = static_cast<int>(all.states.size());
    const auto levels = users_of(t.levels, all.states, in_.ended, t.name);
    if (t.what == calibrated_measure::prevalence) {
      double users = 0;
      for (const int s : levels) {
        for (int sex = 0; sex < 2; ++sex) {
          for (int a = 0; a < A; ++a) {
            if (!inside(t, sex, a)) continue;
            users += all.persons[at((((run * (T + 1) + t.year) * S + s) * 2 + sex) * A + a)];
          }
        }
      }
      return users / people(t);
    }
    const int row = run * T + t.year - 1, M = static_cast<int>(all.moves.size());
    double years = 0, first = 0, entries = 0, exits = 0;
    const auto user = [&](int s) {
      return std::find(levels.begin(), levels.end(), s) != levels.end();
    };
    for (const int s : levels) {
      for (int c = 0; c < 2 * A; ++c) years += all.person_years[at((row * S + s) * 2 * A + c)];
      exits += all.died[at(row * S + s)];
    }
    for (int k = 0; k < M; ++k) {
      const auto& move = all.moves[at(k)];
      const double n = all.moved[at(row * M + k)];
      if (user(move.to) && !user(move.from)) entries += n;
      if (user(move.to) && move.from == 0) first += n;
      if (user(move.from) && !user(move.to)) exits += n;
    }
    if (t.what == calibrated_measure::new_users) return first;
    return t.what == calibrated_measure::turnover ? entries / years : years / exits;
  }

  const open_cohort_inputs& in_;
  const std::vector<rate_target>& targets_;
};

}  // namespace

multiplier_loads loads_of(const std::vector<rate_multiplier>& multipliers, const model& structure,
                          const std::string& ended, int first_age, int ages) {
  const auto& moves = structure.transitions();
  const auto K = static_cast<Eigen::Index>(moves.size());
  const auto p = static_cast<Eigen::Index>(multipliers.size());
  multiplier_loads loads{Eigen::MatrixXd::Zero(2 * ages * K, p),
                         Eigen::MatrixXd::Zero(2 * ages, p)};
  for (Eigen::Index j = 0; j < p; ++j) {
    const auto& m = multipliers[static_cast<std::size_t>(j)];
    const bool incidence = m.what == calibrated_rate::incidence;
    for (const auto& level : m.levels) (void)structure.find(level);
    if (incidence && !m.levels.empty()) {
      refuse(m.name + " is of some levels", "incidence is of all levels together",
             "Leave the levels out; the entry mix divides it");
    }
    for (int sex = 0; sex < 2; ++sex) {
      if (m.sex >= 0 && m.sex != sex) continue;
      for (int a = 0; a < ages; ++a) {
        const int age = first_age + a;
        if (age < m.first_age || age > m.last_age) continue;
        const Eigen::Index cell = sex * ages + a;
        if (incidence) loads.incidence(cell, j) = 1;
        for (Eigen::Index k = 0; k < K && !incidence; ++k) {
          const auto& move = moves[static_cast<std::size_t>(k)];
          const auto& from = structure.name(move.from);
          const bool dies = structure.death() && move.to == *structure.death();
          const bool leaves = structure.name(move.to) == ended;
          const bool meant = m.what == calibrated_rate::mortality ? dies : leaves;
          if (meant && from != ended && among(m.levels, from)) loads.rates(cell * K + k, j) = 1;
        }
      }
    }
    if (loads.rates.col(j).isZero() && loads.incidence.col(j).isZero()) {
      refuse(m.name + " multiplies nothing", "some rate at some age must be of its kind",
             "Look at its ages, its levels, and whether the model has such moves");
    }
  }
  return loads;
}

calibration calibrate_open_cohort(const open_cohort_inputs& inputs,
                                  const std::vector<rate_target>& targets,
                                  const std::vector<rate_multiplier>& multipliers, bool settled,
                                  const open_cohort_options& options,
                                  const calibration_options& search) {
  const auto& pop = inputs.population;
  const auto loads = loads_of(multipliers, inputs.structure, inputs.ended, pop.first_age, pop.ages);
  for (const auto& t : targets) {
    const bool stock = t.what == calibrated_measure::prevalence;
    if (t.year < (stock ? 0 : 1) || t.year > pop.years) {
      refuse(t.name + " is of " + std::to_string(pop.base_year + t.year),
             "a stock is of a 31 December from the base date on, a flow of a year after it",
             "Start the projection earlier, or leave the figure out");
    }
    if (!stock && (t.first_age > 0 || t.last_age < 1000 || t.sex >= 0)) {
      refuse(t.name + " is of some ages or one sex", "flows are of everybody",
             "Give the total, or a prevalence by age and sex");
    }
  }
  const auto moves = static_cast<Eigen::Index>(inputs.structure.transitions().size());
  const auto bands = static_cast<Eigen::Index>(inputs.entry_cuts.size()) + 1;
  auto open = options;
  open.group_of_age.resize(at(pop.ages));
  for (int a = 0; a < pop.ages; ++a) open.group_of_age[at(a)] = a;

  const reading read(inputs, targets);
  const auto run = [&](const Eigen::MatrixXd& betas) {
    const int n = static_cast<int>(betas.rows());
    auto varied = inputs;
    varied.rates.clear();
    varied.entries.draws = n;
    const auto repeat = [n](std::vector<double>& values) {
      const auto once = values;
      for (int k = 1; k < n; ++k) values.insert(values.end(), once.begin(), once.end());
    };
    repeat(varied.entries.log_odds);
    repeat(varied.entries.incidence_trend);
    repeat(varied.entries.mix_trend);
    const bool one_age = varied.entries.ages == 1 && pop.ages > 1;
    if (one_age || inputs.entries.draws != 1 ||
        inputs.rates.size() != static_cast<std::size_t>(loads.rates.rows() * bands)) {
      reject("E-SHAPE", "calibrate", "the rates or entries are not one draw for each single age",
             "the point estimate is calibrated", "Give its rates and entries by single age");
    }
    varied.entries.log_incidence.clear();
    std::vector<projection_run> runs(at(n));
    for (int k = 0; k < n; ++k) {
      const Eigen::VectorXd on_rates = loads.rates * betas.row(k).transpose();
      const Eigen::VectorXd on_incidence = loads.incidence * betas.row(k).transpose();
      for (Eigen::Index c = 0; c < on_rates.size() * bands; ++c) {
        const Eigen::Index cell = c / (moves * bands);  // every band of a rate alike
        varied.rates.push_back(inputs.rates[static_cast<std::size_t>(c)] *
                               std::exp(on_rates[cell * moves + c % moves]));
      }
      for (Eigen::Index c = 0; c < on_incidence.size(); ++c) {
        varied.entries.log_incidence.push_back(
            inputs.entries.log_incidence[static_cast<std::size_t>(c)] + on_incidence[c]);
      }
      runs[at(k)].draw = k;
      runs[at(k)].settled_start = settled;
    }
    return read.of(project_open_cohort(varied, runs, open));
  };

  std::vector<calibration_target> wanted;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto& t = targets[i];
    calibration_target one{t.name, t.observed, t.error, 1};
    const double people = t.what == calibrated_measure::prevalence ? read.people(t) : 1;
    if (t.observed == 0) {
      one.count_scale = people / t.dispersion;
      if (t.what == calibrated_measure::turnover || t.what == calibrated_measure::mean_stay) {
        refuse(t.name + " is 0", "a turnover or a stay is positive", "Give the numbers behind it");
      }
    } else if (t.error == 0) {
      if (t.what == calibrated_measure::prevalence) {
        one.error = log_share_error(t.observed, people, t.dispersion);
      } else if (t.what == calibrated_measure::new_users) {
        one.error = log_count_error(t.observed, t.dispersion);
      } else {
        refuse(t.name + " has no error", "a ratio of two numbers does not say how many there were",
               "Give the standard error of its logarithm, 1/sqrt(moves) at least");
      }
    }
    wanted.push_back(one);
  }
  std::vector<calibration_multiplier> named;
  for (const auto& m : multipliers) named.push_back({m.name, m.prior_sd});
  return calibrate(wanted, named, run, search);
}

}  // namespace kohort
