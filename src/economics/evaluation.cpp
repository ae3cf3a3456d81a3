#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include <kohort/economics/evaluation.hpp>
#include <kohort/support/error.hpp>

namespace kohort {

quadrant quadrant_of(double added_cost, double added_effect) {
  if (added_cost == 0 && added_effect == 0) return quadrant::none;
  if (added_effect >= 0) return added_cost > 0 ? quadrant::north_east : quadrant::south_east;
  return added_cost >= 0 ? quadrant::north_west : quadrant::south_west;
}

std::vector<incremental_row> incremental_analysis(const Eigen::VectorXd& costs,
                                                  const Eigen::VectorXd& effects) {
  const auto options = costs.size();
  if (options == 0 || effects.size() != options) {
    reject("E-SHAPE", "incremental_analysis",
           std::to_string(options) + " costs and " + std::to_string(effects.size()) + " effects",
           "every option has one of each, and there is at least one",
           "Give them in the same order");
  }
  for (Eigen::Index i = 0; i < options; ++i) {
    if (std::isfinite(costs[i]) && std::isfinite(effects[i])) continue;
    reject("E-NUM", "incremental_analysis",
           "option " + std::to_string(i) + " has cost " + shown(costs[i]) + " and effect " +
               shown(effects[i]),
           "both must be finite", "Mend it");
  }
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  std::vector<incremental_row> rows(static_cast<std::size_t>(options));
  for (Eigen::Index i = 0; i < options; ++i) {
    rows[static_cast<std::size_t>(i)] = {static_cast<int>(i), costs[i], effects[i]};
    rows[static_cast<std::size_t>(i)].icer = none;
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.cost != b.cost ? a.cost < b.cost : a.effect > b.effect;
  });

  std::vector<std::size_t> hull;               // positions in `rows`
  std::vector<std::size_t> same(rows.size());  // the first of equals
  std::size_t best = 0;                        // the most effective so far
  for (std::size_t i = 0; i < rows.size(); ++i) {
    same[i] = i;
    if (i > 0 && rows[i].cost == rows[i - 1].cost && rows[i].effect == rows[i - 1].effect) {
      same[i] = same[i - 1];
      continue;
    }
    if (i > 0 && rows[i].effect <= rows[best].effect) {
      rows[i].status = option_status::dominated;
      rows[i].compared_with = rows[best].option;
      continue;
    }
    best = i;
    // The middle one goes if the ratio after it is not above the one before it.
    while (hull.size() >= 2) {
      const auto& a = rows[hull[hull.size() - 2]];
      auto& b = rows[hull.back()];
      const double before = (b.cost - a.cost) * (rows[i].effect - b.effect);
      const double after = (rows[i].cost - b.cost) * (b.effect - a.effect);
      if (after > before) break;
      b.status = option_status::extendedly_dominated;
      hull.pop_back();
    }
    hull.push_back(i);
  }
  const auto against = [&](incremental_row& row, const incremental_row& other) {
    row.compared_with = other.option;
    row.added_cost = row.cost - other.cost;
    row.added_effect = row.effect - other.effect;
  };
  rows[hull[0]].status = option_status::reference;
  for (std::size_t h = 1; h < hull.size(); ++h) {
    auto& row = rows[hull[h]];
    against(row, rows[hull[h - 1]]);
    row.icer = row.added_cost / row.added_effect;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (same[i] != i) {
      const auto& first = rows[same[i]];
      rows[i].status = first.status;
      rows[i].compared_with = first.option;
      continue;
    }
    if (rows[i].status == option_status::dominated) {
      const auto other = std::find_if(rows.begin(), rows.end(), [&](const auto& row) {
        return row.option == rows[i].compared_with;
      });
      against(rows[i], *other);
    } else if (rows[i].status == option_status::extendedly_dominated) {
      const auto above = std::upper_bound(hull.begin(), hull.end(), i);
      rows[i].and_with = rows[*above].option;
      against(rows[i], rows[*(above - 1)]);
    }
  }
  return rows;
}

}  // namespace kohort
