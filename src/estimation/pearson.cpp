#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

#include <Eigen/Cholesky>

#include <kohort/data/transitions.hpp>
#include <kohort/estimation/detail/sighted.hpp>
#include <kohort/estimation/fit.hpp>
#include <kohort/estimation/pearson.hpp>
#include <kohort/likelihood/log_likelihood.hpp>
#include <kohort/model/phases.hpp>
#include <kohort/simulation/observed_plan.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

namespace kohort {

namespace {

constexpr std::uint32_t gap_index = 0xFFFFFFFEU;

/// An interval as planned: a dated death is put at the visit that would have come.
struct planned_interval {
  double begins, length, rates, weight;
  std::size_t row;  // where it ends
};

struct intervals {
  std::vector<planned_interval> all;
  std::int64_t imputed = 0;
};

intervals planned(const observations& seen, const model& structure, detail::sighted& rows,
                  std::uint64_t seed) {
  const visit_gaps gaps(seen, structure);
  const random_stream random(seed, purpose::resampling);
  intervals found;
  double start = 0;
  for (std::size_t i = 0; i < seen.rows(); ++i) {
    if (i == 0 || seen.subjects[i] != seen.subjects[i - 1]) start = seen.times[i];
    const auto kind = seen.kinds[i];
    if (kind == observation_kind::start) continue;
    if (kind == observation_kind::exact_transition || kind == observation_kind::exact_stay) {
      reject("E-KIND", "pearson", "some states are known throughout",
             "this test compares states at visits",
             "Compare with aalen_johansen, or read the stays as visits");
    }
    double length = seen.elapsed(i);
    if (kind == observation_kind::exact_death || kind == observation_kind::window_death) {
      length = gaps.draw((seen.times[i - 1] - start) / seen.units_per_year, length,
                         random.uniform(0, static_cast<std::uint32_t>(i), gap_index));
      ++found.imputed;
    }
    found.all.push_back({(seen.times[i - 1] - start) / seen.units_per_year, length,
                         rows.sum_of_rates(i - 1, length), seen.weight(seen.subjects[i]), i});
  }
  return found;
}

/// Where the second group begins, the third and so on: each value by itself if there are no more
/// than groups, else quantiles.
std::vector<double> cuts(std::vector<double> values, int groups) {
  // Lengths that differ by rounding alone are one length.
  const auto above = [](double value, double before) {
    return value > before + 1e-9 * std::abs(before);
  };
  std::sort(values.begin(), values.end());
  std::vector<double> distinct{values.front()};
  for (const double value : values) {
    if (above(value, distinct.back())) distinct.push_back(value);
  }
  if (static_cast<int>(distinct.size()) <= groups) return {distinct.begin() + 1, distinct.end()};
  std::vector<double> found;
  for (int g = 1; g < groups; ++g) {
    const auto at = static_cast<double>(values.size()) * g / groups;
    const double cut = values[static_cast<std::size_t>(at)];
    if (above(cut, found.empty() ? values.front() : found.back())) found.push_back(cut);
  }
  return found;
}

int group(const std::vector<double>& at, double value) {
  const double rounding = 1e-9 * std::abs(value);
  return static_cast<int>(std::upper_bound(at.begin(), at.end(), value + rounding) - at.begin());
}

/// O and E of the intervals of one group that began in one state, by where they ended.
struct row_counts {
  Eigen::VectorXd observed, expected;
};

/// Pools the small cells of a row; false if not even one cell would be large enough.
bool pool(const row_counts& row, double smallest, pearson_cell where,
          std::vector<pearson_cell>& cells) {
  std::vector<pearson_cell> large;
  pearson_cell small = where;
  for (Eigen::Index s = 0; s < row.expected.size(); ++s) {
    if (row.expected[s] == 0 && row.observed[s] == 0) continue;
    auto& cell = row.expected[s] >= smallest ? large.emplace_back(where) : small;
    cell.to.push_back(static_cast<state>(s));
    cell.observed += row.observed[s];
    cell.expected += row.expected[s];
  }
  if (small.expected < smallest && !small.to.empty()) {
    if (large.empty()) return false;
    const auto least =
        std::min_element(large.begin(), large.end(),
                         [](const auto& a, const auto& b) { return a.expected < b.expected; });
    least->to.insert(least->to.end(), small.to.begin(), small.to.end());
    std::sort(least->to.begin(), least->to.end());
    least->observed += small.observed;
    least->expected += small.expected;
  } else if (!small.to.empty()) {
    large.push_back(std::move(small));
  }
  for (auto& cell : large) cells.push_back(std::move(cell));
  return true;
}

pearson_test compare(const intensity_model& intensities, std::span<const double> coefficients,
                     const observations& seen, const pearson_settings& settings,
                     const pearson_test* like, std::uint64_t seed) {
  detail::sighted sighted(intensities, coefficients, seen, "pearson");
  const auto n = sighted.seen_states();
  pearson_test found;
  const auto rows =
      planned(seen, seen_model(intensities.structure, intensities.phases), sighted, seed);
  found.imputed = rows.imputed;
  found.intervals = static_cast<std::int64_t>(rows.all.size());
  if (rows.all.empty()) {
    reject("E-EMPTY", "pearson", "no subject was seen twice", "intervals are compared",
           "Hand over a follow-up");
  }
  if (like) {
    found.time_cuts = like->time_cuts;
    found.length_cuts = like->length_cuts;
    found.rate_cuts = like->rate_cuts;
  } else {
    std::vector<double> begins, lengths, rates;
    for (const auto& one : rows.all) {
      begins.push_back(one.begins);
      lengths.push_back(one.length);
      rates.push_back(one.rates);
    }
    found.time_cuts = cuts(std::move(begins), settings.time_groups);
    found.length_cuts = cuts(std::move(lengths), settings.length_groups);
    found.rate_cuts = cuts(std::move(rates), settings.rate_groups);
  }

  std::map<std::tuple<state, int, int, int>, row_counts> table;
  const row_counts nothing{Eigen::VectorXd::Zero(n), Eigen::VectorXd::Zero(n)};
  // What is seen next is expected given all that was seen until then.
  Eigen::RowVectorXd given, said;
  for (const auto& one : rows.all) {
    if (seen.kinds[one.row - 1] == observation_kind::start) {
      given = sighted.first(one.row - 1);
      said = sighted.said(one.row - 1, given);
    }
    const Eigen::RowVectorXd expected =
        sighted.readings(given * sighted.over(one.row - 1, 0, one.length), one.row);
    given = sighted.next(one.row, given);
    const Eigen::RowVectorXd after = sighted.said(one.row, given);
    for (state from = 0; from < n; ++from) {
      if (said[from] == 0) continue;
      auto& row = table
                      .try_emplace(
                          {from, group(found.time_cuts, one.begins),
                           group(found.length_cuts, one.length), group(found.rate_cuts, one.rates)},
                          nothing)
                      .first->second;
      row.observed += one.weight * said[from] * after.transpose();
      row.expected += one.weight * said[from] * expected.transpose();
    }
    said = after;
  }

  std::map<state, row_counts> rest;
  for (const auto& [key, row] : table) {
    const auto [from, time, length, rate] = key;
    if (pool(row, settings.smallest, {time, length, rate, from, {}}, found.cells)) continue;
    auto& sum = rest.try_emplace(from, nothing).first->second;
    sum.observed += row.observed;
    sum.expected += row.expected;
  }
  for (const auto& [from, row] : rest) {
    if (pool(row, settings.smallest, {-1, -1, -1, from, {}}, found.cells)) continue;
    pearson_cell all{-1, -1, -1, from, {}};  // observed = expected: it says nothing, but is shown
    for (state s = 0; s < n; ++s) {
      if (row.expected[s] > 0) all.to.push_back(s);
    }
    all.observed = row.observed.sum();
    all.expected = row.expected.sum();
    found.cells.push_back(std::move(all));
  }
  for (const auto& cell : found.cells) {
    const double off = cell.observed - cell.expected;
    if (cell.expected > 0) found.statistic += off * off / cell.expected;
  }
  return found;
}

}  // namespace

pearson_test test_pearson(const intensity_model& intensities, const Eigen::VectorXd& coefficients,
                          const observations& seen, std::span<const double> planned_ends,
                          const pearson_settings& settings) {
  if (settings.time_groups < 1 || settings.length_groups < 1 || settings.rate_groups < 1 ||
      settings.replicates < 0 || !(settings.smallest > 0)) {
    reject("E-SETTING", "pearson", "a number of groups, replicates or expected is out of range",
           "groups are 1 or more, replicates 0 or more, and a cell must expect something",
           "Mend the settings");
  }
  const std::span theta(coefficients.data(), static_cast<std::size_t>(coefficients.size()));
  auto found = compare(intensities, theta, seen, settings, nullptr, settings.seed);
  if (settings.replicates == 0) return found;

  std::vector<bool> clocks;
  for (const auto& name : seen.covariate_names) {
    clocks.push_back(name == intensities.phases.clock ||
                     std::ranges::any_of(intensities.terms, [&](const term& one) {
                       return one.column == name && one.path != covariate_path::held;
                     }));
  }
  const auto structure = seen_model(intensities.structure, intensities.phases);
  bool dated = false;
  for (std::size_t i = 0; i < seen.rows(); ++i) {
    const bool death = seen.kinds[i] == observation_kind::exact_death ||
                       seen.kinds[i] == observation_kind::window_death;
    dated = dated || death;
    if (!death || seen.states[i] < structure.size()) continue;
    reject("E-KIND", "pearson", "an end is known to be one of several",
           "in the simulated replicates each end is known",
           "Ask for the statistic alone with replicates=0");
  }
  auto plan = observed_plan(seen, structure, planned_ends, clocks, settings.seed);
  if (intensities.misread && intensities.misread->start != hidden_start::seen)
    plan.starts.assign(plan.persons(), drawn_start);
  Eigen::LDLT<Eigen::MatrixXd> curvature;
  if (!settings.refit) {
    curvature.compute(observed_information(intensities, aggregate(seen, intensities), coefficients,
                                           settings.threads, settings.report));
  }
  std::vector<double> statistics(static_cast<std::size_t>(settings.replicates), NAN);
  for_each_block(
      statistics.size(), settings.threads,
      [&](std::size_t r) {
        auto drawn = simulate(intensities, theta, plan,
                              {.seed = settings.seed,
                               .replicate = static_cast<std::uint32_t>(r + 1),
                               .deaths = dated ? death_record::exact : death_record::panel,
                               .threads = 1});
        drawn.weights = seen.weights;
        drawn.start = seen.start;
        drawn.start_probabilities = seen.start_probabilities;
        const auto tables = aggregate(drawn, intensities);
        Eigen::VectorXd estimate;
        if (settings.refit) {
          fit_settings again{.threads = 1, .errors = false};
          if (coefficients.allFinite()) again.start = coefficients;
          const auto fitted = fit(tables, intensities, again);
          if (fitted.convergence.verdict != search_verdict::converged ||
              fitted.convergence.diverging)
            return;
          estimate = fitted.coefficients;
        } else {
          const auto slope = log_likelihood_gradient(intensities, tables, coefficients, 1);
          estimate = coefficients + curvature.solve(slope.gradient);
        }
        if (estimate.hasNaN()) return;
        statistics[r] =
            compare(intensities,
                    std::span(estimate.data(), static_cast<std::size_t>(estimate.size())), drawn,
                    settings, &found, settings.seed + r + 1)
                .statistic;
      },
      settings.report);
  int as_large = 0;
  for (const double statistic : statistics) {
    if (!std::isfinite(statistic)) {
      ++found.failures;
      continue;
    }
    found.replicated.push_back(statistic);
    if (statistic >= found.statistic) ++as_large;
  }
  if (!found.replicated.empty()) {
    found.p_value = (1.0 + as_large) / (static_cast<double>(found.replicated.size()) + 1.0);
  }
  return found;
}

}  // namespace kohort
