#include "course_tables.hpp"

#include <algorithm>
#include <cmath>

namespace kohort::detail {

namespace {

/// One run's rows of a table with `rows` of them for each run.
std::vector<double> part(const std::vector<double>& table, int run, int runs) {
  const auto size = static_cast<std::ptrdiff_t>(table.size()) / runs;
  return {table.begin() + run * size, table.begin() + (run + 1) * size};
}

void append(const std::vector<double>& table, int run, int runs, std::vector<double>& to) {
  const auto size = static_cast<std::ptrdiff_t>(table.size()) / runs;
  to.insert(to.end(), table.begin() + run * size, table.begin() + (run + 1) * size);
}

/// Sums over the last numbers of each row.
void append_sums(const std::vector<double>& table, int run, int runs, int last,
                 std::vector<double>& to) {
  const auto size = table.size() / at(runs);
  const double* from = table.data() + at(run) * size;
  for (std::size_t i = 0; i < size; i += at(last)) {
    double sum = 0;
    for (int j = 0; j < last; ++j) sum += from[i + at(j)];
    to.push_back(sum);
  }
}

void append_new_users(const open_cohort_results& from, int run, const std::vector<int>& levels,
                      std::vector<double>& to) {
  const int M = static_cast<int>(from.moves.size());
  for (int y = 0; y < from.years; ++y) {
    for (const int level : levels) {
      for (int k = 0; k < M; ++k) {
        const auto& move = from.moves[at(k)];
        if (move.from == 0 && move.to == level) {
          to.push_back(from.moved[at((run * from.years + y) * M + k)]);
        }
      }
    }
  }
}

}  // namespace

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

open_cohort_results by_year(const open_cohort_results& from) {
  open_cohort_results to = from;
  const int P = from.years > 0 ? from.periods / from.years : 1;
  if (P == 1) return to;
  to.periods = from.years;
  const auto sums = [&](const std::vector<double>& flows) {
    std::vector<double> yearly(flows.size() / at(P), 0.0);
    const std::size_t row = flows.size() / at(from.runs * from.periods);
    for (std::size_t period = 0; period < at(from.runs * from.periods); ++period) {
      const double* parts = &flows[period * row];
      double* sum = &yearly[period / at(P) * row];
      for (std::size_t i = 0; i < row; ++i) sum[i] += parts[i];
    }
    return yearly;
  };
  to.person_years = sums(from.person_years);
  to.moved = sums(from.moved);
  to.died = sums(from.died);
  to.migrated = sums(from.migrated);
  to.reached = sums(from.reached);
  to.enrolled = sums(from.enrolled);
  to.persons.clear();
  const std::size_t row = from.persons.size() / at(from.runs * (from.periods + 1));
  for (int run = 0; run < from.runs; ++run) {
    for (int y = 0; y <= from.years; ++y) {
      const double* end = &from.persons[at(run * (from.periods + 1) + y * P) * row];
      to.persons.insert(to.persons.end(), end, end + row);
    }
  }
  return to;
}

projected_course course_of(const open_cohort_results& all, const open_cohort_results& yearly,
                           int run, const std::vector<int>& group, int groups,
                           const std::vector<int>& levels) {
  const int S = static_cast<int>(all.states.size()), A = static_cast<int>(group.size());
  const auto of_groups = [&](const std::vector<double>& table, int length) {
    const auto one = part(table, run, all.runs);
    return grouped({one, length, S, A}, group, groups);
  };
  projected_course to;
  to.persons = of_groups(yearly.persons, all.years + 1);
  to.person_years = of_groups(yearly.person_years, all.years);
  to.moved = part(yearly.moved, run, all.runs);
  to.deaths = part(yearly.died, run, all.runs);
  to.migration = part(yearly.migrated, run, all.runs);
  to.reached = part(yearly.reached, run, all.runs);
  to.enrolled = part(yearly.enrolled, run, all.runs);
  append_new_users(yearly, run, levels, to.new_users);
  if (all.periods > all.years) {
    to.period_persons = of_groups(all.persons, all.periods + 1);
    to.period_person_years = of_groups(all.person_years, all.periods);
    to.period_moved = part(all.moved, run, all.runs);
    to.period_deaths = part(all.died, run, all.runs);
    to.period_enrolled = part(all.enrolled, run, all.runs);
  }
  return to;
}

void add_draw(const open_cohort_results& all, const open_cohort_results& yearly, int run,
              const std::vector<int>& levels, const std::vector<double>& price,
              projected_course& to) {
  const int T = yearly.years, G = yearly.groups, S = static_cast<int>(all.states.size());
  append_sums(yearly.persons, run, all.runs, G, to.draws_persons);
  append_sums(yearly.person_years, run, all.runs, G, to.draws_person_years);
  append(yearly.moved, run, all.runs, to.draws_moved);
  append(yearly.died, run, all.runs, to.draws_deaths);
  append(yearly.enrolled, run, all.runs, to.draws_enrolled);
  append_new_users(yearly, run, levels, to.draws_new_users);
  for (int y = 0; y <= T; ++y) {
    for (int c = 0; c < 2 * G; ++c) {
      double users = 0;
      for (const int s : levels) {
        users += yearly.persons[at((run * (T + 1) + y) * S + s) * at(2 * G) + at(c)];
      }
      to.draws_users.push_back(users);
    }
  }
  const double* lived = &to.draws_person_years[to.draws_person_years.size() - at(T * S * 2)];
  for (int y = 0; y < T; ++y) {
    double money = 0;
    for (int s = 0; s < S; ++s) {
      money +=
          (lived[(y * S + s) * 2] + lived[(y * S + s) * 2 + 1]) * price[at(s * (T + 1) + y + 1)];
    }
    to.draws_cost.push_back(money);
  }
  if (all.periods > all.years) {
    append_sums(all.persons, run, all.runs, 2 * G, to.draws_period_persons);
    append_sums(all.person_years, run, all.runs, 2 * G, to.draws_period_person_years);
  }
}

std::vector<double> at_shares_of(const open_cohort_inputs& in, const by_age& persons,
                                 const std::vector<double>& smoothed,
                                 const std::vector<double>& later) {
  const int T = in.population.years, A = persons.A, S = persons.S;
  const auto share = [&](int s, int sex, int a) {
    const double base = in.population.persons[at(sex * A + a)];
    return base > 0 ? persons(0, s, sex, a) / base : smoothed[at((sex * A + a) * S + s)];
  };
  std::vector<double> values(at((T + 1) * S * 2 * A));
  for (int y = 0; y <= T; ++y) {
    for (int s = 0; s < S; ++s) {
      for (int sex = 0; sex < 2; ++sex) {
        for (int a = 0; a < A; ++a) {
          const std::size_t cell = at((y * 2 + sex) * A + a);
          double pi = share(s, sex, a);
          if (!later.empty() && later[cell] != 0) {
            const double age = std::clamp(a - later[cell], 0.0, A - 1.0);
            const int below = std::min(static_cast<int>(age), A - 2);
            const double above = age - below;
            pi = (1 - above) * share(s, sex, below) + above * share(s, sex, below + 1);
          }
          values[at(((y * S + s) * 2 + sex) * A + a)] = pi * in.population.persons[cell];
        }
      }
    }
  }
  return values;
}

std::vector<double> gained_years(const population_forecast& population, double share) {
  const int T = population.years, A = population.ages;
  std::vector<double> left(population.mortality.size());
  for (int row = 0; row < (T + 1) * 2; ++row) {
    double next = 0;
    for (int a = A - 1; a >= 0; --a) {
      const double m = population.mortality[at(row * A + a)];
      next = a == A - 1 ? 1 / m : -std::expm1(-m) / m + std::exp(-m) * next;
      left[at(row * A + a)] = next;
    }
  }
  std::vector<double> gained(left.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    gained[i] = share * (left[i] - left[i % at(2 * A)]);
  }
  return gained;
}

}  // namespace kohort::detail
