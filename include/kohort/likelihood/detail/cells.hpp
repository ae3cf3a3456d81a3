#pragma once

#include <vector>

#include <Eigen/Core>

#include <kohort/data/transitions.hpp>
#include <kohort/likelihood/detail/series.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort::detail {

/// Rates per year, patterns x transitions.
std::vector<double> pattern_rates(const intensity_model& intensities,
                                  const transition_tables& tables, const double* coefficients);

/// What each cell of a table contributes, before weighting.
struct cell_values {
  std::vector<double> log_values;  ///< per cell: log L, -infinity if impossible
  std::vector<double> slopes;  ///< cells x pieces x transitions: dlog L/dq of that piece's rates
};

/// @param rates   patterns x transitions
/// @param slopes  whether the slopes are wanted
/// @param limits  of theta by degree: `degree_limits`, or quicker ones
cell_values evaluate_cells(const model& structure, const cell_table& cells,
                           const std::vector<double>& rates, bool slopes, int threads,
                           const progress& report,
                           const std::vector<double>& limits = degree_limits());

/// reach[r * n + s]: s can be reached from r by permitted moves, none included.
std::vector<char> reachable(const model& structure);

}  // namespace kohort::detail
