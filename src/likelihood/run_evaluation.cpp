#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Core>

#include <kohort/likelihood/detail/run_evaluation.hpp>
#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/log_probability.hpp>

#include "likelihood/vector_kernels.hpp"

namespace kohort::detail {

namespace {

constexpr double largest_piece = 40;      // theta; longer steps are cut into equal pieces
constexpr double largest_step = 1 << 16;  // theta; beyond, on logarithms
constexpr int most_lanes = 8;
constexpr double never = -std::numeric_limits<double>::infinity();

/// lambda t of one step; not finite if a rate is not.
double theta_of(const wiring& moves, const run_steps& run, std::size_t step) {
  double exits[most_states] = {};
  const auto K = static_cast<std::size_t>(run.transitions);
  double sum = 0;
  for (std::size_t k = 0; k < K; ++k) {
    exits[moves.from[k]] += run.rates[step * K + k];
    sum += run.rates[step * K + k];
  }
  if (!std::isfinite(sum)) return sum;
  return *std::max_element(exits, exits + run.states) * run.elapsed[step];
}

// --- on logarithms
// --------------------------------------------------------------------------------

using log_row = Eigen::ArrayXd;

double log_sum(const log_row& logs) {
  const double largest = logs.maxCoeff();
  if (largest == never) return never;
  return largest + std::log((logs - largest).exp().sum());
}

/// log of the row after the piece and the jump of one step, before what is seen.
struct log_step {
  const wiring& moves;
  const run_steps& run;
  std::size_t step;

  /// log of the matrix from the states at the beginning to those at the end (after a jump).
  [[nodiscard]] Eigen::ArrayXXd matrix(const double* rates) const {
    const auto n = run.states;
    const auto K = static_cast<std::size_t>(run.transitions);
    const double* const kept = run.all_kept.empty() ? nullptr : run.all_kept.data() + step * K;
    const double* const jumps = run.all_jumps.empty() ? nullptr : run.all_jumps.data() + step * K;
    Eigen::MatrixXd Q = Eigen::MatrixXd::Zero(n + 1, n + 1);  // the last state: lost
    for (std::size_t k = 0; k < K; ++k)
      Q(moves.from[k], kept && kept[k] < .5 ? n : moves.to[k]) += rates[k];
    const Eigen::ArrayXXd logs =
        log_transition_probability(intensity_matrix<>::from_rates(Q), run.elapsed[step])
            .topLeftCorner(n, n)
            .array();
    const double most = jumps ? *std::max_element(jumps, jumps + K) : 0;
    if (most < .5) return logs;
    Eigen::ArrayXXd after = Eigen::ArrayXXd::Constant(n, n, never);
    for (state s = 0; s < n; ++s) {
      for (state r = 0; r < n; ++r) {
        log_row ways = log_row::Constant(run.transitions + 1, never);
        if (most > 1) ways[run.transitions] = logs(r, s);
        for (std::size_t k = 0; k < K; ++k) {
          if (jumps[k] > .5 && moves.to[k] == s)
            ways[static_cast<Eigen::Index>(k)] = logs(r, moves.from[k]) + std::log(rates[k]);
        }
        after(r, s) = log_sum(ways);
      }
    }
    return after;
  }
};

log_row forward(const log_row& row, const Eigen::ArrayXXd& step) {
  log_row next(row.size());
  for (Eigen::Index s = 0; s < row.size(); ++s) next[s] = log_sum(row + step.col(s));
  return next;
}

log_row backward(const Eigen::ArrayXXd& step, const log_row& column) {
  log_row next(column.size());
  for (Eigen::Index r = 0; r < column.size(); ++r)
    next[r] = log_sum(step.row(r).transpose() + column);
  return next;
}

/// log L of a run that a double cannot hold on its way; rate slopes by central differences.
double slow_run(const wiring& moves, const run_steps& run, bool slopes, double* rate_slopes,
                double* seen_slopes, double* start_slopes) {
  const auto n = static_cast<Eigen::Index>(run.states);
  const auto K = static_cast<std::size_t>(run.transitions);
  const auto J = static_cast<std::size_t>(run.size());
  const auto seen_at = [&](std::size_t j) -> log_row {
    return Eigen::Map<const Eigen::ArrayXd>(run.all_seen.data() + j * static_cast<std::size_t>(n),
                                            n)
        .log();
  };
  std::vector<log_row> before(J + 1), after(J);  // rows before each step; after it, nothing seen
  std::vector<Eigen::ArrayXXd> matrices(J);
  before[0] = Eigen::Map<const Eigen::ArrayXd>(run.start.data(), n).log();
  for (std::size_t j = 0; j < J; ++j) {
    matrices[j] = log_step{moves, run, j}.matrix(run.rates.data() + j * K);
    after[j] = forward(before[j], matrices[j]);
    before[j + 1] = after[j] + seen_at(j);
  }
  const double log_value = log_sum(before[J]);
  if (!slopes || !(log_value > never)) return log_value;

  log_row rest = log_row::Zero(n);  // log of what is still to come, from each state
  std::vector<double> rates(K);
  for (std::size_t j = J; j-- > 0;) {
    for (Eigen::Index s = 0; s < n; ++s)
      seen_slopes[j * static_cast<std::size_t>(n) + static_cast<std::size_t>(s)] =
          std::exp(after[j][s] + rest[s] - log_value);
    const log_row column = rest + seen_at(j);
    const auto value = [&] {
      return log_sum(before[j] + backward(log_step{moves, run, j}.matrix(rates.data()), column));
    };
    std::copy_n(run.rates.data() + j * K, K, rates.data());
    for (std::size_t k = 0; k < K; ++k) {
      const double rate = rates[k];
      double& slope = rate_slopes[j * K + k];
      if (rate > 0) {
        constexpr double step = 1e-5;
        rates[k] = rate * std::exp(step);
        const double above = value();
        rates[k] = rate * std::exp(-step);
        slope = (above - value()) / (2 * step * rate);
      } else {
        rates[k] = 1e-8;
        slope = (value() - log_value) / 1e-8;
      }
      rates[k] = rate;
    }
    rest = backward(matrices[j], column);
  }
  for (Eigen::Index s = 0; s < n; ++s)
    start_slopes[static_cast<std::size_t>(s)] = std::exp(rest[s] - log_value);
  return log_value;
}

// --- several runs side by side
// --------------------------------------------------------------------

/// The lane-wide columns of a group of runs, kept from group to group.
struct workspace {
  std::vector<run_steps> runs;
  std::vector<std::vector<int>> pieces;  // per lane and step
  std::vector<double> start, rates, elapsed, seen, kept, jumps, scales;
  std::vector<double> rate_slopes, seen_slopes, start_slopes, scratch;
  std::vector<double> out_rates, out_seen, out_start;
};

void evaluate_group(const wiring& moves, const vector_kernels& with, std::size_t first,
                    std::size_t count, const describe_run& describe, bool slopes,
                    const take_run& take, workspace& work) {
  const auto n = static_cast<std::size_t>(moves.states);
  const auto K = moves.from.size();
  const auto width = static_cast<std::size_t>(with.width);
  double most_theta = 0, lengths[most_lanes] = {};
  bool slow[most_lanes] = {}, any_kept = false, any_jumps = false;
  std::size_t steps = 0;
  for (std::size_t lane = 0; lane < count; ++lane) {
    auto& run = work.runs[lane];
    run.clear(moves.states, moves.transitions());
    describe(first + lane, run);
    auto& pieces = work.pieces[lane];
    pieces.assign(static_cast<std::size_t>(run.size()), 1);
    std::size_t length = 0;
    for (std::size_t j = 0; j < pieces.size(); ++j) {
      const double theta = theta_of(moves, run, j);
      if (!(theta <= largest_step)) {
        slow[lane] = true;
        break;
      }
      if (theta > largest_piece) pieces[j] = static_cast<int>(std::ceil(theta / largest_piece));
      most_theta = std::max(most_theta, theta / pieces[j]);
      length += static_cast<std::size_t>(pieces[j]);
    }
    if (slow[lane]) continue;
    lengths[lane] = static_cast<double>(length);
    steps = std::max(steps, length);
    any_kept |= !run.all_kept.empty();
    any_jumps |= !run.all_jumps.empty();
  }

  work.start.assign(n * width, 0.0);
  std::fill_n(work.start.begin(), width, 1.0);
  work.rates.assign(steps * K * width, 0.0);
  work.elapsed.assign(steps * width, 0.0);
  work.seen.assign(steps * n * width, 1.0);
  if (any_kept) work.kept.assign(steps * K * width, 1.0);
  if (any_jumps) work.jumps.assign(steps * K * width, 0.0);
  work.scales.resize((steps + 1) * width);
  for (std::size_t lane = 0; lane < count; ++lane) {
    if (slow[lane]) continue;
    const auto& run = work.runs[lane];
    for (std::size_t s = 0; s < n; ++s) work.start[s * width + lane] = run.start[s];
    std::size_t at = 0;
    for (std::size_t j = 0; j < work.pieces[lane].size(); ++j) {
      const int pieces = work.pieces[lane][j];
      for (int piece = 0; piece < pieces; ++piece, ++at) {
        work.elapsed[at * width + lane] = run.elapsed[j] / pieces;
        double* const rates = work.rates.data() + at * K * width + lane;
        for (std::size_t k = 0; k < K; ++k) rates[k * width] = run.rates[j * K + k];
        if (any_kept && !run.all_kept.empty()) {
          double* const kept = work.kept.data() + at * K * width + lane;
          for (std::size_t k = 0; k < K; ++k) kept[k * width] = run.all_kept[j * K + k];
        }
        if (piece + 1 < pieces) continue;
        double* const seen = work.seen.data() + at * n * width + lane;
        for (std::size_t s = 0; s < n; ++s) seen[s * width] = run.all_seen[j * n + s];
        if (any_jumps && !run.all_jumps.empty()) {
          double* const jumps = work.jumps.data() + at * K * width + lane;
          for (std::size_t k = 0; k < K; ++k) jumps[k * width] = run.all_jumps[j * K + k];
        }
      }
    }
  }

  const auto& limits = degree_limits();
  run_batch batch{};
  batch.states = moves.states;
  batch.transitions = moves.transitions();
  batch.from = moves.from.data();
  batch.to = moves.to.data();
  batch.into_starts = moves.into_starts.data();
  batch.into = moves.into.data();
  batch.out_starts = moves.out_starts.data();
  batch.out = moves.out.data();
  batch.longest_path = moves.states - 1;
  batch.degree_limits = limits.data();
  batch.inverses = inverses().data();
  batch.steps = static_cast<int>(steps);
  batch.lengths = lengths;
  batch.start = work.start.data();
  batch.rates = work.rates.data();
  batch.elapsed = work.elapsed.data();
  batch.seen = work.seen.data();
  batch.kept = any_kept ? work.kept.data() : nullptr;
  batch.jumps = any_jumps ? work.jumps.data() : nullptr;
  batch.scales = work.scales.data();
  if (slopes) {
    work.rate_slopes.resize(steps * K * width);
    work.seen_slopes.resize(steps * n * width);
    work.start_slopes.resize(n * width);
    batch.rate_slopes = work.rate_slopes.data();
    batch.seen_slopes = work.seen_slopes.data();
    batch.start_slopes = work.start_slopes.data();
  }
  const auto degree = std::lower_bound(limits.begin(), limits.end(), most_theta) - limits.begin();
  const auto needed = run_scratch(batch, static_cast<std::size_t>(degree) + n, with.width);
  if (work.scratch.size() < needed) work.scratch.resize(needed);
  with.run(batch, work.scratch.data());

  for (std::size_t lane = 0; lane < count; ++lane) {
    const auto& run = work.runs[lane];
    const auto J = work.pieces[lane].size();
    run_outcome outcome;
    if (slopes) {
      work.out_rates.assign(J * K, 0.0);
      work.out_seen.assign(J * n, 0.0);
      work.out_start.assign(n, 0.0);
      outcome.rate_slopes = {work.out_rates.data(), J * K};
      outcome.seen_slopes = {work.out_seen.data(), J * n};
      outcome.start_slopes = {work.out_start.data(), n};
    }
    bool safe = !slow[lane] && work.scales[lane] > 0;
    if (safe) {
      outcome.log_value = std::log(work.scales[lane]);
      const auto length = static_cast<std::size_t>(lengths[lane]);
      for (std::size_t j = 1; j <= length; ++j) {
        const double scale = work.scales[j * width + lane];
        if (!(scale > smallest_safe_scale && scale < 1 / smallest_safe_scale)) safe = false;
        outcome.log_value += std::log(scale);
      }
    }
    if (!safe) {
      const auto finite = [](double rate) { return std::isfinite(rate); };
      outcome.log_value = std::all_of(run.rates.begin(), run.rates.end(), finite)
                              ? slow_run(moves, run, slopes, work.out_rates.data(),
                                         work.out_seen.data(), work.out_start.data())
                              : never;  // a trial step went too far
      take(first + lane, outcome);
      continue;
    }
    if (slopes) {
      std::size_t at = 0;
      for (std::size_t j = 0; j < J; ++j) {
        for (int piece = 0; piece < work.pieces[lane][j]; ++piece, ++at) {
          const double* const from = work.rate_slopes.data() + at * K * width + lane;
          for (std::size_t k = 0; k < K; ++k) work.out_rates[j * K + k] += from[k * width];
        }
        const double* const from = work.seen_slopes.data() + (at - 1) * n * width + lane;
        for (std::size_t s = 0; s < n; ++s) work.out_seen[j * n + s] = from[s * width];
      }
      for (std::size_t s = 0; s < n; ++s) work.out_start[s] = work.start_slopes[s * width + lane];
    }
    take(first + lane, outcome);
  }
}

}  // namespace

void run_steps::clear(int state_count, int transition_count) {
  states = state_count;
  transitions = transition_count;
  start.assign(static_cast<std::size_t>(states), 0.0);
  elapsed.clear();
  rates.clear();
  all_seen.clear();
  all_kept.clear();
  all_jumps.clear();
}

void run_steps::add(double length, std::span<const double> step_rates) {
  elapsed.push_back(length);
  rates.insert(rates.end(), step_rates.begin(), step_rates.end());
  all_seen.resize(elapsed.size() * static_cast<std::size_t>(states), 1.0);
  const auto moves = elapsed.size() * static_cast<std::size_t>(transitions);
  if (!all_kept.empty()) all_kept.resize(moves, 1.0);
  if (!all_jumps.empty()) all_jumps.resize(moves, 0.0);
}

std::span<double> run_steps::seen() {
  return std::span(all_seen).last(static_cast<std::size_t>(states));
}

std::span<double> run_steps::kept() {
  all_kept.resize(elapsed.size() * static_cast<std::size_t>(transitions), 1.0);
  return std::span(all_kept).last(static_cast<std::size_t>(transitions));
}

std::span<double> run_steps::jumps() {
  all_jumps.resize(elapsed.size() * static_cast<std::size_t>(transitions), 0.0);
  return std::span(all_jumps).last(static_cast<std::size_t>(transitions));
}

void evaluate_runs(const wiring& moves, std::size_t first, std::size_t last,
                   const describe_run& describe, bool slopes, const take_run& take,
                   instruction_set with) {
  if (moves.states > most_states) {
    reject("E-MODEL", "log_likelihood",
           "the model has " + std::to_string(moves.states) + " states, phases counted",
           "at most " + std::to_string(most_states) + " can be fitted", "Merge some of them");
  }
  const auto lanes = kernels_for(with);
  thread_local workspace work;
  work.runs.resize(most_lanes);
  work.pieces.resize(most_lanes);
  const auto width = static_cast<std::size_t>(lanes.width);
  for (std::size_t i = first; i < last; i += width)
    evaluate_group(moves, lanes, i, std::min(width, last - i), describe, slopes, take, work);
}

}  // namespace kohort::detail
