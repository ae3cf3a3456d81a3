#include <algorithm>
#include <cmath>
#include <string>

#include <kohort/projection/decomposition.hpp>
#include <kohort/projection/projection.hpp>
#include <kohort/support/error.hpp>

#include "course_tables.hpp"
#include "projection_parts.hpp"

namespace kohort {

namespace {

using detail::at;
using detail::by_age;

constexpr int draws_at_once = 256;  // in memory together, with all their strategies

/// Price of each state on each year's level: states x (years + 1).
std::vector<double> prices(const projection_inputs& inputs, int S) {
  const int T = inputs.point.population.years;
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
           "the price index of " + std::to_string(inputs.point.population.base_year + y) + " is " +
               shown(index[at(y)]),
           "a price level is positive and finite", "Mend the index");
  }
  std::vector<double> all;
  for (int s = 0; s < S; ++s) {
    for (int y = 0; y <= T; ++y) all.push_back(inputs.cost[s] * index[at(y)]);
  }
  return all;
}

/// Persons of all ages by state and year.
std::vector<double> totals(const std::vector<double>& table, int length, int S) {
  std::vector<double> sums(at(length * S), 0.0);
  const std::size_t last = table.size() / sums.size();
  for (std::size_t i = 0; i < table.size(); ++i) sums[i / last] += table[i];
  return sums;
}

void add_costs(projected_course& to, const std::vector<double>& price, int T, int S) {
  const auto stock = totals(to.persons, T + 1, S), lived = totals(to.person_years, T, S);
  for (int y = 0; y < T; ++y) {
    for (int s = 0; s < S; ++s) {
      const double first = stock[at(y * S + s)], last = stock[at((y + 1) * S + s)];
      const double c = price[at(s * (T + 1) + y + 1)];
      to.cost[0].push_back(c * first);
      to.cost[1].push_back(c * last);
      to.cost[2].push_back((c * first + c * last) / 2);
      to.cost[3].push_back(c * lived[at(y * S + s)]);
    }
  }
}

std::vector<double> cost_of_shares(const std::vector<double>& persons,
                                   const std::vector<double>& price, int T, int S) {
  const auto stock = totals(persons, T + 1, S);
  std::vector<double> cost;
  for (int y = 0; y < T; ++y) {
    for (int s = 0; s < S; ++s) {
      cost.push_back(price[at(s * (T + 1) + y + 1)] *
                     (stock[at(y * S + s)] + stock[at((y + 1) * S + s)]) / 2);
    }
  }
  return cost;
}

/// Growth since the base year; `everyone` is (years + 1) x 2 x ages.
void add_growth(const std::vector<double>& everyone, const by_age& from,
                const std::vector<int>& levels, const std::vector<double>& price,
                std::vector<double>& of_users, std::vector<double>& of_cost) {
  const int T = from.length - 1, A = from.A, L = static_cast<int>(levels.size());
  const auto population = [&](int y) {
    Eigen::VectorXd n(2 * A);
    for (int c = 0; c < 2 * A; ++c) n[c] = everyone[at(y * 2 * A + c)];
    return n;
  };
  const auto users = [&](int y) {
    Eigen::MatrixXd all(2 * A, L);
    for (int c = 0; c < 2 * A; ++c) {
      for (int l = 0; l < L; ++l) all(c, l) = from(y, levels[at(l)], c / A, c % A);
    }
    return all;
  };
  const auto price_in = [&](int y) {
    Eigen::VectorXd p(L);
    for (int l = 0; l < L; ++l) p[l] = price[at(levels[at(l)] * (T + 1) + y)];
    return p;
  };
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(L);
  for (int y = 0; y <= T; ++y) {
    const auto heads = growth_split(population(0), population(y), users(0), users(y), ones, ones);
    const auto money =
        growth_split(population(0), population(y), users(0), users(y), price_in(0), price_in(y));
    for (int i = 0; i < 4; ++i) {
      of_users.push_back(heads[i]);
      of_cost.push_back(money[i]);
    }
  }
}

/// Why usual care is not the constant-share forecast.
void add_difference(const open_cohort_inputs& in, open_cohort_options total_only,
                    const std::vector<double>& price, projection& out) {
  const int T = out.years, S = static_cast<int>(out.states.size());
  const bool mortality_change = total_only.mortality_change;
  std::fill(total_only.group_of_age.begin(), total_only.group_of_age.end(), 0);
  total_only.periods_a_year = 1;
  auto usual = in;
  usual.strategies.clear();
  // Eight runs with the mortality change, eight without.
  std::vector<projection_run> runs;
  for (unsigned r = 0; r < 8; ++r) {
    runs.push_back({.draw = 0,
                    .incidence_trend = (r & 1U) != 0,
                    .mix_trend = (r & 2U) != 0,
                    .settled_start = (r & 4U) != 0});
  }
  std::array<open_cohort_results, 2> with;
  for (const bool change : {false, true}) {
    total_only.mortality_change = change && mortality_change;
    with[change] = project_open_cohort(usual, runs, total_only);
  }
  const auto share_stock = totals(out.share_persons, T + 1, S);
  // Users on 31 December of forecast year y, or the cost of that year; trends: bits I, D, M.
  const auto total = [&](int y, bool settled, unsigned trends, bool money) {
    const auto& from = with[trends >> 2 & 1U];
    const int run = static_cast<int>((trends & 3U) | (settled ? 4U : 0U));
    double sum = 0;
    for (int sex = 0; sex < 2; ++sex) {
      if (money) {
        for (int s = 0; s < S; ++s) {
          sum += price[at(s * (T + 1) + y)] *
                 from.person_years[at(((run * T + y - 1) * S + s) * 2 + sex)];
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
}

/// By single age, for the point estimate.
open_cohort_options by_single_age(open_cohort_options options) {
  for (std::size_t a = 0; a < options.group_of_age.size(); ++a) {
    options.group_of_age[a] = static_cast<int>(a);
  }
  options.report = {};
  return options;
}

}  // namespace

namespace detail {

void add_draws(const projection_inputs& inputs, const open_cohort_options& options, int first,
               kept_runs kept, projection& out) {
  const auto& in = inputs.point;
  const auto price = prices(inputs, static_cast<int>(out.states.size()));
  const int K = static_cast<int>(in.strategies.size()), courses = K - first;
  const std::size_t one_path = at((out.years + 1) * 2 * in.population.ages);
  if (!inputs.draw_paths.empty() && inputs.draw_paths.size() != at(out.draws) * one_path) {
    reject("E-SHAPE", "project",
           std::to_string(inputs.draw_paths.size()) + " factors on the population",
           std::to_string(at(out.draws) * one_path) + " are needed",
           "Give draws x (years + 1) x 2 x ages");
  }
  if (!inputs.draw_strategies.empty() && inputs.draw_strategies.size() != in.strategies.size()) {
    reject("E-SHAPE", "project",
           std::to_string(inputs.draw_strategies.size()) + " strategies for the draws",
           "there are " + std::to_string(K), "Give the same strategies in the same order");
  }
  if (courses == 0) return;
  const open_cohort_inputs drawn{
      in.structure,
      in.ended,
      in.population,
      in.stock,
      inputs.draw_rates,
      inputs.draw_entries,
      inputs.draw_strategies.empty() ? in.strategies : inputs.draw_strategies,
      inputs.draw_paths,
      in.entry_cuts};
  std::vector<projection_run> runs;
  for (int d = 0; d < out.draws; ++d) {
    for (int k = first; k < K; ++k) {
      runs.push_back({.draw = d, .strategy = k, .path = inputs.draw_paths.empty() ? -1 : d});
    }
  }
  const auto all = detail::project_runs_in_parts(
      drawn, runs, options, draws_at_once * courses,
      [&](int begin, const open_cohort_results& part) {
        const auto yearly = detail::by_year(part);
        for (int run = 0; run < part.runs; ++run) {
          const int k = first + (begin + run) % courses;
          detail::add_draw(part, yearly, run, out.levels, price,
                           k < 0 ? out.usual : out.strategies[at(k)]);
        }
      },
      kept);
  if (first == 0) return;
  out.scaled_cells = all.scaled_cells;
  out.scaled_runs = all.scaled_runs;
  out.least_scale = all.least_scale;
  if (out.scaled_runs > 0) {
    out.notices.push_back(
        {"D-CLOSURE-NEGATIVE",
         "in " + shown(std::round(1000 * out.scaled_runs / out.draws) / 10) +
             " % of the draws mortality by level was scaled down at some age, so that those "
             "without support are left the stated share of the life table's mortality",
         out.scaled_runs / out.draws});
  }
}

open_cohort_results add_point(const projection_inputs& inputs, const open_cohort_options& options,
                              int first, kept_runs kept, projection& out) {
  const auto& in = inputs.point;
  const int T = in.population.years, A = in.population.ages;
  std::vector<projection_run> runs;
  for (int k = first; k < static_cast<int>(in.strategies.size()); ++k) {
    runs.push_back({.strategy = k});
  }
  const auto found = detail::project_runs(in, runs, by_single_age(options), kept);
  auto point = detail::by_year(found);
  const int S = static_cast<int>(point.states.size());
  const auto price = prices(inputs, S);
  const auto& group = options.group_of_age;
  out.groups = 1 + *std::max_element(group.begin(), group.end());
  if (first < 0) {
    out.states = point.states;
    out.moves = point.moves;
    out.years = T;
    out.periods = found.periods > T ? found.periods : 0;
    out.notices = point.notices;
    for (int s = 1; s < S; ++s) {
      if (point.states[at(s)] != in.ended) out.levels.push_back(s);
    }
  }
  for (int run = 0; run < point.runs; ++run) {
    const int k = first + run;
    auto course = detail::course_of(found, point, run, group, out.groups, out.levels);
    add_costs(course, price, T, S);
    const by_age persons{point.persons, T + 1, S, A, at(run * (T + 1) * S * 2 * A)};
    std::vector<double> everyone(at((T + 1) * 2 * A), 0.0);
    for (int y = 0; y <= T; ++y) {
      for (int s = 0; s < S; ++s) {
        for (int c = 0; c < 2 * A; ++c) everyone[at(y * 2 * A + c)] += persons(y, s, c / A, c % A);
      }
    }
    add_growth(k < 0 ? in.population.persons : everyone, persons, out.levels, price,
               course.growth_users, course.growth_cost);
    if (k < 0) {
      course.name = "usual care";
      out.usual = std::move(course);
    } else {
      course.name = in.strategies[at(k)].name;
      out.strategies.push_back(std::move(course));
    }
  }
  return point;
}

projection projected(const projection_inputs& inputs, const open_cohort_options& options,
                     kept_runs of_point, kept_runs of_draws) {
  const auto& in = inputs.point;
  const int T = in.population.years, A = in.population.ages;
  if (static_cast<int>(options.group_of_age.size()) != A ||
      (A > 0 && *std::min_element(options.group_of_age.begin(), options.group_of_age.end()) < 0)) {
    reject("E-SHAPE", "project",
           std::to_string(options.group_of_age.size()) + " ages have an age group",
           "there are " + std::to_string(A) + " ages", "Give each age the number of its group");
  }
  if (!(inputs.healthy_share >= 0) || !(inputs.healthy_share <= 1)) {
    reject("E-SETTING", "project", "healthy ageing with a share of " + shown(inputs.healthy_share),
           "of a year gained, need is put off by between none and all of it", "Give 1, or 0.5");
  }
  projection out;
  const auto point = add_point(inputs, options, -1, of_point, out);
  const auto& group = options.group_of_age;
  const int S = static_cast<int>(point.states.size()), G = out.groups;
  const auto price = prices(inputs, S);

  const by_age persons{point.persons, T + 1, S, A}, person_years{point.person_years, T, S, A};
  double users_years = 0, outside = 0;
  for (const int s : out.levels) {
    for (int sex = 0; sex < 2; ++sex) {
      for (int a = 0; a < A; ++a) {
        const int age = in.population.first_age + a;
        for (int y = 0; y < T; ++y) {
          const double years = person_years(y, s, sex, a);
          users_years += years;
          if (age < inputs.fitted_from || age > inputs.fitted_to) outside += years;
        }
      }
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

  // Constant shares, and those put off as life becomes longer.
  const auto shares = detail::at_shares_of(in, persons, point.prevalence, {});
  out.share_persons = detail::grouped({shares, T + 1, S, A}, group, G);
  out.share_cost = cost_of_shares(out.share_persons, price, T, S);
  add_growth(in.population.persons, {shares, T + 1, S, A}, out.levels, price,
             out.share_growth_users, out.share_growth_cost);
  const auto healthy = detail::at_shares_of(
      in, persons, point.prevalence, detail::gained_years(in.population, inputs.healthy_share));
  out.healthy_persons = detail::grouped({healthy, T + 1, S, A}, group, G);
  out.healthy_cost = cost_of_shares(out.healthy_persons, price, T, S);
  add_difference(in, by_single_age(options), price, out);

  const int K = static_cast<int>(in.structure.transitions().size() * (in.entry_cuts.size() + 1));
  out.draws = static_cast<int>(inputs.draw_rates.size() / at(std::max(1, 2 * A * K)));
  if (out.draws > 0) add_draws(inputs, options, -1, of_draws, out);
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

}  // namespace detail

projection project(const projection_inputs& inputs, const open_cohort_options& options) {
  return detail::projected(inputs, options, nullptr, nullptr);
}

}  // namespace kohort
