#pragma once

#include <span>
#include <vector>

#include <Eigen/Core>

namespace kohort {

/// Shapley values: what each of k players adds on average over all orders of joining,
///
///     phi_i = sum over S without i of n(S)! (k - n(S) - 1)! / k! [v(S + i) - v(S)].
///
/// They add up to v(all) - v(nobody) exactly.
///
/// @param values  2^k rows, row S being v(S) with bit i of S set if player i is in; each column is
///                one quantity
/// @return        k x quantities
/// @throws invalid_input  `E-SHAPE`: the number of rows is no power of 2
/// @see           Shorrocks (2013), J Econ Inequal 11:99-126
Eigen::MatrixXd shapley(const Eigen::MatrixXd& values);

/// Growth of a total that is the sum over cells (age, sex) and levels of
/// population x share x mix x price, split into those four factors by Shapley, cell by cell.
///
/// A cell that has no users at one of the two times has no mix then: the other time's is taken.
///
/// @param population_before, population_after  persons in each cell
/// @param users_before, users_after            cells x levels
/// @param price_before, price_after            per user of each level
/// @return  the parts of population, share, mix and price
Eigen::Vector4d growth_split(const Eigen::VectorXd& population_before,
                             const Eigen::VectorXd& population_after,
                             const Eigen::MatrixXd& users_before,
                             const Eigen::MatrixXd& users_after,
                             const Eigen::VectorXd& price_before,
                             const Eigen::VectorXd& price_after);

/// Quantiles of each column over its rows, interpolated linearly between order statistics
/// (Hyndman & Fan's type 7).
///
/// @param draws          row-major, draws x columns
/// @param columns        how many
/// @param probabilities  each in [0, 1]
/// @return               probabilities x columns, row-major
/// @throws invalid_input  `E-SHAPE`
std::vector<double> column_quantiles(std::span<const double> draws, std::size_t columns,
                                     std::span<const double> probabilities);

}  // namespace kohort
