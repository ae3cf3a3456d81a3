#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include <kohort/estimation/detail/active_set.hpp>
#include <kohort/estimation/detail/rate_limits.hpp>

namespace kohort::detail {

/// What the search of rates at the end of their range and that of their bounds both need.
class rate_search {
 public:
  static constexpr double hardly_any_events = 1e-6;  ///< where the slope at a rate of 0 is taken

  explicit rate_search(const search_problem& problem, std::vector<std::size_t> active = {})
      : problem_(problem),
        wanted_(problem.wanted),
        rows_(problem.rows),
        all_(problem.free),
        limits_(problem, std::move(active)) {
    const auto& tables = wanted_.tables();
    mean_gap_ = tables.person_years / tables.weight;
    // A phase may be far shorter than the mean gap, as long as some gaps are as short.
    if (!wanted_.intensities().phases.empty()) {
      for (const double elapsed : tables.hidden.elapsed) {
        if (elapsed > 0) mean_gap_ = std::min(mean_gap_, elapsed);
      }
    }
  }

  [[nodiscard]] int transitions() const { return rows_.transitions(); }
  [[nodiscard]] Eigen::Index intercept(int k) const {
    return rows_.where().starts[static_cast<std::size_t>(k)];
  }

  /// The rates that go to 0 or to infinity together with rate k: those whose intercepts are tied to
  /// its own. None if its intercept is fixed, or tied to something else besides.
  [[nodiscard]] std::vector<int> together(int k) const {
    const auto column = column_of(k);
    if (!column) return {};
    std::vector<int> found;
    Eigen::Index tied = 0;
    for (int l = 0; l < transitions(); ++l) {
      const auto i = intercept(l);
      if (all_.A(i, *column) == 0) continue;
      if (column_of(l) != column || all_.A(i, *column) * all_.A(intercept(k), *column) < 0)
        return {};
      found.push_back(l);
    }
    for (Eigen::Index i = 0; i < all_.A.rows(); ++i) tied += all_.A(i, *column) != 0;
    return tied == static_cast<Eigen::Index>(found.size()) ? found : std::vector<int>{};
  }

  /// Adds to log q_k, and to the rates tied to it what goes with that.
  void raise(Eigen::VectorXd& theta, int k, double by) const {
    const auto column = *column_of(k);
    theta += all_.A.col(column) * (by / all_.A(intercept(k), column));
  }

  /// Coefficients with a rate at this value where all its own effects are 0.
  void set_rate(Eigen::VectorXd& theta, int k, double log_rate) const {
    const auto column = *column_of(k);
    for (const int l : together(k)) {
      const double share = all_.A(intercept(l), column) / all_.A(intercept(k), column);
      const double offset = all_.b[intercept(l)] - share * all_.b[intercept(k)];
      theta[intercept(l)] = share * log_rate + offset;
    }
  }

  /// Sets to 0 the effects that act on these rates alone.
  void clear_effects(Eigen::VectorXd& theta, const std::vector<int>& rates) const {
    auto ends = std::vector<rate_end>(static_cast<std::size_t>(transitions()), rate_end::inside);
    for (const int l : rates) ends[static_cast<std::size_t>(l)] = rate_end::zero;
    const auto columns = held(ends);
    for (Eigen::Index j = 0; j < all_.A.cols(); ++j) {
      const auto i = all_.free[static_cast<std::size_t>(j)];
      if (!columns[static_cast<std::size_t>(j)] || is_intercept(i)) continue;
      theta -= all_.A.col(j) * theta[i];
    }
  }

  /// What varies when these rates are at the end of their range.
  [[nodiscard]] free_coefficients rest(const std::vector<rate_end>& ends,
                                       const Eigen::VectorXd& theta) const {
    auto left = hold(all_, held(ends), theta);
    for (int k = 0; k < transitions(); ++k) {
      if (ends[static_cast<std::size_t>(k)] != rate_end::zero) continue;
      left.A.row(intercept(k)).setZero();
      left.b[intercept(k)] = -std::numeric_limits<double>::infinity();
    }
    return left;
  }

  maximum search(Eigen::VectorXd& theta, const free_coefficients& left, int iterations,
                 const std::function<bool(const Eigen::VectorXd&, int)>& go_on) {
    return limits_.run(theta, left, iterations, go_on);
  }

  /// Whether a limit or a prior keeps a rate from going to 0, or to infinity. An upper limit on the
  /// rate alone does not keep it from 0.
  [[nodiscard]] bool kept(int k, rate_end from) const {
    const auto i = intercept(k);
    if (wanted_.prior().on(i)) return true;
    const auto tied = together(k);
    for (Eigen::Index r = 0; r < problem_.limits.rows.rows(); ++r) {
      if (problem_.limits.rows(r, i) == 0) continue;
      const auto along = change(r, k);
      if (!on_rates_alone(r, tied) || (from == rate_end::zero ? along > 0 : along < 0)) return true;
    }
    return false;
  }

  /// The highest log rate that limits on the rate alone permit.
  [[nodiscard]] double highest(int k) const {
    double found = std::numeric_limits<double>::infinity();
    const auto tied = together(k);
    for (Eigen::Index r = 0; r < problem_.limits.rows.rows(); ++r) {
      if (problem_.limits.rows(r, intercept(k)) == 0 || !on_rates_alone(r, tied)) continue;
      const double along = change(r, k);
      if (!(along < 0)) continue;
      Eigen::VectorXd at = Eigen::VectorXd::Zero(all_.A.rows());
      set_rate(at, k, 0);
      found = std::min(found,
                       (problem_.limits.values[r] - problem_.limits.rows.row(r).dot(at)) / along);
    }
    return found;
  }

  /// Limits on this rate alone.
  [[nodiscard]] std::vector<std::size_t> own_limits(int k) const {
    std::vector<std::size_t> found;
    const auto tied = together(k);
    for (Eigen::Index r = 0; r < problem_.limits.rows.rows(); ++r) {
      if (problem_.limits.rows(r, intercept(k)) != 0 && on_rates_alone(r, tied))
        found.push_back(static_cast<std::size_t>(r));
    }
    return found;
  }

  [[nodiscard]] active_set& limits() { return limits_; }

  /// Whether the objective does not rise where these rates leave 0, for whichever of their design
  /// rows: for each of their own effects also with the rate at one end of it alone.
  [[nodiscard]] bool highest_at_zero(Eigen::VectorXd theta, int k) const {
    const auto rates = together(k);
    clear_effects(theta, rates);
    const auto falls = [&](Eigen::VectorXd at) {
      set_rate(at, k, 0);
      double events = 0;
      for (const int l : rates) events += rows_.expected(at, l).events;
      if (!(events > 0) || !std::isfinite(events)) return true;
      set_rate(at, k, std::log(hardly_any_events / events));
      const auto found = wanted_.slope(at);
      if (!std::isfinite(found.value)) return false;
      double slope = 0;
      for (const int l : rates) slope += found.gradient[intercept(l)];
      return slope <= 1e-9 * hardly_any_events;
    };
    if (!falls(theta)) return false;
    for (const int l : rates) {
      const auto width = rows_.where().starts[static_cast<std::size_t>(l) + 1] - intercept(l);
      for (Eigen::Index c = 1; c < width; ++c) {
        double largest = 0;
        rows_.for_each(l, [&](const risk_row& row) {
          largest = std::max(largest, std::abs(row.x[static_cast<std::size_t>(c)]));
        });
        if (!all_.A.cols() || !owned(intercept(l) + c, rates) || largest == 0) continue;
        for (const double side : {1.0, -1.0}) {
          auto at = theta;
          at[intercept(l) + c] += side * 25 / largest;
          if (!falls(at)) return false;
        }
      }
    }
    return true;
  }

  [[nodiscard]] double mean_gap() const { return mean_gap_; }
  [[nodiscard]] const search_problem& problem() const { return problem_; }
  [[nodiscard]] const risk_rows& rows() const { return rows_; }
  [[nodiscard]] const objective& wanted() const { return wanted_; }

 private:
  [[nodiscard]] bool is_intercept(Eigen::Index i) const {
    const auto& starts = rows_.where().starts;
    return std::binary_search(starts.begin(), starts.end() - 1, static_cast<int>(i));
  }

  /// Whether a limit speaks of these rates and of nothing else.
  [[nodiscard]] bool on_rates_alone(Eigen::Index limit, const std::vector<int>& rates) const {
    for (Eigen::Index i = 0; i < all_.A.rows(); ++i) {
      if (problem_.limits.rows(limit, i) == 0 || all_.A.row(i).cwiseAbs().maxCoeff() == 0) continue;
      if (std::none_of(rates.begin(), rates.end(), [&](int l) { return intercept(l) == i; }))
        return false;
    }
    return !rates.empty();
  }

  /// By how much the left side of a limit changes with log q_k and the rates tied to it.
  [[nodiscard]] double change(Eigen::Index limit, int k) const {
    const auto column = column_of(k);
    if (!column) return 0;
    return problem_.limits.rows.row(limit).dot(all_.A.col(*column)) / all_.A(intercept(k), *column);
  }

  /// The one free coefficient that an intercept depends on.
  [[nodiscard]] std::optional<Eigen::Index> column_of(int k) const {
    std::optional<Eigen::Index> found;
    for (Eigen::Index j = 0; j < all_.A.cols(); ++j) {
      if (all_.A(intercept(k), j) == 0) continue;
      if (found) return {};
      found = j;
    }
    return found;
  }

  /// The transition to which a coefficient belongs; none for what is no part of an intensity.
  [[nodiscard]] std::optional<int> transition_of(Eigen::Index i) const {
    const auto& starts = rows_.where().starts;
    if (i >= starts.back()) return {};
    return static_cast<int>(std::upper_bound(starts.begin(), starts.end(), static_cast<int>(i)) -
                            starts.begin()) -
           1;
  }

  /// Columns of A that act on rates at the end of their range alone.
  [[nodiscard]] std::vector<char> held(const std::vector<rate_end>& ends) const {
    std::vector<char> columns(static_cast<std::size_t>(all_.A.cols()), 1);
    for (Eigen::Index j = 0; j < all_.A.cols(); ++j) {
      for (Eigen::Index i = 0; i < all_.A.rows(); ++i) {
        if (all_.A(i, j) == 0) continue;
        const auto k = transition_of(i);
        if (!k || ends[static_cast<std::size_t>(*k)] == rate_end::inside)
          columns[static_cast<std::size_t>(j)] = 0;
      }
    }
    return columns;
  }

  /// Whether an effect is free and acts on these rates alone.
  [[nodiscard]] bool owned(Eigen::Index i, const std::vector<int>& rates) const {
    if (!(all_.A.row(i).cwiseAbs().maxCoeff() > 0)) return false;
    for (Eigen::Index j = 0; j < all_.A.cols(); ++j) {
      if (all_.A(i, j) == 0) continue;
      for (Eigen::Index r = 0; r < all_.A.rows(); ++r) {
        const auto k = transition_of(r);
        if (all_.A(r, j) != 0 && (!k || std::find(rates.begin(), rates.end(), *k) == rates.end()))
          return false;
      }
    }
    return true;
  }

  const search_problem& problem_;
  const objective& wanted_;
  const risk_rows& rows_;
  const free_coefficients& all_;
  active_set limits_;
  double mean_gap_ = 0;
};

}  // namespace kohort::detail
