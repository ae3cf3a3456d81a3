#include <cmath>

#include <kohort/projection/decomposition.hpp>
#include <kohort/support/error.hpp>
#include <kohort/uncertainty/pick_freeze.hpp>

namespace kohort {

namespace {

/// Shapley values as weights of the closed variances: k x 2^k.
Eigen::MatrixXd weights(int k) {
  return shapley(Eigen::MatrixXd::Identity(Eigen::Index{1} << k, Eigen::Index{1} << k));
}

}  // namespace

variance_table variance_by_group(const std::vector<std::string>& groups, std::span<const double> y,
                                 const Eigen::MatrixXd& frozen, double chance,
                                 double chance_error) {
  const auto k = static_cast<int>(groups.size());
  const auto n = static_cast<Eigen::Index>(y.size());
  const Eigen::Index sets = k > 0 && k < 16 ? Eigen::Index{1} << k : 0;
  if (sets == 0 || n < 2 || frozen.rows() != n || frozen.cols() != sets - 1) {
    reject("E-SHAPE", "variance_by_group",
           std::to_string(n) + " draws of " + std::to_string(k) + " groups with " +
               std::to_string(frozen.rows()) + " x " + std::to_string(frozen.cols()) +
               " frozen ones",
           "two draws are the least, and each has 2^k - 1 frozen ones",
           "Run the model on every mixture of the two sets of draws");
  }
  const Eigen::VectorXd all = Eigen::Map<const Eigen::VectorXd>(y.data(), n);
  if (!all.allFinite() || !frozen.allFinite() || !(chance >= 0)) {
    reject("E-NUM", "variance_by_group", "a draw or the variance by chance is no usable number",
           "results are finite", "Find out what made it");
  }
  variance_table table;
  table.draws = static_cast<int>(n);
  table.mean = all.mean();
  const Eigen::VectorXd centred = all.array() - table.mean;
  // Contributions of each draw: their means are the closed variances.
  const double unbiased = static_cast<double>(n) / static_cast<double>(n - 1);
  Eigen::MatrixXd each = Eigen::MatrixXd::Zero(n, sets);
  each.col(sets - 1) = unbiased * centred.cwiseAbs2();
  // What is reported are shares of the variance: the estimate whose share varies less is taken.
  const Eigen::VectorXd squares = each.col(sets - 1);
  const auto scatter = [&](const Eigen::VectorXd& values) {
    const double share = squares.mean() > 0 ? values.mean() / squares.mean() : 0;
    const Eigen::VectorXd off = values - share * squares;
    return (off.array() - off.mean()).square().sum();
  };
  for (Eigen::Index S = 1; S + 1 < sets; ++S) {
    const Eigen::VectorXd moved = frozen.col(S) - frozen.col(0), left = all - frozen.col(S);
    const Eigen::VectorXd small = unbiased * centred.cwiseProduct(moved);
    const Eigen::VectorXd large = squares - 0.5 * left.cwiseAbs2();
    each.col(S) = scatter(small) <= scatter(large) ? small : large;
  }
  const Eigen::VectorXd whole = each.col(sets - 1);
  table.variance = whole.mean() + chance;
  const auto error_of = [&](const Eigen::VectorXd& contributions, double own_chance_error) {
    const double spread = (contributions.array() - contributions.mean()).square().sum() /
                          static_cast<double>(n - 1) / static_cast<double>(n);
    return std::sqrt(spread + own_chance_error * own_chance_error);
  };
  table.variance_error = error_of(whole, chance_error);
  const Eigen::MatrixXd shares = each * weights(k).transpose();  // n x k
  const double V = table.variance;
  const auto ratio = [&](const Eigen::VectorXd& part, double& value, double& error) {
    if (V <= 0) return;
    value = part.mean() / V;
    error = error_of(part - value * whole, value * chance_error) / V;
  };
  for (int i = 0; i < k; ++i) {
    variance_part part;
    part.name = groups[static_cast<std::size_t>(i)];
    const Eigen::VectorXd own = each.col(Eigen::Index{1} << i);
    part.alone = std::sqrt(std::max(0.0, own.mean()));
    part.alone_error =
        part.alone > 0 ? error_of(own, 0) / (2 * part.alone) : std::sqrt(error_of(own, 0));
    ratio(own, part.first_order, part.first_order_error);
    ratio(shares.col(i), part.shapley, part.shapley_error);
    table.parts.push_back(part);
  }
  if (chance > 0) {
    variance_part part;
    part.name = "chance";
    part.alone = std::sqrt(chance);
    part.alone_error = chance_error / (2 * part.alone);
    part.first_order = part.shapley = chance / V;
    const double of_whole = error_of(whole, 0);
    part.first_order_error = part.shapley_error =
        std::hypot(of_whole * part.shapley, chance_error * (1 - part.shapley)) / V;
    table.parts.push_back(part);
  }
  return table;
}

variance_table variance_by_group(const std::vector<std::string>& groups,
                                 const Eigen::VectorXd& closed, double chance) {
  const auto k = static_cast<int>(groups.size());
  if (k < 1 || k > 15 || closed.size() != Eigen::Index{1} << k) {
    reject("E-SHAPE", "variance_by_group",
           std::to_string(closed.size()) + " closed variances of " + std::to_string(k) + " groups",
           "there are 2^k of them", "Give one for each set of groups, the empty one first");
  }
  variance_table table;
  table.variance = closed[closed.size() - 1] + chance;
  const Eigen::VectorXd phi = weights(k) * closed;
  const auto share = [&](double part) { return table.variance > 0 ? part / table.variance : 0; };
  for (int i = 0; i < k; ++i) {
    variance_part part;
    part.name = groups[static_cast<std::size_t>(i)];
    part.alone = std::sqrt(std::max(0.0, closed[Eigen::Index{1} << i]));
    part.first_order = share(closed[Eigen::Index{1} << i]);
    part.shapley = share(phi[i]);
    table.parts.push_back(part);
  }
  if (chance > 0) {
    variance_part part;
    part.name = "chance";
    part.alone = std::sqrt(chance);
    part.first_order = part.shapley = share(chance);
    table.parts.push_back(part);
  }
  return table;
}

}  // namespace kohort
