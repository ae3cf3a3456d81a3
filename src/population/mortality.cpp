#include <cmath>
#include <string>
#include <vector>

#include <kohort/population/mortality.hpp>
#include <kohort/support/error.hpp>

#include "lanes/open_cohort.hpp"

namespace kohort {

mortality_ratios ratios_to_unsupported(double m, const Eigen::VectorXd& prevalence,
                                       const Eigen::VectorXd& mortality, closure_policy policy,
                                       double floor) {
  const double with_support = prevalence.dot(mortality);
  const double unsupported = 1 - prevalence.sum();
  mortality_ratios found{(m - with_support) / unsupported, mortality, 1};
  if (policy == closure_policy::scale && !(found.without_support >= floor * m)) {
    found.scale = m * (1 - floor * unsupported) / with_support;
    found.without_support = floor * m;
  }
  found.ratios = mortality * (found.scale / found.without_support);
  return found;
}

closed_piece close_mortality(const Eigen::MatrixXd& moves, const Eigen::VectorXd& ratios,
                             const Eigen::VectorXd& occupancy, double m, double h, double g) {
  const auto n = occupancy.size();
  if (moves.rows() != n || moves.cols() != n || ratios.size() != n ||
      n > detail::most_living_states || !(ratios.minCoeff() > 0) || !(m >= 0) || !(h > 0) ||
      !(occupancy.minCoeff() >= 0)) {
    reject("E-MORTALITY", "close_mortality",
           std::to_string(n) + " states, " + std::to_string(ratios.size()) +
               " ratios, m = " + shown(m) + ", h = " + shown(h),
           "every living state needs an occupancy and a positive ratio",
           "Give moves n x n, ratios n, occupancy n, m >= 0 and h > 0");
  }
  constexpr int lanes = 8;
  std::vector<double> rates(static_cast<std::size_t>(n * n * lanes), 0.0);
  std::vector<const double*> rate_rows, ratio_rows;
  std::vector<int> into, from;
  for (Eigen::Index s = 0; s < n; ++s) {
    into.push_back(static_cast<int>(from.size()));
    for (Eigen::Index r = 0; r < n; ++r) {
      if (r == s || moves(r, s) == 0) continue;
      double* row = &rates[static_cast<std::size_t>((r * n + s) * lanes)];
      std::fill_n(row, lanes, moves(r, s));
      rate_rows.push_back(row);
      from.push_back(static_cast<int>(r));
    }
  }
  into.push_back(static_cast<int>(from.size()));
  Eigen::ArrayXXd ratio = ratios.transpose().replicate(lanes, 1).array();
  Eigen::ArrayXXd x = occupancy.transpose().replicate(lanes, 1).array();
  Eigen::ArrayXXd years = Eigen::ArrayXXd::Zero(lanes, n), died = years, migrated = years;
  Eigen::ArrayXXd moved = Eigen::ArrayXXd::Zero(lanes, std::max<Eigen::Index>(1, n * n));
  Eigen::ArrayXd drift = Eigen::ArrayXd::Zero(3 * lanes), force = Eigen::ArrayXd::Zero(lanes);
  for (Eigen::Index r = 0; r < n; ++r) ratio_rows.push_back(ratio.col(r).data());

  const std::vector<double> growth(lanes, g), survivors(lanes, std::exp((g - m) * h));
  detail::advance_cohort_with(best_instruction_set())(
      {static_cast<int>(n), static_cast<int>(from.size()), into.data(), from.data(),
       rate_rows.data(), ratio_rows.data(), lanes, h, m, growth.data(), survivors.data()},
      {x.data(), drift.data(), years.data(), moved.data(), died.data(), migrated.data(),
       force.data()});
  return {x.row(0).transpose(), years.row(0).transpose(), force[0]};
}

}  // namespace kohort
