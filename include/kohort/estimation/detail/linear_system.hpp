#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <kohort/estimation/constraints.hpp>
#include <kohort/estimation/detail/free_coefficients.hpp>

namespace kohort::detail {

/// Conditions on all coefficients, one a row, with the words of each.
struct linear_block {
  Eigen::MatrixXd rows{};
  Eigen::VectorXd values{};
  std::vector<std::string> words{};
};

/// rows theta = values, and rows theta >= values.
struct linear_system {
  linear_block equal, at_least;
};

/// @throws invalid_input  `E-CONSTRAINT` for a name or a number that makes no sense
linear_system resolve(const std::vector<constraint>& given, const std::vector<std::string>& names);

/// What remains free once rows theta = values: elimination to reduced row echelon form, so that an
/// equality is one shared column of A and a fixed value an empty row.
///
/// @param depends  if given, the rows that contradict each other
/// @return         with an empty b if they do
free_coefficients restrict(const free_coefficients& base, const linear_block& block,
                           std::vector<std::size_t>* depends = nullptr);

/// The same from all coefficients.
///
/// @throws invalid_input  `E-CONSTRAINT`, naming those that contradict each other
free_coefficients eliminate(const linear_block& equal, Eigen::Index size);

}  // namespace kohort::detail
