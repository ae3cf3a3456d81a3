#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>

#include <kohort/economics/budget.hpp>
#include <kohort/projection/decomposition.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

cost_change split_change(const budget_year& before, const budget_year& after,
                         const Eigen::VectorXd& wage_share, double wage_growth) {
  const auto L = before.persons.size(), J = before.prices.size();
  const auto fits = [&](const budget_year& one) {
    return one.persons.size() == L && one.prices.size() == J && one.services.rows() == L &&
           one.services.cols() == J;
  };
  if (!fits(before) || !fits(after) || wage_share.size() != J) {
    reject("E-SHAPE", "split_change", "two years of different shapes",
           "both have persons by level, services by level and prices by service",
           "Give them for the same levels and services");
  }
  for (const auto* one : {&before, &after}) {
    if (one->persons.allFinite() && one->services.allFinite() && one->prices.allFinite() &&
        (L == 0 || one->persons.minCoeff() >= 0)) {
      continue;
    }
    reject("E-NUM", "split_change", "a number that is not finite, or negative persons",
           "every level, service and price has one", "Mend it");
  }
  if (!wage_share.allFinite() || !std::isfinite(wage_growth)) {
    reject("E-NUM", "split_change", "a wage share or growth that is not finite", "both are numbers",
           "Write 0.8 and 0.03");
  }
  const budget_year* years[2] = {&before, &after};
  const double volume[2] = {before.persons.sum(), after.persons.sum()};
  Eigen::VectorXd mix[2];
  for (int t = 0; t < 2; ++t) {  // nobody has no mix: the other year's is taken
    const int from = volume[t] > 0 ? t : 1 - t;
    mix[t] = volume[from] > 0 ? Eigen::VectorXd(years[from]->persons / volume[from])
                              : Eigen::VectorXd::Zero(L);
  }
  // Column j: the cost of service j at prices of either year; bits: volume, mix, service, price.
  Eigen::MatrixXd values(16, J);
  for (unsigned S = 0; S < 16; ++S) {
    const Eigen::RowVectorXd used =
        volume[S & 1U] * mix[S >> 1 & 1U].transpose() * years[S >> 2 & 1U]->services;
    values.row(S) = used.cwiseProduct(years[S >> 3 & 1U]->prices.transpose());
  }
  const Eigen::MatrixXd parts = shapley(values);
  // The price part of a service is K_j (p_j' - p_j): with prices 0 and 1 in its place, K_j.
  Eigen::MatrixXd unit(16, J);
  for (unsigned S = 0; S < 16; ++S) {
    unit.row(S) = (S >> 3 & 1U) ? Eigen::RowVectorXd(volume[S & 1U] * mix[S >> 1 & 1U].transpose() *
                                                     years[S >> 2 & 1U]->services)
                                : Eigen::RowVectorXd::Zero(J);
  }
  const Eigen::RowVectorXd K = shapley(unit).row(3);
  cost_change change{parts.row(0).sum(), parts.row(1).sum(), parts.row(2).sum(), 0, 0};
  change.wage =
      wage_growth *
      K.cwiseProduct(before.prices.transpose()).cwiseProduct(wage_share.transpose()).sum();
  change.price = parts.row(3).sum() - change.wage;
  return change;
}

Eigen::MatrixXd split_by_payer(const Eigen::VectorXd& amounts, const Eigen::VectorXd& fees,
                               const Eigen::MatrixXd& shares) {
  const auto lines = amounts.size(), payers = shares.cols();
  if (fees.size() != lines || shares.rows() != lines || payers < 1) {
    reject("E-SHAPE", "split_by_payer",
           std::to_string(fees.size()) + " fees and shares of " + std::to_string(shares.rows()) +
               " lines",
           "there are " + std::to_string(lines) + " lines and at least one payer",
           "Give a fee and shares for every line");
  }
  Eigen::MatrixXd paid(lines, payers + 1);
  for (Eigen::Index i = 0; i < lines; ++i) {
    if (!(fees[i] >= 0) || !(fees[i] <= amounts[i] * (1 + 1e-12))) {
      reject("E-FEE", "split_by_payer",
             "the users' fee of line " + std::to_string(i) + " is " + shown(fees[i]) + " of " +
                 shown(amounts[i]),
             "a fee is not negative and not above the cost", "Lower the fee, or mend the cost");
    }
    if (!(shares.row(i).minCoeff() >= 0) || !(std::abs(shares.row(i).sum() - 1) <= 1e-9)) {
      reject("E-INIT-SUM", "split_by_payer",
             "the payers' shares of line " + std::to_string(i) + " sum to " +
                 shown(shares.row(i).sum()),
             "they are not negative and sum to 1", "Mend them");
    }
    paid.row(i).head(payers) = (amounts[i] - fees[i]) * shares.row(i);
    paid(i, payers) = fees[i];
  }
  return paid;
}

namespace {

// `parts` (kronor) in öre that sum to `total`.
std::vector<std::int64_t> shared_out(const std::vector<double>& parts, std::int64_t total) {
  std::vector<std::int64_t> made(parts.size());
  std::vector<double> remainder(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double ore = parts[i] * 100;
    made[i] = static_cast<std::int64_t>(std::floor(ore));
    remainder[i] = ore - std::floor(ore);
    total -= made[i];
  }
  std::vector<std::size_t> order(parts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return remainder[a] > remainder[b]; });
  // Sums of floating numbers may miss by their last bits: then the last in order gives one back.
  for (std::size_t i = 0; total > 0 && i < order.size(); ++i, --total) ++made[order[i]];
  for (std::size_t i = order.size(); total < 0 && i > 0; --i, ++total) --made[order[i - 1]];
  return made;
}

void descend(std::span<const double> amounts, std::span<const int> shape, std::int64_t total,
             std::vector<std::int64_t>& out) {
  if (shape.empty()) {
    out.push_back(total);
    return;
  }
  const auto parts = static_cast<std::size_t>(shape[0]), size = amounts.size() / parts;
  std::vector<double> sums;
  for (std::size_t i = 0; i < parts; ++i) {
    const auto part = amounts.subspan(i * size, size);
    sums.push_back(std::accumulate(part.begin(), part.end(), 0.0));
  }
  const auto given = shared_out(sums, total);
  for (std::size_t i = 0; i < parts; ++i) {
    descend(amounts.subspan(i * size, size), shape.subspan(1), given[i], out);
  }
}

}  // namespace

std::vector<std::int64_t> round_hierarchy(std::span<const double> amounts,
                                          std::span<const int> shape) {
  std::size_t cells = 1;
  bool positive = !shape.empty();
  for (const int axis : shape) {
    positive = positive && axis > 0;
    cells *= static_cast<std::size_t>(std::max(axis, 0));
  }
  if (!positive || cells != amounts.size()) {
    reject("E-SHAPE", "round_hierarchy",
           std::to_string(amounts.size()) + " amounts in a table of " + std::to_string(cells),
           "every axis has at least one part", "Give the shape of the table");
  }
  double total = 0, largest = 0;
  for (const double amount : amounts) {
    total += amount;
    largest = std::max(largest, std::abs(amount));
    if (std::abs(amount) * 100 < 1e15) continue;
    reject("E-NUM", "round_hierarchy", "an amount is " + shown(amount),
           "it must be finite and below 10 000 milliard kronor", "Mend it");
  }
  if (!(std::abs(total) * 100 < 1e15)) {
    reject("E-NUM", "round_hierarchy", "the total is " + shown(total),
           "it must be below 10 000 milliard kronor", "Round in thousands instead");
  }
  std::vector<std::int64_t> ore;
  ore.reserve(amounts.size());
  descend(amounts, shape, std::llround(total * 100), ore);
  return ore;
}

}  // namespace kohort
