#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include <kohort/projection/decomposition.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

Eigen::MatrixXd shapley(const Eigen::MatrixXd& values) {
  const auto rows = static_cast<unsigned>(values.rows());
  if (!std::has_single_bit(rows)) {
    reject("E-SHAPE", "shapley", std::to_string(rows) + " coalitions", "k players have 2^k of them",
           "Give one row for each subset of the players");
  }
  const int players = std::countr_zero(rows);
  std::vector<double> factorial{1};
  for (int k = 1; k <= players; ++k) factorial.push_back(factorial.back() * k);
  const auto f = [&](int k) { return factorial[static_cast<std::size_t>(k)]; };
  Eigen::MatrixXd parts = Eigen::MatrixXd::Zero(players, values.cols());
  for (int i = 0; i < players; ++i) {
    for (unsigned S = 0; S < rows; ++S) {
      if (S >> i & 1U) continue;
      const int n = std::popcount(S);
      parts.row(i) +=
          f(n) * f(players - n - 1) / f(players) * (values.row(S | 1U << i) - values.row(S));
    }
  }
  return parts;
}

Eigen::Vector4d growth_split(const Eigen::VectorXd& population_before,
                             const Eigen::VectorXd& population_after,
                             const Eigen::MatrixXd& users_before,
                             const Eigen::MatrixXd& users_after,
                             const Eigen::VectorXd& price_before,
                             const Eigen::VectorXd& price_after) {
  const auto levels = users_before.cols();
  if (users_before.rows() != population_before.size() ||
      users_after.rows() != users_before.rows() ||
      population_after.size() != population_before.size() || users_after.cols() != levels ||
      price_before.size() != levels || price_after.size() != levels) {
    reject("E-SHAPE", "growth_split", "the tables do not have one shape",
           "persons are cells, users cells x levels and prices levels",
           "Give them for the same ages, sexes and levels");
  }
  Eigen::Vector4d parts = Eigen::Vector4d::Zero();
  Eigen::MatrixXd value(16, 1);
  for (Eigen::Index c = 0; c < users_before.rows(); ++c) {
    const Eigen::RowVectorXd before = users_before.row(c), after = users_after.row(c);
    const double used_before = before.sum(), used_after = after.sum();
    if (used_before == 0 && used_after == 0) continue;
    const double n[2] = {population_before[c], population_after[c]};
    const double share[2] = {n[0] > 0 ? used_before / n[0] : 0, n[1] > 0 ? used_after / n[1] : 0};
    const Eigen::RowVectorXd mix[2] = {used_before > 0 ? Eigen::RowVectorXd(before / used_before)
                                                       : Eigen::RowVectorXd(after / used_after),
                                       used_after > 0 ? Eigen::RowVectorXd(after / used_after)
                                                      : Eigen::RowVectorXd(before / used_before)};
    const Eigen::VectorXd* price[2] = {&price_before, &price_after};
    for (unsigned S = 0; S < 16; ++S) {
      value(S, 0) = n[S & 1U] * share[S >> 1 & 1U] * mix[S >> 2 & 1U].dot(*price[S >> 3 & 1U]);
    }
    parts += shapley(value).col(0);
  }
  return parts;
}

std::vector<double> column_quantiles(std::span<const double> draws, std::size_t columns,
                                     std::span<const double> probabilities) {
  const std::size_t rows = columns > 0 ? draws.size() / columns : 0;
  if (rows == 0 || rows * columns != draws.size()) {
    reject("E-SHAPE", "column_quantiles", std::to_string(draws.size()) + " numbers",
           "a whole number of draws of " + std::to_string(columns) + " columns is needed",
           "Ask for at least one draw");
  }
  std::vector<double> column(rows), result(probabilities.size() * columns);
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t r = 0; r < rows; ++r) column[r] = draws[r * columns + c];
    std::sort(column.begin(), column.end());
    for (std::size_t p = 0; p < probabilities.size(); ++p) {
      const double place = std::clamp(probabilities[p], 0.0, 1.0) * static_cast<double>(rows - 1);
      const auto below = static_cast<std::size_t>(place);
      const std::size_t above = std::min(below + 1, rows - 1);
      result[p * columns + c] =
          column[below] + (place - static_cast<double>(below)) * (column[above] - column[below]);
    }
  }
  return result;
}

}  // namespace kohort
