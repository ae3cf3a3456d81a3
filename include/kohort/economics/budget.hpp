#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <Eigen/Core>

namespace kohort {

/// A year of a budget: how many at each level, what each gets of every service, what that costs.
struct budget_year {
  Eigen::VectorXd persons;   // levels: person-years
  Eigen::MatrixXd services;  // levels x services: of each service per person-year at each level
  Eigen::VectorXd prices;    // services: per unit
};

/// What the change of a cost between two years consists of. The parts add up to it exactly.
struct cost_change {
  double volume = 0;   // how many persons
  double mix = 0;      // at which levels
  double service = 0;  // how much each gets
  double wage = 0;     // wages
  double price = 0;    // other prices
  [[nodiscard]] double total() const { return volume + mix + service + wage + price; }
};

/// Splits the change of
///
///     C = sum_l V m_l sum_j u_lj p_j
///
/// by Shapley over volume V, mix m, service u and price p. The price part is then split exactly: it
/// is linear in the change of each price, and wages account for w_j dW p_j of that.
///
/// @param wage_share   services: share of wages in the price of the first year
/// @param wage_growth  dW, relative growth of wages: 0.03 for 3 %
/// @throws invalid_input  `E-SHAPE`, `E-NUM`
/// @see    Shorrocks (2013), J Econ Inequal 11:99-126
cost_change split_change(const budget_year& before, const budget_year& after,
                         const Eigen::VectorXd& wage_share, double wage_growth);

/// Who pays a cost: fees first, what is left by shares.
///
/// @param amounts  lines
/// @param fees     lines: what users pay of each, between 0 and the amount
/// @param shares   lines x payers: of what is left, each row summing to 1
/// @return         lines x (payers + 1): the payers, then the users
/// @throws invalid_input  `E-SHAPE`; `E-FEE`: a fee that is negative or above the cost;
///                        `E-INIT-SUM`: shares that do not sum to 1
Eigen::MatrixXd split_by_payer(const Eigen::VectorXd& amounts, const Eigen::VectorXd& fees,
                               const Eigen::MatrixXd& shares);

/// Amounts in whole öre that add up at every level of a hierarchy: total, then along the first
/// axis, the second within each of its parts, and so on.
///
/// The total is rounded half away from zero; parts are rounded down, and the öre that are left go
/// to the largest remainders, ties by position. Every cell and every sum over trailing axes moves
/// by less than one öre. Of a table with two margins only the first can be promised.
///
/// @param amounts  kronor, row-major
/// @param shape    of the axes, outermost first
/// @return         öre of the cells, row-major; sums of them are the rounded sums
/// @throws invalid_input  `E-SHAPE`, `E-NUM`
std::vector<std::int64_t> round_hierarchy(std::span<const double> amounts,
                                          std::span<const int> shape);

}  // namespace kohort
