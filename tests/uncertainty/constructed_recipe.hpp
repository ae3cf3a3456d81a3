#pragma once

#include <kohort/uncertainty/draw_recipe.hpp>

#include "../projection/small_municipality.hpp"

namespace constructed {

using kohort::draw_recipe;
using kohort::open_cohort_inputs;

/// The constructed municipality as a recipe: its point estimate, with noise on all rates.
inline draw_recipe recipe_of(const open_cohort_inputs& in) {
  draw_recipe r;
  const auto cells = static_cast<Eigen::Index>(in.rates.size());
  r.rates.ages = in.population.ages;
  r.rates.transitions = static_cast<int>(in.structure.transitions().size());
  r.rates.bands = static_cast<int>(in.entry_cuts.size()) + 1;
  r.rates.base = Eigen::Map<const Eigen::VectorXd>(in.rates.data(), cells).array().log();
  r.rates.slopes = Eigen::MatrixXd::Constant(cells, 1, 0.1);
  const auto& e = in.entries;
  const auto vector = [](const std::vector<double>& v) {
    return Eigen::VectorXd(
        Eigen::Map<const Eigen::VectorXd>(v.data(), static_cast<Eigen::Index>(v.size())));
  };
  r.entries = {e.ages,
               e.levels,
               e.incidence_damping,
               e.mix_damping,
               vector(e.log_incidence),
               vector(e.log_odds),
               vector(e.incidence_trend),
               vector(e.mix_trend),
               {},
               {},
               {},
               {},
               1};
  r.entries.log_incidence_slopes =
      Eigen::MatrixXd::Constant(r.entries.log_incidence.size(), 1, .05);
  r.entries.log_odds_slopes = Eigen::MatrixXd::Zero(r.entries.log_odds.size(), 1);
  r.entries.incidence_trend_slopes = Eigen::MatrixXd::Zero(r.entries.incidence_trend.size(), 1);
  r.entries.mix_trend_slopes = Eigen::MatrixXd::Zero(r.entries.mix_trend.size(), 1);
  return r;
}

}  // namespace constructed
