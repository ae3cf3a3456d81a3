#include <limits>

#include <kohort/estimation/detail/point_values.hpp>

namespace kohort::detail {

namespace {

/// Values of each start, and their slopes along each logarithm of a rate.
struct of_rates {
  Eigen::MatrixXd values, by;
};

of_rates rate_ratio(const std::vector<int>& targets, const std::vector<double>& q) {
  const auto up = static_cast<Eigen::Index>(targets[0]);
  const auto down = static_cast<Eigen::Index>(targets[1]);
  of_rates found{Eigen::MatrixXd::Constant(
                     1, 1, q[static_cast<std::size_t>(up)] / q[static_cast<std::size_t>(down)]),
                 Eigen::MatrixXd::Zero(1, static_cast<Eigen::Index>(q.size()))};
  found.by(0, up) += found.values(0, 0);
  found.by(0, down) -= found.values(0, 0);
  return found;
}

/// Of those who are in each state: the mean years of a stay, or where the next move leads.
of_rates of_each_state(const point_question& about, const std::vector<double>& q) {
  const bool sojourn = about.asked.what == quantity::sojourn;
  const auto& moves = about.model.structure.transitions();
  const auto n = static_cast<Eigen::Index>(about.model.structure.size());
  const Eigen::Index M = sojourn ? 1 : n;
  Eigen::VectorXd exit = Eigen::VectorXd::Zero(n);
  for (std::size_t k = 0; k < q.size(); ++k) exit[moves[k].from] += q[k];
  of_rates each{Eigen::MatrixXd::Zero(n, M),
                Eigen::MatrixXd::Zero(n * M, static_cast<Eigen::Index>(q.size()))};
  for (Eigen::Index r = 0; r < n; ++r) {
    if (sojourn) {
      each.values(r, 0) = exit[r] > 0 ? 1 / exit[r] : std::numeric_limits<double>::infinity();
    } else if (exit[r] == 0) {
      each.values(r, r) = 1;
    }
  }
  for (std::size_t k = 0; k < q.size(); ++k) {
    const auto [from, to] = moves[k];
    if (exit[from] == 0) continue;
    const double share = q[k] / exit[from];
    const auto column = static_cast<Eigen::Index>(k);
    if (sojourn) {
      each.by(from, column) = -share / exit[from];
      continue;
    }
    each.values(from, to) = share;
    for (std::size_t u = 0; u < q.size(); ++u) {
      if (moves[u].from == from)
        each.by(from * M + moves[u].to, column) +=
            (u == k ? share : 0.0) - share * q[u] / exit[from];
    }
  }
  return each;
}

of_rates over_starts(const Eigen::MatrixXd& starts, const of_rates& each) {
  const Eigen::Index M = each.values.cols(), S = starts.rows();
  of_rates found{Eigen::MatrixXd(S, M), Eigen::MatrixXd::Zero(S * M, each.by.cols())};
  for (Eigen::Index s = 0; s < S; ++s) {
    for (Eigen::Index m = 0; m < M; ++m) {
      found.values(s, m) = weighed(starts.row(s), each.values, m);
      for (Eigen::Index r = 0; r < starts.cols(); ++r)
        found.by.row(s * M + m) += starts(s, r) * each.by.row(r * M + m);
    }
  }
  return found;
}

/// From slopes along log rates to slopes along coefficients.
value_sums chained(const coefficient_layout& where, const std::vector<double>& design,
                   const of_rates& of, std::size_t coefficients, bool slopes) {
  const auto& values = of.values;
  value_sums found{Eigen::VectorXd(values.size()), {}};
  for (Eigen::Index r = 0; r < values.size(); ++r)
    found.values[r] = values(r / values.cols(), r % values.cols());
  if (!slopes) return found;
  found.slopes = Eigen::MatrixXd::Zero(values.size(), static_cast<Eigen::Index>(coefficients));
  for (std::size_t k = 0; k < where.columns.size(); ++k) {
    auto at = static_cast<Eigen::Index>(where.starts[k]);
    const Eigen::VectorXd along = of.by.col(static_cast<Eigen::Index>(k));
    found.slopes.col(at) += along;
    for (const int c : where.columns[k])
      found.slopes.col(++at) += along * design[static_cast<std::size_t>(c)];
  }
  return found;
}

}  // namespace

value_sums point_values(const point_question& about, const std::vector<double>& design,
                        std::span<const double> coefficients, bool slopes) {
  std::vector<double> q(about.model.structure.transitions().size());
  rates_at(about.where, coefficients, design, q);
  const auto found = about.asked.what == quantity::rate_ratio
                         ? rate_ratio(about.asked.targets, q)
                         : over_starts(about.starts, of_each_state(about, q));
  return chained(about.where, design, found, coefficients.size(), slopes);
}

}  // namespace kohort::detail
