#include <algorithm>
#include <cmath>

#include <kohort/likelihood/detail/cells.hpp>
#include <kohort/likelihood/detail/series.hpp>
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
/// one-sided: with slopes to 1e-15 and this step seven digits are right. Fewer terms than that
/// takes would do for the slopes themselves, since what they leave out hardly changes with a rate.
void add_single_piece_curvature(const likelihood_input& in, Eigen::MatrixXd& information) {
  const auto& all = in.tables.cells;
  if (std::none_of(all.begin(), all.end(), [](const auto& cells) { return cells.pieces == 1; }))
    return;
  constexpr double step = 1e-7;
  const auto slopes_at = [&](const std::vector<double>& rates) {  // by log rate
    std::vector<double> slopes(rates.size());
    for (const auto& cells : all) {
      if (cells.pieces != 1) continue;
      add_slopes(cells,
                 evaluate_cells(in.intensities.structure, cells, rates, true, in.threads, in.report,
                                quick_degree_limits()),
                 in.K, slopes);
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
