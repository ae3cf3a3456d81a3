#include <cmath>

#include <kohort/support/error.hpp>
#include <kohort/uncertainty/outcome_draws.hpp>

namespace kohort {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Both sexes of every `courses`-th run from `first` on.
std::vector<double> both_sexes(const std::vector<double>& from, std::size_t first,
                               std::size_t courses, std::size_t runs) {
  const std::size_t each = from.size() / (courses * runs);
  std::vector<double> to;
  to.reserve(runs * each / 2);
  for (std::size_t run = 0; run < runs; ++run) {
    const double* of = from.data() + (run * courses + first) * each;
    for (std::size_t i = 0; i < each; i += 2) to.push_back(of[i] + of[i + 1]);
  }
  return to;
}

}  // namespace

outcome_draws project_draws(open_cohort_inputs inputs, const draw_recipe& recipe,
                            const draw_numbers& numbers, const std::vector<double>& paths,
                            open_cohort_options options) {
  inputs.strategies.clear();
  return std::move(
      project_courses(std::move(inputs), recipe, numbers, paths, std::move(options)).front());
}

std::vector<outcome_draws> project_courses(open_cohort_inputs inputs, const draw_recipe& recipe,
                                           const draw_numbers& numbers,
                                           const std::vector<double>& paths,
                                           open_cohort_options options) {
  const int n = static_cast<int>(numbers.rate_normals.rows());
  const int T = inputs.population.years, A = inputs.population.ages;
  if (numbers.entry_normals.rows() != n || numbers.rate_uniforms.rows() != n) {
    reject("E-SHAPE", "project_draws", "rates and entries have different numbers of draws",
           "each draw has both", "Give tables with one row for each draw");
  }
  if (!paths.empty() && paths.size() != at(n) * at((T + 1) * 2 * A)) {
    reject("E-SHAPE", "project_draws", std::to_string(paths.size()) + " factors on the population",
           std::to_string(at(n) * at((T + 1) * 2 * A)) + " are needed",
           "Give draws x (years + 1) x 2 x ages");
  }
  draw_into(inputs, recipe, numbers);
  inputs.population_paths = paths;
  const int K = static_cast<int>(inputs.strategies.size());
  std::vector<projection_run> runs;
  for (int d = 0; d < n; ++d) {
    for (int k = -1; k < K; ++k) {
      runs.push_back({.draw = d, .strategy = k, .path = paths.empty() ? -1 : d});
    }
  }
  options.group_of_age.assign(at(A), 0);
  const auto all = project_open_cohort(inputs, runs, options);

  std::vector<outcome_draws> courses(at(K + 1));
  const auto M = all.moves.size(), S = all.states.size();
  for (std::size_t c = 0; c < courses.size(); ++c) {
    auto& out = courses[c];
    out.states = all.states;
    out.runs = n;
    out.years = T;
    out.scaled_runs = all.scaled_runs;
    out.persons = both_sexes(all.persons, c, courses.size(), at(n));
    out.person_years = both_sexes(all.person_years, c, courses.size(), at(n));
    for (int d = 0; d < n; ++d) {
      for (int y = 0; y < T; ++y) {
        const std::size_t row = (at(d) * courses.size() + c) * at(T) + at(y);
        double came = 0;
        for (std::size_t k = 0; k < M; ++k) {
          const auto& move = all.moves[k];
          if (move.from == 0 && all.states[at(move.to)] != inputs.ended) {
            came += all.moved[row * M + k];
          }
        }
        out.new_users.push_back(came);
        for (std::size_t s = 0; s < S; ++s) out.enrolled.push_back(all.enrolled[row * S + s]);
      }
    }
  }
  return courses;
}

std::vector<double> yearly_cost(const outcome_draws& of, const Eigen::VectorXd& cost,
                                const std::vector<double>& index, const Eigen::MatrixXd& shares,
                                const std::vector<double>& prices) {
  const int S = static_cast<int>(of.states.size()), T = of.years;
  const int C = static_cast<int>(shares.cols());
  if (cost.size() != S || (!index.empty() && index.size() != at(T + 1)) ||
      (!prices.empty() && (shares.rows() != S || prices.size() != at(of.runs * (T + 1) * C)))) {
    reject("E-SHAPE", "yearly_cost",
           std::to_string(cost.size()) + " costs, " + std::to_string(index.size()) +
               " price levels, " + std::to_string(prices.size()) + " prices",
           "there are " + std::to_string(S) + " states, " + std::to_string(T + 1) +
               " year-ends and " + std::to_string(of.runs) + " runs",
           "Give each its number");
  }
  std::vector<double> money;
  money.reserve(at(of.runs * T));
  for (int k = 0; k < of.runs; ++k) {
    for (int y = 1; y <= T; ++y) {
      double sum = 0;
      for (int s = 0; s < S; ++s) {
        double price = 1;
        if (!prices.empty()) {
          price = 0;
          for (int c = 0; c < C; ++c) price += shares(s, c) * prices[at((k * (T + 1) + y) * C + c)];
        }
        sum += of.person_years[at((k * T + y - 1) * S + s)] * cost[s] * price;
      }
      money.push_back(sum * (index.empty() ? 1 : index[at(y)]));
    }
  }
  return money;
}

}  // namespace kohort
