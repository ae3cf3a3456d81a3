#include <algorithm>
#include <cmath>
#include <cstdio>

#include <kohort/estimation/detail/null_direction.hpp>
#include <kohort/support/detail/spectrum.hpp>
#include <kohort/support/error.hpp>

namespace kohort::detail {

namespace {

constexpr double nothing = 1e-10;  // eigenvalue of the information with a unit diagonal

/// Directions by coefficient (columns) in which the information is zero.
Eigen::MatrixXd null_space(const scaled_search& search, const Eigen::MatrixXd& information) {
  const Eigen::MatrixXd B = search.information(information);
  Eigen::VectorXd unit = B.diagonal().cwiseMax(0).cwiseSqrt();
  if (!(unit.minCoeff() > 0) || !B.allFinite()) return {};
  unit = unit.cwiseInverse();
  const auto eigen = spectrum_of(unit.asDiagonal() * B * unit.asDiagonal());
  if (!eigen.found) return {};
  Eigen::Index count = 0;
  while (count < B.cols() && eigen.values[count] < nothing) ++count;
  if (count == 0) return {};
  return search.to_theta() * (unit.asDiagonal() * eigen.vectors.leftCols(count));
}

/// Deaths at some other times than those seen would have told more: outer products of few scores
/// have a low rank whatever the model, so the check is made as if they had been seen.
transition_tables with_more_deaths(const transition_tables& tables) {
  auto more = tables;
  for (const auto& cells : tables.cells) {
    if (cells.kind != observation_kind::exact_death) continue;
    for (const double share : {0.2, 0.5, 0.8}) {
      auto earlier = cells;
      for (auto& elapsed : earlier.elapsed) elapsed *= share;
      more.cells.push_back(std::move(earlier));
    }
  }
  return more;
}

std::string percent(double log_ratio) {
  char text[32];
  const double by = 100 * std::abs(std::expm1(log_ratio));
  std::snprintf(text, sizeof text, by < 10 ? "%.1f" : "%.0f", by);
  return std::string(text) + " %";
}

/// "... 'a -> b' 10 % higher, 'a -> c' 32 % lower ...": sets of rates that look the same.
std::string exchange(const Eigen::VectorXd& direction, const std::vector<std::string>& names,
                     const std::vector<Eigen::Index>& part) {
  const double step = 0.1 / direction.cwiseAbs().maxCoeff();
  std::string text;
  for (const auto i : part) {
    const double by = step * direction[i];
    text += (text.empty() ? "'" : ", '") + names[static_cast<std::size_t>(i)] + "' " + percent(by) +
            (by > 0 ? " higher" : " lower");
  }
  return text;
}

}  // namespace

void check_null_direction(const search_problem& problem, const Eigen::VectorXd& start) {
  const auto& wanted = problem.wanted;
  const auto& rows = problem.rows;
  const scaled_search search(problem, problem.free);
  if (search.size() < 2) return;
  Eigen::MatrixXd directions;
  for (int attempt = 0; attempt < 3; ++attempt) {
    Eigen::VectorXd beta = search.free().beta(start);
    for (int k = 0; k < rows.transitions(); ++k) {
      for (Eigen::Index j = 0; j < beta.size(); ++j) {
        if (search.free().free[static_cast<std::size_t>(j)] ==
            rows.where().starts[static_cast<std::size_t>(k)])
          beta[j] += attempt * 0.3 * std::sin(1.0 + 2.0 * (k + attempt));
      }
    }
    const auto theta = search.free().theta(beta);
    auto null = null_space(search, wanted.rough_information(theta));
    if (null.cols() > 0) {  // lengths that differ little may tell what their mean does not
      null = null_space(search, wanted.information(theta));
      wanted.merge_less();
    }
    if (null.cols() > 0) {
      const auto more = with_more_deaths(wanted.tables());
      if (more.cells.size() > wanted.tables().cells.size())
        null = null_space(search, wanted.with_tables(more).information(theta));
    }
    if (null.cols() == 0) return;
    if (attempt == 0) directions = null;
  }
  const auto names = coefficient_names(wanted.intensities());
  // How much of each takes part, in the unit of what is known of it.
  const Eigen::VectorXd known = wanted.information(search.free().theta(search.free().beta(start)))
                                    .diagonal()
                                    .cwiseMax(0)
                                    .cwiseSqrt();
  const Eigen::VectorXd size = known.asDiagonal() * directions.rowwise().norm();
  std::vector<Eigen::Index> part;
  std::string listed;
  for (Eigen::Index i = 0; i < size.size(); ++i) {
    if (size[i] < 0.02 * size.maxCoeff()) continue;
    part.push_back(i);
    listed += (listed.empty() ? "'" : ", '") + names[static_cast<std::size_t>(i)] + "'";
  }
  const auto unseen = static_cast<std::size_t>(directions.cols());
  const std::string visible =
      part.size() <= unseen ? "nothing"
      : part.size() == unseen + 1
          ? std::string("only a combination")
          : "only " + std::to_string(part.size() - unseen) + " combinations";
  const std::string same =
      unseen > 1 ? ""
                 : " (they look the same with " + exchange(directions.col(0), names, part) + ")";
  reject("D-NONIDENT", "fit",
         visible + " of " + listed + (part.size() > unseen + 1 ? " are" : " is") +
             " visible in these data" + same,
         "each must be told apart from the others",
         "Leave one of them out of the model, fix it, give it a prior, or observe more often");
}

}  // namespace kohort::detail
