#pragma once

#include <memory>
#include <vector>

#include <Eigen/Core>

#include <kohort/data/transitions.hpp>
#include <kohort/support/parallel.hpp>

namespace kohort::detail {

/// Cells whose scores, squared and added, make the information of all intervals.
struct scoring_cells {
  std::vector<cell_table> visits;                 ///< every end in reach, seen or not
  std::vector<cell_table> deaths;                 ///< as they were seen
  std::shared_ptr<const scoring_cells> stand_in;  ///< of the tables' stand-in, if they have one
};

/// @param spread  0: as they are. Otherwise intervals with the same covariates and first state (and
///                death) whose lengths differ by less than this share stand as one of their mean
///                length: far fewer, where the matrix only has to show the way
scoring_cells cells_for_scoring(const model& structure, const transition_tables& tables,
                                double spread, const progress& report = {});

/// `expected_information` by these cells.
///
/// @param cells  of these tables
Eigen::MatrixXd scoring_information(const intensity_model& intensities,
                                    const transition_tables& tables, const scoring_cells& cells,
                                    const Eigen::VectorXd& coefficients, int threads,
                                    const progress& report);

}  // namespace kohort::detail
