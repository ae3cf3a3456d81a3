#include <algorithm>
#include <cmath>
#include <string>

#include <boost/math/special_functions/erf.hpp>

#include <kohort/projection/phased.hpp>
#include <kohort/projection/returns.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>
#include <kohort/uncertainty/draw_recipe.hpp>

namespace kohort {

namespace {

using Eigen::Index;

void check_columns(const char* what, Index seen, Index needed) {
  if (seen == needed) return;
  reject("E-SHAPE", "draws", std::to_string(seen) + " " + what + " a draw",
         std::to_string(needed) + " are needed", "Give one for each source of uncertainty");
}

/// base + slopes z, the same bits however many draws there are.
Eigen::VectorXd shifted(const Eigen::VectorXd& base, const Eigen::MatrixXd& slopes,
                        const Eigen::VectorXd& z) {
  Eigen::VectorXd sum = base;
  for (Index j = 0; j < slopes.cols(); ++j) sum += z[j] * slopes.col(j);
  return sum;
}

}  // namespace

int dimensions(const draw_recipe& recipe) {
  return static_cast<int>(recipe.rates.slopes.cols() +
                          static_cast<Index>(recipe.rates.bounded.size()) +
                          recipe.entries.log_incidence_slopes.cols()) -
         recipe.shared;
}

draw_numbers numbers_of(const draw_recipe& recipe, int first, int n, std::uint64_t seed) {
  const Index rates = recipe.rates.slopes.cols(), shared = recipe.shared;
  const Index entries = recipe.entries.log_incidence_slopes.cols();
  const auto bounds = static_cast<Index>(recipe.rates.bounded.size());
  draw_numbers numbers{Eigen::MatrixXd(n, rates), Eigen::MatrixXd(n, bounds),
                       Eigen::MatrixXd(n, entries)};
  const random_stream of_rates(seed, purpose::parameters), of_entries(seed, purpose::entries),
      of_both(seed, purpose::calibration);
  for (int k = 0; k < n; ++k) {
    const auto draw = static_cast<std::uint32_t>(first + k);
    const auto word = [](Index i) { return static_cast<std::uint32_t>(i); };
    for (Index i = 0; i < rates - shared; ++i) {
      numbers.rate_normals(k, i) = of_rates.normal(draw, 0, word(i));
    }
    for (Index b = 0; b < bounds; ++b) {
      numbers.rate_uniforms(k, b) =
          of_rates.uniform(draw, 1, word(recipe.rates.bounded[static_cast<std::size_t>(b)]));
    }
    for (Index i = 0; i < entries - shared; ++i) {
      const bool incidence = i < recipe.entries.of_incidence;
      numbers.entry_normals(k, i) = of_entries.normal(
          draw, incidence ? 0 : 1, word(incidence ? i : i - recipe.entries.of_incidence));
    }
    for (Index i = 0; i < shared; ++i) {
      numbers.rate_normals(k, rates - shared + i) = numbers.entry_normals(k, entries - shared + i) =
          of_both.normal(draw, 0, word(i));
    }
  }
  return numbers;
}

draw_numbers numbers_from(const draw_recipe& recipe, const Eigen::MatrixXd& uniforms) {
  check_columns("uniforms", uniforms.cols(), dimensions(recipe));
  const Index n = uniforms.rows(), shared = recipe.shared;
  const Index rates = recipe.rates.slopes.cols() - shared;
  const auto bounds = static_cast<Index>(recipe.rates.bounded.size());
  const Index entries = recipe.entries.log_incidence_slopes.cols() - shared;
  for (Index i = 0; i < uniforms.size(); ++i) {
    const double u = uniforms.data()[i];
    if (u > 0 && u < 1) continue;
    reject("E-NUM", "numbers_from", "a uniform number is " + shown(u), "it lies inside (0, 1)",
           "Move points on the edge inside by half their spacing");
  }
  const auto normal = [](double u) { return -std::sqrt(2.0) * boost::math::erfc_inv(2 * u); };
  draw_numbers numbers{Eigen::MatrixXd(n, rates + shared), uniforms.middleCols(rates, bounds),
                       Eigen::MatrixXd(n, entries + shared)};
  numbers.rate_normals.leftCols(rates) = uniforms.leftCols(rates).unaryExpr(normal);
  numbers.entry_normals.leftCols(entries) =
      uniforms.middleCols(rates + bounds, entries).unaryExpr(normal);
  numbers.rate_normals.rightCols(shared) = uniforms.rightCols(shared).unaryExpr(normal);
  numbers.entry_normals.rightCols(shared) = numbers.rate_normals.rightCols(shared);
  return numbers;
}

std::vector<double> rates_from(const rate_recipe& recipe, const Eigen::MatrixXd& normals,
                               const Eigen::MatrixXd& uniforms) {
  const Index cells = Index{2} * recipe.ages * recipe.bands * recipe.transitions;
  if (recipe.base.size() != cells || recipe.slopes.rows() != cells) {
    reject("E-SHAPE", "rates_from", std::to_string(recipe.base.size()) + " logarithms of rates",
           std::to_string(cells) + " are needed", "Give 2 x ages [x bands] x transitions");
  }
  check_columns("normals", normals.cols(), recipe.slopes.cols());
  check_columns("uniforms", uniforms.cols(), static_cast<Index>(recipe.bounded.size()));
  std::vector<double> rates;
  rates.reserve(static_cast<std::size_t>(normals.rows() * cells));
  const double at_bound = std::log(-std::log(0.05));
  std::vector<double> extra(static_cast<std::size_t>(recipe.transitions));
  for (Index k = 0; k < normals.rows(); ++k) {
    const Eigen::VectorXd logs = shifted(recipe.base, recipe.slopes, normals.row(k));
    std::fill(extra.begin(), extra.end(), 0.0);
    for (std::size_t b = 0; b < recipe.bounded.size(); ++b) {
      extra[static_cast<std::size_t>(recipe.bounded[b])] =
          std::log(-std::log(uniforms(k, static_cast<Index>(b)))) - at_bound;
    }
    for (Index c = 0; c < cells; ++c) {
      rates.push_back(std::exp(logs[c] + extra[static_cast<std::size_t>(c % recipe.transitions)]));
    }
  }
  return rates;
}

entry_rates entries_from(const entry_recipe& recipe, const Eigen::MatrixXd& normals) {
  check_columns("normals", normals.cols(), recipe.log_incidence_slopes.cols());
  entry_rates entries;
  entries.draws = static_cast<int>(normals.rows());
  entries.ages = recipe.ages;
  entries.levels = recipe.levels;
  entries.incidence_damping = recipe.incidence_damping;
  entries.mix_damping = recipe.mix_damping;
  const auto append = [](std::vector<double>& to, const Eigen::VectorXd& more) {
    to.insert(to.end(), more.begin(), more.end());
  };
  for (Index k = 0; k < normals.rows(); ++k) {
    const Eigen::VectorXd z = normals.row(k);
    append(entries.log_incidence, shifted(recipe.log_incidence, recipe.log_incidence_slopes, z));
    append(entries.log_odds, shifted(recipe.log_odds, recipe.log_odds_slopes, z));
    append(entries.incidence_trend,
           shifted(recipe.incidence_trend, recipe.incidence_trend_slopes, z));
    append(entries.mix_trend, shifted(recipe.mix_trend, recipe.mix_trend_slopes, z));
  }
  return entries;
}

void draw_into(open_cohort_inputs& inputs, const draw_recipe& recipe, const draw_numbers& numbers) {
  inputs.rates = rates_from(recipe.rates, numbers.rate_normals, numbers.rate_uniforms);
  inputs.entries = entries_from(recipe.entries, numbers.entry_normals);
  const auto& states = inputs.structure.states();
  const bool ends = std::find(states.begin(), states.end(), inputs.ended) != states.end();
  if (!recipe.first_phases.empty()) {
    const int levels = inputs.structure.size() - (ends ? 2 : 1);  // without death
    inputs.entries = entries_at_first_phase(inputs.entries, recipe.first_phases, levels);
  }
  if (recipe.returns_as_new && ends) {
    returns_as_new(inputs.structure, inputs.ended, inputs.entries, inputs.rates,
                   recipe.rates.bands);
  }
}

}  // namespace kohort
