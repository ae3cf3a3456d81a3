#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <numeric>

#include <kohort/data/transitions.hpp>
#include <kohort/estimation/bootstrap.hpp>
#include <kohort/estimation/detail/made_by.hpp>
#include <kohort/estimation/detail/refit.hpp>
#include <kohort/model/clock_columns.hpp>
#include <kohort/support/detail/tasks.hpp>
#include <kohort/support/error.hpp>
#include <kohort/support/random.hpp>

namespace kohort {

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double tolerance = 1e-8;  // of 2 log L: a ten-thousandth of a standard error

void check(const bootstrap_settings& settings) {
  if (settings.replicates >= 1) return;
  reject("E-DRAWS", "bootstrap", std::to_string(settings.replicates) + " replicates were asked for",
         "there must be at least one", "Ask for 1000, for instance");
}

/// Copies of the observations, one for each thread at work, so that weights can be changed.
class copies {
 public:
  explicit copies(const observations& seen) : seen_(seen) {}

  std::unique_ptr<observations> take() {
    {
      const std::scoped_lock hold(lock_);
      if (!free_.empty()) {
        auto one = std::move(free_.back());
        free_.pop_back();
        return one;
      }
    }
    return std::make_unique<observations>(seen_);
  }
  void give(std::unique_ptr<observations> one) {
    const std::scoped_lock hold(lock_);
    free_.push_back(std::move(one));
  }

 private:
  const observations& seen_;
  std::mutex lock_;
  std::vector<std::unique_ptr<observations>> free_;
};

bootstrap_estimates replicate(
    const fitted_model& fitted, const bootstrap_settings& settings,
    const std::function<transition_tables(std::uint32_t, const progress&)>& make) {
  bootstrap_estimates result;
  result.coefficients =
      Eigen::MatrixXd::Constant(settings.replicates, fitted.coefficients.size(), not_a_number);
  std::vector<char> failed(static_cast<std::size_t>(settings.replicates), 1);
  detail::for_each_task(
      failed.size(), settings.threads,
      [&](std::size_t r, const progress& go_on) {
        transition_tables tables;
        try {
          tables = make(static_cast<std::uint32_t>(r), go_on);
        } catch (const invalid_input&) {  // nobody in it was seen twice, say
          return;
        }
        const auto wanted = detail::wanted_by(fitted, tables, 1, go_on);
        const auto found =
            detail::refit(wanted, fitted.coefficients, detail::room_of(fitted, wanted), tolerance);
        if (found.verdict != search_verdict::converged) return;
        failed[r] = 0;
        result.coefficients.row(static_cast<Eigen::Index>(r)) = found.point.transpose();
      },
      settings.report);
  result.failures = static_cast<int>(std::count(failed.begin(), failed.end(), 1));
  return result;
}

/// Leaves out cells of weight 0: intervals of subjects that were not drawn.
void leave_out_empty(cell_table& cells) {
  std::vector<std::int32_t> place(cells.size(), -1);
  const auto J = static_cast<std::size_t>(cells.pieces);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells.weights[i] == 0) continue;
    place[i] = static_cast<std::int32_t>(kept);
    for (std::size_t j = 0; j < J; ++j) {
      cells.patterns[kept * J + j] = cells.patterns[i * J + j];
      cells.elapsed[kept * J + j] = cells.elapsed[i * J + j];
    }
    cells.from[kept] = cells.from[i];
    cells.to[kept] = cells.to[i];
    cells.weights[kept] = cells.weights[i];
    cells.counts[kept] = cells.counts[i];
    ++kept;
  }
  std::vector<std::int32_t> order;
  for (const auto i : cells.order) {
    if (place[static_cast<std::size_t>(i)] >= 0)
      order.push_back(place[static_cast<std::size_t>(i)]);
  }
  cells.order = std::move(order);
  cells.patterns.resize(kept * J);
  cells.elapsed.resize(kept * J);
  cells.from.resize(kept);
  cells.to.resize(kept);
  cells.weights.resize(kept);
  cells.counts.resize(kept);
}

/// The place p (n + 1) among the sorted values, between two of them in proportion.
double quantile(const std::vector<double>& sorted, double p) {
  const auto n = static_cast<double>(sorted.size());
  const double place = std::clamp(p * (n + 1) - 1, 0.0, n - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, sorted.size() - 1);
  if (sorted[below] == sorted[above]) return sorted[below];
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

bootstrap_estimates bootstrap(const fitted_model& fitted, const observations& seen,
                              const bootstrap_settings& settings) {
  check(settings);
  const auto subjects = seen.subject_count();
  auto clusters = settings.clusters;
  if (clusters.empty()) {
    clusters.resize(subjects);
    std::iota(clusters.begin(), clusters.end(), 0);
  }
  const bool numbered =
      clusters.size() == subjects && *std::min_element(clusters.begin(), clusters.end()) >= 0;
  if (!numbered) {
    reject("E-CLUSTER", "bootstrap", std::to_string(clusters.size()) + " clusters were given",
           "there are " + std::to_string(subjects) + " subjects",
           "Give one number from 0 for each subject");
  }
  const auto count =
      static_cast<std::size_t>(*std::max_element(clusters.begin(), clusters.end())) + 1;
  if (count < 2) {
    reject("E-CLUSTER", "bootstrap", "all subjects are in one cluster",
           "drawing clusters needs two", "Draw subjects");
  }
  const random_stream random(settings.seed, purpose::resampling);
  const auto drawn_weights = [&](std::uint32_t r) {
    std::vector<double> times(count, 0.0), weights(subjects);
    for (std::size_t j = 0; j < count; ++j) {
      const double u = random.uniform(r, static_cast<std::uint32_t>(j), 0);
      times[static_cast<std::size_t>(u * static_cast<double>(count))] += 1;
    }
    for (std::size_t s = 0; s < subjects; ++s) {
      weights[s] =
          seen.weight(static_cast<std::int32_t>(s)) * times[static_cast<std::size_t>(clusters[s])];
    }
    return weights;
  };
  if (seen.tables.empty() && !fitted.intensities.hidden() &&
      clock_columns(fitted.intensities).none()) {
    subject_parts parts;  // rows are tabulated once, and their weights summed anew
    const auto tables = aggregate(seen, fitted.intensities, settings.report, &parts);
    return replicate(fitted, settings, [&](std::uint32_t r, const progress&) {
      auto drawn = reweighted(tables, parts, drawn_weights(r));
      for (auto& cells : drawn.cells) leave_out_empty(cells);
      std::erase_if(drawn.cells, [](const cell_table& cells) { return cells.size() == 0; });
      return drawn;
    });
  }
  copies pool(seen);
  return replicate(fitted, settings, [&](std::uint32_t r, const progress& go_on) {
    auto drawn = pool.take();
    drawn->weights = drawn_weights(r);
    auto tables = detail::tables_for(fitted, *drawn, go_on);
    pool.give(std::move(drawn));
    return tables;
  });
}

bootstrap_estimates parametric_bootstrap(const fitted_model& fitted,
                                         const std::function<observations(std::uint32_t)>& simulate,
                                         const bootstrap_settings& settings) {
  check(settings);
  return replicate(fitted, settings, [&](std::uint32_t r, const progress& go_on) {
    return detail::tables_for(fitted, simulate(r), go_on);
  });
}

bootstrap_estimates parametric_bootstrap(const fitted_model& fitted, const observations& seen,
                                         std::span<const double> planned_ends,
                                         const bootstrap_settings& settings) {
  check(settings);
  return parametric_bootstrap(fitted, detail::made_by(fitted, seen, planned_ends, settings.seed),
                              settings);
}

bootstrap_interval interval_of(const std::vector<double>& replicates, double estimate,
                               double level) {
  if (!(level > 0 && level < 1)) {
    reject("E-LEVEL", "interval_of", "the level is " + shown(level), "it must lie between 0 and 1",
           "Give 0.95 for 95 %");
  }
  std::vector<double> sorted;
  for (const double value : replicates) {
    if (!std::isnan(value)) sorted.push_back(value);
  }
  if (sorted.size() < 2) {
    reject("E-DRAWS", "interval_of", std::to_string(sorted.size()) + " replicates did not fail",
           "two are needed", "Look at the diagnostics of the fit");
  }
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  const double tail = (1 - level) / 2;
  const auto monte_carlo = [&](double p) {  // the quantiles one standard error of p to either side
    const double shift = std::sqrt(p * (1 - p) / n);
    return (quantile(sorted, std::min(p + shift, 1.0)) -
            quantile(sorted, std::max(p - shift, 0.0))) /
           2;
  };
  bootstrap_interval result;
  result.percentile_lower = quantile(sorted, tail);
  result.percentile_upper = quantile(sorted, 1 - tail);
  result.basic_lower = 2 * estimate - result.percentile_upper;
  result.basic_upper = 2 * estimate - result.percentile_lower;
  result.lower_error = monte_carlo(tail);
  result.upper_error = monte_carlo(1 - tail);
  double mean = 0, squares = 0;
  for (const double value : sorted) mean += value / n;
  for (const double value : sorted) squares += (value - mean) * (value - mean);
  result.error = std::sqrt(squares / (n - 1));
  return result;
}

std::vector<std::int64_t> pick_rows(std::int64_t n, std::int64_t count, std::uint64_t seed) {
  if (n < 0 || count < 1) {
    reject("E-DRAWS", "draws", std::to_string(n) + " draws were asked for",
           "there are " + std::to_string(count) + " to pick from", "Ask for 1000, for instance");
  }
  const random_stream random(seed, purpose::resampling);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(n));
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const double u = random.uniform(static_cast<std::uint32_t>(k), 2, 2);
    rows[k] = static_cast<std::int64_t>(u * static_cast<double>(count));
  }
  return rows;
}

Eigen::MatrixXd covariance_of(const Eigen::MatrixXd& replicates) {
  std::vector<Eigen::Index> kept;
  for (Eigen::Index r = 0; r < replicates.rows(); ++r) {
    if (!replicates.row(r).hasNaN()) kept.push_back(r);
  }
  Eigen::MatrixXd rows(static_cast<Eigen::Index>(kept.size()), replicates.cols());
  for (std::size_t i = 0; i < kept.size(); ++i)
    rows.row(static_cast<Eigen::Index>(i)) = replicates.row(kept[i]);
  const Eigen::RowVectorXd mean = rows.colwise().mean();
  Eigen::MatrixXd centred = rows.rowwise() - mean;
  for (Eigen::Index j = 0; j < centred.cols(); ++j) {  // a rate of 0 in every replicate
    if (!centred.col(j).allFinite()) centred.col(j).setZero();
  }
  return centred.transpose() * centred / (static_cast<double>(kept.size()) - 1);
}

}  // namespace kohort
