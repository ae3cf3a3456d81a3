#include <algorithm>
#include <cmath>
#include <limits>

#include <kohort/data/detail/hidden_rows.hpp>
#include <kohort/estimation/hidden_paths.hpp>
#include <kohort/likelihood/detail/hidden_states.hpp>
#include <kohort/model/probability_matrix.hpp>

namespace kohort {

namespace {

using detail::hidden_states;
using detail::likelihood_input;
using detail::run_steps;

constexpr std::size_t runs_a_block = 64;

/// One run as matrices from row to row: entry (r, s) is the probability (or density) of going from
/// r to s and of what was seen there.
struct run_matrices {
  Eigen::RowVectorXd start;
  std::vector<Eigen::MatrixXd> rows;
  std::vector<std::int64_t> last_steps;  // of each row after the first
};

Eigen::MatrixXd step_matrix(const detail::wiring& moves, const run_steps& run, std::size_t j) {
  const auto n = static_cast<Eigen::Index>(run.states);
  const auto K = static_cast<std::size_t>(run.transitions);
  Eigen::MatrixXd Q = Eigen::MatrixXd::Zero(n + 1, n + 1);  // the last state: lost
  for (std::size_t k = 0; k < K; ++k) {
    const bool kept = run.all_kept.empty() || run.all_kept[j * K + k] > 0.5;
    Q(moves.from[k], kept ? moves.to[k] : n) += run.rates[j * K + k];
  }
  Eigen::MatrixXd M = transition_probability(intensity_matrix<>::from_rates(Q), run.elapsed[j])
                          .matrix()
                          .topLeftCorner(n, n);
  if (!run.all_jumps.empty()) {
    Eigen::MatrixXd J = Eigen::MatrixXd::Zero(n, n);
    bool any = false;
    for (std::size_t k = 0; k < K; ++k) {
      if (run.all_jumps[j * K + k] < 0.5) continue;
      any = true;
      J(moves.from[k], moves.to[k]) += run.rates[j * K + k];
    }
    if (any) M *= J;
  }
  for (Eigen::Index s = 0; s < n; ++s)
    M.col(s) *= run.all_seen[j * static_cast<std::size_t>(n) + static_cast<std::size_t>(s)];
  return M;
}

run_matrices matrices_of(const hidden_states& hidden, const hidden_runs& runs, std::size_t r) {
  run_steps steps;
  steps.clear(hidden.moves().states, hidden.moves().transitions());
  std::vector<std::size_t> ends;  // of the table's steps among those written
  hidden.describe(r, steps, &ends);
  run_matrices found;
  found.start = Eigen::Map<const Eigen::RowVectorXd>(steps.start.data(), steps.states);
  Eigen::MatrixXd interval;
  const auto first = static_cast<std::size_t>(runs.first_steps[r]);
  for (std::size_t j = 0, s = 0; j < ends.size(); ++j) {
    for (; s <= ends[j]; ++s) {
      const auto M = step_matrix(hidden.moves(), steps, s);
      interval = interval.size() == 0 ? M : Eigen::MatrixXd(interval * M);
    }
    const auto& what = runs.seen[static_cast<std::size_t>(runs.sightings[first + j])];
    if (what.what == sighting::kind::nothing) continue;
    found.rows.push_back(std::move(interval));
    found.last_steps.push_back(static_cast<std::int64_t>(j));
    interval.resize(0, 0);
  }
  return found;
}

/// Calls `take(run, row within it, step)` order-free for what `trace(matrices)` gives per row.
template <typename Trace, typename Put>
void for_each_run(const observations& seen, const intensity_model& intensities,
                  const Eigen::VectorXd& coefficients, int threads, const progress& report,
                  const Trace& trace, const Put& put,
                  const std::function<void(std::size_t, state)>& known) {
  if (!intensities.hidden()) {
    for (std::size_t i = 0; i < seen.rows(); ++i) {
      if (seen.weight(seen.subjects[i]) > 0) known(i, seen.states[i]);
    }
    return;
  }
  patience go_on(report);
  const auto tables = detail::aggregate_hidden(seen, intensities, go_on, true);
  const auto& runs = tables.hidden;
  const likelihood_input in(intensities, tables, coefficients, threads, report);
  const hidden_states hidden(in);
  std::vector<std::vector<std::size_t>> rows_of(runs.size());
  for (std::size_t i = 0; i < runs.places.size(); ++i) {
    const auto& place = runs.places[i];
    if (place.known >= 0) {
      known(i, place.known);
    } else if (place.run >= 0) {
      rows_of[static_cast<std::size_t>(place.run)].push_back(i);
    }
  }
  const std::size_t blocks = (runs.size() + runs_a_block - 1) / runs_a_block;
  for_each_block(
      blocks, threads,
      [&](std::size_t block) {
        const auto last = std::min((block + 1) * runs_a_block, runs.size());
        for (std::size_t r = block * runs_a_block; r < last; ++r) {
          if (rows_of[r].empty()) continue;
          const auto run = matrices_of(hidden, runs, r);
          const auto found = trace(run);
          for (const auto i : rows_of[r]) {
            const auto step = runs.places[i].step;
            const auto at = step < 0
                                ? 0
                                : std::find(run.last_steps.begin(), run.last_steps.end(), step) -
                                      run.last_steps.begin() + 1;
            put(i, found, static_cast<std::size_t>(at));
          }
        }
      },
      report);
}

}  // namespace

Eigen::MatrixXd smoothed_states(const observations& seen, const intensity_model& intensities,
                                const Eigen::VectorXd& coefficients, int threads,
                                const progress& report) {
  const auto n = static_cast<Eigen::Index>(intensities.structure.size());
  Eigen::MatrixXd probability = Eigen::MatrixXd::Constant(static_cast<Eigen::Index>(seen.rows()), n,
                                                          std::numeric_limits<double>::quiet_NaN());
  const auto trace = [](const run_matrices& run) {
    std::vector<Eigen::RowVectorXd> rows{run.start / run.start.sum()};
    for (const auto& M : run.rows) {
      Eigen::RowVectorXd next = rows.back() * M;
      rows.push_back(next / next.sum());
    }
    Eigen::VectorXd rest = Eigen::VectorXd::Ones(rows[0].size());
    for (std::size_t k = rows.size(); k-- > 0;) {
      rows[k] = rows[k].cwiseProduct(rest.transpose());
      rows[k] /= rows[k].sum();
      if (k == 0) break;
      rest = run.rows[k - 1] * rest;
      rest /= rest.maxCoeff();
    }
    return rows;
  };
  for_each_run(
      seen, intensities, coefficients, threads, report, trace,
      [&](std::size_t i, const std::vector<Eigen::RowVectorXd>& rows, std::size_t k) {
        probability.row(static_cast<Eigen::Index>(i)) = rows[k];
      },
      [&](std::size_t i, state s) {
        probability.row(static_cast<Eigen::Index>(i)).setZero();
        probability(static_cast<Eigen::Index>(i), s) = 1;
      });
  return probability;
}

std::vector<state> likeliest_states(const observations& seen, const intensity_model& intensities,
                                    const Eigen::VectorXd& coefficients, int threads,
                                    const progress& report) {
  std::vector<state> path(seen.rows(), -1);
  const auto trace = [](const run_matrices& run) {
    const auto n = run.start.size();
    Eigen::ArrayXd score = run.start.transpose().array().log();
    std::vector<std::vector<state>> came_from;
    for (const auto& M : run.rows) {
      Eigen::ArrayXd next(n);
      came_from.emplace_back(static_cast<std::size_t>(n), 0);
      for (Eigen::Index s = 0; s < n; ++s) {
        Eigen::Index best = 0;
        next[s] = (score + M.col(s).array().log()).maxCoeff(&best);
        came_from.back()[static_cast<std::size_t>(s)] = static_cast<state>(best);
      }
      score = next;
    }
    Eigen::Index best = 0;
    score.maxCoeff(&best);
    std::vector<state> states{static_cast<state>(best)};
    for (std::size_t k = came_from.size(); k-- > 0;)
      states.push_back(came_from[k][static_cast<std::size_t>(states.back())]);
    std::reverse(states.begin(), states.end());
    return states;
  };
  for_each_run(
      seen, intensities, coefficients, threads, report, trace,
      [&](std::size_t i, const std::vector<state>& states, std::size_t k) { path[i] = states[k]; },
      [&](std::size_t i, state s) { path[i] = s; });
  return path;
}

}  // namespace kohort
