#include <algorithm>

#include <kohort/likelihood/detail/cells.hpp>
#include <kohort/likelihood/detail/subject_scores.hpp>
#include <kohort/likelihood/detail/table_kinds.hpp>
#include <kohort/likelihood/log_likelihood.hpp>

namespace kohort {

namespace detail {

likelihood_input::likelihood_input(const intensity_model& model, const transition_tables& all,
                                   const Eigen::VectorXd& at, int thread_count,
                                   const progress& told)
    : intensities(model),
      tables(all),
      coefficients(at),
      threads(thread_count),
      report(told),
      where(layout(model)),
      K(model.structure.transitions().size()),
      n(static_cast<std::size_t>(model.structure.size())),
      rates(pattern_rates(model, all, at.data())) {}

void likelihood_input::design(std::size_t pattern, std::size_t k, std::vector<double>& row) const {
  const auto x = tables.pattern(pattern);
  row.assign(1, 1.0);
  for (const int c : where.columns[k]) row.push_back(x[static_cast<std::size_t>(c)]);
}

likelihood_sum::likelihood_sum(const likelihood_input& in, bool with_slopes) : sloped(with_slopes) {
  if (!sloped) return;
  slopes.assign(in.rates.size(), 0.0);
  gradient.setZero(in.where.size());
}

Eigen::VectorXd by_coefficient(const likelihood_input& in, const likelihood_sum& sum) {
  Eigen::VectorXd gradient = sum.gradient;
  for (std::size_t p = 0; p < in.tables.pattern_count(); ++p) {
    const auto x = in.tables.pattern(p);
    for (std::size_t k = 0; k < in.K; ++k) {
      const double slope = in.rates[p * in.K + k] * sum.slopes[p * in.K + k];
      auto place = static_cast<Eigen::Index>(in.start(k));
      gradient[place] += slope;
      for (const int c : in.where.columns[k])
        gradient[++place] += slope * x[static_cast<std::size_t>(c)];
    }
  }
  return gradient;
}

void add_expanded(const likelihood_input& in, std::size_t pattern, const double* part,
                  Eigen::MatrixXd& information) {
  std::vector<double> row, column;
  for (std::size_t k = 0; k < in.K; ++k) {
    in.design(pattern, k, row);
    for (std::size_t l = 0; l < in.K; ++l) {
      const double value = part[k * in.K + l];
      if (value == 0) continue;
      in.design(pattern, l, column);
      for (std::size_t a = 0; a < row.size(); ++a) {
        for (std::size_t b = 0; b < column.size(); ++b)
          information(static_cast<Eigen::Index>(in.start(k) + a),
                      static_cast<Eigen::Index>(in.start(l) + b)) += value * row[a] * column[b];
      }
    }
  }
}

void add_score(const likelihood_input& in, const std::int32_t* patterns,
               std::span<const double> slopes, Eigen::Ref<Eigen::VectorXd> score) {
  for (std::size_t j = 0; j * in.K < slopes.size(); ++j) {
    const auto p = static_cast<std::size_t>(patterns[j]);
    const auto x = in.tables.pattern(p);
    for (std::size_t k = 0; k < in.K; ++k) {
      const double slope = slopes[j * in.K + k] * in.rates[p * in.K + k];
      auto place = static_cast<Eigen::Index>(in.start(k));
      score[place] += slope;
      for (const int c : in.where.columns[k])
        score[++place] += slope * x[static_cast<std::size_t>(c)];
    }
  }
}

namespace {

/// Every kind of table, one after another.
void add_all(const likelihood_input& in, likelihood_sum& sum) {
  sum.value += in.tables.constant;
  add_exact(in, sum);
  add_cells(in, sum);
  add_hidden(in, sum);
  add_moving(in, sum);
  add_runs(in, sum);
  add_aggregates(in, sum);
}

/// The kinds whose second derivatives are differences of their gradient by coefficient.
bool any_without_quick_curvature(const transition_tables& tables) {
  return tables.runs.size() > 0 || tables.hidden.size() > 0 || !tables.aggregates.empty() ||
         std::any_of(tables.cells.begin(), tables.cells.end(),
                     [](const cell_table& cells) { return cells.pieces > 1; });
}

Eigen::VectorXd gradient_without_quick_curvature(const likelihood_input& in) {
  likelihood_sum sum(in, true);
  add_cells(in, sum, cells_of::several_pieces);
  add_hidden(in, sum);
  add_runs(in, sum);
  add_moving_runs(in, sum);
  add_aggregates(in, sum);
  return by_coefficient(in, sum);
}

}  // namespace

subject_sums score_subjects(const intensity_model& intensities, const transition_tables& tables,
                            const subject_parts& parts, const Eigen::VectorXd& coefficients,
                            int threads, const progress& report) {
  const likelihood_input in(intensities, tables, coefficients, threads, report);
  const auto subjects = static_cast<Eigen::Index>(parts.first_probabilities.size());
  subject_sums out;
  out.log_likelihoods =
      Eigen::Map<const Eigen::VectorXd>(parts.first_probabilities.data(), subjects);
  out.scores.setZero(subjects, in.where.size());
  add_exact_scores(in, parts, out);
  add_cell_scores(in, parts, out);
  add_run_scores(in, parts, out);
  return out;
}

}  // namespace detail

using detail::likelihood_input;
using detail::likelihood_sum;

double log_likelihood(const intensity_model& intensities, const transition_tables& tables,
                      const Eigen::VectorXd& coefficients, int threads, const progress& report) {
  const likelihood_input in(intensities, tables, coefficients, threads, report);
  likelihood_sum sum(in, false);
  detail::add_all(in, sum);
  return sum.value;
}

log_likelihood_slope log_likelihood_gradient(const intensity_model& intensities,
                                             const transition_tables& tables,
                                             const Eigen::VectorXd& coefficients, int threads,
                                             const progress& report) {
  const likelihood_input in(intensities, tables, coefficients, threads, report);
  likelihood_sum sum(in, true);
  detail::add_all(in, sum);
  return {sum.value, detail::by_coefficient(in, sum)};
}

namespace detail {

namespace {

/// Of all but the cells, which stand in `add`.
template <typename Add, typename StandIn>
Eigen::MatrixXd information_with(const likelihood_input& in, const Add& add,
                                 const StandIn& stand_in) {
  Eigen::MatrixXd information = Eigen::MatrixXd::Zero(in.where.size(), in.where.size());
  add_exact_information(in, information);
  add(information);
  add_hidden_information(in, information);
  if (in.tables.stand_in) information += stand_in();
  add_run_information(in, information);
  add_aggregate_information(in, information);
  return information;
}

}  // namespace

Eigen::MatrixXd scoring_information(const intensity_model& intensities,
                                    const transition_tables& tables, const scoring_cells& cells,
                                    const Eigen::VectorXd& coefficients, int threads,
                                    const progress& report) {
  const likelihood_input in(intensities, tables, coefficients, threads, report);
  return information_with(
      in, [&](Eigen::MatrixXd& sum) { add_scoring_cells(in, cells, sum); },
      [&] {
        return scoring_information(intensities, *tables.stand_in, *cells.stand_in, coefficients,
                                   threads, report);
      });
}

}  // namespace detail

Eigen::MatrixXd expected_information(const intensity_model& intensities,
                                     const transition_tables& tables,
                                     const Eigen::VectorXd& coefficients, int threads,
                                     const progress& report) {
  const likelihood_input in(intensities, tables, coefficients, threads, report);
  return detail::information_with(
      in, [&](Eigen::MatrixXd& sum) { detail::add_cell_information(in, sum); },
      [&] {
        return expected_information(intensities, *tables.stand_in, coefficients, threads, report);
      });
}

Eigen::MatrixXd observed_information(const intensity_model& intensities,
                                     const transition_tables& tables,
                                     const Eigen::VectorXd& coefficients, int threads,
                                     const progress& report) {
  const likelihood_input in(intensities, tables, coefficients, threads, report);
  Eigen::MatrixXd information = Eigen::MatrixXd::Zero(in.where.size(), in.where.size());
  detail::add_exact_information(in, information);
  detail::add_single_piece_curvature(in, information);
  detail::add_moving_curvature(in, information);
  if (detail::any_without_quick_curvature(tables)) {
    constexpr double step = 1e-5;
    const auto gradient = [&](Eigen::Index i, double change) {
      auto moved = coefficients;
      moved[i] += change;
      return detail::gradient_without_quick_curvature(
          {intensities, tables, moved, threads, report});
    };
    for (Eigen::Index i = 0; i < coefficients.size(); ++i)
      information.col(i) -= (gradient(i, step) - gradient(i, -step)) / (2 * step);
  }
  return (information + information.transpose()) / 2;
}

}  // namespace kohort
