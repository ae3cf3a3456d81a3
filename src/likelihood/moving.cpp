#include <algorithm>
#include <cmath>

#include <kohort/likelihood/detail/moving.hpp>
#include <kohort/likelihood/detail/moving_hidden.hpp>
#include <kohort/likelihood/detail/moving_runs.hpp>
#include <kohort/likelihood/detail/table_kinds.hpp>
#include <kohort/likelihood/moving.hpp>

#include "likelihood/moving_curvature.hpp"
#include "likelihood/moving_known.hpp"
#include "likelihood/moving_lanes.hpp"

namespace kohort {

namespace detail {

namespace {

/// What one block of cells adds up to.
void evaluate_block(const moving_setting& at, const vector_kernels& with, const moving_cells& cells,
                    const std::vector<std::int32_t>& chosen, std::size_t first, std::size_t last,
                    double h, moving_wish wish, moving_curvature second, moving_sum& sum) {
  const auto J = static_cast<std::size_t>(cells.pieces);
  moving_expansion expand(at);
  const auto D = expand.size(J);
  if (wish == moving_wish::gradient) sum.gradient = Eigen::VectorXd::Zero(at.where.size());
  if (is_curvature(wish)) sum.curvature = Eigen::MatrixXd::Zero(at.where.size(), at.where.size());

  // Cells of equal patterns in a row are expanded together.
  std::vector<double> together(is_curvature(wish)              ? D * D
                               : wish == moving_wish::gradient ? D
                                                               : 0,
                               0.0);
  const std::int32_t* patterns = nullptr;
  const auto flush = [&] {
    if (!patterns) return;
    if (is_curvature(wish)) {
      expand.add(patterns, J, together, sum.curvature);
    } else {
      expand.add(patterns, J, together.data(), sum.gradient);
    }
    std::fill(together.begin(), together.end(), 0.0);
  };
  const auto belongs = [&](std::size_t i) {
    if (together.empty()) return;
    const std::int32_t* const mine = cells.patterns.data() + i * J;
    if (patterns && std::equal(mine, mine + J, patterns)) return;
    flush();
    patterns = mine;
  };

  if (cells.kind == observation_kind::exact_transition) {
    known_throughout known(at);
    for (std::size_t place = first; place < last; ++place) {
      const auto i = static_cast<std::size_t>(chosen[place]);
      belongs(i);
      const double value = known.evaluate(cells, i, h, wish), weight = cells.weights[i];
      sum.value += weight * value;
      if (wish == moving_wish::error)
        sum.error += weight * std::abs(value - known.evaluate(cells, i, h, wish, 2));
      for (std::size_t d = 0; d < known.slopes.size(); ++d) together[d] += weight * known.slopes[d];
      for (std::size_t d = 0; d < known.curvature.size(); ++d)
        together[d] += weight * known.curvature[d];
    }
    flush();
    return;
  }

  const auto width = static_cast<std::size_t>(with.width);
  moving_lanes group(at, with);
  std::vector<double> lanes;  // count x D x D
  for (std::size_t place = first; place < last; place += width) {
    const auto count = std::min(width, last - place);
    const std::int32_t* const which = chosen.data() + place;
    const auto weight = [&](std::size_t l) {
      return cells.weights[static_cast<std::size_t>(which[l])];
    };
    group.prepare(cells, which, count, h);
    if (is_curvature(wish)) {
      second.find(group, cells, chosen, place, count, lanes);
      for (std::size_t l = 0; l < count; ++l) {
        belongs(static_cast<std::size_t>(which[l]));
        const double* const mine = lanes.data() + l * D * D;
        for (std::size_t e = 0; e < D * D; ++e) together[e] += weight(l) * mine[e];
      }
      continue;
    }
    group.run(wish == moving_wish::gradient, D, 0);
    double values[8];
    for (std::size_t l = 0; l < count; ++l) {
      values[l] = group.log_value(l);
      sum.value += weight(l) * values[l];
      if (wish != moving_wish::gradient) continue;
      belongs(static_cast<std::size_t>(which[l]));
      for (std::size_t d = 0; d < D; ++d) together[d] += weight(l) * group.slope(l, d);
    }
    if (wish == moving_wish::error) {
      group.prepare(cells, which, count, h, 2);
      group.run(false, D, 0);
      for (std::size_t l = 0; l < count; ++l)
        sum.error += weight(l) * std::abs(values[l] - group.log_value(l));
    }
  }
  flush();
}

}  // namespace

moving_sum evaluate_moving(const intensity_model& intensities, const transition_tables& tables,
                           const Eigen::VectorXd& coefficients, double h, moving_wish wish,
                           int every, int threads, const progress& report) {
  moving_sum total;
  const auto p = static_cast<Eigen::Index>(coefficients.size());
  if (wish == moving_wish::gradient) total.gradient = Eigen::VectorXd::Zero(p);
  if (is_curvature(wish)) total.curvature = Eigen::MatrixXd::Zero(p, p);
  if (!tables.stand_in) return total;
  const moving_setting at(intensities, tables, coefficients);
  const auto with = kernels_for(best_instruction_set());
  const moving_curvature second(at, wish == moving_wish::quick_curvature);
  for (const auto& cells : tables.moving) {
    std::vector<std::int32_t> some;
    for (std::size_t i = 0; every > 1 && i < cells.size(); i += static_cast<std::size_t>(every))
      some.push_back(cells.order[i]);
    const auto& chosen = every > 1 ? some : cells.order;
    std::size_t size = std::max<std::size_t>(256, chosen.size() / 512 + 1);
    if (is_curvature(wish)) size = std::max<std::size_t>(64, chosen.size() / 2048 + 1);
    size = (size + 7) / 8 * 8;
    const std::size_t blocks = (chosen.size() + size - 1) / size;
    std::vector<moving_sum> parts(blocks);
    const auto work = [&](std::size_t block) {
      const auto first = block * size;
      evaluate_block(at, with, cells, chosen, first, std::min(first + size, chosen.size()), h, wish,
                     second, parts[block]);
    };
    for_each_block(blocks, blocks < 4 ? 1 : threads, work, report);
    for (const auto& part : parts) total.add(part);
  }
  if (tables.runs.size() > 0 && !is_curvature(wish)) {
    total.add(evaluate_moving_runs(at, h, wish, every, threads, report));
  }
  if (tables.hidden.size() > 0 && !is_curvature(wish)) {
    const likelihood_input in(intensities, tables, coefficients, threads, report);
    total.add(evaluate_moving_hidden(in, h, wish, every));
  }
  return total;
}

void add_moving(const likelihood_input& in, likelihood_sum& sum) {
  const auto& tables = in.tables;
  if (!tables.stand_in) return;
  const auto wish = sum.sloped ? moving_wish::gradient : moving_wish::value;
  const auto found = evaluate_moving(in.intensities, tables, in.coefficients, tables.step, wish, 1,
                                     in.threads, in.report);
  sum.value += found.value;
  if (sum.sloped) sum.gradient += found.gradient;
}

void add_moving_runs(const likelihood_input& in, likelihood_sum& sum) {
  if (!in.tables.stand_in) return;
  const auto wish = sum.sloped ? moving_wish::gradient : moving_wish::value;
  const auto add = [&](const moving_sum& found) {
    sum.value += found.value;
    if (sum.sloped) sum.gradient += found.gradient;
  };
  if (in.tables.runs.size() > 0) {
    const moving_setting at(in.intensities, in.tables, in.coefficients);
    add(evaluate_moving_runs(at, in.tables.step, wish, 1, in.threads, in.report));
  }
  if (in.tables.hidden.size() > 0) add(evaluate_moving_hidden(in, in.tables.step, wish, 1));
}

void add_moving_curvature(const likelihood_input& in, Eigen::MatrixXd& information) {
  const auto& tables = in.tables;
  if (tables.moving.empty()) return;
  std::size_t cells = 0;
  for (const auto& table : tables.moving) cells += table.size();
  // The error goes with the fourth power of the step: six times as long is still far finer than
  // any standard error needs, and where there are many intervals it saves most of the time.
  const bool many = cells >= many_moving_cells;
  const double h = many ? std::min(1.0, 6 * tables.step) : tables.step;
  information += evaluate_moving(in.intensities, tables, in.coefficients, h,
                                 many ? moving_wish::quick_curvature : moving_wish::curvature, 1,
                                 in.threads, in.report)
                     .curvature;
}

}  // namespace detail

double substep_error(const intensity_model& intensities, const transition_tables& tables,
                     const Eigen::VectorXd& coefficients, int every, int threads,
                     const progress& report) {
  if (!tables.stand_in) return 0;
  const auto sum = detail::evaluate_moving(intensities, tables, coefficients, tables.step,
                                           detail::moving_wish::error, every, threads, report);
  return sum.error * every * 16.0 / 15.0;
}

double choose_step(const intensity_model& intensities, const transition_tables& tables,
                   const Eigen::VectorXd& coefficients, double error, int threads,
                   const progress& report) {
  double h = 1;
  if (!tables.stand_in) return h;
  std::size_t cells = tables.runs.size() + tables.hidden.size();
  for (const auto& table : tables.moving) cells += table.size();
  const int every = cells < detail::many_moving_cells ? 1 : 100;
  for (int attempt = 0; attempt < 12; ++attempt) {
    const double found = detail::evaluate_moving(intensities, tables, coefficients, h,
                                                 detail::moving_wish::error, every, threads, report)
                             .error *
                         every * 16.0 / 15.0;
    if (!(found > error)) return h;
    h *= std::clamp(0.95 * std::pow(error / found, 0.25), 0.05, 0.9);
  }
  return h;
}

}  // namespace kohort