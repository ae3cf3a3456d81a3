#include <algorithm>
#include <cmath>
#include <string>

#include <kohort/projection/decomposition.hpp>
#include <kohort/projection/projection.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Persons or person-years of one run as (time, state, sex, age).
struct by_age {
  const std::vector<double>& values;
  int length, S, A;
  std::size_t offset = 0;

  double operator()(int y, int s, int sex, int a) const {
    return values[offset + at(((y * S + s) * 2 + sex) * A + a)];
  }
};

std::vector<double> grouped(const by_age& from, const std::vector<int>& group, int groups) {
  std::vector<double> to(at(from.length * from.S * 2 * groups), 0.0);
  for (int y = 0; y < from.length; ++y) {
    for (int s = 0; s < from.S; ++s) {
      for (int sex = 0; sex < 2; ++sex) {
        for (int a = 0; a < from.A; ++a) {
          to[at(((y * from.S + s) * 2 + sex) * groups + group[at(a)])] += from(y, s, sex, a);
        }
      }
    }
  }
  return to;
}

}  // namespace

projection project(const projection_inputs& inputs, open_cohort_options options) {
  const auto& in = inputs.point;
  const int T = in.population.years, A = in.population.ages;
  if (static_cast<int>(options.group_of_age.size()) != A ||
      (A > 0 && *std::min_element(options.group_of_age.begin(), options.group_of_age.end()) < 0)) {
    reject("E-SHAPE", "project",
           std::to_string(options.group_of_age.size()) + " ages have an age group",
           "there are " + std::to_string(A) + " ages", "Give each age the number of its group");
  }
  const auto groups_wanted = options.group_of_age;
  const int G = 1 + *std::max_element(groups_wanted.begin(), groups_wanted.end());

  // The point estimate, by single age.
  auto single = options;
  for (int a = 0; a < A; ++a) single.group_of_age[at(a)] = a;
  single.report = {};
  const auto point = project_open_cohort(in, {{}}, single);
  const int S = static_cast<int>(point.states.size());
  const by_age persons{point.persons, T + 1, S, A}, person_years{point.person_years, T, S, A};

  projection out;
  out.states = point.states;
  out.moves = point.moves;
  out.years = T;
  out.groups = G;
  out.notices = point.notices;
  for (int s = 1; s < S; ++s) {
    if (point.states[at(s)] != in.ended) out.levels.push_back(s);
  }
  const int L = static_cast<int>(out.levels.size());
  if (inputs.cost.size() != S) {
    reject("E-SHAPE", "project", std::to_string(inputs.cost.size()) + " costs",
           "there are " + std::to_string(S) + " living states with `none`",
           "Give each its cost per year, 0 for `none`");
  }
  std::vector<double> index = inputs.price_index;
  if (index.empty()) index.assign(at(T + 1), 1.0);
  if (static_cast<int>(index.size()) != T + 1) {
    reject("E-INDEX-MISSING", "project",
           "the price index has " + std::to_string(index.size()) + " years",
           std::to_string(T + 1) + " are needed, the base year's first", "Complete the index");
  }
  for (int y = 0; y <= T; ++y) {
    if (index[at(y)] > 0 && std::isfinite(index[at(y)])) continue;
    reject("E-NUM", "project",
           "the price index of " + std::to_string(in.population.base_year + y) + " is " +
               shown(index[at(y)]),
           "a price level is positive and finite", "Mend the index");
  }
  const auto price = [&](int s, int y) { return inputs.cost[s] * index[at(y)]; };

  out.persons = grouped(persons, groups_wanted, G);
  out.person_years = grouped(person_years, groups_wanted, G);
  out.moved = point.moved;
  out.deaths = point.died;
  out.migration = point.migrated;
  out.reached = point.reached;

  const auto new_users = [&](const open_cohort_results& from, int run, std::vector<double>& to) {
    const int M = static_cast<int>(from.moves.size());
    for (int y = 0; y < T; ++y) {
      for (const int level : out.levels) {
        for (int k = 0; k < M; ++k) {
          const auto& move = from.moves[at(k)];
          if (move.from == 0 && move.to == level)
            to.push_back(from.moved[at((run * T + y) * M + k)]);
        }
      }
    }
  };
  new_users(point, 0, out.new_users);

  // Totals by state, and costs under the four conventions, fixed to the year they are of.
  std::vector<double> stock(at((T + 1) * S), 0.0), lived(at(T * S), 0.0);
  double users_years = 0, outside = 0;
  for (int s = 0; s < S; ++s) {
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < A; ++a) {
        for (int y = 0; y <= T; ++y) stock[at(y * S + s)] += persons(y, s, sex, a);
        for (int y = 0; y < T; ++y) {
          const double years = person_years(y, s, sex, a);
          lived[at(y * S + s)] += years;
          if (std::find(out.levels.begin(), out.levels.end(), s) == out.levels.end()) continue;
          users_years += years;
          const int age = in.population.first_age + a;
          if (age < inputs.fitted_from || age > inputs.fitted_to) outside += years;
        }
      }
    }
  }
  for (int y = 0; y < T; ++y) {
    for (int s = 0; s < S; ++s) {
      const double first = stock[at(y * S + s)], last = stock[at((y + 1) * S + s)];
      const double c = price(s, y + 1);
      out.cost[0].push_back(c * first);
      out.cost[1].push_back(c * last);
      out.cost[2].push_back((c * first + c * last) / 2);
      out.cost[3].push_back(c * lived[at(y * S + s)]);
    }
  }
  out.extrapolated = users_years > 0 ? outside / users_years : 0;
  if (out.extrapolated > 0) {
    out.notices.push_back({"W-EXTRAPOLATE",
                           shown(std::round(1000 * out.extrapolated) / 10) +
                               " % of the person-years with support are lived at ages outside "
                               "those fitted (" +
                               std::to_string(inputs.fitted_from) + "-" +
                               std::to_string(inputs.fitted_to) + ")",
                           out.extrapolated});
  }

  // Constant shares, by single age.
  std::vector<double> share_values(at((T + 1) * S * 2 * A));
  for (int y = 0; y <= T; ++y) {
    for (int s = 0; s < S; ++s) {
      for (int sex = 0; sex < 2; ++sex) {
        for (int a = 0; a < A; ++a) {
          const double base = in.population.persons[at(sex * A + a)];
          const double pi =
              base > 0 ? persons(0, s, sex, a) / base : point.prevalence[at((sex * A + a) * S + s)];
          share_values[at(((y * S + s) * 2 + sex) * A + a)] =
              pi * in.population.persons[at((y * 2 + sex) * A + a)];
        }
      }
    }
  }
  const by_age shares{share_values, T + 1, S, A};
  out.share_persons = grouped(shares, groups_wanted, G);
  std::vector<double> share_stock(at((T + 1) * S), 0.0);
  for (int y = 0; y <= T; ++y) {
    for (int s = 0; s < S; ++s) {
      for (int sex = 0; sex < 2; ++sex) {
        for (int a = 0; a < A; ++a) share_stock[at(y * S + s)] += shares(y, s, sex, a);
      }
    }
  }
  for (int y = 0; y < T; ++y) {
    for (int s = 0; s < S; ++s) {
      out.share_cost.push_back(price(s, y + 1) *
                               (share_stock[at(y * S + s)] + share_stock[at((y + 1) * S + s)]) / 2);
    }
  }

  // Growth since the base year, of both forecasts.
  const auto population_of = [&](int y) {
    Eigen::VectorXd n(2 * A);
    for (int c = 0; c < 2 * A; ++c) n[c] = in.population.persons[at(y * 2 * A + c)];
    return n;
  };
  const auto users_of = [&](const by_age& from, int y) {
    Eigen::MatrixXd users(2 * A, L);
    for (int c = 0; c < 2 * A; ++c) {
      for (int l = 0; l < L; ++l) users(c, l) = from(y, out.levels[at(l)], c / A, c % A);
    }
    return users;
  };
  const auto prices_of = [&](int y) {
    Eigen::VectorXd p(L);
    for (int l = 0; l < L; ++l) p[l] = price(out.levels[at(l)], y);
    return p;
  };
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(L);
  for (int forecast = 0; forecast < 2; ++forecast) {
    const by_age& from = forecast == 0 ? persons : shares;
    for (int y = 0; y <= T; ++y) {
      const auto heads = growth_split(population_of(0), population_of(y), users_of(from, 0),
                                      users_of(from, y), ones, ones);
      const auto money = growth_split(population_of(0), population_of(y), users_of(from, 0),
                                      users_of(from, y), prices_of(0), prices_of(y));
      for (int i = 0; i < 4; ++i) {
        out.growth_users[at(forecast)].push_back(heads[i]);
        out.growth_cost[at(forecast)].push_back(money[i]);
      }
    }
  }

  // Flow minus constant shares: eight runs with the mortality change, eight without.
  auto total_only = single;
  std::fill(total_only.group_of_age.begin(), total_only.group_of_age.end(), 0);
  std::vector<projection_run> runs;
  for (unsigned r = 0; r < 8; ++r) {
    runs.push_back({.draw = 0,
                    .incidence_trend = (r & 1U) != 0,
                    .mix_trend = (r & 2U) != 0,
                    .settled_start = (r & 4U) != 0});
  }
  std::array<open_cohort_results, 2> with;
  for (const bool change : {false, true}) {
    total_only.mortality_change = change && options.mortality_change;
    with[change] = project_open_cohort(in, runs, total_only);
  }
  // Users on 31 December of forecast year y, or the cost of that year; trends: bits I, D, M.
  const auto total = [&](int y, bool settled, unsigned trends, bool money) {
    const auto& from = with[trends >> 2 & 1U];
    const int run = static_cast<int>((trends & 3U) | (settled ? 4U : 0U));
    double sum = 0;
    for (int sex = 0; sex < 2; ++sex) {
      if (money) {
        for (int s = 0; s < S; ++s) {
          sum += price(s, y) * from.person_years[at(((run * T + y - 1) * S + s) * 2 + sex)];
        }
      } else {
        for (const int s : out.levels) {
          sum += from.persons[at(((run * (T + 1) + y) * S + s) * 2 + sex)];
        }
      }
    }
    return sum;
  };
  for (int y = 0; y <= T; ++y) {
    Eigen::MatrixXd v = Eigen::MatrixXd::Zero(16, 2);  // bits: Z, I, D, M
    for (const bool money : {false, true}) {
      if (money && y == 0) continue;
      double constant = 0;
      if (money) {
        for (int s = 0; s < S; ++s) constant += out.share_cost[at((y - 1) * S + s)];
      } else {
        for (const int s : out.levels) constant += share_stock[at(y * S + s)];
      }
      for (unsigned coalition = 0; coalition < 16; ++coalition) {
        const unsigned trends = coalition >> 1;
        v(coalition, money) =
            coalition & 1U ? total(y, false, trends, money)
                           : constant + total(y, true, trends, money) - total(y, true, 0, money);
      }
    }
    const auto parts = shapley(v);
    for (int i = 0; i < 4; ++i) {
      out.difference_users.push_back(parts(i, 0));
      out.difference_cost.push_back(parts(i, 1));
    }
  }

  // The draws.
  const int K = static_cast<int>(in.structure.transitions().size());
  out.draws = static_cast<int>(inputs.draw_rates.size() / at(std::max(1, 2 * A * K)));
  if (out.draws > 0) {
    open_cohort_inputs drawn{in.structure,      in.ended,            in.population,
                             in.stock,          inputs.draw_rates,   inputs.draw_entries,
                             in.strategies,     in.population_paths};
    std::vector<projection_run> each(at(out.draws));
    for (int d = 0; d < out.draws; ++d) each[at(d)].draw = d;
    const auto all = project_open_cohort(drawn, each, options);
    out.scaled_cells = all.scaled_cells;
    out.scaled_runs = all.scaled_runs;
    out.least_scale = all.least_scale;
    for (int d = 0; d < out.draws; ++d) {
      for (int y = 0; y <= T; ++y) {
        std::vector<double> users(at(2 * G), 0.0);
        for (int s = 0; s < S; ++s) {
          const bool level = std::find(out.levels.begin(), out.levels.end(), s) != out.levels.end();
          double sum = 0;
          for (int c = 0; c < 2 * G; ++c) {
            const double x = all.persons[at((d * (T + 1) + y) * S + s) * at(2 * G) + at(c)];
            sum += x;
            if (level) users[at(c)] += x;
          }
          out.draws_persons.push_back(sum);
        }
        out.draws_users.insert(out.draws_users.end(), users.begin(), users.end());
      }
      for (int y = 0; y < T; ++y) {
        double money = 0;
        for (int s = 0; s < S; ++s) {
          double sum = 0;
          for (int c = 0; c < 2 * G; ++c) {
            sum += all.person_years[at((d * T + y) * S + s) * at(2 * G) + at(c)];
          }
          out.draws_person_years.push_back(sum);
          money += sum * price(s, y + 1);
        }
        out.draws_cost.push_back(money);
      }
      new_users(all, d, out.draws_new_users);
    }
    if (out.scaled_runs > 0) {
      out.notices.push_back(
          {"D-CLOSURE-NEGATIVE",
           "in " + shown(std::round(1000 * out.scaled_runs / out.draws) / 10) +
               " % of the draws mortality by level was scaled down at some age, so that those "
               "without support are left the stated share of the life table's mortality",
           out.scaled_runs / out.draws});
    }
  }
  if (point.scaled_cells > 0) {
    out.notices.push_back({"D-CLOSURE-NEGATIVE",
                           "in the point estimate mortality by level was scaled down at " +
                               shown(point.scaled_cells) + " of " + std::to_string(2 * A) +
                               " ages and sexes, at least to " + shown(point.least_scale) +
                               " of what was fitted",
                           point.scaled_cells});
  }
  return out;
}

}  // namespace kohort
