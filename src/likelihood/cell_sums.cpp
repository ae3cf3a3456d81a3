#include <algorithm>
#include <cmath>
#include <numeric>

#include <kohort/likelihood/detail/cells.hpp>
#include <kohort/likelihood/detail/table_kinds.hpp>

namespace kohort::detail {

namespace {

/// The sum over cells, in their order, in blocks: the same for any number of threads.
double weighted_sum(const cell_table& cells, const std::vector<double>& log_values) {
  double sum = 0;
  constexpr std::size_t block = 512;
  for (std::size_t begin = 0; begin < cells.size(); begin += block) {
    double part = 0;
    for (std::size_t i = begin; i < std::min(begin + block, cells.size()); ++i)
      part += cells.weights[i] * log_values[i];
    sum += part;
  }
  return sum;
}

void add_slopes(const cell_table& cells, const cell_values& values, std::size_t K,
                std::vector<double>& slopes) {
  const auto J = static_cast<std::size_t>(cells.pieces);
  for (std::size_t i = 0; i < cells.size() * J; ++i) {
    const double weight = cells.weights[i / J];
    double* const sum = slopes.data() + static_cast<std::size_t>(cells.patterns[i]) * K;
    const double* const add = values.slopes.data() + i * K;
    for (std::size_t k = 0; k < K; ++k) sum[k] += weight * add[k];
  }
}

/// Adds sum_i weight_i u_i u_i', u_i the score of cell i.
void add_outer_products(const likelihood_input& in, const cell_table& cells,
                        const cell_values& values, const std::vector<double>& weights,
                        Eigen::MatrixXd& information) {
  const auto J = static_cast<std::size_t>(cells.pieces);
  std::vector<double> score(in.K);
  if (J == 1) {  // patterns stand together: one K x K sum for each, expanded once
    std::vector<double> part(in.K * in.K, 0.0);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto p = static_cast<std::size_t>(cells.patterns[i]);
      for (std::size_t k = 0; k < in.K; ++k)
        score[k] = values.slopes[i * in.K + k] * in.rates[p * in.K + k];
      for (std::size_t k = 0; k < in.K; ++k) {
        const double scaled = weights[i] * score[k];
        for (std::size_t l = 0; l <= k; ++l) part[k * in.K + l] += scaled * score[l];
      }
      if (i + 1 == cells.size() || cells.patterns[i + 1] != cells.patterns[i]) {
        for (std::size_t k = 0; k < in.K; ++k) {
          for (std::size_t l = 0; l < k; ++l) part[l * in.K + k] = part[k * in.K + l];
        }
        add_expanded(in, p, part.data(), information);
        std::fill(part.begin(), part.end(), 0.0);
      }
    }
    return;
  }
  constexpr Eigen::Index batch = 64;
  Eigen::MatrixXd scores = Eigen::MatrixXd::Zero(in.where.size(), batch);
  Eigen::Index filled = 0;
  const auto flush = [&] {
    information.noalias() += scores.leftCols(filled) * scores.leftCols(filled).transpose();
    scores.setZero();
    filled = 0;
  };
  for (std::size_t i = 0; i < cells.size(); ++i) {
    auto column = scores.col(filled);
    add_score(in, cells.patterns.data() + i * J,
              std::span(values.slopes).subspan(i * J * in.K, J * in.K), column);
    column *= std::sqrt(weights[i]);
    if (++filled == batch) flush();
  }
  flush();
}

/// The panel cells with every state in reach at the end, seen or not; weights: intervals from
/// `from`.
cell_table every_end(const cell_table& cells, const model& structure) {
  const auto reach = detail::reachable(structure);
  const auto n = static_cast<std::size_t>(structure.size());
  const auto J = static_cast<std::size_t>(cells.pieces);
  cell_table all{.kind = cells.kind, .pieces = cells.pieces};
  const auto same_row = [&](std::size_t a, std::size_t b) {
    if (cells.from[a] != cells.from[b]) return false;
    for (std::size_t j = 0; j < J; ++j) {
      if (cells.patterns[a * J + j] != cells.patterns[b * J + j] ||
          cells.elapsed[a * J + j] != cells.elapsed[b * J + j])
        return false;
    }
    return true;
  };
  for (std::size_t i = 0; i < cells.size();) {
    std::size_t end = i;
    double weight = 0;
    for (; end < cells.size() && same_row(i, end); ++end) weight += cells.weights[end];
    const auto from = static_cast<std::size_t>(cells.from[i]);
    for (std::size_t s = 0; s < n; ++s) {
      if (!reach[from * n + s]) continue;
      for (std::size_t j = 0; j < J; ++j) {
        all.patterns.push_back(cells.patterns[i * J + j]);
        all.elapsed.push_back(cells.elapsed[i * J + j]);
      }
      all.from.push_back(cells.from[i]);
      all.to.push_back(static_cast<state>(s));
      all.weights.push_back(weight);
    }
    i = end;
  }
  std::vector<double> lengths(all.size(), 0.0);
  for (std::size_t i = 0; i < all.elapsed.size(); ++i) lengths[i / J] += all.elapsed[i];
  all.order.resize(all.size());
  std::iota(all.order.begin(), all.order.end(), 0);
  std::stable_sort(all.order.begin(), all.order.end(), [&](std::int32_t a, std::int32_t b) {
    return lengths[static_cast<std::size_t>(a)] < lengths[static_cast<std::size_t>(b)];
  });
  return all;
}

}  // namespace

void add_cells(const likelihood_input& in, likelihood_sum& sum, cells_of which) {
  for (const auto& cells : in.tables.cells) {
    if (which == cells_of::several_pieces && cells.pieces == 1) continue;
    const auto values = evaluate_cells(in.intensities.structure, cells, in.rates, sum.sloped,
                                       in.threads, in.report);
    sum.value += weighted_sum(cells, values.log_values);
    if (sum.sloped) add_slopes(cells, values, in.K, sum.slopes);
  }
}

void add_cell_information(const likelihood_input& in, Eigen::MatrixXd& information) {
  const auto& structure = in.intensities.structure;
  for (const auto& cells : in.tables.cells) {
    if (cells.kind == observation_kind::exact_death) {
      const auto values = evaluate_cells(structure, cells, in.rates, true, in.threads, in.report);
      add_outer_products(in, cells, values, cells.weights, information);
    } else {
      const auto all = every_end(cells, structure);
      const auto values = evaluate_cells(structure, all, in.rates, true, in.threads, in.report);
      auto weights = all.weights;
      for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= std::exp(values.log_values[i]);
      add_outer_products(in, all, values, weights, information);
    }
  }
}

void add_cell_scores(const likelihood_input& in, const subject_parts& parts, subject_sums& out) {
  std::vector<cell_values> values;
  for (const auto& cells : in.tables.cells)
    values.push_back(
        evaluate_cells(in.intensities.structure, cells, in.rates, true, in.threads, in.report));
  Eigen::VectorXd score(in.where.size());
  for (const auto& one : parts.cells) {
    const auto table = static_cast<std::size_t>(one.table);
    const auto cell = static_cast<std::size_t>(one.cell);
    const auto J = static_cast<std::size_t>(in.tables.cells[table].pieces);
    score.setZero();
    add_score(in, in.tables.cells[table].patterns.data() + cell * J,
              std::span(values[table].slopes).subspan(cell * J * in.K, J * in.K), score);
    out.scores.row(one.subject) += score.transpose();
    out.log_likelihoods[one.subject] += values[table].log_values[cell];
  }
}

/// The second derivatives by log rate, pattern by pattern. Every pattern's k-th rate is moved at
/// once, so K + 1 gradients are enough, however many coefficients there are. Their differences are
/// one-sided: with slopes to 1e-15 and this step seven digits are right.
void add_single_piece_curvature(const likelihood_input& in, Eigen::MatrixXd& information) {
  const auto& all = in.tables.cells;
  if (std::none_of(all.begin(), all.end(), [](const auto& cells) { return cells.pieces == 1; }))
    return;
  constexpr double step = 1e-7;
  const auto slopes_at = [&](const std::vector<double>& rates) {  // by log rate
    std::vector<double> slopes(rates.size());
    for (const auto& cells : all) {
      if (cells.pieces != 1) continue;
      add_slopes(
          cells,
          evaluate_cells(in.intensities.structure, cells, rates, true, in.threads, in.report), in.K,
          slopes);
    }
    for (std::size_t i = 0; i < slopes.size(); ++i) slopes[i] *= rates[i];
    return slopes;
  };
  std::vector<double> second(in.rates.size() * in.K, 0.0);  // patterns x K x K
  const auto here = slopes_at(in.rates);
  for (std::size_t k = 0; k < in.K; ++k) {
    auto moved = in.rates;
    for (std::size_t i = k; i < moved.size(); i += in.K) moved[i] *= 1 + step;
    const auto there = slopes_at(moved);
    for (std::size_t i = 0; i < there.size(); ++i)
      second[i * in.K + k] = (here[i] - there[i]) / std::log1p(step);
  }
  for (std::size_t p = 0; p < in.tables.pattern_count(); ++p)
    add_expanded(in, p, second.data() + p * in.K * in.K, information);
}

}  // namespace kohort::detail
