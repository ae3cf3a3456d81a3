#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <Eigen/Core>

#include <kohort/likelihood/detail/cells.hpp>
#include <kohort/likelihood/detail/series.hpp>
#include <kohort/model/intensity_matrix.hpp>
#include <kohort/model/log_probability.hpp>

#include "likelihood/vector_kernels.hpp"

namespace kohort::detail {

namespace {

constexpr double smallest_safe = 1e-290;  // below, the vector kernel's result is not used
constexpr std::size_t lanes_a_block = 256;

intensity_matrix<> matrix_of(const model& structure, const double* rates) {
  return intensity_matrix<>::from_rates(structure,
                                        std::span(rates, structure.transitions().size()));
}

double log_sum(const Eigen::ArrayXd& logs) {
  const double largest = logs.maxCoeff();
  if (largest == -std::numeric_limits<double>::infinity()) return largest;
  return largest + std::log((logs - largest).exp().sum());
}

/// log L of one cell, entirely on logarithms; `rates` piece by piece.
double log_cell(const model& structure, const cell_table& cells, std::size_t cell,
                const std::vector<double>& rates) {
  const auto K = structure.transitions().size();
  const auto J = static_cast<std::size_t>(cells.pieces);
  const auto n = structure.size();
  Eigen::ArrayXd row = Eigen::ArrayXd::Constant(n, -std::numeric_limits<double>::infinity());
  row[cells.from[cell]] = 0;
  for (std::size_t j = 0; j < J; ++j) {
    const Eigen::ArrayXXd log_P =
        log_transition_probability(matrix_of(structure, rates.data() + j * K),
                                   cells.elapsed[cell * J + j])
            .array();
    Eigen::ArrayXd next(n);
    for (state s = 0; s < n; ++s) next[s] = log_sum(row + log_P.col(s));
    row = next;
  }
  if (cells.kind == observation_kind::panel) return row[cells.to[cell]];
  Eigen::ArrayXd flow = Eigen::ArrayXd::Constant(n, -std::numeric_limits<double>::infinity());
  for (std::size_t k = 0; k < K; ++k) {
    const auto& move = structure.transitions()[k];
    if (move.to == cells.to[cell])
      flow[move.from] = row[move.from] + std::log(rates[(J - 1) * K + k]);
  }
  return log_sum(flow);
}

/// A cell that the vector kernel cannot do: on logarithms, the slopes by central differences.
void slow_cell(const model& structure, const cell_table& cells, std::size_t cell,
               const std::vector<double>& all_rates, double& log_value, double* slopes) {
  const auto K = structure.transitions().size();
  const auto J = static_cast<std::size_t>(cells.pieces);
  std::vector<double> rates(J * K);
  for (std::size_t j = 0; j < J; ++j) {
    const auto pattern = static_cast<std::size_t>(cells.patterns[cell * J + j]);
    std::copy_n(all_rates.data() + pattern * K, K, rates.data() + j * K);
  }
  log_value = log_cell(structure, cells, cell, rates);
  if (!slopes || !std::isfinite(log_value)) return;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const double rate = rates[i];
    if (rate > 0) {
      const double step = 1e-5;
      rates[i] = rate * std::exp(step);
      const double above = log_cell(structure, cells, cell, rates);
      rates[i] = rate * std::exp(-step);
      slopes[i] = (above - log_cell(structure, cells, cell, rates)) / (2 * step * rate);
    } else {
      rates[i] = 1e-8;
      slopes[i] = (log_cell(structure, cells, cell, rates) - log_value) / 1e-8;
    }
    rates[i] = rate;
  }
}

}  // namespace

std::vector<char> reachable(const model& structure) {
  const auto n = static_cast<std::size_t>(structure.size());
  std::vector<char> reach(n * n, 0);
  for (std::size_t r = 0; r < n; ++r) reach[r * n + r] = 1;
  for (const auto& [from, to] : structure.transitions())
    reach[static_cast<std::size_t>(from) * n + static_cast<std::size_t>(to)] = 1;
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t r = 0; r < n; ++r) {
      for (std::size_t s = 0; s < n; ++s) {
        if (reach[r * n + k] && reach[k * n + s]) reach[r * n + s] = 1;
      }
    }
  }
  return reach;
}

std::vector<double> pattern_rates(const intensity_model& intensities,
                                  const transition_tables& tables, const double* coefficients) {
  const auto where = layout(intensities);
  const auto K = intensities.structure.transitions().size();
  std::vector<double> rates(tables.pattern_count() * K);
  const std::span given(coefficients, static_cast<std::size_t>(where.size()));
  for (std::size_t p = 0; p < tables.pattern_count(); ++p)
    rates_at(where, given, tables.pattern(p), std::span(rates).subspan(p * K, K));
  return rates;
}

cell_values evaluate_cells(const model& structure, const cell_table& cells,
                           const std::vector<double>& rates, bool slopes, int threads,
                           const progress& report, const std::vector<double>& limits) {
  const auto K = structure.transitions().size();
  const auto n = static_cast<std::size_t>(structure.size());
  const auto J = static_cast<std::size_t>(cells.pieces);
  cell_values out;
  out.log_values.resize(cells.size());
  if (slopes) out.slopes.resize(cells.size() * J * K);
  if (structure.size() > most_states) {
    reject("E-MODEL", "log_likelihood", "the model has " + std::to_string(n) + " states",
           "at most " + std::to_string(most_states) + " can be fitted", "Merge some of them");
  }

  std::vector<double> exits(rates.size() / K, 0.0);  // per pattern: the fastest way out of a state
  std::vector<char> usable(rates.size() / K, 1);
  for (std::size_t p = 0; p < exits.size(); ++p) {
    double sums[most_states] = {};
    for (std::size_t k = 0; k < K; ++k) {
      auto& sum = sums[structure.transitions()[k].from];
      sum += rates[p * K + k];
      if (!std::isfinite(sum)) usable[p] = 0;
    }
    exits[p] = *std::max_element(sums, sums + n);
  }
  if (std::find(usable.begin(), usable.end(), 0) != usable.end()) {  // a trial step went too far
    std::fill(out.log_values.begin(), out.log_values.end(),
              -std::numeric_limits<double>::infinity());
    return out;
  }

  const wiring moves(structure);
  const auto run = kernels_for(best_instruction_set());
  row_batch batch{};
  batch.states = structure.size();
  batch.transitions = static_cast<int>(K);
  batch.from = moves.from.data();
  batch.to = moves.to.data();
  batch.into_starts = moves.into_starts.data();
  batch.into = moves.into.data();
  batch.out_starts = moves.out_starts.data();
  batch.out = moves.out.data();
  batch.longest_path = structure.size() - 1;
  batch.degree_limits = limits.data();
  batch.inverses = inverses().data();
  batch.rates = rates.data();
  batch.pieces = cells.pieces;
  batch.death = cells.kind == observation_kind::exact_death;
  batch.order = cells.order.data();
  batch.patterns = cells.patterns.data();
  batch.elapsed = cells.elapsed.data();
  batch.starts = cells.from.data();
  batch.targets = cells.to.data();
  batch.values = out.log_values.data();
  batch.slopes = slopes ? out.slopes.data() : nullptr;

  const std::size_t blocks = (cells.size() + lanes_a_block - 1) / lanes_a_block;
  const auto work = [&](std::size_t block) {
    const std::size_t begin = block * lanes_a_block;
    const std::size_t end = std::min(begin + lanes_a_block, cells.size());
    double most = 0;
    double thetas[lanes_a_block];
    for (std::size_t lane = begin; lane < end; ++lane) {
      const auto cell = static_cast<std::size_t>(cells.order[lane]);
      double& theta = thetas[lane - begin];
      theta = 0;
      for (std::size_t i = cell * J; i < (cell + 1) * J; ++i) {
        theta =
            std::max(theta, exits[static_cast<std::size_t>(cells.patterns[i])] * cells.elapsed[i]);
      }
      most = std::max(most, theta);
    }
    const auto degree = std::lower_bound(limits.begin(), limits.end(), most) - limits.begin();
    thread_local std::vector<double> scratch;
    const auto needed = row_scratch(batch, static_cast<std::size_t>(degree) + n, run.width);
    if (scratch.size() < needed) scratch.resize(needed);
    run.rows(batch, begin, end, scratch.data());
    for (std::size_t lane = begin; lane < end; ++lane) {
      const auto cell = static_cast<std::size_t>(cells.order[lane]);
      auto& value = out.log_values[cell];
      if (thetas[lane - begin] <= largest_theta && value > smallest_safe) {
        value = std::log(value);
      } else {
        slow_cell(structure, cells, cell, rates, value,
                  slopes ? out.slopes.data() + cell * J * K : nullptr);
      }
    }
  };
  for_each_block(blocks, blocks < 8 ? 1 : threads, work, report);
  return out;
}

}  // namespace kohort::detail
