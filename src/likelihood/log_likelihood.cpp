#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include <kohort/likelihood/detail/cells.hpp>
#include <kohort/likelihood/log_likelihood.hpp>

namespace kohort {

namespace {

using detail::cell_values;
using detail::evaluate_cells;
using detail::pattern_rates;

/// What every function here needs of the model.
struct setting {
  const intensity_model& intensities;
  const transition_tables& tables;
  coefficient_layout where;
  std::size_t K, n;

  setting(const intensity_model& model_, const transition_tables& tables_)
      : intensities(model_),
        tables(tables_),
        where(layout(model_)),
        K(model_.structure.transitions().size()),
        n(static_cast<std::size_t>(model_.structure.size())) {}

  /// Row k of the chain rule in one pattern: the design (1, x_c ...) of transition k.
  void design(std::size_t pattern, std::size_t k, std::vector<double>& row) const {
    const auto x = tables.pattern(pattern);
    row.assign(1, 1.0);
    for (const int c : where.columns[k]) row.push_back(x[static_cast<std::size_t>(c)]);
  }

  [[nodiscard]] std::size_t start(std::size_t k) const {
    return static_cast<std::size_t>(where.starts[k]);
  }
};

double exact_value(const setting& at, const std::vector<double>& rates, double* slopes) {
  const auto& exact = at.tables.exact;
  if (exact.intervals == 0) return 0;
  double sum = 0;
  for (std::size_t p = 0; p < at.tables.pattern_count(); ++p) {
    for (std::size_t k = 0; k < at.K; ++k) {
      const auto from = static_cast<std::size_t>(at.intensities.structure.transitions()[k].from);
      const double rate = rates[p * at.K + k], events = exact.events[p * at.K + k];
      const double exposure = exact.exposure[p * at.n + from];
      sum -= rate * exposure;
      if (events > 0) sum += events * std::log(rate);
      if (slopes) slopes[p * at.K + k] += (events > 0 ? events / rate : 0.0) - exposure;
    }
  }
  return sum;
}

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

/// From slopes by rate to slopes by coefficient: dq_k/db = q_k x.
Eigen::VectorXd by_coefficient(const setting& at, const std::vector<double>& rates,
                               const std::vector<double>& slopes) {
  Eigen::VectorXd gradient = Eigen::VectorXd::Zero(at.where.size());
  for (std::size_t p = 0; p < at.tables.pattern_count(); ++p) {
    const auto x = at.tables.pattern(p);
    for (std::size_t k = 0; k < at.K; ++k) {
      const double slope = rates[p * at.K + k] * slopes[p * at.K + k];
      auto place = static_cast<Eigen::Index>(at.start(k));
      gradient[place] += slope;
      for (const int c : at.where.columns[k])
        gradient[++place] += slope * x[static_cast<std::size_t>(c)];
    }
  }
  return gradient;
}

/// Adds, for one pattern, the K x K matrix by log rate `part` to the matrix by coefficient.
void add_expanded(const setting& at, std::size_t pattern, const double* part,
                  Eigen::MatrixXd& information) {
  std::vector<double> row, column;
  for (std::size_t k = 0; k < at.K; ++k) {
    at.design(pattern, k, row);
    for (std::size_t l = 0; l < at.K; ++l) {
      const double value = part[k * at.K + l];
      if (value == 0) continue;
      at.design(pattern, l, column);
      for (std::size_t a = 0; a < row.size(); ++a) {
        for (std::size_t b = 0; b < column.size(); ++b)
          information(static_cast<Eigen::Index>(at.start(k) + a),
                      static_cast<Eigen::Index>(at.start(l) + b)) += value * row[a] * column[b];
      }
    }
  }
}

void add_exact_information(const setting& at, const std::vector<double>& rates,
                           Eigen::MatrixXd& information) {
  if (at.tables.exact.intervals == 0) return;
  std::vector<double> part(at.K * at.K, 0.0);
  for (std::size_t p = 0; p < at.tables.pattern_count(); ++p) {
    for (std::size_t k = 0; k < at.K; ++k) {
      const auto from = static_cast<std::size_t>(at.intensities.structure.transitions()[k].from);
      part[k * at.K + k] = rates[p * at.K + k] * at.tables.exact.exposure[p * at.n + from];
    }
    add_expanded(at, p, part.data(), information);
  }
}

/// Adds sum_i weight_i u_i u_i', u_i the score of cell i.
void add_outer_products(const setting& at, const cell_table& cells, const cell_values& values,
                        const std::vector<double>& weights, const std::vector<double>& rates,
                        Eigen::MatrixXd& information) {
  const auto J = static_cast<std::size_t>(cells.pieces);
  std::vector<double> score(at.K);
  if (J == 1) {  // patterns stand together: one K x K sum for each, expanded once
    std::vector<double> part(at.K * at.K, 0.0);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto p = static_cast<std::size_t>(cells.patterns[i]);
      for (std::size_t k = 0; k < at.K; ++k)
        score[k] = values.slopes[i * at.K + k] * rates[p * at.K + k];
      for (std::size_t k = 0; k < at.K; ++k) {
        const double scaled = weights[i] * score[k];
        for (std::size_t l = 0; l < at.K; ++l) part[k * at.K + l] += scaled * score[l];
      }
      if (i + 1 == cells.size() || cells.patterns[i + 1] != cells.patterns[i]) {
        add_expanded(at, p, part.data(), information);
        std::fill(part.begin(), part.end(), 0.0);
      }
    }
    return;
  }
  constexpr Eigen::Index batch = 64;
  Eigen::MatrixXd scores = Eigen::MatrixXd::Zero(at.where.size(), batch);
  Eigen::Index filled = 0;
  const auto flush = [&] {
    information.noalias() += scores.leftCols(filled) * scores.leftCols(filled).transpose();
    scores.setZero();
    filled = 0;
  };
  for (std::size_t i = 0; i < cells.size(); ++i) {
    auto column = scores.col(filled);
    for (std::size_t j = 0; j < J; ++j) {
      const auto p = static_cast<std::size_t>(cells.patterns[i * J + j]);
      const auto x = at.tables.pattern(p);
      for (std::size_t k = 0; k < at.K; ++k) {
        const double slope = values.slopes[(i * J + j) * at.K + k] * rates[p * at.K + k];
        auto place = static_cast<Eigen::Index>(at.start(k));
        column[place] += slope;
        for (const int c : at.where.columns[k])
          column[++place] += slope * x[static_cast<std::size_t>(c)];
      }
    }
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

namespace detail {

rate_slopes rate_gradient(const model& structure, const transition_tables& tables,
                          const std::vector<double>& rates, int threads, const progress& report) {
  rate_slopes sum;
  sum.slopes.assign(rates.size(), 0.0);
  const intensity_model plain{structure};
  const setting at(plain, tables);
  sum.value = exact_value(at, rates, sum.slopes.data());
  for (const auto& cells : tables.cells) {
    const auto values = evaluate_cells(structure, cells, rates, true, threads, report);
    sum.value += weighted_sum(cells, values.log_values);
    add_slopes(cells, values, at.K, sum.slopes);
  }
  return sum;
}

}  // namespace detail

double log_likelihood(const intensity_model& intensities, const transition_tables& tables,
                      const Eigen::VectorXd& coefficients, int threads, const progress& report) {
  const setting at(intensities, tables);
  const auto rates = pattern_rates(intensities, tables, coefficients.data());
  double sum = exact_value(at, rates, nullptr);
  for (const auto& cells : tables.cells) {
    const auto values = evaluate_cells(intensities.structure, cells, rates, false, threads, report);
    sum += weighted_sum(cells, values.log_values);
  }
  return sum;
}

log_likelihood_slope log_likelihood_gradient(const intensity_model& intensities,
                                             const transition_tables& tables,
                                             const Eigen::VectorXd& coefficients, int threads,
                                             const progress& report) {
  const setting at(intensities, tables);
  const auto rates = pattern_rates(intensities, tables, coefficients.data());
  const auto sum = detail::rate_gradient(intensities.structure, tables, rates, threads, report);
  return {sum.value, by_coefficient(at, rates, sum.slopes)};
}

Eigen::MatrixXd expected_information(const intensity_model& intensities,
                                     const transition_tables& tables,
                                     const Eigen::VectorXd& coefficients, int threads,
                                     const progress& report) {
  const setting at(intensities, tables);
  const auto rates = pattern_rates(intensities, tables, coefficients.data());
  Eigen::MatrixXd information = Eigen::MatrixXd::Zero(at.where.size(), at.where.size());
  add_exact_information(at, rates, information);
  for (const auto& cells : tables.cells) {
    if (cells.kind == observation_kind::exact_death) {
      const auto values =
          evaluate_cells(intensities.structure, cells, rates, true, threads, report);
      add_outer_products(at, cells, values, cells.weights, rates, information);
    } else {
      const auto all = every_end(cells, intensities.structure);
      const auto values = evaluate_cells(intensities.structure, all, rates, true, threads, report);
      auto weights = all.weights;
      for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= std::exp(values.log_values[i]);
      add_outer_products(at, all, values, weights, rates, information);
    }
  }
  return information;
}

Eigen::MatrixXd observed_information(const intensity_model& intensities,
                                     const transition_tables& tables,
                                     const Eigen::VectorXd& coefficients, int threads,
                                     const progress& report) {
  const setting at(intensities, tables);
  constexpr double step = 1e-5;
  const auto rates = pattern_rates(intensities, tables, coefficients.data());
  Eigen::MatrixXd information = Eigen::MatrixXd::Zero(at.where.size(), at.where.size());
  add_exact_information(at, rates, information);

  // Intervals of one piece: the second derivatives by log rate, pattern by pattern. Every pattern's
  // k-th rate is moved at once, so 2 K gradients are enough, however many coefficients there are.
  std::vector<double> second(rates.size() * at.K, 0.0);  // patterns x K x K
  transition_tables longer;                              // and those of several pieces
  longer.columns = tables.columns;
  longer.patterns = tables.patterns;
  for (const auto& cells : tables.cells) {
    if (cells.pieces > 1) longer.cells.push_back(cells);
  }
  bool any_short = false;
  std::vector<double> slopes(rates.size());
  for (std::size_t k = 0; k < at.K; ++k) {
    for (const double side : {1.0, -1.0}) {
      auto moved = rates;
      for (std::size_t i = k; i < moved.size(); i += at.K) moved[i] *= std::exp(side * step);
      std::fill(slopes.begin(), slopes.end(), 0.0);
      for (const auto& cells : tables.cells) {
        if (cells.pieces != 1) continue;
        any_short = true;
        add_slopes(cells,
                   evaluate_cells(intensities.structure, cells, moved, true, threads, report), at.K,
                   slopes);
      }
      for (std::size_t i = 0; i < slopes.size(); ++i)
        second[i * at.K + k] -= side * slopes[i] * moved[i] / (2 * step);
    }
    if (!any_short) break;
  }
  if (any_short) {
    for (std::size_t p = 0; p < tables.pattern_count(); ++p)
      add_expanded(at, p, second.data() + p * at.K * at.K, information);
  }

  if (!longer.cells.empty()) {
    for (Eigen::Index i = 0; i < coefficients.size(); ++i) {
      auto moved = coefficients;
      moved[i] = coefficients[i] + step;
      const auto above = log_likelihood_gradient(intensities, longer, moved, threads, report);
      moved[i] = coefficients[i] - step;
      const auto below = log_likelihood_gradient(intensities, longer, moved, threads, report);
      information.col(i) -= (above.gradient - below.gradient) / (2 * step);
    }
  }
  return (information + information.transpose()) / 2;
}

}  // namespace kohort
